// The box above a list that narrows it by name. What is typed goes into the URL a moment later.
import {useEffect, useState} from "preact/hooks";
import type {ComponentChildren} from "preact";
import {setQuery} from "../state/router.ts";
import {Icon} from "./icon.tsx";

const PAUSE_MS = 150;

export function FilterBox({
    value,
    label,
    children,
}: {
    value: string;
    label: string;
    children?: ComponentChildren;
}) {
    const [typed, setTyped] = useState(value);
    useEffect(() => setTyped(value), [value]);
    useEffect(() => {
        if (typed === value) return;
        const timer = setTimeout(() => setQuery({q: typed}), PAUSE_MS);
        return () => clearTimeout(timer);
    }, [typed]);
    return (
        <div class="filter" role="search">
            <div class="filter-box">
                <Icon name="search" />
                <input
                    type="search"
                    aria-label={label}
                    placeholder={label}
                    value={typed}
                    onInput={(event) => setTyped(event.currentTarget.value)}
                />
                <kbd class="not-phone" aria-hidden="true">
                    /
                </kbd>
            </div>
            {children}
        </div>
    );
}

/** What a list says when its filter fits nothing. */
export function NothingFits({typed, what}: {typed: string; what: string}) {
    return (
        <div class="empty">
            <Icon name="search" />
            <h2>
                No {what} has “<bdi>{typed}</bdi>” in its name.
            </h2>
            <button class="btn s" onClick={() => setQuery({q: ""})}>
                Clear the filter
            </button>
        </div>
    );
}

// Ctrl K: names of things, pages, and what can be done with a name. Dangerous actions only open their dialog.
import {signal} from "@preact/signals";
import {useEffect, useRef, useState} from "preact/hooks";
import {get} from "../api/client.ts";
import type {FoundItem} from "../api/types.ts";
import {plainRank} from "../state/rank.ts";
import {href, type PageName} from "../state/places.ts";
import {go, listLink} from "../state/router.ts";
import {Dialog} from "./dialog.tsx";
import {Icon, type IconName} from "./icon.tsx";

const open = signal(false);

export function openPalette(): void {
    open.value = true;
}

export function Palette() {
    return open.value ? <Box /> : null;
}

interface Choice {
    icon: IconName;
    label: string;
    note: string;
    target: string;
}

const PAGES: readonly [PageName, string, IconName][] = [
    ["overview", "Overview", "overview"],
    ["queues", "Queues", "queue"],
    ["exchanges", "Exchanges", "exchange"],
    ["publish", "Publish a message", "publish"],
    ["connections", "Connections", "connection"],
    ["channels", "Channels", "channel"],
    ["node", "Node", "node"],
];

/** Waits for a pause in the typing before it asks the broker. */
const PAUSE_MS = 120;

function Box() {
    const [text, setText] = useState("");
    const [found, setFound] = useState<FoundItem[]>([]);
    const [at, setAt] = useState(0);
    const list = useRef<HTMLUListElement>(null);
    useEffect(() => {
        if (text.trim() === "") {
            setFound([]);
            return;
        }
        const abort = new AbortController();
        const timer = setTimeout(() => {
            get<{items: FoundItem[]}>("x/search", {
                query: {q: text.trim(), limit: 20},
                signal: abort.signal,
            })
                .then(({items}) => setFound(items))
                .catch(() => setFound([]));
        }, PAUSE_MS);
        return () => {
            abort.abort();
            clearTimeout(timer);
        };
    }, [text]);

    const choices = [...found.flatMap(choicesFor), ...pages(text)];
    const chosen = Math.min(at, Math.max(0, choices.length - 1));
    useEffect(() => {
        list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({block: "nearest"});
    }, [chosen]);
    function take(choice: Choice | undefined) {
        if (!choice) return;
        open.value = false;
        go(choice.target);
    }
    function keys(event: KeyboardEvent) {
        const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
        if (step !== undefined) {
            event.preventDefault();
            setAt((chosen + step + choices.length) % Math.max(1, choices.length));
        } else if (event.key === "Enter") {
            event.preventDefault();
            take(choices[chosen]);
        }
    }
    return (
        <Dialog title="Search or jump to" class="palette" onClose={() => (open.value = false)}>
            <div class="ask">
                <Icon name="search" />
                <input
                    autofocus
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="palette-list"
                    aria-activedescendant={choices.length > 0 ? `choice-${chosen}` : undefined}
                    aria-label="Name of a queue, exchange, connection or page"
                    placeholder="Name of a queue, exchange, connection or page"
                    value={text}
                    onInput={(event) => {
                        setText(event.currentTarget.value);
                        setAt(0);
                    }}
                    onKeyDown={keys}
                />
            </div>
            <ul id="palette-list" role="listbox" aria-label="Found" ref={list}>
                {choices.map((choice, index) => (
                    <li
                        key={choice.target + choice.label}
                        id={`choice-${index}`}
                        role="option"
                        aria-selected={index === chosen}
                        onClick={() => take(choice)}
                    >
                        <Icon name={choice.icon} />
                        <bdi class="cut">{choice.label}</bdi>
                        <span class="dim">{choice.note}</span>
                    </li>
                ))}
            </ul>
            {choices.length === 0 ? <p class="nothing">Nothing is called “{text}”.</p> : null}
            <p class="keys">
                <span>
                    <kbd>↑</kbd> <kbd>↓</kbd> choose
                </span>
                <span>
                    <kbd>Enter</kbd> open
                </span>
                <span>
                    <kbd>Esc</kbd> close
                </span>
            </p>
        </Dialog>
    );
}

function pages(text: string): Choice[] {
    return PAGES.filter(([, label]) => plainRank(label, text) !== undefined).map(
        ([page, label, icon]) => ({
            icon,
            label,
            note: "page",
            target: listLink(page),
        }),
    );
}

function choicesFor(item: FoundItem): Choice[] {
    const {kind, name, vhost = ""} = item;
    switch (kind) {
        case "queue": {
            const of = (tab: string) => href({page: "queue", vhost, name, tab});
            return [
                {icon: "queue", label: name, note: `queue in ${vhost}`, target: of("")},
                {icon: "eye", label: `Look into ${name}`, note: "messages", target: of("messages")},
            ];
        }
        case "exchange":
            return [
                {
                    icon: "exchange",
                    label: name,
                    note: `exchange in ${vhost}`,
                    target: href({page: "exchange", vhost, name}),
                },
            ];
        case "connection":
            return [
                {
                    icon: "connection",
                    label: name,
                    note: "connection",
                    target: href({page: "connection", name}),
                },
            ];
        case "vhost":
            return [
                {
                    icon: "queue",
                    label: name,
                    note: "queues of the vhost",
                    target: href({page: "queues", query: {vhost: name}}),
                },
            ];
        default:
            return [];
    }
}

// What all pages are made of: a head with its sentence, tabs, what is shown when there is nothing or an error.
import {useEffect, useRef} from "preact/hooks";
import type {ComponentChildren} from "preact";
import {Icon, type IconName} from "./icon.tsx";
import {lastMove} from "../state/router.ts";

/** The head of a page. On arrival its h1 has the focus, so that a screen reader begins there. */
export function Head({
    title,
    crumbs,
    badge,
    tags,
    lead,
    actions,
    children,
    class: extra = "",
}: {
    title: string;
    crumbs?: ComponentChildren;
    badge?: ComponentChildren;
    tags?: ComponentChildren;
    lead?: ComponentChildren;
    actions?: ComponentChildren;
    children?: ComponentChildren;
    class?: string;
}) {
    const heading = useRef<HTMLHeadingElement>(null);
    useEffect(() => {
        document.title = `${title} · Leveret`;
    }, [title]);
    useEffect(() => {
        if (lastMove() === "push") heading.current?.focus({preventScroll: true});
    }, []);
    return (
        <header class={`head ${extra}`}>
            <div>
                {crumbs ? <p class="crumbs">{crumbs}</p> : null}
                <div class="title">
                    <h1 tabIndex={-1} ref={heading}>
                        <bdi>{title}</bdi>
                    </h1>
                    {badge}
                    {tags}
                </div>
                {lead ? <p class="lead">{lead}</p> : null}
                {children}
            </div>
            {actions ? <div class="actions">{actions}</div> : null}
        </header>
    );
}

export interface Tab {
    label: string;
    href: string;
    current: boolean;
    count?: ComponentChildren;
}

export function Tabs({tabs, label}: {tabs: readonly Tab[]; label: string}) {
    return (
        <nav class="views" aria-label={label}>
            {tabs.map((tab) => (
                <a key={tab.label} href={tab.href} aria-current={tab.current ? "page" : undefined}>
                    {tab.label}
                    {tab.count === undefined ? null : <span class="n">{tab.count}</span>}
                </a>
            ))}
        </nav>
    );
}

/** What is not there, why, and one way on. */
export function Empty({
    icon,
    title,
    children,
}: {
    icon: IconName;
    title: string;
    children?: ComponentChildren;
}) {
    return (
        <div class="empty">
            <Icon name={icon} />
            <h2>{title}</h2>
            {children}
        </div>
    );
}

/** Names come from anyone: cut where they are too long, and never able to turn the line around. */
export function Name({children}: {children: string}) {
    return (
        <bdi class="cut" title={children}>
            {children || "(no name)"}
        </bdi>
    );
}

/** The default exchange has no name; this is what it is called. */
export function exchangeName(name: string): string {
    return name || "(default)";
}

export async function copy(text: string): Promise<void> {
    await navigator.clipboard.writeText(text);
}

/** Rows in grey while the first data is on its way, and only after a moment. */
export function Skeleton({rows = 6}: {rows?: number}) {
    return (
        <div class="skeleton" aria-busy="true" aria-label="Loading">
            {Array.from({length: rows}, (_, index) => (
                <p key={index}>
                    <span class={index % 3 === 0 ? "skel long" : "skel"} />
                </p>
            ))}
        </div>
    );
}

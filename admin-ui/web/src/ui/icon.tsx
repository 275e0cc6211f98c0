// The icons: 16 by 16, strokes of the text's colour. Shapes of states first say by their form what they mean.
import type {JSX} from "preact";

const PATHS = {
    again: "M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 2.5v2.8h-2.8",
    alarm: "M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5ZM8 5v3.5M8 11h.01",
    bell: "M4 7a4 4 0 0 1 8 0c0 3 1 4 1.5 4.5h-11C3 11 4 10 4 7ZM6.7 13.7h2.6",
    channel: "M8 2 2 5l6 3 6-3-6-3ZM2 8.2l6 3 6-3M2 11.2l6 3 6-3",
    check: "m3 8.5 3.3 3.3L13 4.8",
    close: "m4 4 8 8M12 4l-8 8",
    columns: "M2.5 3h11v10h-11ZM6.2 3v10M9.8 3v10",
    connection:
        "M6.5 9.5l3-3M7.2 4.7l1.3-1.3a2.9 2.9 0 0 1 4.1 4.1l-1.3 1.3M8.8 11.3l-1.3 1.3a2.9 2.9 0 0 1-4.1-4.1l1.3-1.3",
    copy: "M5.5 5.5h8v8h-8ZM3.5 10.5h-1v-8h8v1",
    down: "m4.5 6.5 3.5 3.5 3.5-3.5",
    download: "M8 2.5v8M4.5 7.2 8 10.7l3.5-3.5M2.5 13.5h11",
    draining: "M8 13 2 3h12Z",
    exchange: "M1.5 8h5M6.5 8c3 0 2-4.5 5-4.5h3M6.5 8h8M6.5 8c3 0 2 4.5 5 4.5h3",
    eye: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8ZM9.7 8a1.7 1.7 0 1 1-3.4 0 1.7 1.7 0 0 1 3.4 0Z",
    growing: "M8 3 14 13H2Z",
    holding:
        "M3.5 2h9M3.5 14h9M4.5 2c0 4 3.5 4 3.5 6s-3.5 2-3.5 6M11.5 2c0 4-3.5 4-3.5 6s3.5 2 3.5 6",
    idle: "M11.5 8a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0Z",
    info: "M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0ZM8 7.5V11M8 5h.01",
    left: "M9.5 4.5 6 8l3.5 3.5",
    limit: "M2 14V9h3v5ZM6.5 14V6h3v8ZM11 14V2h3v12Z",
    lock: "M3.5 7h9v6.5h-9ZM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
    menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
    more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
    node: "M2.5 3h11v4h-11ZM2.5 9h11v4h-11ZM5 5h.01M5 11h.01",
    none: "M13.5 8a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0ZM4.2 4.2l7.6 7.6",
    overview: "M1.5 8.5h2.7L6 4l3.2 8.5L11.2 8h3.3",
    paused: "M5 3v10M11 3v10",
    plus: "M8 3v10M3 8h10",
    publish: "M14 2 7 9M14 2 9.8 14 7 9 2 6.2 14 2Z",
    queue: "M2.5 4h11M2.5 8h11M2.5 12h6.5",
    right: "m6.5 4.5 3.5 3.5-3.5 3.5",
    rows: "M2.5 3.5h11M2.5 6.5h11M2.5 9.5h11M2.5 12.5h11",
    running: "M11 8a3 3 0 1 1-6 0 3 3 0 0 1 6 0Z",
    search: "M11 7a4 4 0 1 1-8 0 4 4 0 0 1 8 0ZM10 10l3.5 3.5",
    trash: "M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.7 9h6.6l.7-9",
    upload: "M8 10.5v-8M4.5 5.8 8 2.3l3.5 3.5M2.5 13.5h11",
    warn: "M8 2 1.5 13.5h13ZM8 6.5v3.2M8 11.6h.01",
} as const;

export type IconName = keyof typeof PATHS;

const FILLED: ReadonlySet<IconName> = new Set(["draining", "growing", "limit", "running"]);

export function Icon({name, class: extra = ""}: {name: IconName; class?: string}): JSX.Element {
    return (
        <svg class={`i ${extra}`} viewBox="0 0 16 16" aria-hidden="true">
            <path d={PATHS[name]} fill={FILLED.has(name) ? "currentColor" : "none"} />
        </svg>
    );
}

/** The leveret itself: at the door, on the first start, and small in the corner. */
export function Hare({
    class: extra = "",
    ...place
}: {class?: string} & Partial<Record<"x" | "y" | "width" | "height", number>>) {
    return (
        <svg class={extra} viewBox="0 0 48 48" fill="currentColor" aria-hidden="true" {...place}>
            <path d="M36.5 17.5C34.5 11 29.5 5.5 22.5 3.5c-.6-.2-1 .5-.6.9 3 3.2 5.6 6.8 9.6 12.6Z" />
            <path d="M34 18.5c-4.5-5-11-7.5-18-6.7-.6.1-.7.9-.2 1.1 4.9 2.5 9.7 4.3 15.2 6.8Z" />
            <path d="M31 17c2.6-2.4 6.6-2.3 9.3-.2 1.7 1.3 3.3 3 3.9 4.8.3.9-.1 1.7-1 2-2.3.7-4.5.8-6.6.7-.6 2.3-1.6 4.2-3.2 5.8l8 4.4c1 .5 1.3 1.5.8 2.3-.5.8-1.5 1-2.4.6l-9.4-4c-3.2.2-6.1-.2-8.7-1.1-2.7 1.7-5.7 3-8.5 4.4-2.7 1.4-5 3.4-7.3 6.3-.4.5-.9.8-1.5.8H1.9c-1 0-1.5-1.1-.9-1.9 2.7-3.4 5-6.4 6.5-9.4-1.5.1-2.9-.8-3.2-2.2-.4-1.7.7-3.2 2.4-3.4.6-.1 1.1 0 1.6.2 2.1-4.6 6.2-7.5 11.3-7.9 2.9-.2 6.2.5 8.7-.5 1.1-.4 1.8-1.1 2.7-1.7Z" />
        </svg>
    );
}

// Keys: Ctrl K anywhere; single letters only outside of fields.
import type {PageName} from "../state/places.ts";
import {go, listLink} from "../state/router.ts";
import {openPalette} from "./palette.tsx";

const GO_TO: Readonly<Record<string, PageName>> = {
    o: "overview",
    q: "queues",
    e: "exchanges",
    p: "publish",
    c: "connections",
    h: "channels",
    n: "node",
};

/** How long a "g" waits for its second letter. */
const CHORD_MS = 1_500;

export function startShortcuts(): void {
    let chordUntil = 0;
    addEventListener("keydown", (event) => {
        if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
            event.preventDefault();
            openPalette();
            return;
        }
        if (event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return;
        if (document.querySelector("dialog[open]")) return;
        if (performance.now() < chordUntil && event.key in GO_TO) {
            chordUntil = 0;
            go(listLink(GO_TO[event.key]!));
            return;
        }
        chordUntil = event.key === "g" ? performance.now() + CHORD_MS : 0;
        if (event.key === "/") {
            const field = document.querySelector<HTMLInputElement>(".filter-box input");
            if (field) {
                event.preventDefault();
                field.focus();
            }
        } else if (event.key === "j" || event.key === "k") {
            moveFocus(event.key === "j" ? 1 : -1);
        }
    });
}

function writes(target: EventTarget | null): boolean {
    return (
        target instanceof HTMLElement &&
        target.matches("input, textarea, select, [contenteditable]")
    );
}

/** From row to row of the table in view, by their links. */
function moveFocus(step: number): void {
    const links = [...document.querySelectorAll<HTMLElement>("main tbody tr .row-link")];
    const present = links.indexOf(document.activeElement as HTMLElement);
    links[present < 0 ? (step > 0 ? 0 : links.length - 1) : present + step]?.focus();
}

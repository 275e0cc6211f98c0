// What was published from here, newest first. In this browser only, and at most KEPT of them.
import {signal} from "@preact/signals";
import type {Outgoing} from "./outgoing.ts";

interface Sent {
    what: Outgoing;
    ok: boolean;
    text: string;
    at: number;
}

const KEY = "leveret.sent";
const KEPT = 50;

function load(): Sent[] {
    try {
        return JSON.parse(localStorage.getItem(KEY) ?? "[]") as Sent[];
    } catch {
        return [];
    }
}

export const sent = signal<readonly Sent[]>(load());

export function remember(what: Outgoing, ok: boolean, text: string): void {
    sent.value = [{what, ok, text, at: Date.now()}, ...sent.value].slice(0, KEPT);
    try {
        localStorage.setItem(KEY, JSON.stringify(sent.value));
    } catch {
        // Large bodies fill the browser's store: then they are remembered until the page is left.
    }
}

export function forgetSent(): void {
    sent.value = [];
    localStorage.removeItem(KEY);
}

// The one socket of the page: subscriptions as signals, counted, so that two parts of a page that want the same
// share one. After a break it comes back by itself and every subscription gets a fresh snapshot.
import {effect, signal, type ReadonlySignal, type Signal} from "@preact/signals";
import {ApiError, get} from "../api/client.ts";
import type {Session} from "../api/types.ts";
import {session} from "../state/session.ts";
import {apply, type Frame, type State} from "./frames.ts";

export type Params = Readonly<Record<string, unknown>>;

/** A topic that somebody looks at. */
export interface Subscription {
    readonly state: ReadonlySignal<State | undefined>;
    /** Why there is nothing to see: a right that is missing, an object that is gone. */
    readonly fault: ReadonlySignal<string | undefined>;
    set(params: Params): void;
    close(): void;
}

export type Connection = "connecting" | "live" | "broken" | "blocked";

/** How it stands with the socket; "blocked": it never opened though the API answers. */
export const connection = signal<Connection>("connecting");

/** When data last came, in ms; what is shown is grey once that is more than STALE_MS ago. */
export const lastData = signal(0);
export const stale = signal(false);

const PROTOCOL = "console.v1";
const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000];
const STALE_MS = 5_000;
/** Topics that come every second; lists come every two. */
const ONE_OBJECT = new Set(["overview", "queue", "exchange", "connection"]);
const HIDDEN_PERIOD_MS = 10_000;
/** Attempts that fail at once, with an API that answers, before we say that something blocks the socket. */
const BLOCKED_AFTER = 4;

interface Entry {
    id: number;
    topic: string;
    params: Params;
    users: number;
    state: Signal<State | undefined>;
    fault: Signal<string | undefined>;
}

const entries = new Map<number, Entry>();
const listeners = new Set<(frame: Frame & Record<string, unknown>) => void>();
let socket: WebSocket | undefined;
let welcomed = false;
let nextId = 1;
let attempt = 0;
let timer = 0;

/** Looks at a topic. The same topic with the same parameters is subscribed to once. */
export function subscribe(topic: string, params: Params = {}): Subscription {
    const wanted = JSON.stringify(params);
    let entry = [...entries.values()].find(
        (one) => one.topic === topic && JSON.stringify(one.params) === wanted,
    );
    if (!entry) {
        entry = {
            id: nextId++,
            topic,
            params,
            users: 0,
            state: signal(undefined),
            fault: signal(undefined),
        };
        entries.set(entry.id, entry);
        sendSubscription(entry);
    }
    const mine = entry;
    mine.users++;
    let open = true;
    return {
        state: mine.state,
        fault: mine.fault,
        set(changes) {
            mine.params = {...mine.params, ...changes};
            send({op: "set", id: mine.id, p: changes});
        },
        close() {
            if (!open) return;
            open = false;
            if (--mine.users > 0) return;
            entries.delete(mine.id);
            send({op: "unsub", id: mine.id});
        },
    };
}

/** Hears the frames that belong to no subscription's state: events, alarms. */
export function listen(listener: (frame: Frame & Record<string, unknown>) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

/** Tries again now, when somebody asks for it. */
export function retryNow(): void {
    attempt = 0;
    clearTimeout(timer);
    void reconnect();
}

/** Keeps the socket open while somebody is logged in. */
export function startFeed(): void {
    effect(() => {
        if (session.value) {
            if (!socket) open();
        } else {
            clearTimeout(timer);
            socket?.close();
            socket = undefined;
            welcomed = false;
        }
    });
    document.addEventListener("visibilitychange", () => {
        for (const entry of entries.values()) sendPace(entry);
    });
    setInterval(() => {
        stale.value =
            lastData.value > 0 && Date.now() - lastData.value > STALE_MS && !document.hidden;
    }, 1_000);
}

function open(): void {
    const address = new URL("/api/x/events", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const mine = new WebSocket(address, PROTOCOL);
    socket = mine;
    mine.onopen = () =>
        send({op: "hello", csrf: session.peek()?.csrf, client: "console/1.0"}, true);
    mine.onmessage = (event: MessageEvent<string>) => {
        if (socket === mine) receive(JSON.parse(event.data) as Frame & Record<string, unknown>);
    };
    mine.onclose = () => {
        if (socket !== mine) return;
        socket = undefined;
        welcomed = false;
        if (!session.peek()) return;
        connection.value = attempt >= BLOCKED_AFTER ? "blocked" : "broken";
        wait();
    };
}

function wait(): void {
    const base = RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)]!;
    clearTimeout(timer);
    timer = window.setTimeout(() => void reconnect(), base * (0.8 + 0.4 * Math.random()));
}

/** A socket that is refused does not say why: the API is asked first whether we are still logged in. */
async function reconnect(): Promise<void> {
    if (socket || !session.peek()) return;
    try {
        session.value = await get<Session>("x/session");
        if (!socket) open();
    } catch (error) {
        if (error instanceof ApiError && error.status === 401) return; // the session is over: see client.ts
        connection.value = "broken";
        wait();
    }
}

function receive(frame: Frame & Record<string, unknown>): void {
    lastData.value = Date.now();
    stale.value = false;
    if (frame.k === "welcome") {
        welcomed = true;
        attempt = 0;
        connection.value = "live";
        for (const entry of entries.values()) sendSubscription(entry);
        return;
    }
    const entry = frame.i === undefined ? undefined : entries.get(frame.i);
    if (frame.k === "error" && entry) {
        entry.fault.value = String(frame["reason"] ?? frame["error"]);
        return;
    }
    if (!entry || !["snap", "diff", "point"].includes(frame.k)) {
        for (const listener of listeners) listener(frame);
        return;
    }
    const next = apply(entry.state.peek(), frame);
    if (next) {
        entry.state.value = next;
        entry.fault.value = undefined;
    } else if (entry.state.peek() || frame.k === "diff") {
        // A frame was lost: a new subscription brings a new snapshot.
        send({op: "unsub", id: entry.id});
        sendSubscription(entry);
    }
}

function sendSubscription(entry: Entry): void {
    send({op: "sub", id: entry.id, topic: entry.topic, p: entry.params});
    if (document.hidden) sendPace(entry);
}

/** A page that nobody sees asks for little. */
function sendPace(entry: Entry): void {
    const ms = document.hidden ? HIDDEN_PERIOD_MS : ONE_OBJECT.has(entry.topic) ? 1_000 : 2_000;
    send({op: "every", id: entry.id, ms});
}

function send(message: object, first = false): void {
    if (socket?.readyState === WebSocket.OPEN && (welcomed || first))
        socket.send(JSON.stringify(message));
}

// Who is logged in. The cookie itself is out of reach of scripts; what stands here is what the API says of it.
import {signal} from "@preact/signals";
import {ApiError, request} from "../api/client.ts";
import type {Session} from "../api/types.ts";

/** undefined: not asked yet; null: nobody. */
export const session = signal<Session | null | undefined>(undefined);

/** Tells a browser that never logged in here from one whose session may live: only the latter asks. */
const HINT = "leveret.session";
const RETRY_MS = 2_000;

export async function loadSession(): Promise<void> {
    if (localStorage.getItem(HINT) === null) {
        session.value = null;
        return;
    }
    try {
        session.value = await request<Session>("GET", "x/session");
    } catch (error) {
        if (error instanceof ApiError) sessionEnded();
        else setTimeout(() => void loadSession(), RETRY_MS); // the broker is away: it may come back
    }
}

export async function login(username: string, password: string): Promise<void> {
    const body = new URLSearchParams({username, password});
    const answer = await request<{csrf: string}>("POST", "login", {body});
    localStorage.setItem(HINT, "1");
    session.value = {user: {name: username, tags: []}, csrf: answer.csrf};
    session.value = await request<Session>("GET", "x/session");
}

export async function logout(): Promise<void> {
    try {
        await request("DELETE", "login");
    } finally {
        sessionEnded();
    }
}

/** The session is over, whoever ended it; the login page comes, and then the place one was at. */
export function sessionEnded(): void {
    localStorage.removeItem(HINT);
    session.value = null;
}

export function may(tag: "monitoring" | "administrator"): boolean {
    const tags = session.value?.user.tags ?? [];
    return tags.includes("administrator") || tags.includes(tag);
}

// Who is logged in. The cookie itself is out of reach of scripts; what stands here is what the API says of it.
import {signal} from "@preact/signals";
import {request} from "../api/client.ts";
import type {Session} from "../api/types.ts";
import {go, place} from "./router.ts";
import {href} from "./places.ts";

/** undefined: not asked yet; null: nobody. */
export const session = signal<Session | null | undefined>(undefined);

/** Tells a browser that never logged in here from one whose session may live: only the latter asks. */
const HINT = "leveret.session";

export async function loadSession(): Promise<void> {
    if (localStorage.getItem(HINT) === null) {
        session.value = null;
        return;
    }
    try {
        session.value = await request<Session>("GET", "x/session");
    } catch {
        sessionEnded();
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

/** Where to go after the login. */
export function goHome(): void {
    const back = place.peek().query["to"];
    go(back?.startsWith("/ui/") ? back : href({page: "overview"}), "replace");
}

export function may(tag: "monitoring" | "administrator"): boolean {
    const tags = session.value?.user.tags ?? [];
    return tags.includes("administrator") || tags.includes(tag);
}

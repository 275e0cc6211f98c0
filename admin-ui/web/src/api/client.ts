// The one door to the HTTP API: the session's cookie goes along by itself, its token where something changes, and
// what is refused comes back as one kind of error.
import {session, sessionEnded} from "../state/session.ts";

/** What the API refused, in its own words. */
export class ApiError extends Error {
    constructor(
        readonly status: number,
        readonly code: string,
        readonly reason: string,
    ) {
        super(reason || code || `HTTP ${status}`);
    }
}

/** The broker did not answer at all. */
export class Unreachable extends Error {}

export type Method = "GET" | "POST" | "PUT" | "DELETE";

export interface Options {
    body?: unknown;
    query?: Readonly<Record<string, string | number | undefined>>;
    headers?: Readonly<Record<string, string>>;
    signal?: AbortSignal;
}

/** A path below /api from its parts, each of them encoded: path`queues/${vhost}/${name}`. */
export function path(strings: TemplateStringsArray, ...parts: (string | number)[]): string {
    return String.raw({raw: strings}, ...parts.map((part) => encodeURIComponent(part)));
}

/** The URL of a path below /api with its query. */
export function url(target: string, query: Options["query"] = {}): string {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
    return `/api/${target}${text ? `?${text}` : ""}`;
}

export async function request<T>(
    method: Method,
    target: string,
    options: Options = {},
): Promise<T> {
    const response = await send(method, target, options);
    const text = await response.text();
    return (text ? JSON.parse(text) : undefined) as T;
}

export async function requestOctets(target: string, options: Options = {}): Promise<Uint8Array> {
    const response = await send("GET", target, options);
    return new Uint8Array(await response.arrayBuffer());
}

async function send(method: Method, target: string, options: Options): Promise<Response> {
    const headers: Record<string, string> = {"X-Requested-With": "console", ...options.headers};
    const token = session.peek()?.csrf;
    if (method !== "GET" && token) headers["X-CSRF-Token"] = token;
    const init: RequestInit = {method, headers, credentials: "same-origin", cache: "no-store"};
    if (options.body instanceof URLSearchParams) init.body = options.body;
    else if (options.body !== undefined) init.body = JSON.stringify(options.body);
    if (options.signal) init.signal = options.signal;

    let response: Response;
    try {
        response = await fetch(url(target, options.query), init);
    } catch (error) {
        if (options.signal?.aborted) throw error;
        throw new Unreachable("the broker does not answer");
    }
    if (response.ok) return response;
    const fault = await faultOf(response);
    // "not_authorised" is a right that is missing; these two mean that nobody is logged in.
    const loggedOut = fault.code === "" || fault.code === "not_authorized";
    if (response.status === 401 && loggedOut) sessionEnded();
    throw fault;
}

async function faultOf(response: Response): Promise<ApiError> {
    const text = await response.text().catch(() => "");
    try {
        const {error, reason} = JSON.parse(text) as {error?: string; reason?: string};
        return new ApiError(response.status, error ?? "", reason ?? "");
    } catch {
        return new ApiError(response.status, "", text || response.statusText);
    }
}

export const get = <T>(target: string, options?: Options) => request<T>("GET", target, options);

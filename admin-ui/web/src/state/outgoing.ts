// A message that is being written, and the request that publishes it. Pure.
import type {Message} from "../api/types.ts";

export const HEADER_KINDS = ["text", "integer", "number", "yes or no", "JSON"] as const;
export type HeaderKind = (typeof HEADER_KINDS)[number];

export interface Outgoing {
    vhost: string;
    exchange: string;
    routingKey: string;
    body: string;
    form: "text" | "base64";
    /** Texts as typed; empty ones are left out. */
    properties: Readonly<Record<string, string>>;
    headers: readonly {name: string; kind: HeaderKind; value: string}[];
}

/** These are numbers on the wire; expiration is a text there, too. */
const NUMBERS = new Set(["delivery_mode", "priority", "timestamp"]);

/** The body of POST /exchanges/{v}/{x}/publish. Throws an error that names what cannot be sent. */
export function messageBody(of: Outgoing): Record<string, unknown> {
    const properties: Record<string, unknown> = {};
    for (const [name, text] of Object.entries(of.properties)) {
        if (text.trim() === "") continue;
        properties[name] = NUMBERS.has(name) ? integer(name, text) : text;
    }
    const headers = of.headers.filter(({name}) => name !== "");
    if (headers.length > 0) {
        properties["headers"] = Object.fromEntries(
            headers.map(({name, kind, value}) => [name, headerValue(kind, value)]),
        );
    }
    return {
        routing_key: of.routingKey,
        payload: of.form === "base64" ? of.body.replace(/\s+/g, "") : of.body,
        payload_encoding: of.form === "base64" ? "base64" : "string",
        properties,
    };
}

export function headerValue(kind: HeaderKind, text: string): unknown {
    switch (kind) {
        case "text":
            return text;
        case "integer":
            return integer("this header", text);
        case "number": {
            const value = Number(text);
            if (text.trim() === "" || !Number.isFinite(value))
                throw new Error(`“${text}” is no number`);
            return value;
        }
        case "yes or no":
            if (!/^(true|yes|false|no)$/i.test(text))
                throw new Error(`“${text}” is neither true nor false`);
            return /^(true|yes)$/i.test(text);
        case "JSON":
            return JSON.parse(text);
    }
}

function integer(name: string, text: string): number {
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value))
        throw new Error(`${name}: “${text}” is no whole number`);
    return value;
}

/** A copy of a message that was looked at. What the broker wrote into it stays behind. */
export function copyOf(message: Message): Partial<Outgoing> {
    const {headers = {}, ...properties} = message.properties;
    return {
        routingKey: message.routing_key,
        body: message.payload ?? "",
        form: message.payload_encoding === "base64" ? "base64" : "text",
        properties: Object.fromEntries(
            Object.entries(properties).map(([name, value]) => [name, String(value)]),
        ),
        headers: Object.entries(headers)
            .filter(([name]) => !/^x-(death|first-death|last-death|redriven)/.test(name))
            .map(([name, value]) => ({
                name,
                kind: kindOf(value),
                value: typeof value === "string" ? value : JSON.stringify(value),
            })),
    };
}

function kindOf(value: unknown): HeaderKind {
    if (typeof value === "boolean") return "yes or no";
    if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
    return typeof value === "string" ? "text" : "JSON";
}

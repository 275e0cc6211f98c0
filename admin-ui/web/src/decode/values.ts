// Values of the binary formats set out in lines, in the notation of JSON and, where that has none, of CBOR's
// diagnostic one: h'0102' are octets, 32("…") is a tagged value.
import {hexDigits} from "./hex.ts";
import {Writer, type Line} from "./lines.ts";

/** A CBOR tag or a MessagePack extension: its number and what it marks. */
export class Tagged {
    constructor(
        readonly tag: number | bigint,
        readonly value: unknown,
    ) {}
}

/** A map as a list of its pairs: keys of any type, repeated ones too. */
export class Pairs {
    constructor(readonly pairs: readonly (readonly [unknown, unknown])[]) {}
}

/** A value that is only a word: undefined, simple(19). */
export class Word {
    constructor(readonly text: string) {}
}

export function valueLines(value: unknown): Line[] {
    const out = new Writer();
    write(out, value);
    return out.lines;
}

function write(out: Writer, value: unknown): void {
    if (value instanceof Pairs) writePairs(out, value.pairs);
    else if (value instanceof Tagged) {
        out.note(`${value.tag}: `);
        write(out, value.value);
    } else if (Array.isArray(value)) {
        out.begin("[");
        for (const item of value) {
            out.item();
            write(out, item);
        }
        out.end("]");
    } else if (isPlainObject(value)) writePairs(out, Object.entries(value));
    else out.value(...atom(value));
}

function writePairs(out: Writer, pairs: readonly (readonly [unknown, unknown])[]): void {
    out.begin("{");
    for (const [key, value] of pairs) {
        const [text] = atom(key);
        out.key(text, typeof key === "string" ? key : text);
        write(out, value);
    }
    out.end("}");
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
    return (
        typeof value === "object" &&
        value !== null &&
        Object.getPrototypeOf(value) === Object.prototype
    );
}

function atom(value: unknown): [string, "string" | "number" | "literal"] {
    if (typeof value === "string") return [JSON.stringify(value), "string"];
    if (typeof value === "number" || typeof value === "bigint")
        return [numberText(value), "number"];
    if (value instanceof Uint8Array) return [`h'${hexDigits(value)}'`, "string"];
    if (value instanceof Date) return [JSON.stringify(value.toISOString()), "string"];
    if (value instanceof Word) return [value.text, "literal"];
    if (value === null || typeof value === "boolean") return [String(value), "literal"];
    return [JSON.stringify(value) ?? String(value), "literal"];
}

function numberText(value: number | bigint): string {
    return Object.is(value, -0) ? "-0.0" : String(value);
}

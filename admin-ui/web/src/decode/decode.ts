// A body made readable: unpacked first, then read by the decoder that its content type names, else by the first that
// fits. The choice is named on the page and can be changed. Pure; nothing here touches the broker.
import {plain, size} from "../format/numbers.ts";
import {fromCbor} from "./cbor.ts";
import {hexLines} from "./hex.ts";
import {looksGzipped, OUTPUT_MAX, unpack} from "./inflate.ts";
import {jsonLines} from "./json.ts";
import {visibleTokens, type Line} from "./lines.ts";
import {fromBase64, utf8} from "./octets.ts";
import {valueLines} from "./values.ts";

export const DECODERS = ["json", "text", "messagepack", "cbor", "base64", "hex"] as const;
export type DecoderName = (typeof DECODERS)[number];

export const DECODER_LABELS: Record<DecoderName, string> = {
    json: "JSON",
    text: "Text",
    messagepack: "MessagePack",
    cbor: "CBOR",
    base64: "Base64",
    hex: "Hex",
};

export interface Hints {
    contentType?: string | undefined;
    contentEncoding?: string | undefined;
}

export interface Decoded {
    decoder: DecoderName;
    /** What was done before it was read: "unpacked from gzip, 712 B to 1.9 kB". */
    steps: string[];
    lines: Line[];
    /** Why the wish could not be followed, when hex had to stand in. */
    fault?: string;
}

type Read = (octets: Uint8Array) => Promise<Line[]>;

const READ: Record<DecoderName, Read> = {
    async json(octets) {
        const lines = jsonLines(utf8(octets)?.replace(/^\ufeff/, "") ?? "");
        if (!lines) throw new Error("it is not JSON");
        return lines;
    },
    async text(octets) {
        return textLines(new TextDecoder("utf-8", {ignoreBOM: true}).decode(octets));
    },
    async messagepack(octets) {
        const {decode} = await import("@msgpack/msgpack");
        return valueLines(decode(octets, {useBigInt64: true}));
    },
    async cbor(octets) {
        return valueLines(fromCbor(octets));
    },
    async base64(octets) {
        const inner = fromBase64(utf8(octets) ?? "?");
        if (!inner) throw new Error("it is not base64");
        return (await decode(inner)).lines;
    },
    async hex(octets) {
        return hexLines(octets);
    },
};

/** Reads a body; with `wish` by that decoder, else by the one that fits. */
export async function decode(
    octets: Uint8Array,
    hints: Hints = {},
    wish?: DecoderName,
): Promise<Decoded> {
    const {octets: body, steps} = await unpacked(octets, hints.contentEncoding);
    const decoder = wish ?? (await fitting(body, hints.contentType));
    try {
        return {decoder, steps, lines: await READ[decoder](body)};
    } catch (error) {
        const fault = error instanceof Error ? error.message : String(error);
        return {decoder: "hex", steps, lines: hexLines(body), fault};
    }
}

async function unpacked(
    octets: Uint8Array,
    encoding = "",
): Promise<{octets: Uint8Array; steps: string[]}> {
    const named = encoding.trim().toLowerCase();
    const format =
        named === "gzip" || named === "x-gzip" || looksGzipped(octets)
            ? "gzip"
            : named === "deflate"
              ? "deflate"
              : undefined;
    if (!format) return {octets, steps: []};
    try {
        const {octets: inner, cut} = await unpack(octets, format);
        const lengths = `${plain(size(octets.length))} to ${plain(size(inner.length))}`;
        const rest = cut ? `, the first ${plain(size(OUTPUT_MAX))} of it` : "";
        return {octets: inner, steps: [`unpacked from ${format}, ${lengths}${rest}`]};
    } catch {
        return {octets, steps: [`says ${format}, but could not be unpacked`]};
    }
}

const TYPES: readonly [RegExp, DecoderName][] = [
    [/^(application|text)\/([\w.-]+\+)?json\b/i, "json"],
    [/^application\/(x-|vnd\.)?msgpack\b|\+msgpack\b/i, "messagepack"],
    [/^application\/([\w.-]+\+)?cbor\b/i, "cbor"],
];

/** The decoder that the content type names, if the body keeps that promise; else the first that fits. */
async function fitting(octets: Uint8Array, contentType = ""): Promise<DecoderName> {
    const named = TYPES.find(([pattern]) => pattern.test(contentType))?.[1];
    for (const decoder of [...(named ? [named] : []), ...candidates(octets)]) {
        if (await fits(decoder, octets)) return decoder;
    }
    return "hex";
}

function candidates(octets: Uint8Array): DecoderName[] {
    const text = utf8(octets);
    if (text !== undefined) {
        const start = text.trimStart()[0];
        if (start === "{" || start === "[" || start === '"') return ["json", "text"];
        const inner = text.length >= 16 && text.length % 4 === 0 ? fromBase64(text) : undefined;
        // Many a word is base64 by chance: only when what is in it speaks for itself.
        if (inner && (looksGzipped(inner) || jsonLines(utf8(inner) ?? ""))) return ["base64"];
        return hasControls(text) ? ["messagepack", "cbor", "hex"] : ["text"];
    }
    return ["messagepack", "cbor"];
}

function hasControls(text: string): boolean {
    return /[\u0000-\u0008\u000e-\u001f]/.test(text);
}

/** Binary formats read almost anything: only maps and lists count as a fit. */
async function fits(decoder: DecoderName, octets: Uint8Array): Promise<boolean> {
    try {
        const lines = await READ[decoder](octets);
        return (decoder !== "messagepack" && decoder !== "cbor") || lines.length > 1;
    } catch {
        return false;
    }
}

export function textLines(text: string): Line[] {
    return text
        .split(/\r\n|\n|\r/)
        .map((line) => ({depth: 0, tokens: visibleTokens(line, "plain")}));
}

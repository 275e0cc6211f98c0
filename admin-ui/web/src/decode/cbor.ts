// CBOR (RFC 8949) to values: maps with any keys, tags, indefinite lengths, integers of 64 bits.
import {Pairs, Tagged, Word} from "./values.ts";

const DEPTH_MAX = 64;
const INDEFINITE = -1;

/** Throws when the octets are not exactly one CBOR item. */
export function fromCbor(octets: Uint8Array): unknown {
    const reader = new Reader(octets);
    const value = reader.item(0);
    if (!reader.atEnd()) throw new Error("octets after the item");
    return value;
}

const BREAK = Symbol("break");

class Reader {
    private at = 0;
    private readonly view: DataView;

    constructor(private readonly octets: Uint8Array) {
        this.view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    }

    atEnd(): boolean {
        return this.at === this.octets.length;
    }

    item(depth: number): unknown {
        const value = this.itemOrBreak(depth);
        if (value === BREAK) throw new Error("a break where none belongs");
        return value;
    }

    private itemOrBreak(depth: number): unknown {
        if (depth > DEPTH_MAX) throw new Error("nested too deep");
        const first = this.take(1);
        const [major, info] = [first >> 5, first & 31];
        switch (major) {
            case 0:
                return this.argument(info);
            case 1: {
                const n = this.argument(info);
                return typeof n === "bigint" ? -1n - n : -1 - n;
            }
            case 2:
                return this.string(info, major);
            case 3:
                return new TextDecoder("utf-8", {fatal: true}).decode(this.string(info, major));
            case 4:
                return this.list(info, depth);
            case 5:
                return this.map(info, depth);
            case 6:
                return new Tagged(this.argument(info), this.item(depth + 1));
            default:
                return this.simple(info);
        }
    }

    private simple(info: number): unknown {
        switch (info) {
            case 20:
                return false;
            case 21:
                return true;
            case 22:
                return null;
            case 23:
                return new Word("undefined");
            case 24:
                return new Word(`simple(${this.take(1)})`);
            case 25:
                return half(this.take(2));
            case 26:
                this.need(4);
                return this.view.getFloat32((this.at += 4) - 4);
            case 27:
                this.need(8);
                return this.view.getFloat64((this.at += 8) - 8);
            case 31:
                return BREAK;
            default:
                if (info < 20) return new Word(`simple(${info})`);
                throw new Error("reserved");
        }
    }

    /** The number that follows the first octet; a bigint only when a number could not hold it. */
    private argument(info: number): number | bigint {
        if (info < 24) return info;
        if (info <= 26) return this.take(1 << (info - 24));
        if (info !== 27) throw new Error("reserved");
        this.need(8);
        const n = this.view.getBigUint64((this.at += 8) - 8);
        return n <= Number.MAX_SAFE_INTEGER ? Number(n) : n;
    }

    private length(info: number): number {
        if (info === 31) return INDEFINITE;
        const n = this.argument(info);
        if (n > this.octets.length) throw new Error("longer than the body");
        return Number(n);
    }

    private string(info: number, major: number): Uint8Array {
        const length = this.length(info);
        if (length !== INDEFINITE) return this.slice(length);
        const parts: number[] = [];
        for (;;) {
            const first = this.take(1);
            if (first === 0xff) return Uint8Array.from(parts);
            if (first >> 5 !== major) throw new Error("a chunk of another type");
            const chunk = this.length(first & 31);
            if (chunk === INDEFINITE) throw new Error("a chunk without length");
            for (const octet of this.slice(chunk)) parts.push(octet);
        }
    }

    private list(info: number, depth: number): unknown[] {
        const length = this.length(info);
        const items: unknown[] = [];
        while (length === INDEFINITE || items.length < length) {
            const item = length === INDEFINITE ? this.itemOrBreak(depth + 1) : this.item(depth + 1);
            if (item === BREAK) break;
            items.push(item);
        }
        return items;
    }

    private map(info: number, depth: number): Pairs {
        const length = this.length(info);
        const pairs: [unknown, unknown][] = [];
        while (length === INDEFINITE || pairs.length < length) {
            const key = length === INDEFINITE ? this.itemOrBreak(depth + 1) : this.item(depth + 1);
            if (key === BREAK) break;
            pairs.push([key, this.item(depth + 1)]);
        }
        return new Pairs(pairs);
    }

    private need(length: number): void {
        if (this.at + length > this.octets.length) throw new Error("it ends too early");
    }

    private take(length: number): number {
        let value = 0;
        for (const octet of this.slice(length)) value = value * 256 + octet;
        return value;
    }

    private slice(length: number): Uint8Array {
        this.need(length);
        return this.octets.subarray(this.at, (this.at += length));
    }
}

/** IEEE 754 half precision: 1 sign, 5 exponent, 10 fraction. */
function half(bits: number): number {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

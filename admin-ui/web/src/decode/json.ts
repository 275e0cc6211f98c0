// JSON set out in lines, from its text and not from parsed values: large integers, repeated keys, escapes and the
// order of keys stay as they were sent.
import {Writer, type Line} from "./lines.ts";

const DEPTH_MAX = 200;
const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;

/** The lines of a JSON text; undefined when it is none. */
export function jsonLines(text: string): Line[] | undefined {
    const reader = new Reader(text);
    return reader.document() ? reader.out.lines : undefined;
}

class Reader {
    readonly out = new Writer();
    private at = 0;

    constructor(private readonly text: string) {}

    document(): boolean {
        if (!this.value(0)) return false;
        this.take(SPACE);
        return this.at === this.text.length;
    }

    private value(depth: number): boolean {
        if (depth > DEPTH_MAX) return false;
        this.take(SPACE);
        switch (this.text[this.at]) {
            case "{":
                return this.members("{", "}", () => this.pair(depth));
            case "[":
                return this.members("[", "]", () => {
                    this.out.item();
                    return this.value(depth + 1);
                });
            case '"':
                return this.atom(STRING, "string");
            case "t":
            case "f":
            case "n":
                return this.atom(LITERAL, "literal");
            default:
                return this.atom(NUMBER, "number");
        }
    }

    private members(open: string, close: string, member: () => boolean): boolean {
        this.at++;
        this.out.begin(open);
        this.take(SPACE);
        if (this.skip(close)) {
            this.out.end(close);
            return true;
        }
        do {
            if (!member()) return false;
            this.take(SPACE);
        } while (this.skip(","));
        if (!this.skip(close)) return false;
        this.out.end(close);
        return true;
    }

    private pair(depth: number): boolean {
        this.take(SPACE);
        const key = this.take(STRING);
        if (key === undefined) return false;
        this.out.key(key, JSON.parse(key) as string);
        this.take(SPACE);
        return this.skip(":") && this.value(depth + 1);
    }

    private atom(pattern: RegExp, kind: "string" | "number" | "literal"): boolean {
        const found = this.take(pattern);
        if (found === undefined) return false;
        this.out.value(found, kind);
        return true;
    }

    private take(pattern: RegExp): string | undefined {
        pattern.lastIndex = this.at;
        const found = pattern.exec(this.text)?.[0];
        if (found !== undefined) this.at += found.length;
        return found;
    }

    private skip(character: string): boolean {
        if (this.text[this.at] !== character) return false;
        this.at++;
        return true;
    }
}

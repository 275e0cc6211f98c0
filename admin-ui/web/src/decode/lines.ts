// Decoded bodies as lines of tokens, with folds: what every structured decoder writes and the page draws.

export type TokenKind = "plain" | "key" | "string" | "number" | "literal" | "comment" | "control";

export interface Token {
    kind: TokenKind;
    text: string;
}

export interface Line {
    depth: number;
    tokens: Token[];
    /** The line that closes what opens here; undefined: nothing to fold. */
    end?: number;
    /** How many members lie within. */
    members?: number;
    /** Where in the body this is: customer.lines[0].sku */
    path?: string;
}

// What one does not see, or what turns the direction of what one sees.
const HIDDEN =
    /([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb])\1*/gu;

/** More of one token would freeze the page; the whole is there to be saved. */
const TOKEN_LENGTH_MAX = 20_000;

/** Text with its invisible characters made visible, a run of the same ones as one. */
export function visibleTokens(text: string, kind: TokenKind): Token[] {
    const shown = text.slice(0, TOKEN_LENGTH_MAX);
    const tokens: Token[] = [];
    let last = 0;
    for (const match of shown.matchAll(HIDDEN)) {
        if (match.index > last) tokens.push({kind, text: shown.slice(last, match.index)});
        const [run] = match;
        const code = run.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
        tokens.push({
            kind: "control",
            text: run.length > 1 ? `U+${code} ×${run.length}` : `U+${code}`,
        });
        last = match.index + run.length;
    }
    if (last < shown.length || tokens.length === 0) tokens.push({kind, text: shown.slice(last)});
    if (text.length > shown.length)
        tokens.push({kind: "comment", text: ` … ${text.length - shown.length} more characters`});
    return tokens;
}

/** Collects the lines of nested maps and lists. */
export class Writer {
    readonly lines: Line[] = [];
    private readonly open: {line: number; members: number; path: string; list: boolean}[] = [];
    private pending: Token[] = [];
    private path = "";

    /** The name of the member that comes next in a map. */
    key(text: string, path: string): void {
        this.member();
        this.pending.push(...visibleTokens(text, "key"), {kind: "plain", text: ": "});
        const outer = this.open.at(-1)!.path;
        this.path = /^[\w$-]+$/.test(path)
            ? `${outer}${outer ? "." : ""}${path}`
            : `${outer}[${JSON.stringify(path)}]`;
    }

    /** The member that comes next in a list. */
    item(): void {
        const list = this.open.at(-1)!;
        this.path = `${list.path}[${list.members}]`;
        this.member();
    }

    value(text: string, kind: TokenKind): void {
        this.line([...this.pending, ...visibleTokens(text, kind)]);
    }

    /** Before a value: a tag and the like. */
    note(text: string): void {
        this.pending.push({kind: "comment", text});
    }

    begin(bracket: string): void {
        this.line([...this.pending, {kind: "plain", text: bracket}]);
        this.open.push({
            line: this.lines.length - 1,
            members: 0,
            path: this.path,
            list: bracket === "[",
        });
    }

    end(bracket: string): void {
        const {line, members} = this.open.pop()!;
        const opening = this.lines[line]!;
        if (members === 0) {
            opening.tokens.at(-1)!.text += bracket;
            return;
        }
        this.line([{kind: "plain", text: bracket}]);
        opening.end = this.lines.length - 1;
        opening.members = members;
    }

    private member(): void {
        const outer = this.open.at(-1)!;
        // The comma belongs to the line before, which is the last of the member before.
        if (outer.members++ > 0) this.lines.at(-1)!.tokens.push({kind: "plain", text: ","});
    }

    private line(tokens: Token[]): void {
        this.lines.push({depth: this.open.length, tokens, path: this.path});
        this.pending = [];
    }
}

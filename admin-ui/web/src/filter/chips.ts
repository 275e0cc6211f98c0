// The filter of the message browser as chips: the conditions that its top-level "and" joins, each of which can be
// edited or taken away. The broker understands the whole; here it is only cut up and put together. Pure.

export interface Chip {
    /** The condition as written. */
    text: string;
    /** Its three parts, when it is one comparison; else only the text is shown. */
    parts?: {field: string; operator: string; value: string};
}

const OPERATORS = [
    "contains",
    "starts",
    "ends",
    "exists",
    "==",
    "!=",
    "<=",
    ">=",
    "<",
    ">",
    "~",
    "in",
];
const COMPARISON = new RegExp(
    `^([A-Za-z][\\w.-]*)\\s*(${OPERATORS.map((one) => (/^\w/.test(one) ? `\\b${one}\\b` : one)).join("|")})\\s*(.*)$`,
    "s",
);

/** The chips of a filter. A filter that cannot be cut safely is one chip. */
export function chipsOf(filter: string): Chip[] {
    return conditions(filter).map((text) => {
        const found = hasLooseWord(text) ? null : COMPARISON.exec(text);
        return found
            ? {text, parts: {field: found[1]!, operator: found[2]!, value: found[3]!}}
            : {text};
    });
}

/** A filter again. A chip with an "or" in it is put in brackets, so that the others still count. */
export function filterOf(chips: readonly Chip[]): string {
    const texts = chips.map(({text}) => text.trim()).filter(Boolean);
    if (texts.length < 2) return texts.join("");
    return texts.map((text) => (words(text).includes("or") ? `(${text})` : text)).join(" and ");
}

/** Cuts at every "and" that stands outside of quotes and brackets, unless an "or" stands beside it. */
export function conditions(filter: string): string[] {
    const found = tokens(filter);
    if (found.some(({word, depth}) => word === "or" && depth === 0))
        return [filter.trim()].filter(Boolean);
    const parts: string[] = [];
    let from = 0;
    for (const {word, depth, start, end} of found) {
        if (word !== "and" || depth > 0) continue;
        parts.push(filter.slice(from, start));
        from = end;
    }
    parts.push(filter.slice(from));
    return parts.map((part) => bare(part.trim())).filter(Boolean);
}

/** What is wrong with brackets and quotes, before the broker is asked; undefined: nothing. */
export function faultOf(filter: string): string | undefined {
    let depth = 0;
    let quote: number | undefined;
    for (let at = 0; at < filter.length; at++) {
        const character = filter[at];
        if (quote !== undefined) {
            if (character === "\\") at++;
            else if (character === '"') quote = undefined;
        } else if (character === '"') quote = at;
        else if (character === "(") depth++;
        else if (character === ")" && --depth < 0)
            return `a bracket closes at ${at + 1} that never opened`;
    }
    if (quote !== undefined) return `the quote at ${quote + 1} is never closed`;
    return depth > 0 ? "a bracket is never closed" : undefined;
}

interface Word {
    word: string;
    depth: number;
    start: number;
    end: number;
}

/** The words outside of quotes, each with how many brackets are open around it. */
function tokens(filter: string): Word[] {
    const found: Word[] = [];
    let depth = 0;
    for (const match of filter.matchAll(/"(?:[^"\\]|\\.)*"?|[()]|[A-Za-z_][\w.]*/gs)) {
        const text = match[0];
        if (text === "(") depth++;
        else if (text === ")") depth--;
        else if (!text.startsWith('"')) {
            found.push({word: text, depth, start: match.index, end: match.index + text.length});
        }
    }
    return found;
}

function words(text: string): string[] {
    return tokens(text)
        .filter(({depth}) => depth === 0)
        .map(({word}) => word);
}

/** "and", "or" and "not" make more of it than one comparison. */
function hasLooseWord(text: string): boolean {
    return words(text).some((word) => word === "or" || word === "and" || word === "not");
}

/** Without the brackets that enclose all of it. */
function bare(text: string): string {
    if (!text.startsWith("(") || !text.endsWith(")")) return text;
    const inner = text.slice(1, -1);
    return faultOf(inner) === undefined ? inner.trim() : text;
}

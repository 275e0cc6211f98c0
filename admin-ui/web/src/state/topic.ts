// Why a topic binding takes a key or does not, word by word. Pure; the broker decides, this only explains.

export type Mark = "fits" | "fails" | "rest";

export interface Match {
    fits: boolean;
    /** One mark for each word of the binding. After the first that fails the rest say nothing. */
    words: Mark[];
}

export function matchTopic(binding: string, key: string): Match {
    const pattern = binding.split(".");
    const words = key.split(".");
    const fits = matches(pattern, words);
    if (fits) return {fits, words: pattern.map(() => "fits")};
    // The longest beginning of the pattern that some beginning of the key meets.
    let met = 0;
    while (met < pattern.length && meetsBeginning(pattern.slice(0, met + 1), words)) met++;
    // All words are met and yet it does not fit: the key goes on where the binding ends.
    const failing = Math.min(met, pattern.length - 1);
    return {
        fits,
        words: pattern.map((_, index) =>
            index < failing ? "fits" : index === failing ? "fails" : "rest",
        ),
    };
}

/** "*" is one word, "#" any number of them, also none. Row by row, so that many "#" cost no more than one. */
function matches(pattern: readonly string[], words: readonly string[]): boolean {
    return reach(pattern, words)[words.length]!;
}

function meetsBeginning(pattern: readonly string[], words: readonly string[]): boolean {
    return reach(pattern, words).some(Boolean);
}

/** For each count of words: can the pattern take just that many? */
function reach(pattern: readonly string[], words: readonly string[]): boolean[] {
    let row = [true, ...words.map(() => false)];
    for (const part of pattern) {
        const next = row.map(() => false);
        for (let taken = 0; taken <= words.length; taken++) {
            if (part === "#") next[taken] = row[taken]! || (taken > 0 && next[taken - 1]!);
            else if (taken > 0)
                next[taken] = row[taken - 1]! && (part === "*" || part === words[taken - 1]);
        }
        row = next;
    }
    return row;
}

// How well a name fits what was typed: its beginning before the beginning of a word before anywhere.

/** Smaller is better; undefined: does not fit. */
export function plainRank(name: string, typed: string): number | undefined {
    const wanted = typed.trim().toLowerCase();
    if (wanted === "") return 0;
    const position = name.toLowerCase().indexOf(wanted);
    if (position < 0) return undefined;
    if (position === 0) return 0;
    const word = new RegExp(
        `[^\\p{L}\\p{N}]${wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`,
        "iu",
    );
    return word.test(name) ? 1 : 2;
}

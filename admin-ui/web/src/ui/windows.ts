// Which rows of a long list are in view, and which of them the server is asked for. Pure.

export interface View {
    first: number;
    count: number;
}

/** Rows that are drawn besides those in view, so that a small scroll shows no gap. */
const OVERSCAN = 8;

/** The rows to draw: those that the list shows between the window's edges, and a few around. */
export function visible(
    listTop: number,
    rowHeight: number,
    windowHeight: number,
    total: number,
): View {
    const first = Math.floor(Math.max(0, -listTop) / rowHeight) - OVERSCAN;
    const last = Math.ceil(Math.max(0, windowHeight - listTop) / rowHeight) + OVERSCAN;
    const from = Math.max(0, Math.min(first, total));
    return {first: from, count: Math.max(0, Math.min(last, total) - from)};
}

/** The window to ask for: a screen more on either side, moved only when the view nears its edge. */
export function wanted(view: View, present: View, largest: number): View {
    const screen = Math.max(view.count, 20);
    const enough =
        view.first >= present.first + Math.min(present.first, screen / 2) &&
        view.first + view.count <= present.first + present.count - screen / 2;
    if (present.count > 0 && enough) return present;
    const first = Math.max(0, view.first - screen);
    return {first, count: Math.min(largest, view.count + 2 * screen)};
}

/**
 * The rows to draw while they are held: each stays where it was when the hold began, with its newest figures. One that
 * has left the list keeps its place and its last figures until the hold ends, so that nothing slides under the pointer.
 * Rows that come into view meanwhile join the held ones. Returns the rows, and how many would move.
 */
export function held<R extends {key: string}>(
    kept: Map<number, R>,
    now: ReadonlyMap<number, R>,
    {first, count}: View,
): {shown: (R | undefined)[]; moved: number} {
    const newest = new Map([...now.values()].map((row) => [row.key, row]));
    let moved = 0;
    const shown = Array.from({length: count}, (_, at) => {
        const index = first + at;
        const before = kept.get(index);
        const present = now.get(index);
        if (before && present && before.key !== present.key) moved++;
        const row = before ? (newest.get(before.key) ?? before) : present;
        if (row) kept.set(index, row);
        return row;
    });
    return {shown, moved};
}

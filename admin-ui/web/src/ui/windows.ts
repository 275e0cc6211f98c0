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

/** Screens more on either side of the view that are asked for, so that scrolling does not wait for the server. */
const AHEAD = 3;

/** The window to ask for, moved only when less than a screen of it is left on the way. */
export function wanted(view: View, present: View, largest: number): View {
    const screen = Math.max(view.count, 20);
    const above = view.first - present.first;
    const below = present.first + present.count - (view.first + view.count);
    if ((above >= screen || (above >= 0 && present.first === 0)) && below >= screen) return present;
    const ahead = Math.max(0, Math.min(AHEAD * screen, Math.floor((largest - view.count) / 2)));
    const first = Math.max(0, view.first - ahead);
    return {first, count: Math.min(largest, view.count + 2 * ahead)};
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

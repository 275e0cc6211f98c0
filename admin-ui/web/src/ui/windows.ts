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
 * The order in which rows are shown while they are held: those that were there stay where they were. Rows that went
 * keep their place until the hold ends, so that nothing slides under the pointer.
 * Returns the keys in their held order, and how many would move.
 */
export function held(
    before: readonly string[],
    now: readonly string[],
): {order: readonly string[]; moved: number} {
    const moved = now.filter((key, index) => before[index] !== key).length;
    return {order: before, moved};
}

// What a subscription holds, and how the frames of the feed change it. Pure: the socket lies in feed.ts.

export type Cell = string | number | boolean | object | null | undefined;

/** The rows in view of a list, as the server sorted them. */
export interface RowsFrame {
    total: number;
    offset: number;
    cols: string[];
    rows: Cell[][];
}

/** A stretch of the history, each point as long as cols. */
export interface Series {
    step: number;
    cols: string[];
    points: (number | null)[][];
}

export interface State {
    sequence: number;
    at: number;
    rows?: RowsFrame;
    value?: Record<string, unknown>;
    series?: Series;
}

export interface Frame {
    k: string;
    i?: number;
    s?: number;
    ts?: number;
    total?: number;
    offset?: number;
    cols?: string[];
    rows?: Cell[][];
    v?: Record<string, unknown> | number[];
    step?: number;
    points?: (number | null)[][];
    set?: [row: number, cells: Record<string, Cell>][];
    add?: [row: number, cells: Cell[]][];
    del?: (number | string)[];
}

/** More points than any chart has pixels: a page left open for days stays small. */
const POINTS_MAX = 3_600;

/** The state after a frame; undefined when a frame is missing before it, and a new snapshot is due. */
export function apply(state: State | undefined, frame: Frame): State | undefined {
    if (frame.k === "snap") return snapshot(frame);
    if (!state) return undefined;
    if (frame.k === "point") return point(state, frame);
    if (frame.k !== "diff") return state;
    if (frame.s !== undefined && frame.s !== state.sequence + 1) return undefined;
    const next: State = {...state, sequence: frame.s ?? state.sequence, at: frame.ts ?? state.at};
    if (state.rows) next.rows = changedRows(state.rows, frame);
    if (frame.v && !Array.isArray(frame.v)) next.value = changedKeys(state.value ?? {}, frame);
    return next;
}

function snapshot(frame: Frame): State {
    const state: State = {sequence: frame.s ?? 0, at: frame.ts ?? 0};
    if (frame.rows) {
        state.rows = {
            total: frame.total ?? frame.rows.length,
            offset: frame.offset ?? 0,
            cols: frame.cols ?? [],
            rows: frame.rows,
        };
    }
    if (frame.v && !Array.isArray(frame.v)) state.value = frame.v;
    if (frame.points) {
        state.series = {step: frame.step ?? 1_000, cols: frame.cols ?? [], points: frame.points};
    }
    return state;
}

/** A point has no ts of its own: the frame's is the first column. */
function point(state: State, frame: Frame): State {
    if (!state.series || !Array.isArray(frame.v)) return state;
    const points = [...state.series.points, [frame.ts ?? 0, ...frame.v]].slice(-POINTS_MAX);
    return {...state, at: frame.ts ?? state.at, series: {...state.series, points}};
}

function changedRows(old: RowsFrame, frame: Frame): RowsFrame {
    const rows = [...old.rows];
    const gone = new Set((frame.del ?? []).map(Number));
    const kept = gone.size > 0 ? rows.filter((_, index) => !gone.has(index)) : rows;
    for (const [index, cells] of frame.add ?? []) kept.splice(index, 0, cells);
    for (const [index, cells] of frame.set ?? []) {
        const row = kept[index];
        if (!row) continue;
        const copy = [...row];
        for (const [column, cell] of Object.entries(cells)) copy[Number(column)] = cell;
        kept[index] = copy;
    }
    return {...old, total: frame.total ?? old.total, rows: kept};
}

function changedKeys(old: Record<string, unknown>, frame: Frame): Record<string, unknown> {
    const value = {...old, ...(frame.v as Record<string, unknown>)};
    for (const key of frame.del ?? []) delete value[String(key)];
    return value;
}

/** Rows as objects by their columns' names. */
export function records(frame: RowsFrame): Record<string, Cell>[] {
    return frame.rows.map((row) => record(frame.cols, row));
}

export function record(cols: string[], row: Cell[]): Record<string, Cell> {
    const result: Record<string, Cell> = {};
    cols.forEach((name, index) => {
        const cell = row[index];
        if (cell !== undefined && cell !== null) result[name] = cell;
    });
    return result;
}

/** The two halves of a row's key: "/\0orders" is the queue orders of the vhost /. */
export function keyParts(key: string): {vhost: string; name: string} {
    const cut = key.indexOf("\0");
    return cut < 0 ? {vhost: "", name: key} : {vhost: key.slice(0, cut), name: key.slice(cut + 1)};
}

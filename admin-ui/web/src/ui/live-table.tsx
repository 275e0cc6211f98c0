// A table over a list of the feed: only the rows in view exist, the server sorts, and nothing moves while pointer or
// focus is in it. Rows that were seen once are shown again at once, and refreshed when the server answers.
import {useEffect, useMemo, useRef, useState} from "preact/hooks";
import type {ComponentChildren, JSX} from "preact";
import {plural} from "../format/numbers.ts";
import {record, type Cell} from "../live/frames.ts";
import {useTopic} from "../live/use.ts";
import type {Place} from "../state/places.ts";
import {setQuery} from "../state/router.ts";
import {Icon} from "./icon.tsx";
import {Skeleton} from "./page.tsx";
import {held, visible, wanted, type View} from "./windows.ts";

export type Row = Record<string, Cell> & {key: string};

export interface Column {
    label: ComponentChildren;
    /** Rank and kind: "num", "p1" to "p3" leave by width. */
    class?: string;
    /** The key the server sorts by; a column without one is not sorted. */
    sort?: string;
    /** Numbers begin with the largest. */
    largestFirst?: boolean;
    cell: (row: Row) => ComponentChildren;
}

interface Props {
    topic: string;
    label: string;
    params: Readonly<Record<string, unknown>>;
    columns: readonly Column[];
    place: Place;
    /** Sort key when the URL says none. */
    sort: string;
    descending?: boolean;
    /** On a phone a row is a card: name and state above, figures below. */
    card: (row: Row) => {
        name: ComponentChildren;
        state: ComponentChildren;
        figures: ComponentChildren;
    };
    empty: ComponentChildren;
    class?: string;
    selected?: (row: Row) => boolean;
}

/** Larger windows would come near the largest frame of the feed. */
const WINDOW_MAX = 300;
const FIRST_WINDOW: View = {first: 0, count: 100};
const ROW_HEIGHT_GUESS = 36;

export function LiveTable(props: Props) {
    const {place, columns} = props;
    const sort = place.query["sort"] ?? props.sort;
    const descending =
        place.query["sort"] === undefined ? props.descending === true : place.query["desc"] === "1";
    const params = useMemo(
        () => ({...props.params, sort, desc: descending, offset: 0, limit: FIRST_WINDOW.count}),
        [JSON.stringify(props.params), sort, descending],
    );
    const subscription = useTopic(props.topic, params);
    const frame = subscription.state.value?.rows;
    const fault = subscription.fault.value;

    const body = useRef<HTMLTableSectionElement>(null);
    const rowHeight = useRef(ROW_HEIGHT_GUESS);
    const seen = useRef<{of: object; rows: Map<number, Row>}>({of: params, rows: new Map()});
    const asked = useRef<View>(FIRST_WINDOW);
    const got = useRef<number | undefined>(undefined); // where the newest rows begin
    const [view, setView] = useState<View>({first: 0, count: 60});
    const [isHeld, setHeld] = useState(false);
    const kept = useRef<Map<number, Row> | undefined>(undefined);

    if (seen.current.of !== params) {
        seen.current = {of: params, rows: new Map()};
        asked.current = FIRST_WINDOW;
        kept.current = undefined;
    }
    const rows = seen.current.rows;
    got.current = frame?.offset;
    frame?.rows.forEach((cells, index) => {
        rows.set(frame.offset + index, record(frame.cols, cells) as Row);
    });
    const total = frame?.total ?? 0;

    useEffect(() => {
        let due = 0;
        const measure = () => {
            due = 0;
            const list = body.current;
            if (!list) return;
            const sample = list.querySelector<HTMLElement>("tr.row");
            if (sample)
                rowHeight.current = sample.getBoundingClientRect().height || ROW_HEIGHT_GUESS;
            const next = visible(
                list.getBoundingClientRect().top,
                rowHeight.current,
                innerHeight,
                total,
            );
            setView((old) => (old.first === next.first && old.count === next.count ? old : next));
            // One at a time: asked anew at every step of a long scroll, the server would never get to an answer.
            if (got.current !== asked.current.first) return;
            const window = wanted(next, asked.current, WINDOW_MAX);
            if (window !== asked.current && total > 0) {
                asked.current = window;
                subscription.set({offset: window.first, limit: window.count});
            }
        };
        const soon = () => {
            due ||= requestAnimationFrame(measure);
        };
        measure();
        addEventListener("scroll", soon, {capture: true, passive: true});
        addEventListener("resize", soon, {passive: true});
        return () => {
            cancelAnimationFrame(due);
            removeEventListener("scroll", soon, {capture: true});
            removeEventListener("resize", soon);
        };
    }, [subscription, total, frame?.offset]);

    const {shown, moved} = rowsToDraw(view, rows, isHeld, kept);
    if (fault)
        return (
            <p class="section crit" role="alert">
                {fault}
            </p>
        );
    if (!frame) return <Skeleton />;
    if (total === 0) return <>{props.empty}</>;
    const below = Math.max(0, total - view.first - view.count);
    return (
        <div
            onPointerEnter={() => setHeld(true)}
            onPointerLeave={() => setHeld(false)}
            onFocusIn={() => setHeld(true)}
            onFocusOut={() => setHeld(false)}
        >
            <table
                class={`table cards bare ${props.class ?? ""}`}
                aria-label={props.label}
                aria-rowcount={total + 1}
            >
                <thead>
                    <tr aria-rowindex={1}>
                        {columns.map((column, index) => (
                            <HeadCell
                                key={index}
                                column={column}
                                sort={sort}
                                descending={descending}
                            />
                        ))}
                        <th class="only-phone" />
                    </tr>
                </thead>
                <tbody ref={body}>
                    <Spacer height={view.first * rowHeight.current} />
                    {shown.map((row, index) => (
                        <TableRow
                            key={view.first + index}
                            row={row}
                            index={view.first + index}
                            {...props}
                        />
                    ))}
                    <Spacer height={below * rowHeight.current} />
                </tbody>
            </table>
            <footer class="foot">
                <span>{plural(total, "row")}</span>
                {isHeld && moved > 0 ? (
                    <span class="held">
                        <Icon name="lock" />
                        Order is held while you point at the table. {plural(moved, "row")} would
                        move.
                    </span>
                ) : null}
                {isHeld && moved > 0 ? (
                    <button
                        class="btn ghost s link"
                        onClick={() => {
                            kept.current = undefined;
                            setHeld(false);
                        }}
                    >
                        Sort now
                    </button>
                ) : null}
            </footer>
        </div>
    );
}

/** The rows to draw: in the server's order, or while held in the one that they had. */
function rowsToDraw(
    view: View,
    rows: Map<number, Row>,
    isHeld: boolean,
    kept: {current: Map<number, Row> | undefined},
): {shown: (Row | undefined)[]; moved: number} {
    if (!isHeld) {
        kept.current = undefined;
        const shown = Array.from({length: view.count}, (_, at) => rows.get(view.first + at));
        return {shown, moved: 0};
    }
    kept.current ??= new Map(rows);
    return held(kept.current, rows, view);
}

function HeadCell({column, sort, descending}: {column: Column; sort: string; descending: boolean}) {
    const mine = column.sort !== undefined && column.sort === sort;
    const order = mine ? (descending ? "descending" : "ascending") : undefined;
    if (column.sort === undefined)
        return (
            <th scope="col" class={column.class}>
                {column.label}
            </th>
        );
    const next = mine ? !descending : column.largestFirst === true;
    return (
        <th scope="col" class={column.class} aria-sort={order}>
            <button onClick={() => setQuery({sort: column.sort!, desc: next ? "1" : "0"})}>
                {column.label}
            </button>
        </th>
    );
}

/** Stands for the rows that are not drawn. */
function Spacer({height}: {height: number}): JSX.Element | null {
    return height > 0 ? (
        <tr class="spacer" aria-hidden="true" style={{height: `${height}px`}} />
    ) : null;
}

function TableRow({
    row,
    index,
    columns,
    card,
    selected,
}: {row: Row | undefined; index: number} & Props) {
    if (!row) {
        return (
            <tr class="row" aria-rowindex={index + 2}>
                <td colSpan={columns.length}>
                    <span class="skel long" />
                </td>
                <td class="card-name only-phone">
                    <span class="skel" />
                </td>
            </tr>
        );
    }
    const {name, state, figures} = card(row);
    return (
        <tr class="row" aria-rowindex={index + 2} aria-selected={selected?.(row)}>
            {columns.map((column, number) => (
                <td key={number} class={column.class}>
                    {column.cell(row)}
                </td>
            ))}
            <td class="card-name only-phone">{name}</td>
            <td class="card-state only-phone">{state}</td>
            <td class="card-figs only-phone">{figures}</td>
        </tr>
    );
}

/** The figures and texts of a row, by what they are. */
export const num = (row: Row, key: string): number | undefined => {
    const value = row[key];
    return typeof value === "number" ? value : undefined;
};
export const text = (row: Row, key: string): string => {
    const value = row[key];
    return typeof value === "string" ? value : "";
};
export const table = (row: Row, key: string): Readonly<Record<string, unknown>> => {
    const value = row[key];
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
};

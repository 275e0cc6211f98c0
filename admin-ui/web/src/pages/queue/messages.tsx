// The message browser: what lies in the queue, found by a filter, opened beside the list. Looking changes nothing:
// no message is taken, no flag set, no count touched. A search goes on in steps that the broker bounds, and stops
// when told to.
import {useEffect, useRef, useState} from "preact/hooks";
import {get, path} from "../../api/client.ts";
import type {Message, MessagePage} from "../../api/types.ts";
import {octetsOf, utf8} from "../../decode/octets.ts";
import {age, count, plain, plural, size} from "../../format/numbers.ts";
import {totalOf} from "../../live/samples.ts";
import type {Place} from "../../state/places.ts";
import {setQuery} from "../../state/router.ts";
import {explain} from "../../ui/dialog.tsx";
import {Figure, Meter} from "../../ui/figures.tsx";
import {Icon} from "../../ui/icon.tsx";
import {Empty, exchangeName, Skeleton} from "../../ui/page.tsx";
import {FilterChips} from "./filter-chips.tsx";
import {MessagePanel} from "./message-panel.tsx";
import type {Known} from "./queue.tsx";

/** How many more are shown by each step. */
const STEP = 50;
/** Octets of each body that the list shows a line of. */
const PREVIEW = 300;

interface Found {
    items: Message[];
    scanned: number;
    next: string | undefined;
    busy: boolean;
    fault: string | undefined;
    /** How many had ever come in when the list was made: what came since is "newer". */
    cameBefore: number | undefined;
}

const NOTHING: Found = {
    items: [],
    scanned: 0,
    next: undefined,
    busy: true,
    fault: undefined,
    cameBefore: undefined,
};

export function MessagesTab({place, known}: {place: Place; known: Known}) {
    const {queue} = known;
    const {q = "", state = "ready", from = "head", m: open} = place.query;
    const [found, setFound] = useState<Found>(NOTHING);
    const [turn, setTurn] = useState(0);
    const abort = useRef<AbortController>(undefined);
    const base = `x/${path`queues/${queue.vhost}/${queue.name}/messages`}`;
    const cameIn = totalOf(queue.message_stats, "publish");

    /** Looks on until enough is found, the end is reached or somebody says stop. */
    async function look(start: Found) {
        abort.current?.abort();
        const mine = new AbortController();
        abort.current = mine;
        let present: Found = {...start, busy: true, fault: undefined};
        setFound(present);
        const goal = start.items.length + STEP;
        try {
            do {
                const answer: MessagePage = await get(base, {
                    query: {
                        state,
                        from,
                        q: q || undefined,
                        limit: goal - present.items.length,
                        after: present.next,
                        body: PREVIEW,
                    },
                    signal: mine.signal,
                });
                present = {
                    ...present,
                    items: [...present.items, ...answer.items],
                    scanned: present.scanned + answer.scanned,
                    next: answer.more ? answer.next : undefined,
                };
                setFound(present);
            } while (present.next !== undefined && present.items.length < goal);
        } catch (error) {
            if (!mine.signal.aborted) present = {...present, fault: explain(error)};
        }
        if (abort.current === mine) setFound({...present, busy: false});
    }
    useEffect(() => {
        void look({...NOTHING, cameBefore: cameIn});
        return () => abort.current?.abort();
    }, [base, q, state, from, turn]);

    const chosen = found.items.findIndex((one) => one.id === open);
    const show = (index: number) => {
        const message = found.items[index];
        if (message) setQuery({m: message.id});
    };
    const total =
        state === "unacked"
            ? queue.messages_unacknowledged
            : state === "all"
              ? queue.messages
              : queue.messages_ready;
    const newer =
        cameIn !== undefined && found.cameBefore !== undefined
            ? Math.max(0, cameIn - found.cameBefore)
            : 0;
    return (
        <div class={open ? "with-panel" : ""}>
            <div>
                <div class="filter">
                    <FilterChips filter={q} />
                    <States value={state} />
                </div>
                <SearchState
                    found={found}
                    total={total}
                    filtered={q !== ""}
                    from={from}
                    goOn={() => void look(found)}
                    stop={() => abort.current?.abort()}
                />
                {found.fault ? (
                    <p class="section crit" role="alert">
                        {found.fault}
                    </p>
                ) : null}
                <List found={found} filtered={q !== ""} chosen={open} />
                <footer class="foot">
                    <span class="promise">
                        <Icon name="eye" />
                        Looking changes nothing: no message is taken, no flag set, no count touched.
                    </span>
                    {newer > 0 ? (
                        <button class="btn s" onClick={() => setTurn(turn + 1)}>
                            {plain(count(newer))} newer, look again
                        </button>
                    ) : (
                        <button class="btn s ghost" onClick={() => setTurn(turn + 1)}>
                            Look again
                        </button>
                    )}
                </footer>
            </div>
            {open ? (
                <MessagePanel
                    key={open}
                    queue={queue}
                    id={open}
                    listed={found.items[chosen]}
                    previous={chosen > 0 ? () => show(chosen - 1) : undefined}
                    next={
                        chosen >= 0 && chosen < found.items.length - 1
                            ? () => show(chosen + 1)
                            : undefined
                    }
                />
            ) : null}
        </div>
    );
}

function States({value}: {value: string}) {
    return (
        <div class="seg" role="group" aria-label="Which messages">
            {(["ready", "unacked", "all"] as const).map((one) => (
                <button
                    key={one}
                    aria-pressed={value === one}
                    onClick={() => setQuery({state: one === "ready" ? "" : one, m: ""})}
                >
                    {one[0]!.toUpperCase() + one.slice(1)}
                </button>
            ))}
        </div>
    );
}

/** How much was looked through, and the way on; never a bare spinner. */
function SearchState({
    found,
    total,
    filtered,
    from,
    goOn,
    stop,
}: {
    found: Found;
    total: number;
    filtered: boolean;
    from: string;
    goOn: () => void;
    stop: () => void;
}) {
    const {scanned, items, busy, next} = found;
    return (
        <div class="search-state">
            <StartPicker from={from} />
            <span class="progress">
                {filtered ? (
                    <Meter part={scanned} all={Math.max(total, scanned)} label="Searched" />
                ) : null}
                <span>
                    {filtered ? (
                        <>
                            Searched <b>{plain(count(scanned))}</b> of{" "}
                            {plain(count(Math.max(total, scanned)))}, found{" "}
                            <b>{plain(count(items.length))}</b>
                        </>
                    ) : (
                        <>
                            <b>{plain(count(items.length))}</b> of{" "}
                            {plain(count(Math.max(total, items.length)))}
                        </>
                    )}
                </span>
                {busy ? (
                    <button class="btn s" onClick={stop}>
                        Stop
                    </button>
                ) : null}
                {!busy && next !== undefined ? (
                    <button class="btn s" onClick={goOn}>
                        {filtered ? "Go on" : `${STEP} more`}
                    </button>
                ) : null}
            </span>
        </div>
    );
}

/** Where to begin: the head, the tail, a position, a time. */
function StartPicker({from}: {from: string}) {
    const kind = from.split(":")[0]!;
    const rest = from.slice(kind.length + 1);
    return (
        <span class="start">
            <span class="select inline">
                <select
                    class="input"
                    aria-label="Where to begin"
                    value={kind}
                    onChange={(event) => {
                        const chosen = event.currentTarget.value;
                        const start =
                            chosen === "position"
                                ? "position:0"
                                : chosen === "time"
                                  ? `time:${Date.now() - 600_000}`
                                  : chosen;
                        setQuery({from: start === "head" ? "" : start, m: ""});
                    }}
                >
                    <option value="head">From head</option>
                    <option value="tail">From tail</option>
                    <option value="position">From position</option>
                    <option value="time">From time</option>
                </select>
                <Icon name="down" />
            </span>
            {kind === "position" ? (
                <input
                    class="input num"
                    type="number"
                    min={0}
                    aria-label="Position"
                    value={rest}
                    onChange={(event) =>
                        setQuery({from: `position:${event.currentTarget.value || 0}`, m: ""})
                    }
                />
            ) : null}
            {kind === "time" ? (
                <input
                    class="input"
                    type="datetime-local"
                    aria-label="Time"
                    value={localTime(Number(rest))}
                    onChange={(event) =>
                        setQuery({
                            from: `time:${new Date(event.currentTarget.value).getTime()}`,
                            m: "",
                        })
                    }
                />
            ) : null}
        </span>
    );
}

function localTime(ms: number): string {
    const moved = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
    return Number.isNaN(moved.getTime()) ? "" : moved.toISOString().slice(0, 16);
}

function List({
    found,
    filtered,
    chosen,
}: {
    found: Found;
    filtered: boolean;
    chosen: string | undefined;
}) {
    const {items, busy, next} = found;
    if (items.length === 0 && busy) return <Skeleton />;
    if (items.length === 0 && !found.fault) {
        if (filtered) {
            return (
                <Empty
                    icon="search"
                    title={
                        next === undefined ? "No message fits the filter." : "None found so far."
                    }
                >
                    <button class="btn s" onClick={() => setQuery({q: ""})}>
                        Clear the filter
                    </button>
                </Empty>
            );
        }
        return <Empty icon="check" title="Nothing lies here." />;
    }
    return (
        <table class="table cards bare msgs" aria-label="Messages">
            <thead>
                <tr>
                    <th scope="col" class="num">
                        Position
                    </th>
                    <th scope="col">Routing key, body</th>
                    <th scope="col" class="num">
                        Size
                    </th>
                    <th scope="col" class="num">
                        Age
                    </th>
                </tr>
            </thead>
            <tbody>
                {items.map((message) => (
                    <MessageRow key={message.id} of={message} current={message.id === chosen} />
                ))}
            </tbody>
        </table>
    );
}

function MessageRow({of, current}: {of: Message; current: boolean}) {
    const seconds =
        of.enqueued_at === undefined ? undefined : (Date.now() - of.enqueued_at) / 1_000;
    const open = () => setQuery({m: of.id});
    const marks = (
        <>
            {of.redelivered ? (
                <span class="tag">again{of.delivery_count ? ` ×${of.delivery_count}` : ""}</span>
            ) : null}
            {of.state === "ready" ? null : <span class="tag">{of.state}</span>}
        </>
    );
    return (
        <tr aria-current={current ? "true" : undefined} onClick={open}>
            <td class="num dim">{plain(count(of.position))}</td>
            <td class="key">
                <button class="row-link plain" onClick={open}>
                    <bdi class="mono cut">{of.routing_key || exchangeName(of.exchange)}</bdi>
                </button>{" "}
                {marks}
                <div class="cut">
                    <bdi>{preview(of)}</bdi>
                </div>
                <small class="only-phone dim">
                    #{plain(count(of.position))} · {plain(size(of.size))} · {plain(age(seconds))}
                </small>
            </td>
            <td class="num">
                <Figure parts={size(of.size)} />
            </td>
            <td class="num">
                <Figure parts={age(seconds)} />
            </td>
        </tr>
    );
}

/** One line of the body: its text, or what it is. */
function preview({payload, payload_encoding: encoding, size: octets, hidden}: Message): string {
    if (hidden?.includes("body")) return "the body is hidden in this vhost";
    if (payload === undefined || octets === 0) return "(no body)";
    if (encoding !== "base64") return payload.replace(/\s+/g, " ").slice(0, PREVIEW);
    const body = octetsOf(payload, encoding);
    if (body[0] === 0x1f && body[1] === 0x8b) return `gzip, ${plural(octets, "octet")}`;
    return utf8(body) ?? `binary, ${plural(octets, "octet")}`;
}

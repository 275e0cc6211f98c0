// How the queue has been doing: depth and rates over time, who takes from it, its limits and arguments.
import {useMemo} from "preact/hooks";
import {path} from "../../api/client.ts";
import type {Effective, Queue} from "../../api/types.ts";
import {count, plain, rate, share, size} from "../../format/numbers.ts";
import {columns, detailsOf, totalOf} from "../../live/samples.ts";
import {useFetch} from "../../live/use.ts";
import type {Place} from "../../state/places.ts";
import {Chart, type Line} from "../../ui/chart.tsx";
import {Figure, Meter} from "../../ui/figures.tsx";
import {RangePicker, rangeOf, SAMPLES, TITLES, type Range} from "../../ui/range.tsx";
import type {Known} from "./queue.tsx";

const RANGES: readonly Range[] = ["10m", "1h"];

export function OverviewTab({place, known}: {place: Place; known: Known}) {
    return (
        <>
            <Charts place={place} known={known} />
            <Numbers queue={known.queue} />
            <Settled known={known} />
        </>
    );
}

function Charts({place, known}: {place: Place; known: Known}) {
    const {queue, numbers} = known;
    const range = rangeOf(place, RANGES);
    const {age, step} = SAMPLES[range];
    const query = `msg_rates_age=${age}&msg_rates_incr=${step}&lengths_age=${age}&lengths_incr=${step}`;
    const target = `${path`queues/${queue.vhost}/${queue.name}`}?${query}`;
    // The page itself asks for the ten minutes; only a longer stretch is asked for here.
    const longer = useFetch<Queue>(range === "10m" ? undefined : target, 30_000).data;
    const source = range === "10m" ? queue : longer;
    const samples = source?.messages_ready_details?.samples;
    const {times, columns: found} = useMemo(
        () =>
            columns([
                {of: source?.messages_ready_details},
                {of: source?.messages_unacknowledged_details},
                {of: detailsOf(source?.message_stats, "publish"), counter: true},
                {of: detailsOf(source?.message_stats, "deliver_get"), counter: true},
            ]),
        [samples],
    );
    const depth = useMemo<Line[]>(
        () => [
            {label: "Ready", hue: 3, level: true, values: found[0]!},
            {label: "Unacked", hue: 6, values: found[1]!},
        ],
        [found],
    );
    const rates = useMemo<Line[]>(
        () => [
            {label: "In", hue: 1, values: found[2]!},
            {label: "Out", hue: 2, values: found[3]!},
        ],
        [found],
    );
    const limit = numbers.maxLength
        ? {value: numbers.maxLength, label: `max-length ${plain(count(numbers.maxLength))}`}
        : undefined;
    const near = limit && numbers.ready > 0.25 * limit.value ? limit : undefined;
    return (
        <>
            <div class="section-bar">
                <h2>{TITLES[range]}</h2>
                <RangePicker value={range} offered={RANGES} />
            </div>
            <div class="split c2">
                <section>
                    <Chart title="Depth" times={times} lines={depth} format={count} limit={near} />
                </section>
                <section>
                    <Chart title="Rates" times={times} lines={rates} format={rate} />
                </section>
            </div>
        </>
    );
}

function Numbers({queue}: {queue: Queue}) {
    const stats = queue.message_stats;
    const rows: [string, preact.ComponentChildren][] = [
        ["Came in", <Figure parts={count(totalOf(stats, "publish") ?? 0)} />],
        ["Went out", <Figure parts={count(totalOf(stats, "deliver_get") ?? 0)} />],
        ["Acknowledged", <Figure parts={count(totalOf(stats, "ack") ?? 0)} />],
        ["Delivered again", <Figure parts={count(totalOf(stats, "redeliver") ?? 0)} />],
        ["Bodies", <Figure parts={size(queue.message_bytes)} />],
        [
            "On disk",
            <>
                <Figure parts={count(queue.messages_persistent)} />{" "}
                <span class="dim">persistent</span>
            </>,
        ],
    ];
    return (
        <section class="section rule">
            <h2>Since it was made, or the broker started</h2>
            <dl class="facts">
                {rows.map(([label, value]) => (
                    <div key={label}>
                        <dt>{label}</dt>
                        <dd>{value}</dd>
                    </div>
                ))}
            </dl>
        </section>
    );
}

/** What holds for the queue, and where that was said. */
function Settled({known}: {known: Known}) {
    const {queue, insight} = known;
    const effective = insight?.effective ?? fromArguments(queue);
    const limits = effective.filter(
        (one) => typeof one.value === "number" && one.used !== undefined,
    );
    return (
        <>
            {limits.length > 0 ? (
                <section class="section rule">
                    <h2>Limits</h2>
                    <ul class="gauges rank below">
                        {limits.map((one) => (
                            <Limit key={one.key} of={one} />
                        ))}
                    </ul>
                </section>
            ) : null}
            <section class="section rule">
                <h2>Arguments</h2>
                {effective.length === 0 ? (
                    <p class="dim below">
                        None: it was declared without any, and no policy applies.
                    </p>
                ) : (
                    <table class="typed below">
                        <tbody>
                            {effective.map((one) => (
                                <tr key={one.key}>
                                    <th scope="row" class="mono">
                                        {one.key}
                                    </th>
                                    <td>
                                        <span class="counts">{String(one.value)}</span>
                                    </td>
                                    <td>{one.by ? `${one.from} ${one.by}` : one.from}</td>
                                </tr>
                            ))}
                        </tbody>
                    </table>
                )}
            </section>
        </>
    );
}

function fromArguments(queue: Queue): Effective[] {
    return Object.entries(queue.arguments).map(([key, value]) => ({
        key,
        value: typeof value === "number" || typeof value === "boolean" ? value : String(value),
        from: "argument",
    }));
}

function Limit({of}: {of: Effective}) {
    const [used, all] = [of.used ?? 0, Number(of.value)];
    const format = of.key.endsWith("bytes") ? size : count;
    return (
        <li>
            <span>{of.key}</span>
            <span class="v">
                <Figure parts={format(used)} /> <span class="dim">of {plain(format(all))}</span>
            </span>
            <Meter
                part={used}
                all={all}
                k={used >= 0.8 * all ? "k-warn" : ""}
                label={`${of.key}: ${plain(share(used, all))}`}
            />
        </li>
    );
}

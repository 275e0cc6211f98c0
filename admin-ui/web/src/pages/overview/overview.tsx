// The first page: is it healthy, where does it pile up, and what flows. On a broker that nobody has used yet it
// teaches the first steps instead.
import {useMemo} from "preact/hooks";
import type {Cause, NamedValue, Overview, OverviewInsight} from "../../api/types.ts";
import {age, count, moment, net, plain, plural, rate, type Parts} from "../../format/numbers.ts";
import {columns, detailsOf} from "../../live/samples.ts";
import type {Series} from "../../live/frames.ts";
import {useFetch} from "../../live/use.ts";
import {history, insight, overview} from "../../state/broker.ts";
import {TREND_PER_SECOND} from "../../state/health.ts";
import {href, type Place} from "../../state/places.ts";
import {listLink} from "../../state/router.ts";
import {Chart, type Line} from "../../ui/chart.tsx";
import {Figure, Meter, Spark} from "../../ui/figures.tsx";
import {Icon, type IconName} from "../../ui/icon.tsx";
import {Head, Name, Skeleton} from "../../ui/page.tsx";
import {RangePicker, rangeOf, SAMPLES, TITLES, type Range} from "../../ui/range.tsx";
import {FirstStart} from "./first-start.tsx";
import {NodeGauges} from "./node-gauges.tsx";

const RANGES: readonly Range[] = ["1m", "10m", "1h", "8h", "24h"];

export default function OverviewPage({place}: {place: Place}) {
    const totals = overview.value;
    const now = insight.value;
    if (!totals || !now) {
        return (
            <>
                <Head title="Overview" />
                <Skeleton />
            </>
        );
    }
    if (untouched(totals)) return <FirstStart />;
    return (
        <>
            <Verdict now={now} />
            <Figures now={now} points={history.value} />
            <Charts place={place} points={history.value} />
            <Piles top={now.top} />
            <Changes now={now} />
            <NodeGauges />
        </>
    );
}

/** Nobody has connected or declared anything since the start. */
function untouched({object_totals: totals}: Overview): boolean {
    return totals.queues === 0 && totals.connections === 0;
}

const NUMBERS = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];

function Verdict({now}: {now: OverviewInsight}) {
    const causes = [...now.health.causes, ...growing(now.top.growth ?? [])];
    const some = NUMBERS[causes.length] ?? String(causes.length);
    const title =
        causes.length === 0
            ? "All is well."
            : `${some} ${causes.length === 1 ? "thing needs" : "things need"} you. The rest runs.`;
    return (
        <Head class="verdict" title={title} crumbs="Overview">
            {causes.length === 0 ? null : <Causes causes={causes} />}
        </Head>
    );
}

/** Queues that fill faster than they are emptied, the fastest first. */
const GROWING_SHOWN = 3;

function growing(queues: readonly NamedValue[]): Cause[] {
    return queues
        .filter(({value}) => value >= TREND_PER_SECOND)
        .slice(0, GROWING_SHOWN)
        .map(({vhost, name, value}) => ({
            kind: "queue",
            vhost,
            name,
            text: `${name} grows by ${plain(rate(value))}.`,
        }));
}

const CAUSE_ICONS: Readonly<Record<string, IconName>> = {
    node: "alarm",
    queue: "growing",
    connection: "none",
};

function Causes({causes}: {causes: readonly Cause[]}) {
    return (
        <ul class="causes">
            {causes.map((cause) => (
                <li key={cause.text}>
                    <Icon
                        name={CAUSE_ICONS[cause.kind ?? ""] ?? "warn"}
                        class={`glyph ${cause.kind === "node" ? "crit" : "warn"}`}
                    />
                    <p>
                        <bdi>{cause.text}</bdi>
                    </p>
                    {cause.kind === "queue" && cause.name !== undefined ? (
                        <a
                            class="btn s"
                            href={href({
                                page: "queue",
                                vhost: cause.vhost ?? "/",
                                name: cause.name,
                            })}
                        >
                            Open queue
                        </a>
                    ) : cause.kind === "node" ? (
                        <a class="btn s" href={listLink("node")}>
                            Open node
                        </a>
                    ) : null}
                </li>
            ))}
        </ul>
    );
}

/** One column of the points that the feed brings. */
function column(points: Series | undefined, ...names: string[]): (number | null)[] {
    const index = names.map((name) => points?.cols.indexOf(name) ?? -1).find((one) => one >= 0);
    return index === undefined ? [] : points!.points.map((point) => point[index] ?? null);
}

/** What the small lines show: the last minutes. */
const SPARK_POINTS = 300;

function Figures({now, points}: {now: OverviewInsight; points: Series | undefined}) {
    const {publish, deliver} = now.rates;
    const gap = (publish ?? 0) - (deliver ?? 0);
    const oldest = now.oldest_at === undefined ? undefined : (Date.now() - now.oldest_at) / 1_000;
    const line = (...names: string[]) => column(points, ...names).slice(-SPARK_POINTS);
    const unacked = overview.value?.queue_totals.messages_unacknowledged ?? 0;
    const oldestIn = now.top.age?.[0];
    return (
        <dl class="stats">
            <Stat
                label="In"
                parts={rate(publish)}
                note={publish ? "published" : "nobody publishes"}
                values={line("publish")}
            />
            <Stat
                label="Out"
                parts={rate(deliver)}
                note={
                    Math.abs(gap) < 1
                        ? "as much as comes in"
                        : `${plain(rate(Math.abs(gap)))} ${gap > 0 ? "less" : "more"} than comes in`
                }
                values={line("deliver", "deliver_get")}
                k="k2"
            />
            <Stat
                label="Waiting"
                parts={count(now.messages - unacked)}
                note={
                    unacked > 0
                        ? `${plural(unacked, "more is", "more are")} with consumers`
                        : "none is with a consumer"
                }
                values={line("messages", "messages_ready")}
                k="k3"
            />
            <Stat
                label="Oldest"
                parts={age(oldest)}
                note={
                    oldestIn ? (
                        <>
                            in <QueueLink of={oldestIn} />
                        </>
                    ) : (
                        "nothing waits"
                    )
                }
                values={line("age", "oldest")}
                k="k8"
            />
        </dl>
    );
}

function Stat({
    label,
    parts,
    note,
    values,
    k = "",
}: {
    label: string;
    parts: Parts;
    note: preact.ComponentChildren;
    values: (number | null)[];
    k?: string;
}) {
    return (
        <div class="stat">
            <dt>{label}</dt>
            <dd class="figure">
                <Figure parts={parts} />
            </dd>
            <dd class="note">{note}</dd>
            <dd>
                <Spark values={values} k={k} />
            </dd>
        </div>
    );
}

function QueueLink({of}: {of: NamedValue}) {
    return (
        <a class="link" href={href({page: "queue", vhost: of.vhost, name: of.name})}>
            <bdi>{of.name}</bdi>
        </a>
    );
}

/** The last ten minutes come by the feed, point by point; further back is asked for, and refreshed now and then. */
function Charts({place, points}: {place: Place; points: Series | undefined}) {
    const range = rangeOf(place, RANGES);
    const {age: seconds, step} = SAMPLES[range];
    const live = range === "1m" || range === "10m";
    const query = `msg_rates_age=${seconds}&msg_rates_incr=${step}&lengths_age=${seconds}&lengths_incr=${step}`;
    const past = useFetch<Overview>(live ? undefined : `overview?${query}`, 60_000).data;
    const {times, lines} = useMemo(
        () => (live ? fromFeed(points, seconds) : fromSamples(past)),
        [live, points, past, seconds],
    );
    const [incoming, outgoing, waiting, held] = lines;
    const rates = useMemo<Line[]>(
        () => [
            {label: "In", hue: 1, values: incoming!},
            {label: "Out", hue: 2, values: outgoing!},
        ],
        [lines],
    );
    const depth = useMemo<Line[]>(
        () => [
            {label: "Ready", hue: 3, level: true, values: waiting!},
            ...(held!.length > 0 ? [{label: "Unacked", hue: 6 as const, values: held!}] : []),
        ],
        [lines],
    );
    return (
        <>
            <div class="section-bar">
                <h2>{TITLES[range]}</h2>
                <RangePicker value={range} offered={RANGES} />
            </div>
            <div class="split c2">
                <section>
                    <Chart title="Rates" times={times} lines={rates} format={rate} />
                </section>
                <section>
                    <Chart title="Waiting messages" times={times} lines={depth} format={count} />
                </section>
            </div>
        </>
    );
}

type Aligned = {
    times: number[];
    lines: [(number | null)[], (number | null)[], (number | null)[], (number | null)[]];
};

function fromFeed(points: Series | undefined, seconds: number): Aligned {
    const all = points?.points ?? [];
    const since = Date.now() - seconds * 1_000;
    const first = all.findIndex((point) => (point[0] ?? 0) >= since);
    const cut = (values: (number | null)[]) => (first < 0 ? [] : values.slice(first));
    return {
        times: cut(all.map((point) => point[0] ?? null)).map((time) => time ?? 0),
        lines: [
            cut(column(points, "publish")),
            cut(column(points, "deliver", "deliver_get")),
            cut(column(points, "messages_ready", "messages")),
            cut(column(points, "messages_unacknowledged")),
        ],
    };
}

function fromSamples(past: Overview | undefined): Aligned {
    const stats = past?.message_stats;
    const totals = past?.queue_totals as Record<string, never> | undefined;
    const {times, columns: found} = columns([
        {of: detailsOf(stats, "publish"), counter: true},
        {of: detailsOf(stats, "deliver_get"), counter: true},
        {of: totals?.["messages_ready_details"]},
        {of: totals?.["messages_unacknowledged_details"]},
    ]);
    return {times, lines: found as Aligned["lines"]};
}

const LISTS = [
    {key: "growth", title: "Growth", format: net},
    {key: "depth", title: "Depth", format: count},
    {key: "age", title: "Age", format: age},
    {key: "redelivery", title: "Redelivery", format: rate},
] as const;
const SHOWN = 5;

function Piles({top}: {top: OverviewInsight["top"]}) {
    if (LISTS.every(({key}) => !top[key]?.length)) return null;
    return (
        <>
            <div class="section-bar">
                <h2>Where it piles up</h2>
            </div>
            <div class="split c4 brief">
                {LISTS.map(({key, title, format}) => {
                    const items = (top[key] ?? []).filter((item) => item.value > 0).slice(0, SHOWN);
                    const most = items[0]?.value ?? 0;
                    return (
                        <section key={key}>
                            <h3>{title}</h3>
                            {items.length === 0 ? <p class="dim below">nothing</p> : null}
                            <ol class="rank below">
                                {items.map((item) => (
                                    <li key={`${item.vhost} ${item.name}`}>
                                        <a
                                            class="name cut"
                                            href={href({
                                                page: "queue",
                                                vhost: item.vhost,
                                                name: item.name,
                                            })}
                                        >
                                            <Name>{item.name}</Name>
                                        </a>
                                        <span class="v">
                                            <Figure parts={format(item.value)} />
                                        </span>
                                        <Meter
                                            part={item.value}
                                            all={most}
                                            k="k-quiet"
                                            label={`${item.name}: ${plain(format(item.value))}`}
                                        />
                                    </li>
                                ))}
                            </ol>
                        </section>
                    );
                })}
            </div>
        </>
    );
}

function Changes({now}: {now: OverviewInsight}) {
    const events = now.events ?? [];
    const dead = now.dlq;
    if (events.length === 0 && !dead?.queues) return null;
    return (
        <div class="split c2">
            <section>
                <h2>What changed</h2>
                {events.length === 0 ? <p class="dim below">Nothing since the start.</p> : null}
                <ol class="events below">
                    {events.slice(0, 10).map((event) => (
                        <li key={`${event.ts} ${event.type} ${event.name}`}>
                            <time>{moment(event.ts)}</time>
                            <p>
                                <b>
                                    <bdi>{event.name ?? ""}</bdi>
                                </b>{" "}
                                {event.text ?? event.type.replaceAll(/[._]/g, " ")}
                                {event.by ? ` by ${event.by}` : ""}
                            </p>
                        </li>
                    ))}
                </ol>
            </section>
            <section>
                <h2>Dead letters</h2>
                {dead?.queues ? (
                    <p class="below">
                        <b class="dead">{plural(dead.messages, "message")}</b> in{" "}
                        {plural(dead.queues, "queue")},{" "}
                        {dead.in_rate
                            ? `${plain(rate(dead.in_rate))} arrive`
                            : "none arrive just now"}
                        .
                    </p>
                ) : (
                    <p class="dim below">None: no queue takes dead letters.</p>
                )}
            </section>
        </div>
    );
}

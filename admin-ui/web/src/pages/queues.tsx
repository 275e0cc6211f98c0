// All queues: where messages wait, why, and how fast they come and go.
import {useState} from "preact/hooks";
import {path, request} from "../api/client.ts";
import {age, count, net, plural, rate} from "../format/numbers.ts";
import {keyParts} from "../live/frames.ts";
import {overview} from "../state/broker.ts";
import {queueState, queueTags, type QueueState} from "../state/health.ts";
import {href, type Place} from "../state/places.ts";
import {go, scope} from "../state/router.ts";
import {ActionDialog} from "../ui/dialog.tsx";
import {Figure} from "../ui/figures.tsx";
import {FilterBox, NothingFits} from "../ui/filter-box.tsx";
import {ArgumentsField, argumentsOf, NewName} from "../ui/forms.tsx";
import {Icon} from "../ui/icon.tsx";
import {LiveTable, num, table, text, type Column, type Row} from "../ui/live-table.tsx";
import {Empty, Head, Name} from "../ui/page.tsx";
import {StateBadge, Tags} from "../ui/badge.tsx";

const FIELDS = [
    "state",
    "consumers",
    "messages_ready",
    "messages_unacknowledged",
    "publish",
    "deliver_get",
    "growth",
    "age",
    "type",
    "durable",
    "auto_delete",
    "exclusive",
    "policy",
    "arguments",
];

export default function QueuesPage({place}: {place: Place}) {
    const [creating, setCreating] = useState(false);
    const typed = place.query["q"] ?? "";
    const vhost = scope.value;
    const params = {
        fields: FIELDS,
        ...(vhost === undefined ? {} : {vhost}),
        ...(typed ? {q: typed} : {}),
    };
    const totals = overview.value;
    const lead =
        totals && vhost === undefined
            ? `${plural(totals.object_totals.queues, "queue")} ${totals.object_totals.queues === 1 ? "holds" : "hold"} ${plural(totals.queue_totals.messages, "message")}.`
            : undefined;
    return (
        <>
            <Head
                title="Queues"
                lead={lead}
                actions={
                    <button class="btn primary" onClick={() => setCreating(true)}>
                        <Icon name="plus" />
                        New queue
                    </button>
                }
            />
            <FilterBox value={typed} label="Part of a name" />
            <LiveTable
                topic="queues"
                label="Queues"
                class="queues"
                params={params}
                columns={vhost === undefined ? WITH_VHOST : COLUMNS}
                place={place}
                sort="messages_ready"
                descending
                card={card}
                empty={
                    typed ? (
                        <NothingFits typed={typed} what="queue" />
                    ) : (
                        <Empty icon="queue" title="There is no queue here yet.">
                            <p>Applications declare the queues they need; you can make one, too.</p>
                        </Empty>
                    )
                }
            />
            {creating ? <NewQueue vhost={vhost ?? "/"} onClose={() => setCreating(false)} /> : null}
        </>
    );
}

function stateOf(row: Row): QueueState {
    const given = table(row, "arguments");
    return queueState({
        state: text(row, "state"),
        ready: num(row, "messages_ready") ?? 0,
        unacked: num(row, "messages_unacknowledged") ?? 0,
        consumers: num(row, "consumers") ?? 0,
        growth: num(row, "growth"),
        publish: num(row, "publish"),
        deliver: num(row, "deliver_get"),
        maxLength: typeof given["x-max-length"] === "number" ? given["x-max-length"] : undefined,
        ttl: "x-message-ttl" in given,
        deadLetters: "x-dead-letter-exchange" in given,
    });
}

function NameLink({row}: {row: Row}) {
    const {vhost, name} = keyParts(row.key);
    return (
        <a class="name row-link" href={href({page: "queue", vhost, name})}>
            <Name>{name}</Name>
        </a>
    );
}

function tagsOf(row: Row) {
    return queueTags({
        durable: row["durable"] as boolean | undefined,
        auto_delete: row["auto_delete"] as boolean | undefined,
        exclusive: row["exclusive"] as boolean | undefined,
        policy: text(row, "policy"),
        arguments: table(row, "arguments"),
    });
}

function Consumers({row}: {row: Row}) {
    const n = num(row, "consumers");
    const lacks = n === 0 && (num(row, "messages_ready") ?? 0) > 0;
    return <Figure parts={count(n)} class={lacks ? "crit" : ""} />;
}

const COLUMNS: readonly Column[] = [
    {
        label: "Queue",
        class: "first",
        sort: "name",
        cell: (row) => (
            <span class="name-cell">
                <NameLink row={row} />
                <Tags of={tagsOf(row)} />
            </span>
        ),
    },
    {label: "State", cell: (row) => <StateBadge state={stateOf(row)} />},
    {
        label: "Why",
        class: "p2 reason soft small",
        cell: (row) => <div class="cut">{stateOf(row).why}</div>,
    },
    {
        label: "Ready",
        class: "num strong",
        sort: "messages_ready",
        largestFirst: true,
        cell: (row) => <Figure parts={count(num(row, "messages_ready"))} />,
    },
    {
        label: "Unacked",
        class: "num p2",
        sort: "messages_unacknowledged",
        largestFirst: true,
        cell: (row) => <Figure parts={count(num(row, "messages_unacknowledged"))} />,
    },
    {
        label: (
            <>
                In<span class="unit">/s</span>
            </>
        ),
        class: "num p1",
        sort: "publish",
        largestFirst: true,
        cell: (row) => <Bare parts={rate(num(row, "publish"))} />,
    },
    {
        label: (
            <>
                Out<span class="unit">/s</span>
            </>
        ),
        class: "num p1",
        sort: "deliver_get",
        largestFirst: true,
        cell: (row) => <Bare parts={rate(num(row, "deliver_get"))} />,
    },
    {
        label: (
            <>
                Net<span class="unit">/s</span>
            </>
        ),
        class: "num",
        sort: "growth",
        largestFirst: true,
        cell: (row) => <Growth row={row} />,
    },
    {
        label: "Oldest",
        class: "num p3",
        sort: "age",
        largestFirst: true,
        cell: (row) => <Figure parts={age(num(row, "age"))} />,
    },
    {
        label: "Consumers",
        class: "num p2",
        sort: "consumers",
        largestFirst: true,
        cell: (row) => <Consumers row={row} />,
    },
];

const WITH_VHOST: readonly Column[] = [
    COLUMNS[0]!,
    {
        label: "vhost",
        class: "p3 dim",
        sort: "vhost",
        cell: (row) => <Name>{keyParts(row.key).vhost}</Name>,
    },
    ...COLUMNS.slice(1),
];

/** A rate in a column whose head already says "/s". */
function Bare({parts, class: extra = ""}: {parts: ReturnType<typeof rate>; class?: string}) {
    return <Figure parts={parts.map(([figure]) => [figure] as const)} class={extra} />;
}

function Growth({row}: {row: Row}) {
    const kind = stateOf(row).kind;
    const growth = num(row, "growth");
    const colour =
        kind === "growing"
            ? "warn"
            : kind === "none" && (growth ?? 0) > 0
              ? "crit"
              : kind === "draining"
                ? "ok"
                : "soft";
    return <Bare parts={net(growth)} class={colour} />;
}

function card(row: Row) {
    return {
        name: <NameLink row={row} />,
        state: <StateBadge state={stateOf(row)} />,
        figures: (
            <>
                <span>
                    <Figure parts={count(num(row, "messages_ready"))} />{" "}
                    <span class="dim">ready</span>
                </span>
                <span>
                    <Figure parts={net(num(row, "growth"))} />
                </span>
                <span>
                    <Figure parts={age(num(row, "age"))} />
                </span>
            </>
        ),
    };
}

function NewQueue({vhost, onClose}: {vhost: string; onClose: () => void}) {
    async function make(form: FormData) {
        const name = String(form.get("name"));
        await request("PUT", path`queues/${vhost}/${name}`, {
            body: {
                durable: form.get("durable") === "on",
                auto_delete: form.get("auto_delete") === "on",
                arguments: argumentsOf(form),
            },
        });
        go(href({page: "queue", vhost, name}));
    }
    return (
        <ActionDialog title="New queue" verb="Make the queue" act={make} onClose={onClose}>
            <NewName vhost={vhost} />
            <label class="tick-line">
                <input class="check" type="checkbox" name="durable" checked />
                <span>
                    Durable{" "}
                    <small>it is there again after a restart, with its persistent messages</small>
                </span>
            </label>
            <label class="tick-line">
                <input class="check" type="checkbox" name="auto_delete" />
                <span>
                    Delete itself <small>when its last consumer has gone</small>
                </span>
            </label>
            <ArgumentsField example={'{"x-max-length": 10000}'} />
        </ActionDialog>
    );
}

// One queue: how it stands in a sentence and six figures, and its parts behind tabs.
import {useEffect, useState} from "preact/hooks";
import {path, url} from "../../api/client.ts";
import type {Queue, QueueInsight} from "../../api/types.ts";
import {age, count, plain, rate, share} from "../../format/numbers.ts";
import {rateOf} from "../../live/samples.ts";
import {useFetch, useTopic, type Fetched} from "../../live/use.ts";
import {queueSentence, queueState, queueTags, type QueueNumbers} from "../../state/health.ts";
import {href, QUEUE_TABS, type Place} from "../../state/places.ts";
import {listLink} from "../../state/router.ts";
import {StateBadge, Tags} from "../../ui/badge.tsx";
import {Cell, Meter, Spark} from "../../ui/figures.tsx";
import {Icon} from "../../ui/icon.tsx";
import {Menu} from "../../ui/menu.tsx";
import {copy, Empty, Head, Skeleton, Tabs} from "../../ui/page.tsx";
import {say} from "../../ui/toast.tsx";
import {BindingsTab} from "./bindings.tsx";
import {ConsumersTab} from "./consumers.tsx";
import {MessagesTab} from "./messages.tsx";
import {OverviewTab} from "./overview-tab.tsx";
import {pauseOrResume} from "./actions.tsx";
import {SettingsTab} from "./settings.tsx";
import {UnackedTab} from "./unacked.tsx";

const REFRESH_MS = 5_000;
/** The small lines of the strip show the last ten minutes. */
const SAMPLES = "lengths_age=600&lengths_incr=5&msg_rates_age=600&msg_rates_incr=5";

/** All that is known of one queue: RabbitMQ's object every few seconds, ours every second. */
export interface Known {
    queue: Queue;
    insight: QueueInsight | undefined;
    numbers: QueueNumbers;
    reload: () => void;
}

export default function QueuePage({place}: {place: Place}) {
    const [vhost, name] = [place.vhost!, place.name!];
    const subscription = useTopic("queue", {vhost, name});
    const live = subscription.state.value?.value as
        (QueueInsight & Partial<Omit<Queue, keyof QueueInsight>>) | undefined;
    const fetched = useFetch<Queue>(`${path`queues/${vhost}/${name}`}?${SAMPLES}`, REFRESH_MS);
    const {data, fault, reload} = fetched;
    // A state that changed is worth a look at once: somebody paused it elsewhere.
    useEffect(reload, [live?.waits_for]);
    if (!data) return <Missing vhost={vhost} name={name} fetched={fetched} />;
    const queue = {...data, ...picked(live as Readonly<Record<string, unknown>> | undefined)};
    const numbers = numbersOf(queue, live);
    const known: Known = {queue, insight: live, numbers, reload};
    return (
        <>
            <Head
                title={name}
                crumbs={
                    <>
                        <a href={listLink("queues")}>Queues</a> · <bdi>{vhost}</bdi>
                    </>
                }
                badge={<StateBadge state={queueState(numbers)} />}
                tags={<Tags of={[queue.type, ...queueTags(queue)]} />}
                lead={
                    fault ? (
                        <span class="crit">{fault}</span>
                    ) : (
                        queueSentence(numbers, live?.drain_seconds)
                    )
                }
                actions={<Actions known={known} />}
            />
            <Strip known={known} />
            <QueueTabs place={place} known={known} />
            <Part place={place} known={known} />
        </>
    );
}

/** What the feed says anew of RabbitMQ's part. */
function picked(live: Readonly<Record<string, unknown>> | undefined): Partial<Queue> {
    const result: Partial<Queue> = {};
    for (const key of [
        "state",
        "messages",
        "messages_ready",
        "messages_unacknowledged",
        "consumers",
    ] as const) {
        if (live?.[key] !== undefined) Object.assign(result, {[key]: live[key]});
    }
    return result;
}

function numbersOf(queue: Queue, insight: QueueInsight | undefined): QueueNumbers {
    const given = queue.arguments;
    const limit =
        insight?.effective?.find((one) => one.key.replace(/^x-/, "") === "max-length")?.value ??
        given["x-max-length"];
    return {
        state: queue.state,
        ready: queue.messages_ready,
        unacked: queue.messages_unacknowledged,
        consumers: queue.consumers,
        growth: insight?.growth ?? queue.messages_details?.rate,
        publish: rateOf(insight?.message_stats ?? queue.message_stats, "publish"),
        deliver: rateOf(insight?.message_stats ?? queue.message_stats, "deliver_get"),
        maxLength: typeof limit === "number" ? limit : undefined,
        ttl: "x-message-ttl" in given,
        deadLetters: "x-dead-letter-exchange" in given,
        waitsFor: insight?.waits_for,
    };
}

function Missing({vhost, name, fetched}: {vhost: string; name: string; fetched: Fetched<Queue>}) {
    return (
        <>
            <Head
                title={name}
                crumbs={
                    <>
                        <a href={listLink("queues")}>Queues</a> · <bdi>{vhost}</bdi>
                    </>
                }
            />
            {fetched.fault ? (
                <Empty icon="queue" title="This queue cannot be shown.">
                    <p>{fetched.fault}</p>
                    <a class="btn" href={listLink("queues")}>
                        All queues
                    </a>
                </Empty>
            ) : (
                <Skeleton />
            )}
        </>
    );
}

function Actions({known}: {known: Known}) {
    const {queue, reload} = known;
    const [busy, setBusy] = useState(false);
    const paused = queue.state === "paused";
    const target = path`queues/${queue.vhost}/${queue.name}`;
    return (
        <>
            <a
                class="btn not-phone"
                href={href({page: "publish", query: {vhost: queue.vhost, key: queue.name}})}
            >
                <Icon name="publish" />
                Publish
            </a>
            <button
                class="btn not-phone"
                aria-disabled={busy}
                onClick={() => {
                    setBusy(true);
                    void pauseOrResume(queue, reload).finally(() => setBusy(false));
                }}
            >
                <Icon name={paused ? "right" : "paused"} />
                {paused ? "Resume" : "Pause"}
            </button>
            <Menu label="More" class="btn square" icon="more">
                <a
                    class="only-phone"
                    href={href({page: "publish", query: {vhost: queue.vhost, key: queue.name}})}
                >
                    Publish
                </a>
                <button class="only-phone" onClick={() => void pauseOrResume(queue, reload)}>
                    {paused ? "Resume" : "Pause"}
                </button>
                <button
                    onClick={() =>
                        void copy(`curl -u USER ${location.origin}${url(target)}`).then(() =>
                            say("Copied."),
                        )
                    }
                >
                    Copy as curl
                </button>
                <button
                    onClick={() =>
                        void copy(
                            `rabbitmqadmin --vhost='${queue.vhost}' list queues name messages`,
                        ).then(() => say("Copied."))
                    }
                >
                    Copy as rabbitmqadmin
                </button>
                <a
                    href={href({
                        page: "queue",
                        vhost: queue.vhost,
                        name: queue.name,
                        tab: "settings",
                    })}
                >
                    Purge or delete…
                </a>
            </Menu>
        </>
    );
}

function Strip({known}: {known: Known}) {
    const {queue, insight, numbers} = known;
    const {ready, unacked, maxLength, publish, deliver} = numbers;
    const oldest =
        insight?.oldest_at === undefined ? undefined : (Date.now() - insight.oldest_at) / 1_000;
    const level = (key: "messages_ready_details" | "messages_unacknowledged_details") =>
        [...(queue[key]?.samples ?? [])].reverse().map(({sample}) => sample);
    return (
        <dl class="strip">
            <Cell label="Ready" parts={count(ready)}>
                <Spark values={level("messages_ready_details")} k="k3" from0 />
            </Cell>
            <Cell label="Unacked" parts={count(unacked)}>
                <Spark values={level("messages_unacknowledged_details")} k="k6" from0 />
            </Cell>
            <Cell label="In" parts={rate(publish ?? 0)} />
            <Cell label="Out" parts={rate(deliver ?? 0)} />
            <Cell label="Oldest" parts={age(oldest)} />
            {maxLength ? (
                <Cell
                    label="Length limit"
                    parts={share(ready, maxLength)}
                    of={`of ${plain(count(maxLength))}`}
                >
                    <Meter
                        part={ready}
                        all={maxLength}
                        label="Length limit"
                        k={ready >= 0.8 * maxLength ? "k-warn" : ""}
                    />
                </Cell>
            ) : (
                <Cell label="Consumers" parts={count(queue.consumers)} />
            )}
        </dl>
    );
}

const LABELS: Record<string, string> = {
    "": "Overview",
    messages: "Messages",
    consumers: "Consumers",
    unacked: "Unacked",
    bindings: "Bindings",
    settings: "Settings",
};

function QueueTabs({place, known}: {place: Place; known: Known}) {
    const {queue, numbers} = known;
    const counts: Record<string, number> = {
        messages: numbers.ready,
        consumers: queue.consumers,
        unacked: numbers.unacked,
    };
    const tabs = ["", ...QUEUE_TABS].map((tab) => ({
        label: LABELS[tab]!,
        href: href({page: "queue", vhost: queue.vhost, name: queue.name, tab}),
        current: place.tab === tab,
        count: tab in counts ? plain(count(counts[tab])) : undefined,
    }));
    return <Tabs tabs={tabs} label="Parts of the queue" />;
}

function Part({place, known}: {place: Place; known: Known}) {
    switch (place.tab) {
        case "messages":
            return <MessagesTab place={place} known={known} />;
        case "consumers":
            return <ConsumersTab known={known} />;
        case "unacked":
            return <UnackedTab known={known} />;
        case "bindings":
            return <BindingsTab known={known} />;
        case "settings":
            return <SettingsTab known={known} />;
        default:
            return <OverviewTab place={place} known={known} />;
    }
}

// One exchange: what comes in, where its bindings lead, a key tried on them, and a message sent through it.
import {useState} from "preact/hooks";
import {path, request} from "../../api/client.ts";
import type {Binding, Exchange} from "../../api/types.ts";
import {count, plural, rate} from "../../format/numbers.ts";
import {rateOf, totalOf} from "../../live/samples.ts";
import {useFetch} from "../../live/use.ts";
import {href, type Place} from "../../state/places.ts";
import {go, listLink} from "../../state/router.ts";
import {matchTopic} from "../../state/topic.ts";
import {Tags} from "../../ui/badge.tsx";
import {BindDialog, BindingsTable} from "../../ui/bindings.tsx";
import {ActionDialog} from "../../ui/dialog.tsx";
import {Cell} from "../../ui/figures.tsx";
import {Icon} from "../../ui/icon.tsx";
import {Empty, exchangeName, Head, Skeleton, Tabs} from "../../ui/page.tsx";
import {say} from "../../ui/toast.tsx";
import {Composer} from "../../ui/composer.tsx";

const REFRESH_MS = 5_000;

/** The exchanges that every vhost has cannot be deleted. */
const builtIn = (name: string) => name === "" || name.startsWith("amq.");

export default function ExchangePage({place}: {place: Place}) {
    const vhost = place.vhost!;
    const name = place.name!;
    const target = path`exchanges/${vhost}/${name || "amq.default"}`;
    const exchange = useFetch<Exchange>(target, REFRESH_MS);
    const out = useFetch<Binding[]>(`${target}/bindings/source`);
    const into = useFetch<Binding[]>(`${target}/bindings/destination`);
    const crumbs = (
        <>
            <a href={listLink("exchanges")}>Exchanges</a> · <bdi>{vhost}</bdi>
        </>
    );
    if (!exchange.data) {
        return (
            <>
                <Head title={exchangeName(name)} crumbs={crumbs} />
                {exchange.fault ? (
                    <Empty icon="exchange" title="This exchange cannot be shown.">
                        <p>{exchange.fault}</p>
                        <a class="btn" href={listLink("exchanges")}>
                            All exchanges
                        </a>
                    </Empty>
                ) : (
                    <Skeleton />
                )}
            </>
        );
    }
    const of = exchange.data;
    const tab = (label: string, at: string, n?: number) => ({
        label,
        href: href({page: "exchange", vhost, name, tab: at}),
        current: place.tab === at,
        count: n,
    });
    const tabs = [
        tab("Bindings", "", out.data?.length),
        ...(of.internal ? [] : [tab("Publish", "publish")]),
        ...(builtIn(name) ? [] : [tab("Settings", "settings")]),
    ];
    return (
        <>
            <Head
                title={exchangeName(name)}
                crumbs={crumbs}
                tags={
                    <Tags
                        of={[
                            of.type,
                            of.durable ? "durable" : "transient",
                            ...(of.internal ? ["internal"] : []),
                        ]}
                    />
                }
                lead={sentence(of, out.data)}
            />
            <Strip of={of} bindings={out.data} />
            <Tabs tabs={tabs} label="Parts of the exchange" />
            {place.tab === "publish" ? (
                <Composer vhost={vhost} exchange={name} types={[of]} />
            ) : place.tab === "settings" ? (
                <Settings of={of} bindings={(out.data?.length ?? 0) + (into.data?.length ?? 0)} />
            ) : (
                <Bindings
                    of={of}
                    out={out.data}
                    into={into.data ?? []}
                    reload={() => (out.reload(), into.reload())}
                />
            )}
        </>
    );
}

function sentence(of: Exchange, bindings: Binding[] | undefined): string {
    if (of.name === "")
        return "Every queue is bound to it by its own name; those bindings cannot be changed.";
    if (!bindings) return "";
    const incoming = rateOf(of.message_stats, "publish_in") ?? 0;
    const flow = incoming > 0 ? "" : " Nothing is published to it just now.";
    if (bindings.length === 0)
        return `It has no binding: what is published to it is lost, or returned if mandatory.${flow}`;
    return `Its ${plural(bindings.length, "binding")} ${bindings.length === 1 ? "decides" : "decide"} where a message goes.${flow}`;
}

function Strip({of, bindings}: {of: Exchange; bindings: Binding[] | undefined}) {
    const alternate = of.arguments["alternate-exchange"];
    return (
        <dl class="strip">
            <Cell label="In" parts={rate(rateOf(of.message_stats, "publish_in") ?? 0)} />
            <Cell label="Copies out" parts={rate(rateOf(of.message_stats, "publish_out") ?? 0)} />
            <Cell label="In all" parts={count(totalOf(of.message_stats, "publish_in") ?? 0)} />
            <Cell
                label="Copies in all"
                parts={count(totalOf(of.message_stats, "publish_out") ?? 0)}
            />
            <Cell label="Bindings" parts={count(bindings?.length)} />
            <Cell
                label="Alternate exchange"
                parts={[[typeof alternate === "string" ? alternate : "none"]]}
            />
        </dl>
    );
}

function Bindings({
    of,
    out,
    into,
    reload,
}: {
    of: Exchange;
    out: Binding[] | undefined;
    into: Binding[];
    reload: () => void;
}) {
    const [binding, setBinding] = useState(false);
    const [key, setKey] = useState("");
    if (!out) return <Skeleton />;
    const tryable = of.type === "topic" || of.type === "direct" || of.type === "fanout";
    const marks =
        key && tryable ? (one: Binding) => tried(of.type, one.routing_key, key) : undefined;
    const taken = marks ? out.filter((one) => marks(one).fits) : [];
    const queues = new Set(taken.map((one) => one.destination));
    return (
        <>
            <div class="try">
                {tryable ? (
                    <div class="filter-box key-box">
                        <label class="label-in" for="tried">
                            Try a key
                        </label>
                        <input
                            id="tried"
                            class="mono"
                            autocomplete="off"
                            spellcheck={false}
                            value={key}
                            onInput={(event) => setKey(event.currentTarget.value)}
                        />
                    </div>
                ) : null}
                <p>
                    {marks ? (
                        <>
                            <b>
                                {taken.length} of {out.length} take it{taken.length > 0 ? ":" : "."}
                            </b>{" "}
                            {[...queues].join(", ")}
                        </>
                    ) : of.type === "headers" ? (
                        "Messages are matched by their headers."
                    ) : (
                        ""
                    )}
                </p>
                {of.name === "" ? null : (
                    <button class="btn s" onClick={() => setBinding(true)}>
                        <Icon name="plus" />
                        Bind…
                    </button>
                )}
            </div>
            {out.length === 0 ? (
                <Empty icon="exchange" title="Nothing is bound to it." />
            ) : (
                <BindingsTable
                    bindings={sorted(out, marks)}
                    end="destination"
                    reload={reload}
                    {...(marks ? {marks} : {})}
                />
            )}
            {into.length > 0 ? (
                <>
                    <div class="section-bar">
                        <h2>Fed by</h2>
                    </div>
                    <BindingsTable bindings={into} end="source" reload={reload} />
                </>
            ) : null}
            {binding ? (
                <BindDialog
                    vhost={of.vhost}
                    exchange={of.name}
                    done={reload}
                    onClose={() => setBinding(false)}
                />
            ) : null}
        </>
    );
}

function sorted(
    bindings: Binding[],
    marks: ((one: Binding) => {fits: boolean}) | undefined,
): Binding[] {
    if (!marks) return bindings;
    return [...bindings].sort((a, b) => Number(marks(b).fits) - Number(marks(a).fits));
}

function tried(
    type: string,
    bindingKey: string,
    key: string,
): {fits: boolean; words: readonly string[]} {
    if (type === "topic") return matchTopic(bindingKey, key);
    const fits = type === "fanout" || bindingKey === key;
    return {fits, words: bindingKey.split(".").map(() => (fits ? "fits" : "fails"))};
}

function Settings({of, bindings}: {of: Exchange; bindings: number}) {
    const [deleting, setDeleting] = useState(false);
    async function remove() {
        const query = bindings === 0 ? {"if-unused": "true"} : {};
        await request("DELETE", path`exchanges/${of.vhost}/${of.name}`, {query});
        say(`${of.name} is deleted.`);
        go(href({page: "exchanges", query: {vhost: of.vhost}}));
    }
    return (
        <section class="section deed">
            <h2>Delete</h2>
            <p class="soft">
                Takes the exchange away with its {plural(bindings, "binding")}. Publishers to it
                fail from then on.
            </p>
            <button class="btn danger-text" onClick={() => setDeleting(true)}>
                <Icon name="trash" />
                Delete exchange…
            </button>
            {deleting ? (
                <ActionDialog
                    title={`Delete ${of.name}`}
                    verb="Delete exchange"
                    danger
                    typeName={bindings > 0 ? of.name : undefined}
                    act={remove}
                    onClose={() => setDeleting(false)}
                >
                    <p>
                        This cannot be undone. {plural(bindings, "binding")}{" "}
                        {bindings === 1 ? "goes" : "go"} with it.
                    </p>
                </ActionDialog>
            ) : null}
        </section>
    );
}

// One message whole, beside the list: body, headers and properties, the way it came, and copies of it.
import {useEffect, useRef, useState} from "preact/hooks";
import {path, url} from "../../api/client.ts";
import type {Message, Queue} from "../../api/types.ts";
import {deaths, headerRows, type HeaderRow} from "../../decode/headers.ts";
import {age, exactMoment, moment, plain, plural} from "../../format/numbers.ts";
import {useFetch} from "../../live/use.ts";
import {href} from "../../state/places.ts";
import {setQuery} from "../../state/router.ts";
import {keepDraft} from "../../state/drafts.ts";
import {Icon} from "../../ui/icon.tsx";
import {copy, Empty, exchangeName, Name, Skeleton} from "../../ui/page.tsx";
import {say} from "../../ui/toast.tsx";
import {BodyView} from "./body-view.tsx";

interface Props {
    queue: Queue;
    id: string;
    /** As the list has it, with the beginning of its body, until the whole is there. */
    listed: Message | undefined;
    previous: (() => void) | undefined;
    next: (() => void) | undefined;
}

export function MessagePanel({queue, id, listed, previous, next}: Props) {
    const target = `x/${path`queues/${queue.vhost}/${queue.name}/messages/${id}`}`;
    const {data, fault} = useFetch<Message>(target);
    const message = data ?? listed;
    const panel = useRef<HTMLElement>(null);
    useEffect(() => panel.current?.focus({preventScroll: true}), []);
    const close = () => setQuery({m: ""});
    return (
        <aside
            class="panel"
            aria-label="Message"
            tabIndex={-1}
            ref={panel}
            onKeyDown={(event) => {
                if ((event.target as Element).matches("input, select, textarea")) return;
                if (event.key === "Escape") close();
                if (event.key === "j") next?.();
                if (event.key === "k") previous?.();
            }}
        >
            <header>
                <h2>Message {message ? plain([[String(message.position)]]) : ""}</h2>
                <Step icon="left" label="Previous message" act={previous} />
                <Step icon="right" label="Next message" act={next} />
                <button class="btn ghost s square" aria-label="Close" onClick={close}>
                    <Icon name="close" />
                </button>
            </header>
            {fault ? (
                <Empty icon="search" title="This message is not here any more.">
                    <p>It was taken, has expired, or was purged.</p>
                </Empty>
            ) : message ? (
                <Parts queue={queue} message={message} whole={data !== undefined} target={target} />
            ) : (
                <Skeleton />
            )}
        </aside>
    );
}

function Step({
    icon,
    label,
    act,
}: {
    icon: "left" | "right";
    label: string;
    act: (() => void) | undefined;
}) {
    return (
        <button
            class="btn ghost s square"
            aria-label={label}
            aria-disabled={!act}
            onClick={() => act?.()}
        >
            <Icon name={icon} />
        </button>
    );
}

function Parts({
    queue,
    message,
    whole,
    target,
}: {
    queue: Queue;
    message: Message;
    whole: boolean;
    target: string;
}) {
    return (
        <>
            <Meta queue={queue} message={message} />
            <section aria-label="Body">
                {message.hidden?.includes("body") ? (
                    <p class="soft">Bodies are hidden in this vhost.</p>
                ) : (
                    <BodyView
                        message={message}
                        memory={`${queue.vhost} ${queue.name}`}
                        whole={whole}
                    />
                )}
            </section>
            <Typed
                title="Headers"
                rows={headerRows(message.properties.headers ?? {}, message.header_types)}
            />
            <Typed title="Properties" rows={propertyRows(message)} />
            <History message={message} />
            <Copies queue={queue} message={message} whole={whole} target={target} />
        </>
    );
}

function Meta({queue, message}: {queue: Queue; message: Message}) {
    const came = message.enqueued_at;
    const held = message.held_by;
    return (
        <p class="meta">
            {came === undefined ? null : (
                <>
                    Came {moment(came)}, {plain(age((Date.now() - came) / 1_000))} ago, to
                    exchange{" "}
                </>
            )}
            <a href={href({page: "exchange", vhost: queue.vhost, name: message.exchange})}>
                <Name>{exchangeName(message.exchange)}</Name>
            </a>{" "}
            with <bdi class="mono">{message.routing_key || "an empty key"}</bdi>.
            {held ? (
                <>
                    {" "}
                    Held since {moment(held.since)} by{" "}
                    <a href={href({page: "connection", name: held.connection})}>
                        {held.connection}
                    </a>
                    , channel {held.channel}, consumer <span class="mono">{held.consumer_tag}</span>
                    .
                </>
            ) : null}
        </p>
    );
}

function propertyRows(message: Message): HeaderRow[] {
    const rows = Object.entries(message.properties)
        .filter(([name]) => name !== "headers")
        .map(([name, value]) => ({name, type: "", value: propertyText(name, value)}));
    if (message.expires_at !== undefined)
        rows.push({name: "expires", type: "", value: exactMoment(message.expires_at)});
    return rows;
}

function propertyText(name: string, value: unknown): unknown {
    if (name === "delivery_mode")
        return value === 2 ? "2, kept on disk" : `${value}, in memory only`;
    if (name === "timestamp" && typeof value === "number") return exactMoment(value * 1_000);
    return value;
}

function Typed({title, rows}: {title: string; rows: readonly HeaderRow[]}) {
    return (
        <section>
            <h3>{title}</h3>
            {rows.length === 0 ? <p class="dim">None.</p> : null}
            <table class="typed">
                <tbody>
                    {rows.map((row) => (
                        <tr key={row.name}>
                            <th scope="row">
                                <Name>{row.name}</Name>
                            </th>
                            <td class="mono">
                                <bdi>{valueText(row)}</bdi>
                            </td>
                            <td>{row.type}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </section>
    );
}

function valueText({value, type}: HeaderRow): string {
    if (type === "timestamp" && typeof value === "number") return exactMoment(value * 1_000);
    return typeof value === "string" ? value : JSON.stringify(value);
}

/** Each death of the message, the newest first. */
function History({message}: {message: Message}) {
    const list = deaths(message.properties.headers ?? {});
    return (
        <section>
            <h3>History</h3>
            {list.length === 0 ? (
                <p class="soft">
                    Never dead-lettered
                    {message.redelivered
                        ? `, delivered before${message.delivery_count ? ` ${plural(message.delivery_count, "time")}` : ""}.`
                        : ", never delivered before."}
                </p>
            ) : (
                <>
                    {message.origin === "publisher" ? (
                        <p class="warn small">Written by the publisher, not by this broker.</p>
                    ) : null}
                    <ol class="path">
                        {list.map((death) => (
                            <li key={`${death.queue} ${death.reason}`}>
                                <b>
                                    <Name>{death.queue}</Name>
                                </b>
                                <span>{death.time === undefined ? "" : moment(death.time)}</span>
                                <span class="soft">
                                    {death.reason}, from {exchangeName(death.exchange)} with{" "}
                                    {death.keys.join(", ")}
                                </span>
                                <span>×{death.count}</span>
                            </li>
                        ))}
                    </ol>
                </>
            )}
        </section>
    );
}

function Copies({
    queue,
    message,
    whole,
    target,
}: {
    queue: Queue;
    message: Message;
    whole: boolean;
    target: string;
}) {
    const [copied, setCopied] = useState(false);
    async function copyAll() {
        await copy(JSON.stringify(message, undefined, 2));
        setCopied(true);
        say("Copied the message as JSON.");
    }
    return (
        <footer>
            <button class="btn" aria-disabled={!whole} onClick={() => void copyAll()}>
                <Icon name={copied ? "check" : "copy"} />
                Copy
            </button>
            <a
                class="btn"
                href={href({
                    page: "publish",
                    query: {
                        vhost: queue.vhost,
                        exchange: message.exchange,
                        key: message.routing_key,
                        draft: "1",
                    },
                })}
                onClick={() => keepDraft(message)}
            >
                <Icon name="publish" />
                Publish a copy
            </a>
            <a class="btn" href={url(target, {raw: 1})} download>
                <Icon name="download" />
                Save
            </a>
        </footer>
    );
}

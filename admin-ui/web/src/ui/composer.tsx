// The form that publishes: exchange and key, body, properties, headers; what became of it, and what was sent before.
import {useEffect, useMemo, useState} from "preact/hooks";
import {path, request} from "../api/client.ts";
import type {Exchange} from "../api/types.ts";
import {jsonLines} from "../decode/json.ts";
import {toBase64} from "../decode/octets.ts";
import {plain, size} from "../format/numbers.ts";
import {
    headerValue,
    HEADER_KINDS,
    messageBody,
    type HeaderKind,
    type Outgoing,
} from "../state/outgoing.ts";
import {remember} from "../state/sent.ts";
import {EnvironmentLabel, explain} from "./dialog.tsx";
import {Icon} from "./icon.tsx";
import {exchangeName, Name} from "./page.tsx";
import {Outcome, Sent, type Result} from "./sent-list.tsx";

const MAIN_PROPERTIES = [
    "content_type",
    "expiration",
    "priority",
    "message_id",
    "correlation_id",
    "reply_to",
    "type",
    "app_id",
    "content_encoding",
] as const;

interface Props {
    vhost: string;
    /** The one exchange that is sent to, or what to begin with. */
    exchange: string;
    /** The exchanges to choose from; one: no choice. */
    types: readonly Pick<Exchange, "name" | "type">[];
    initial?: Partial<Outgoing> | undefined;
}

export function Composer({vhost, exchange, types, initial}: Props) {
    const [draft, setDraft] = useState<Outgoing>(() => fresh(vhost, exchange, initial));
    const [result, setResult] = useState<Result>();
    const [busy, setBusy] = useState(false);
    const change = (part: Partial<Outgoing>) => setDraft((old) => ({...old, ...part}));
    useEffect(() => change({vhost}), [vhost]);

    async function publish(what: Outgoing) {
        if (busy) return;
        setBusy(true);
        try {
            const target = path`exchanges/${what.vhost}/${what.exchange || "amq.default"}/publish`;
            const {routed} = await request<{routed: boolean}>("POST", target, {
                body: messageBody(what),
            });
            const text = routed
                ? "Routed, and confirmed by the broker"
                : "No queue took it: it is gone";
            setResult({ok: routed, text, at: Date.now()});
            remember(what, routed, text);
        } catch (error) {
            const text = explain(error);
            setResult({ok: false, text, at: Date.now()});
            remember(what, false, text);
        } finally {
            setBusy(false);
        }
    }
    return (
        <div class="composer">
            <form
                onSubmit={(event) => {
                    event.preventDefault();
                    void publish(draft);
                }}
                onKeyDown={(event) => {
                    if (event.key === "Enter" && (event.ctrlKey || event.metaKey))
                        void publish(draft);
                }}
            >
                <section class="two">
                    <ExchangeField draft={draft} types={types} change={change} />
                    <div class="field">
                        <label for="routing-key">Routing key</label>
                        <input
                            class="input mono"
                            id="routing-key"
                            autocomplete="off"
                            spellcheck={false}
                            value={draft.routingKey}
                            onInput={(event) => change({routingKey: event.currentTarget.value})}
                        />
                    </div>
                </section>
                <BodyField draft={draft} change={change} />
                <section>
                    <h2>Properties</h2>
                    <div class="props">
                        <div class="field">
                            <label for="delivery_mode">delivery_mode</label>
                            <span class="select">
                                <select
                                    class="input"
                                    id="delivery_mode"
                                    value={draft.properties["delivery_mode"]}
                                    onChange={(event) =>
                                        change({
                                            properties: {
                                                ...draft.properties,
                                                delivery_mode: event.currentTarget.value,
                                            },
                                        })
                                    }
                                >
                                    <option value="2">2, kept on disk</option>
                                    <option value="1">1, in memory only</option>
                                </select>
                                <Icon name="down" />
                            </span>
                        </div>
                        {MAIN_PROPERTIES.map((name) => (
                            <div class="field" key={name}>
                                <label for={name}>{name}</label>
                                <input
                                    class="input mono"
                                    id={name}
                                    autocomplete="off"
                                    placeholder={name === "expiration" ? "milliseconds" : ""}
                                    value={draft.properties[name] ?? ""}
                                    onInput={(event) =>
                                        change({
                                            properties: {
                                                ...draft.properties,
                                                [name]: event.currentTarget.value,
                                            },
                                        })
                                    }
                                />
                            </div>
                        ))}
                    </div>
                </section>
                <HeadersField draft={draft} change={change} />
                <footer>
                    <EnvironmentLabel />
                    <span class="grow" />
                    <button class="btn primary" aria-disabled={busy}>
                        <Icon name="publish" />
                        Publish 1 message <kbd class="not-phone">Ctrl Enter</kbd>
                    </button>
                </footer>
            </form>
            <aside class="after" aria-label="What was sent">
                {result ? <Outcome result={result} /> : null}
                <Sent
                    again={(what) => {
                        setDraft(what);
                        void publish(what);
                    }}
                />
            </aside>
        </div>
    );
}

function fresh(vhost: string, exchange: string, initial: Partial<Outgoing> = {}): Outgoing {
    return {
        vhost,
        exchange,
        routingKey: "",
        body: "",
        form: "text",
        headers: [],
        ...initial,
        properties: {delivery_mode: "2", content_type: "", ...initial.properties},
    };
}

type FieldProps = {draft: Outgoing; change: (part: Partial<Outgoing>) => void};

function ExchangeField({draft, types, change}: FieldProps & Pick<Props, "types">) {
    if (types.length === 1) {
        return (
            <div class="field">
                <span class="label">Exchange</span>
                <p class="fixed">
                    <Name>{exchangeName(types[0]!.name)}</Name>, {types[0]!.type}
                </p>
            </div>
        );
    }
    return (
        <div class="field">
            <label for="exchange">Exchange</label>
            <span class="select">
                <select
                    class="input"
                    id="exchange"
                    value={draft.exchange}
                    onChange={(event) => change({exchange: event.currentTarget.value})}
                >
                    {types.map(({name, type}) => (
                        <option key={name} value={name}>
                            {exchangeName(name)}, {type}
                        </option>
                    ))}
                </select>
                <Icon name="down" />
            </span>
        </div>
    );
}

function BodyField({draft, change}: FieldProps) {
    const octets = useMemo(() => new TextEncoder().encode(draft.body).length, [draft.body]);
    const isJson = useMemo(
        () => draft.body.trim() !== "" && jsonLines(draft.body) !== undefined,
        [draft.body],
    );
    const looksJson =
        /^\s*[[{]/.test(draft.body) || draft.properties["content_type"] === "application/json";
    async function take(file: File | undefined) {
        if (file)
            change({body: toBase64(new Uint8Array(await file.arrayBuffer())), form: "base64"});
    }
    return (
        <section>
            <div class="row-head">
                <h2>
                    <label for="body">Body</label>
                </h2>
                <span class={`small ${looksJson && !isJson ? "warn" : "dim"}`}>
                    {looksJson ? (isJson ? "valid JSON, " : "no valid JSON, ") : ""}
                    {plain(size(octets))}
                </span>
                <div class="seg" role="group" aria-label="The body is given as">
                    {(["text", "base64"] as const).map((one) => (
                        <button
                            type="button"
                            key={one}
                            aria-pressed={draft.form === one}
                            onClick={() => change({form: one})}
                        >
                            {one === "text" ? "Text" : "Base64"}
                        </button>
                    ))}
                    <label>
                        File
                        <input
                            type="file"
                            onChange={(event) => void take(event.currentTarget.files?.[0])}
                        />
                    </label>
                </div>
            </div>
            <textarea
                class="input code editor"
                id="body"
                rows={9}
                spellcheck={false}
                value={draft.body}
                onInput={(event) => change({body: event.currentTarget.value})}
            />
        </section>
    );
}

function HeadersField({draft, change}: FieldProps) {
    const set = (index: number, part: Partial<Outgoing["headers"][number]>) =>
        change({
            headers: draft.headers.map((one, other) => (other === index ? {...one, ...part} : one)),
        });
    return (
        <section>
            <h2>Headers</h2>
            <div class="hdrs">
                {draft.headers.map((header, index) => {
                    const fault = faultOf(header.kind, header.value);
                    return (
                        <div class="hdr" key={index}>
                            <input
                                class="input mono"
                                aria-label={`Name of header ${index + 1}`}
                                value={header.name}
                                onInput={(event) => set(index, {name: event.currentTarget.value})}
                            />
                            <span class="select">
                                <select
                                    class="input"
                                    aria-label={`Type of header ${index + 1}`}
                                    value={header.kind}
                                    onChange={(event) =>
                                        set(index, {kind: event.currentTarget.value as HeaderKind})
                                    }
                                >
                                    {HEADER_KINDS.map((kind) => (
                                        <option key={kind}>{kind}</option>
                                    ))}
                                </select>
                                <Icon name="down" />
                            </span>
                            <input
                                class="input mono"
                                aria-label={`Value of header ${index + 1}`}
                                aria-invalid={fault !== ""}
                                title={fault}
                                value={header.value}
                                onInput={(event) => set(index, {value: event.currentTarget.value})}
                            />
                            <button
                                type="button"
                                class="btn ghost square"
                                aria-label={`Remove header ${index + 1}`}
                                onClick={() =>
                                    change({
                                        headers: draft.headers.filter(
                                            (_, other) => other !== index,
                                        ),
                                    })
                                }
                            >
                                <Icon name="close" />
                            </button>
                        </div>
                    );
                })}
            </div>
            <button
                type="button"
                class="btn ghost s add"
                onClick={() =>
                    change({headers: [...draft.headers, {name: "", kind: "text", value: ""}]})
                }
            >
                <Icon name="plus" />
                Header
            </button>
        </section>
    );
}

function faultOf(kind: HeaderKind, value: string): string {
    try {
        headerValue(kind, value);
        return "";
    } catch (error) {
        return explain(error);
    }
}

// What a fresh broker shows: how a message travels, how to connect from six places, and a message to try it with.
import {useState} from "preact/hooks";
import {path, request} from "../../api/client.ts";
import {href} from "../../state/places.ts";
import {go, scope} from "../../state/router.ts";
import {session} from "../../state/session.ts";
import {loadOverview} from "../../state/broker.ts";
import {explain} from "../../ui/dialog.tsx";
import {Hare, Icon} from "../../ui/icon.tsx";
import {copy, Head} from "../../ui/page.tsx";
import {say} from "../../ui/toast.tsx";
import {LANGUAGES, snippet, type Language} from "./snippets.ts";

export function FirstStart() {
    return (
        <>
            <Head
                class="verdict"
                crumbs="Overview"
                title="It runs. Nothing has come by yet."
                lead="No client has connected. Two steps to see it work."
            />
            <section class="how" aria-label="How a message travels">
                <svg viewBox="0 0 1100 150" aria-hidden="true">
                    <path class="ground-line" d="M20 132h1060" />
                    <path class="leap" d="M165 120C230 20 320 20 385 116" />
                    <path class="leap" d="M440 116C505 10 595 10 660 116" />
                    <path class="leap" d="M715 116C780 20 870 20 935 120" />
                    <rect class="shape" x="105" y="116" width="64" height="32" rx="16" />
                    <path class="shape" d="M392 116h40l12 16-12 16h-40l-12-16Z" />
                    <rect class="shape" x="656" y="114" width="64" height="36" rx="6" />
                    <path class="rows" d="M668 124h40M668 132h40M668 140h22" />
                    <rect class="shape" x="931" y="116" width="64" height="32" rx="16" />
                    <Hare class="run" x={512} y={4} width={74} height={74} />
                </svg>
                <ol>
                    <li>
                        <b>An application publishes</b>a message with a key
                    </li>
                    <li>
                        <b>An exchange decides</b>which queues get it
                    </li>
                    <li>
                        <b>A queue keeps it</b>in order, on disk if you wish
                    </li>
                    <li>
                        <b>An application takes it</b>and says when it is done
                    </li>
                </ol>
            </section>
            <div class="split first">
                <Connect />
                <Try />
            </div>
        </>
    );
}

function Connect() {
    const [language, setLanguage] = useState<Language>("Python");
    const listener = session.value?.listeners?.find((one) => one.protocol === "amqp");
    const text = snippet(language, {
        host: location.hostname,
        port: listener?.port ?? 5672,
        vhost: scope.value ?? "/",
        user: session.value?.user.name ?? "guest",
    });
    return (
        <section>
            <header class="row-head">
                <h2>
                    <span class="no">1</span>Connect
                </h2>
            </header>
            <p>
                Any AMQP 0-9-1 client works, those for RabbitMQ too. Put the password in its place.
            </p>
            <div class="row-head">
                <div class="seg" role="group" aria-label="Language">
                    {LANGUAGES.map((one) => (
                        <button
                            key={one}
                            aria-pressed={one === language}
                            onClick={() => setLanguage(one)}
                        >
                            {one}
                        </button>
                    ))}
                </div>
                <button
                    class="btn s not-phone"
                    onClick={() => void copy(text).then(() => say("Copied."))}
                >
                    <Icon name="copy" />
                    Copy
                </button>
            </div>
            <pre class="code" tabIndex={0}>
                {text}
            </pre>
        </section>
    );
}

function Try() {
    const [fault, setFault] = useState("");
    const vhost = scope.value ?? "/";
    async function publish() {
        try {
            await request("PUT", path`queues/${vhost}/hello`, {body: {durable: true}});
            await request("POST", path`exchanges/${vhost}/amq.default/publish`, {
                body: {
                    routing_key: "hello",
                    payload: '{"hello":"world"}',
                    payload_encoding: "string",
                    properties: {content_type: "application/json", delivery_mode: 2},
                },
            });
            await loadOverview();
            go(href({page: "queue", vhost, name: "hello", tab: "messages"}));
        } catch (error) {
            setFault(explain(error));
        }
    }
    return (
        <section>
            <header class="row-head">
                <h2>
                    <span class="no">2</span>Publish a test message
                </h2>
            </header>
            <p>
                Makes a queue <b>hello</b>, sends it one message and opens it, so that you see the
                way it took.
            </p>
            <button class="btn primary" onClick={() => void publish()}>
                <Icon name="publish" />
                Publish a test message
            </button>
            {fault ? (
                <p class="crit below" role="alert">
                    {fault}
                </p>
            ) : null}
        </section>
    );
}

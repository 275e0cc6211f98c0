// What became of a message that was published here, and what was sent before.
import {moment} from "../format/numbers.ts";
import type {Outgoing} from "../state/outgoing.ts";
import {forgetSent, sent} from "../state/sent.ts";
import {Icon} from "./icon.tsx";
import {exchangeName} from "./page.tsx";

export interface Result {
    ok: boolean;
    text: string;
    at: number;
}

export function Outcome({result}: {result: Result}) {
    return (
        <section class="result" role="status">
            <time class="dim small">{moment(result.at)}</time>
            <h2>
                <Icon name={result.ok ? "check" : "warn"} class={result.ok ? "ok" : "warn"} />
                {result.text}
            </h2>
        </section>
    );
}

export function Sent({again}: {again: (what: Outgoing) => void}) {
    if (sent.value.length === 0) {
        return (
            <section>
                <h2>Sent by you</h2>
                <p class="dim below">
                    Nothing yet. The last 50 are kept in this browser, bodies with them.
                </p>
            </section>
        );
    }
    return (
        <section>
            <header class="row-head">
                <h2>Sent by you</h2>
                <button class="btn ghost s" onClick={forgetSent}>
                    Forget all
                </button>
            </header>
            <ol class="sent">
                {sent.value.map((one) => (
                    <li key={one.at}>
                        <Icon name={one.ok ? "check" : "warn"} class={one.ok ? "ok" : "warn"} />
                        <div>
                            <b>
                                <bdi>{exchangeName(one.what.exchange)}</bdi>
                            </b>{" "}
                            <bdi class="mono">{one.what.routingKey}</bdi>
                            <p class="dim small">{one.text}</p>
                        </div>
                        <time class="dim small">{moment(one.at)}</time>
                        <button class="btn s" onClick={() => again(one.what)}>
                            Send again
                        </button>
                    </li>
                ))}
            </ol>
        </section>
    );
}

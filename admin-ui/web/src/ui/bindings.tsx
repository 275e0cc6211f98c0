// Bindings as a table, from either end; adding and taking away, the latter with an undo.
import {useState} from "preact/hooks";
import {path, request} from "../api/client.ts";
import type {Binding} from "../api/types.ts";
import {href} from "../state/places.ts";
import {ActionDialog, explain} from "./dialog.tsx";
import {ArgumentsField, argumentsOf} from "./forms.tsx";
import {Icon} from "./icon.tsx";
import {exchangeName, Name} from "./page.tsx";
import {say} from "./toast.tsx";

/** An exchange without a name is "amq.default" in a path. */
const inPath = (exchange: string) => exchange || "amq.default";

function target(
    of: Pick<Binding, "vhost" | "source" | "destination" | "destination_type">,
): string {
    const kind = of.destination_type === "queue" ? "q" : "e";
    return path`bindings/${of.vhost}/e/${inPath(of.source)}/${kind}/${of.destination}`;
}

export async function unbind(binding: Binding, reload: () => void): Promise<void> {
    try {
        await request("DELETE", `${target(binding)}/${encodeURIComponent(binding.properties_key)}`);
        reload();
        say(`Unbound ${binding.destination} from ${exchangeName(binding.source)}.`, async () => {
            const {routing_key, arguments: given} = binding;
            await request("POST", target(binding), {body: {routing_key, arguments: given}});
            reload();
        });
    } catch (error) {
        say(explain(error));
    }
}

/** The words of a key as boxes; `marks` says how each did against a tried key. */
export function Key({text, marks}: {text: string; marks?: readonly string[]}) {
    if (text === "") return <span class="dim">(empty)</span>;
    return (
        <span class="keyline">
            {text.split(".").map((word, index) => (
                <code
                    key={index}
                    class={`word ${word === "*" || word === "#" ? "wild" : ""} ${marks?.[index] ?? ""}`}
                >
                    {word}
                </code>
            ))}
        </span>
    );
}

/** The end of a binding that is not this page. */
function OtherEnd({of, end}: {of: Binding; end: "source" | "destination"}) {
    if (end === "source") {
        if (of.source === "") return <span class="dim">the default exchange, by its name</span>;
        return (
            <a class="name" href={href({page: "exchange", vhost: of.vhost, name: of.source})}>
                <Name>{of.source}</Name>
            </a>
        );
    }
    const page = of.destination_type;
    return (
        <>
            <a class="name" href={href({page, vhost: of.vhost, name: of.destination})}>
                <Name>{of.destination}</Name>
            </a>
            {page === "exchange" ? <span class="dim"> exchange</span> : null}
        </>
    );
}

export function BindingsTable({
    bindings,
    end,
    reload,
    marks,
}: {
    bindings: readonly Binding[];
    end: "source" | "destination";
    reload: () => void;
    marks?: (binding: Binding) => {fits: boolean; words: readonly string[]} | undefined;
}) {
    return (
        <table class="table cards bare bindings" aria-label="Bindings">
            <thead>
                <tr>
                    {marks ? (
                        <th class="tick">
                            <span class="sr">Takes the tried key</span>
                        </th>
                    ) : null}
                    <th scope="col">{end === "source" ? "From" : "Leads to"}</th>
                    <th scope="col">Binding key</th>
                    <th scope="col" class="p1">
                        Arguments
                    </th>
                    <th class="end">
                        <span class="sr">Actions</span>
                    </th>
                </tr>
            </thead>
            <tbody>
                {bindings.map((one) => {
                    const mark = marks?.(one);
                    const other = <OtherEnd of={one} end={end} />;
                    const given =
                        Object.keys(one.arguments).length > 0 ? JSON.stringify(one.arguments) : "";
                    const remove =
                        one.source === "" ? null : (
                            <button
                                class="btn s ghost"
                                aria-label={`Unbind ${one.destination} from ${one.source}, key ${one.routing_key}`}
                                onClick={() => void unbind(one, reload)}
                            >
                                Unbind
                            </button>
                        );
                    return (
                        <tr
                            key={`${one.source} ${one.destination} ${one.properties_key}`}
                            class={mark?.fits ? "hit" : ""}
                        >
                            {marks ? (
                                <td class="tick">
                                    {mark ? <Icon name={mark.fits ? "check" : "close"} /> : null}
                                </td>
                            ) : null}
                            <td>{other}</td>
                            <td>
                                <Key
                                    text={one.routing_key}
                                    {...(mark ? {marks: mark.words} : {})}
                                />
                            </td>
                            <td class="p1 mono small">{given}</td>
                            <td class="end">{remove}</td>
                            <td class="card-name only-phone">{other}</td>
                            <td class="card-state only-phone">{remove}</td>
                            <td class="card-figs only-phone">
                                <Key
                                    text={one.routing_key}
                                    {...(mark ? {marks: mark.words} : {})}
                                />
                            </td>
                        </tr>
                    );
                })}
            </tbody>
        </table>
    );
}

/** A new binding between this object and another one that is named here. */
export function BindDialog({
    vhost,
    queue,
    exchange,
    done,
    onClose,
}: {
    vhost: string;
    queue?: string;
    exchange?: string;
    done: () => void;
    onClose: () => void;
}) {
    const [kind, setKind] = useState<"queue" | "exchange">("queue");
    async function bind(form: FormData) {
        const other = String(form.get("other"));
        const ends =
            queue === undefined
                ? {source: exchange!, destination: other, destination_type: kind}
                : {source: other, destination: queue, destination_type: "queue" as const};
        await request("POST", target({vhost, ...ends}), {
            body: {routing_key: String(form.get("key")), arguments: argumentsOf(form)},
        });
        done();
        say(`Bound ${ends.destination} to ${ends.source}.`);
    }
    return (
        <ActionDialog title={`Bind ${queue ?? exchange}`} verb="Bind" act={bind} onClose={onClose}>
            {queue === undefined ? (
                <div class="seg" role="group" aria-label="Leads to">
                    {(["queue", "exchange"] as const).map((one) => (
                        <button
                            key={one}
                            type="button"
                            aria-pressed={kind === one}
                            onClick={() => setKind(one)}
                        >
                            To {one === "queue" ? "a queue" : "an exchange"}
                        </button>
                    ))}
                </div>
            ) : null}
            <div class="field">
                <label for="other">
                    {queue === undefined ? `Name of the ${kind}` : "Name of the exchange"}
                </label>
                <input
                    class="input"
                    id="other"
                    name="other"
                    required
                    autofocus
                    autocomplete="off"
                />
            </div>
            <div class="field">
                <label for="key">Binding key</label>
                <input class="input mono" id="key" name="key" autocomplete="off" />
            </div>
            <ArgumentsField example={'{"x-match": "all", "tenant": "t1"}'} />
        </ActionDialog>
    );
}

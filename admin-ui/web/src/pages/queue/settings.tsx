// Pause, purge and delete, each with what it means. Purge and delete stand well apart.
import {useState} from "preact/hooks";
import {path} from "../../api/client.ts";
import type {Binding} from "../../api/types.ts";
import {plural} from "../../format/numbers.ts";
import {useFetch} from "../../live/use.ts";
import {Icon} from "../../ui/icon.tsx";
import {DeleteDialog, pauseOrResume, PurgeDialog} from "./actions.tsx";
import type {Known} from "./queue.tsx";

export function SettingsTab({known: {queue, reload}}: {known: Known}) {
    const [open, setOpen] = useState<"purge" | "delete">();
    const bindings = useFetch<Binding[]>(path`queues/${queue.vhost}/${queue.name}/bindings`).data;
    const explicit = bindings?.filter((one) => one.source !== "").length ?? 0;
    const paused = queue.state === "paused";
    const close = () => setOpen(undefined);
    return (
        <>
            <section class="section deed">
                <h2>{paused ? "Resume" : "Pause"}</h2>
                <p class="soft">
                    A paused queue takes, expires and dead-letters messages but delivers none: its
                    consumers wait. It stays paused over a restart.
                </p>
                <button class="btn" onClick={() => void pauseOrResume(queue, reload)}>
                    <Icon name={paused ? "right" : "paused"} />
                    {paused ? "Resume" : "Pause"}
                </button>
            </section>
            <section class="section rule deed">
                <h2>Purge</h2>
                <p class="soft">
                    Drops messages that wait, for good.{" "}
                    {queue.messages_ready === 0
                        ? "None waits at present."
                        : `${plural(queue.messages_ready, "message")} wait at present.`}
                </p>
                {queue.messages_ready > 0 ? (
                    <button class="btn danger-text" onClick={() => setOpen("purge")}>
                        Purge…
                    </button>
                ) : null}
            </section>
            <section class="section rule deed">
                <h2>Facts</h2>
                <table class="typed">
                    <tbody>
                        <tr>
                            <th scope="row">Type</th>
                            <td>{queue.type}</td>
                            <td />
                        </tr>
                        <tr>
                            <th scope="row">Durable</th>
                            <td>{queue.durable ? "yes" : "no: gone after a restart"}</td>
                            <td />
                        </tr>
                        <tr>
                            <th scope="row">Exclusive</th>
                            <td>
                                {queue.exclusive ? "yes: only its connection may use it" : "no"}
                            </td>
                            <td />
                        </tr>
                        <tr>
                            <th scope="row">Deletes itself</th>
                            <td>
                                {queue.auto_delete ? "yes, when its last consumer has gone" : "no"}
                            </td>
                            <td />
                        </tr>
                        <tr>
                            <th scope="row">Policy</th>
                            <td>{queue.policy ?? "none"}</td>
                            <td />
                        </tr>
                    </tbody>
                </table>
            </section>
            <section class="section rule deed">
                <h2>Delete</h2>
                <p class="soft">Takes the queue away with its messages and bindings.</p>
                <button class="btn danger-text" onClick={() => setOpen("delete")}>
                    <Icon name="trash" />
                    Delete queue…
                </button>
            </section>
            {open === "purge" ? <PurgeDialog queue={queue} done={reload} onClose={close} /> : null}
            {open === "delete" ? (
                <DeleteDialog queue={queue} bindings={explicit} onClose={close} />
            ) : null}
        </>
    );
}

// What one can do to a queue as a whole, by how hard it is to take back: pausing has an undo, purging says what
// goes, deleting wants the name.
import {path, request} from "../../api/client.ts";
import type {Queue} from "../../api/types.ts";
import {count, plain, plural} from "../../format/numbers.ts";
import {href} from "../../state/places.ts";
import {go} from "../../state/router.ts";
import {ActionDialog, explain} from "../../ui/dialog.tsx";
import {say} from "../../ui/toast.tsx";

export async function pauseOrResume(
    queue: Pick<Queue, "vhost" | "name" | "state">,
    reload: () => void,
): Promise<void> {
    const resume = queue.state === "paused";
    const call = (verb: "pause" | "resume") =>
        request("PUT", `${path`queues/${queue.vhost}/${queue.name}`}/${verb}`);
    try {
        await call(resume ? "resume" : "pause");
        reload();
        say(`${queue.name} is ${resume ? "running again" : "paused"}.`, async () => {
            await call(resume ? "pause" : "resume");
            reload();
        });
    } catch (error) {
        say(explain(error));
    }
}

/** Drops as many as the person saw, and not those that come meanwhile. */
export function PurgeDialog({
    queue,
    onClose,
    done,
}: {
    queue: Queue;
    onClose: () => void;
    done: () => void;
}) {
    const n = queue.messages_ready;
    async function purge() {
        await request("DELETE", path`queues/${queue.vhost}/${queue.name}/contents`, {
            query: {count: n},
        });
        done();
        say(`${plural(n, "message")} purged from ${queue.name}.`);
    }
    return (
        <ActionDialog
            title={`Purge ${queue.name}`}
            verb={`Purge ${plural(n, "message")}`}
            danger
            act={purge}
            onClose={onClose}
        >
            <p>
                The {plain(count(n))} oldest ready messages are dropped for good. They are not
                dead-lettered.{" "}
                {queue.messages_unacknowledged > 0
                    ? `${plural(queue.messages_unacknowledged, "message")} with consumers stay.`
                    : ""}
            </p>
        </ActionDialog>
    );
}

/** A queue that holds something or is used asks for its name; the broker refuses if more has come meanwhile. */
export function DeleteDialog({
    queue,
    bindings,
    onClose,
}: {
    queue: Queue;
    bindings: number;
    onClose: () => void;
}) {
    const severe = queue.messages > 0 || queue.consumers > 0;
    async function remove() {
        const query = severe
            ? {max_messages: queue.messages}
            : {"if-empty": "true", "if-unused": "true"};
        await request("DELETE", path`queues/${queue.vhost}/${queue.name}`, {query});
        say(`${queue.name} is deleted.`);
        go(href({page: "queues", query: {vhost: queue.vhost}}));
    }
    const verb =
        queue.messages > 0
            ? `Delete queue and ${plural(queue.messages, "message")}`
            : "Delete queue";
    return (
        <ActionDialog
            title={`Delete ${queue.name}`}
            verb={verb}
            danger
            typeName={severe ? queue.name : undefined}
            act={remove}
            onClose={onClose}
        >
            <p>This cannot be undone.</p>
            <div class="preview">
                <header>What goes with it</header>
                <ul>
                    <li>
                        <span class="q">{plain(count(queue.messages))}</span>{" "}
                        {queue.messages === 1 ? "message" : "messages"}
                    </li>
                    <li>
                        <span class="q">{plain(count(bindings))}</span>{" "}
                        {bindings === 1 ? "binding" : "bindings"}
                    </li>
                    <li>
                        <span class="q">{plain(count(queue.consumers))}</span>{" "}
                        {queue.consumers === 1
                            ? "consumer, which is cancelled"
                            : "consumers, which are cancelled"}
                    </li>
                </ul>
            </div>
        </ActionDialog>
    );
}

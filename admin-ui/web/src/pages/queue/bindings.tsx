// From where messages come into the queue.
import {useState} from "preact/hooks";
import {path} from "../../api/client.ts";
import type {Binding} from "../../api/types.ts";
import {useFetch} from "../../live/use.ts";
import {BindDialog, BindingsTable} from "../../ui/bindings.tsx";
import {Icon} from "../../ui/icon.tsx";
import {Skeleton} from "../../ui/page.tsx";
import type {Known} from "./queue.tsx";

export function BindingsTab({known: {queue}}: {known: Known}) {
    const [binding, setBinding] = useState(false);
    const {data, fault, reload} = useFetch<Binding[]>(
        path`queues/${queue.vhost}/${queue.name}/bindings`,
    );
    if (fault) return <p class="section crit">{fault}</p>;
    if (!data) return <Skeleton />;
    return (
        <>
            <div class="filter">
                <p class="soft grow">
                    Messages come by these bindings, and straight by the queue’s name.
                </p>
                <button class="btn s" onClick={() => setBinding(true)}>
                    <Icon name="plus" />
                    Bind…
                </button>
            </div>
            <BindingsTable bindings={data} end="source" reload={reload} />
            {binding ? (
                <BindDialog
                    vhost={queue.vhost}
                    queue={queue.name}
                    done={reload}
                    onClose={() => setBinding(false)}
                />
            ) : null}
        </>
    );
}

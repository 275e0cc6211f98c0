// Publish a message to any exchange of a vhost.
import {useMemo} from "preact/hooks";
import {path} from "../api/client.ts";
import type {Exchange} from "../api/types.ts";
import {useFetch} from "../live/use.ts";
import {takeDraft} from "../state/drafts.ts";
import {copyOf} from "../state/outgoing.ts";
import type {Place} from "../state/places.ts";
import {scope} from "../state/router.ts";
import {session} from "../state/session.ts";
import {Composer} from "../ui/composer.tsx";
import {Head, Skeleton} from "../ui/page.tsx";

export default function PublishPage({place}: {place: Place}) {
    const vhost = scope.value ?? "/";
    const {data, fault} = useFetch<Exchange[]>(
        `${path`exchanges/${vhost}`}?columns=name,type,internal`,
    );
    const initial = useMemo(() => {
        const draft = place.query["draft"] ? takeDraft() : undefined;
        return draft ? copyOf(draft) : {routingKey: place.query["key"] ?? ""};
    }, []);
    const environment = session.value?.environment?.label;
    const warning = environment
        ? ` This is ${environment}: whoever takes the message will act on it.`
        : "";
    return (
        <>
            <Head
                title="Publish"
                lead={
                    <>
                        As{" "}
                        <b>
                            <bdi>{session.value?.user.name}</bdi>
                        </b>{" "}
                        into <bdi>{vhost}</bdi>, with a confirm.{warning}
                    </>
                }
            />
            {fault ? <p class="section crit">{fault}</p> : null}
            {data ? (
                <Composer
                    vhost={vhost}
                    exchange={place.query["exchange"] ?? ""}
                    types={data.filter((one) => !one.internal)}
                    initial={initial}
                />
            ) : (
                <Skeleton />
            )}
        </>
    );
}

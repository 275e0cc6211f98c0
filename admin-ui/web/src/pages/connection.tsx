// One connection: who it is, what it moves, its channels, and the way to end it.
import {useState} from "preact/hooks";
import {path, request} from "../api/client.ts";
import type {Channel, Connection} from "../api/types.ts";
import {age, count, moment, octetRate, plain, plural, size} from "../format/numbers.ts";
import {useFetch, useTopic} from "../live/use.ts";
import {clientOf} from "../state/applications.ts";
import type {Place} from "../state/places.ts";
import {go, listLink} from "../state/router.ts";
import {Badge} from "../ui/badge.tsx";
import {ChannelsTable} from "../ui/channels-table.tsx";
import {ActionDialog} from "../ui/dialog.tsx";
import {Cell} from "../ui/figures.tsx";
import {Empty, Head, Name, Skeleton} from "../ui/page.tsx";
import {say} from "../ui/toast.tsx";

const REFRESH_MS = 5_000;

export default function ConnectionPage({place}: {place: Place}) {
    const name = place.name!;
    const target = path`connections/${name}`;
    const {data, fault} = useFetch<Connection>(target, REFRESH_MS);
    const live = useTopic("connection", {name}).state.value?.value as
        Partial<Connection> | undefined;
    const channels = useFetch<Channel[]>(`${target}/channels`, REFRESH_MS).data;
    const [closing, setClosing] = useState(false);
    const crumbs = <a href={listLink("connections")}>Connections</a>;
    if (!data) {
        return (
            <>
                <Head title={name} crumbs={crumbs} />
                {fault ? (
                    <Empty icon="connection" title="This connection is gone.">
                        <p>{fault}</p>
                        <a class="btn" href={listLink("connections")}>
                            All connections
                        </a>
                    </Empty>
                ) : (
                    <Skeleton />
                )}
            </>
        );
    }
    const of = {...data, ...live};
    return (
        <>
            <Head
                title={of.user_provided_name ?? of.name}
                crumbs={crumbs}
                badge={<StateBadge of={of} />}
                lead={
                    <>
                        User{" "}
                        <b>
                            <bdi>{of.user}</bdi>
                        </b>{" "}
                        in <bdi>{of.vhost}</bdi> from{" "}
                        <span class="mono">
                            {of.peer_host}:{of.peer_port}
                        </span>
                        , since {moment(of.connected_at)}.
                    </>
                }
                actions={
                    <button class="btn danger-text" onClick={() => setClosing(true)}>
                        Close…
                    </button>
                }
            />
            <dl class="strip">
                <Cell
                    label="Channels"
                    parts={count(of.channels)}
                    of={of.channel_max > 0 ? `of ${plain(count(of.channel_max))}` : ""}
                />
                <Cell label="Received" parts={size(of.recv_oct)} />
                <Cell label="Sent" parts={size(of.send_oct)} />
                <Cell label="In now" parts={octetRate(of.recv_oct_details?.rate)} />
                <Cell label="Out now" parts={octetRate(of.send_oct_details?.rate)} />
                <Cell label="For" parts={age((Date.now() - of.connected_at) / 1_000)} />
            </dl>
            <section class="section rule">
                <h2>Channels</h2>
                {channels && channels.length === 0 ? <p class="dim below">None is open.</p> : null}
            </section>
            {channels && channels.length > 0 ? <ChannelsTable channels={channels} /> : null}
            <section class="section rule">
                <h2>Client and transport</h2>
                <Facts of={of} />
            </section>
            {closing ? <CloseDialog of={of} onClose={() => setClosing(false)} /> : null}
        </>
    );
}

function StateBadge({of}: {of: Connection}) {
    if (/block/.test(of.state))
        return (
            <Badge state="alarm" icon="alarm">
                Blocked
            </Badge>
        );
    if (of.state === "flow")
        return (
            <Badge state="growing" icon="holding">
                In flow
            </Badge>
        );
    return (
        <Badge state="running" icon="running">
            {of.state[0]!.toUpperCase() + of.state.slice(1)}
        </Badge>
    );
}

function Facts({of}: {of: Connection}) {
    const capabilities = of.client_properties["capabilities"];
    const can =
        typeof capabilities === "object" && capabilities !== null
            ? Object.entries(capabilities)
                  .filter(([, yes]) => yes === true)
                  .map(([name]) => name.replaceAll(/[._]/g, " "))
            : [];
    const rows: [string, string][] = [
        ["Name", of.name],
        ["Client", clientOf(of.client_properties)],
        ["Protocol", `${of.protocol}, frames to ${plain(size(of.frame_max))}`],
        ["Logged in by", of.auth_mechanism],
        ["TLS", of.ssl ? [of.ssl_protocol, of.ssl_cipher].filter(Boolean).join(", ") : "none"],
        ["Heartbeat", of.timeout > 0 ? `every ${of.timeout} s` : "off"],
        ["Can", can.join(", ") || "nothing besides the protocol"],
    ];
    return (
        <table class="typed below">
            <tbody>
                {rows.map(([label, value]) => (
                    <tr key={label}>
                        <th scope="row">{label}</th>
                        <td>
                            <Name>{value}</Name>
                        </td>
                    </tr>
                ))}
            </tbody>
        </table>
    );
}

function CloseDialog({of, onClose}: {of: Connection; onClose: () => void}) {
    async function close(form: FormData) {
        const reason = String(form.get("reason")) || "Closed in the console";
        await request("DELETE", path`connections/${of.name}`, {headers: {"X-Reason": reason}});
        say(`${of.user_provided_name ?? of.name} is closed.`);
        go(listLink("connections"));
    }
    return (
        <ActionDialog
            title={`Close ${of.user_provided_name ?? of.name}`}
            verb="Close the connection"
            danger
            act={close}
            onClose={onClose}
        >
            <p>
                Its {plural(of.channels, "channel")} {of.channels === 1 ? "ends" : "end"} with it,
                and what they hold goes back to the queues. Most clients connect again at once.
            </p>
            <div class="field">
                <label for="reason">What the client is told</label>
                <input
                    class="input"
                    id="reason"
                    name="reason"
                    placeholder="Closed in the console"
                    autocomplete="off"
                />
            </div>
        </ActionDialog>
    );
}

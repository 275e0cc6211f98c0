// Who takes from the queue.
import {path} from "../../api/client.ts";
import type {Consumer} from "../../api/types.ts";
import {count} from "../../format/numbers.ts";
import {useFetch} from "../../live/use.ts";
import {href} from "../../state/places.ts";
import {Badge} from "../../ui/badge.tsx";
import {Figure} from "../../ui/figures.tsx";
import {Empty, Name, Skeleton} from "../../ui/page.tsx";
import type {Known} from "./queue.tsx";

const PERIOD_MS = 5_000;

export function ConsumersTab({known: {queue}}: {known: Known}) {
    const {data, fault} = useFetch<Consumer[]>(path`consumers/${queue.vhost}`, PERIOD_MS);
    if (fault) return <p class="section crit">{fault}</p>;
    if (!data) return <Skeleton />;
    const mine = data.filter((one) => one.queue.name === queue.name);
    if (mine.length === 0) {
        return (
            <Empty icon="none" title="Nothing takes from this queue.">
                <p>Messages wait until a client subscribes to it.</p>
            </Empty>
        );
    }
    return (
        <table class="table cards bare" aria-label="Consumers">
            <thead>
                <tr>
                    <th scope="col">Consumer tag</th>
                    <th scope="col">Connection, channel</th>
                    <th scope="col">State</th>
                    <th scope="col" class="p1">
                        Acknowledges
                    </th>
                    <th scope="col" class="num">
                        Prefetch
                    </th>
                </tr>
            </thead>
            <tbody>
                {mine.map((one) => (
                    <ConsumerRow key={`${one.channel_details.name} ${one.consumer_tag}`} of={one} />
                ))}
            </tbody>
        </table>
    );
}

function ConsumerRow({of}: {of: Consumer}) {
    const {connection_name: name, number, user} = of.channel_details;
    const link = (
        <a href={href({page: "connection", name})}>
            <Name>{name}</Name>
        </a>
    );
    const state = of.active ? (
        <Badge state="running" icon="running">
            Active
        </Badge>
    ) : (
        <Badge state="idle" icon="idle">
            {of.activity_status.replace("_", " ")}
        </Badge>
    );
    const prefetch =
        of.prefetch_count === 0 ? (
            <span class="dim">no limit</span>
        ) : (
            <Figure parts={count(of.prefetch_count)} />
        );
    return (
        <tr>
            <td class="mono name">
                <Name>{of.consumer_tag}</Name>
            </td>
            <td>
                {link}{" "}
                <span class="dim">
                    channel {number}, user {user}
                </span>
            </td>
            <td>{state}</td>
            <td class="p1">{of.ack_required ? "yes" : "no: gone when sent"}</td>
            <td class="num">{prefetch}</td>
            <td class="card-name only-phone">
                <Name>{of.consumer_tag}</Name>
            </td>
            <td class="card-state only-phone">{state}</td>
            <td class="card-figs only-phone">
                {link} {prefetch}
            </td>
        </tr>
    );
}

// What is with consumers: who holds which delivery, and for how long.
import {path} from "../../api/client.ts";
import type {Unacked} from "../../api/types.ts";
import {age, count, plural} from "../../format/numbers.ts";
import {useFetch} from "../../live/use.ts";
import {href} from "../../state/places.ts";
import {Figure} from "../../ui/figures.tsx";
import {Empty, Name, Skeleton} from "../../ui/page.tsx";
import type {Known} from "./queue.tsx";

const PERIOD_MS = 5_000;
const SHOWN = 100;

interface Page {
    items: Unacked[];
    total_count: number;
}

export function UnackedTab({known: {queue}}: {known: Known}) {
    const target = `${path`queues/${queue.vhost}/${queue.name}/unacked`}?page=1&page_size=${SHOWN}`;
    const {data, fault} = useFetch<Page>(target, PERIOD_MS);
    if (fault) return <p class="section crit">{fault}</p>;
    if (!data) return <Skeleton />;
    if (data.items.length === 0) {
        return (
            <Empty
                icon="check"
                title="No message is with a consumer: all that went out is acknowledged."
            />
        );
    }
    return (
        <>
            <table class="table cards bare" aria-label="Unacknowledged deliveries">
                <thead>
                    <tr>
                        <th scope="col">Held by</th>
                        <th scope="col">Consumer tag</th>
                        <th scope="col" class="num">
                            Delivery tag
                        </th>
                        <th scope="col" class="num">
                            For
                        </th>
                    </tr>
                </thead>
                <tbody>
                    {data.items.map((one) => {
                        const connection = one.channel_name.replace(/ \(\d+\)$/, "");
                        const link = (
                            <a href={href({page: "connection", name: connection})}>
                                <Name>{one.channel_name}</Name>
                            </a>
                        );
                        return (
                            <tr key={`${one.channel_name} ${one.delivery_tag}`}>
                                <td class="name">{link}</td>
                                <td class="mono">
                                    <Name>{one.consumer_tag}</Name>
                                </td>
                                <td class="num">
                                    <Figure parts={count(one.delivery_tag)} />
                                </td>
                                <td class="num">
                                    <Figure parts={age(one.unacked_for_seconds)} />
                                </td>
                                <td class="card-name only-phone">{link}</td>
                                <td class="card-state only-phone">
                                    <Figure parts={age(one.unacked_for_seconds)} />
                                </td>
                                <td class="card-figs only-phone">
                                    <Name>{one.consumer_tag}</Name>
                                </td>
                            </tr>
                        );
                    })}
                </tbody>
            </table>
            {data.total_count > data.items.length ? (
                <footer class="foot">
                    <span>
                        The oldest {SHOWN} of {plural(data.total_count, "delivery", "deliveries")}.
                    </span>
                </footer>
            ) : null}
        </>
    );
}

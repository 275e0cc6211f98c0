// The channels of one connection.
import type {Channel} from "../api/types.ts";
import {count, plural, rate} from "../format/numbers.ts";
import {rateOf} from "../live/samples.ts";
import {Figure} from "./figures.tsx";

export function ChannelsTable({channels}: {channels: readonly Channel[]}) {
    return (
        <table class="table cards bare" aria-label="Channels">
            <thead>
                <tr>
                    <th scope="col">Channel</th>
                    <th scope="col">Does</th>
                    <th scope="col" class="num">
                        Publishes
                    </th>
                    <th scope="col" class="num">
                        Takes
                    </th>
                    <th scope="col" class="num p1">
                        Holds
                    </th>
                    <th scope="col" class="num p1">
                        Prefetch
                    </th>
                </tr>
            </thead>
            <tbody>
                {channels.map((one) => {
                    const stats = one.message_stats;
                    const [incoming, outgoing] = [
                        rate(rateOf(stats, "publish") ?? 0),
                        rate(rateOf(stats, "deliver_get") ?? 0),
                    ];
                    return (
                        <tr key={one.name}>
                            <td class="name">{one.number}</td>
                            <td class="soft">{doing(one)}</td>
                            <td class="num">
                                <Figure parts={incoming} />
                            </td>
                            <td class="num">
                                <Figure parts={outgoing} />
                            </td>
                            <td class="num p1">
                                <Figure parts={count(one.messages_unacknowledged)} />
                            </td>
                            <td class="num p1">
                                {one.prefetch_count || one.global_prefetch_count || (
                                    <span class="dim">no limit</span>
                                )}
                            </td>
                            <td class="card-name only-phone">Channel {one.number}</td>
                            <td class="card-state only-phone soft">{doing(one)}</td>
                            <td class="card-figs only-phone">
                                <span>
                                    <Figure parts={incoming} /> <span class="dim">in</span>
                                </span>
                                <span>
                                    <Figure parts={outgoing} /> <span class="dim">out</span>
                                </span>
                                <span>{plural(one.messages_unacknowledged, "held", "held")}</span>
                            </td>
                        </tr>
                    );
                })}
            </tbody>
        </table>
    );
}

/** What a channel is set up for, in words. */
export function doing(of: Pick<Channel, "consumer_count" | "confirm" | "transactional">): string {
    const parts = [
        of.consumer_count > 0 ? plural(of.consumer_count, "consumer") : "",
        of.confirm ? "confirms" : "",
        of.transactional ? "transactions" : "",
    ];
    return parts.filter(Boolean).join(", ") || "open";
}

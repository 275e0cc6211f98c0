// The machine and the process: what it has left, where it listens, what it is.
import type {Node, Overview} from "../api/types.ts";
import {age, plain, plural, size} from "../format/numbers.ts";
import {useFetch} from "../live/use.ts";
import {overview} from "../state/broker.ts";
import {may} from "../state/session.ts";
import {Badge} from "../ui/badge.tsx";
import {Empty, Head, Skeleton} from "../ui/page.tsx";
import {Gauges} from "./overview/node-gauges.tsx";

const REFRESH_MS = 5_000;

export default function NodePage() {
    const allowed = may("monitoring");
    const {data, fault} = useFetch<Node[]>(allowed ? "nodes" : undefined, REFRESH_MS);
    const node = data?.[0];
    const totals = overview.value;
    if (!allowed || fault || !node) {
        return (
            <>
                <Head title="Node" />
                {!allowed ? (
                    <Empty icon="lock" title="You may not see the node.">
                        <p>It needs the tag monitoring. An administrator can give it.</p>
                    </Empty>
                ) : fault ? (
                    <p class="section crit">{fault}</p>
                ) : (
                    <Skeleton />
                )}
            </>
        );
    }
    const alarm = node.mem_alarm || node.disk_free_alarm;
    return (
        <>
            <Head
                title={node.name}
                crumbs="Node"
                badge={
                    alarm ? (
                        <Badge state="alarm" icon="alarm">
                            Alarm
                        </Badge>
                    ) : (
                        <Badge state="running" icon="running">
                            Running
                        </Badge>
                    )
                }
                lead={
                    alarm
                        ? "Publishers wait until the alarm is over; consumers go on."
                        : `Up for ${plain(age(node.uptime / 1_000))}. No alarm stands.`
                }
            />
            <section class="section rule">
                <Gauges node={node} />
            </section>
            {totals?.listeners?.length ? <Listeners of={totals.listeners} /> : null}
            <section class="section rule">
                <h2>Process</h2>
                <table class="typed below">
                    <tbody>
                        {facts(node, totals).map(([label, value]) => (
                            <tr key={label}>
                                <th scope="row">{label}</th>
                                <td>{value}</td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </section>
        </>
    );
}

function Listeners({of}: {of: NonNullable<Overview["listeners"]>}) {
    return (
        <>
            <div class="section-bar rule">
                <h2>Listens on</h2>
            </div>
            <table class="table" aria-label="Listeners">
                <thead>
                    <tr>
                        <th scope="col">Protocol</th>
                        <th scope="col">Address</th>
                        <th scope="col" class="num">
                            Port
                        </th>
                        <th scope="col">TLS</th>
                    </tr>
                </thead>
                <tbody>
                    {of.map((one) => (
                        <tr key={`${one.protocol} ${one.ip_address} ${one.port}`}>
                            <td class="name">{one.protocol}</td>
                            <td class="mono">{one.ip_address}</td>
                            <td class="num">{one.port}</td>
                            <td>{one.tls ? "yes" : "no"}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </>
    );
}

function facts(node: Node, totals: Overview | undefined): [string, string][] {
    return [
        [
            "Version",
            totals
                ? `Leveret ${totals.product_version}; clients are told RabbitMQ ${totals.rabbitmq_version}`
                : "–",
        ],
        ["Cluster name", totals?.cluster_name ?? "–"],
        ["Process", `${node.os_pid}, on ${plural(node.processors, "core")}`],
        [
            "Memory",
            `${plain(size(node.mem_used))}; publishers wait above ${plain(size(node.mem_limit))}`,
        ],
        [
            "Disk",
            `${plain(size(node.disk_free))} free; publishers wait below ${plain(size(node.disk_free_limit))}`,
        ],
        ["Features", node.enabled_plugins.join(", ") || "none besides the core"],
        ["Logs in by", node.auth_mechanisms?.map((one) => one.name).join(", ") ?? "–"],
    ];
}

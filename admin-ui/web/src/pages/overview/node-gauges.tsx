// What the machine has left, as bars. Only for those who may see the node.
import type {Node} from "../../api/types.ts";
import {age, count, plain, size, type Parts} from "../../format/numbers.ts";
import {useFetch} from "../../live/use.ts";
import {may} from "../../state/session.ts";
import {Figure, Meter} from "../../ui/figures.tsx";
import {listLink} from "../../state/router.ts";

const PERIOD_MS = 5_000;

export function NodeGauges() {
    const node = useFetch<Node[]>(may("monitoring") ? "nodes" : undefined, PERIOD_MS).data?.[0];
    if (!node) return null;
    return (
        <section class="section rule">
            <header class="row-head">
                <h2>
                    <a href={listLink("node")}>
                        Node <bdi>{node.name.replace(/^.*@/, "")}</bdi>
                    </a>
                </h2>
                <span class="dim small">Up {plain(age(node.uptime / 1_000))}</span>
            </header>
            <Gauges node={node} />
        </section>
    );
}

export function Gauges({node}: {node: Node}) {
    return (
        <ul class="gauges rank">
            <Gauge
                label="Memory"
                part={node.mem_used}
                all={node.mem_limit}
                format={size}
                alarm={node.mem_alarm}
            />
            <Gauge
                label="Disk free"
                part={node.disk_free}
                all={node.disk_free}
                of={`alarm below ${plain(size(node.disk_free_limit))}`}
                format={size}
                alarm={node.disk_free_alarm}
            />
            <Gauge label="File handles" part={node.fd_used} all={node.fd_total} format={count} />
            <Gauge
                label="Sockets"
                part={node.sockets_used}
                all={node.sockets_total}
                format={count}
            />
        </ul>
    );
}

function Gauge({
    label,
    part,
    all,
    of,
    format,
    alarm = false,
}: {
    label: string;
    part: number;
    all: number;
    of?: string;
    format: (value: number) => Parts;
    alarm?: boolean;
}) {
    const whole = of ?? `of ${plain(format(all))}`;
    return (
        <li>
            <span>{label}</span>
            <span class="v">
                <Figure parts={format(part)} /> <span class="dim">{whole}</span>
            </span>
            <Meter
                part={part}
                all={all}
                k={alarm ? "k-crit" : ""}
                label={`${label}: ${plain(format(part))} ${whole}`}
            />
        </li>
    );
}

// A chart over time: hairlines, y from 0, the legend as read-out of what lies under the pointer, else of the newest.
// One crosshair for all charts of a page. Screen readers and copying get the figures as a table.
import uPlot from "uplot";
import {useEffect, useRef, useState} from "preact/hooks";
import {moment, plain, seconds, type Parts} from "../format/numbers.ts";
import {colours} from "../state/preferences.ts";

export interface Line {
    label: string;
    /** 1 to 8: colour and dash of the palette, the same thing in the same hue everywhere. */
    hue: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
    /** A level, and not a rate: filled below. */
    level?: boolean;
    values: (number | null)[];
}

interface Props {
    title: string;
    /** Epoch milliseconds, rising. */
    times: number[];
    lines: Line[];
    format: (value: number | undefined) => Parts;
    limit?: {value: number; label: string} | undefined;
    height?: number;
}

const DASHES: Record<Line["hue"], number[]> = {
    1: [],
    2: [6, 3],
    3: [],
    4: [9, 3, 2, 3],
    5: [2, 2],
    6: [12, 4],
    7: [4, 2, 1, 2, 1, 2],
    8: [1.5, 3.5],
};
const CROSSHAIR = uPlot.sync("page");
/** Without data the axis still needs a height. */
const LEAST_TOP = 1;

export function Chart({title, times, lines, format, limit, height = 180}: Props) {
    const box = useRef<HTMLDivElement>(null);
    const plot = useRef<uPlot>(undefined);
    const [at, setAt] = useState<number | null>(null);
    const look = colours();
    const shape = `${look} ${lines.map((line) => line.label).join()} ${limit?.value ?? ""} ${limit?.label ?? ""}`;

    useEffect(() => {
        const host = box.current!;
        const options = optionsFor(host, {title, times, lines, format, limit, height}, setAt);
        plot.current = new uPlot(options, dataOf(times, lines), host);
        const watcher = new ResizeObserver(() => {
            const width = host.clientWidth;
            if (width > 0 && width !== plot.current?.width) plot.current?.setSize({width, height});
        });
        watcher.observe(host);
        return () => {
            watcher.disconnect();
            plot.current?.destroy();
        };
    }, [shape, height]);
    useEffect(() => plot.current?.setData(dataOf(times, lines)), [times, lines]);

    const index = at ?? times.length - 1;
    return (
        <figure class="chart">
            <div class="row-head">
                <h3>{title}</h3>
                <p class="legend">
                    {at === null ? null : <span>{moment(times[index])}</span>}
                    {lines.map((line) => (
                        <span key={line.label}>
                            <svg viewBox="0 0 20 4" aria-hidden="true">
                                <path class={`ln k${line.hue}`} d="M0 2H20" />
                            </svg>
                            {line.label} <b>{plain(format(line.values[index] ?? undefined))}</b>
                        </span>
                    ))}
                </p>
            </div>
            <div class="canvas-box" ref={box} aria-hidden="true" />
            <ChartTable title={title} times={times} lines={lines} format={format} />
        </figure>
    );
}

/** At most this many rows: the table is a summary, not an export. */
const TABLE_ROWS = 12;

function ChartTable({
    title,
    times,
    lines,
    format,
}: Pick<Props, "title" | "times" | "lines" | "format">) {
    const step = Math.max(1, Math.ceil(times.length / TABLE_ROWS));
    const rows = times
        .map((_, index) => index)
        .filter((index) => (times.length - 1 - index) % step === 0);
    return (
        <table class="sr">
            <caption>{title}</caption>
            <thead>
                <tr>
                    <th scope="col">Time</th>
                    {lines.map((line) => (
                        <th scope="col" key={line.label}>
                            {line.label}
                        </th>
                    ))}
                </tr>
            </thead>
            <tbody>
                {rows.map((index) => (
                    <tr key={index}>
                        <th scope="row">{moment(times[index])}</th>
                        {lines.map((line) => (
                            <td key={line.label}>
                                {plain(format(line.values[index] ?? undefined))}
                            </td>
                        ))}
                    </tr>
                ))}
            </tbody>
        </table>
    );
}

function dataOf(times: number[], lines: Line[]): uPlot.AlignedData {
    return [times.map((ms) => ms / 1_000), ...lines.map((line) => line.values)];
}

/** The canvas cannot read light-dark(): a probe element says what a token is just now. */
function colourOf(host: HTMLElement, token: string): string {
    const probe = document.createElement("span");
    probe.style.color = `var(${token})`;
    host.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
}

function optionsFor(
    host: HTMLElement,
    props: Props,
    setAt: (index: number | null) => void,
): uPlot.Options {
    const colour = (token: string) => colourOf(host, token);
    const font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const [ink, hairline] = [colour("--ink-3"), colour("--line")];
    const top = (high: number) => Math.max(LEAST_TOP, high, props.limit?.value ?? 0) * 1.05;
    return {
        width: host.clientWidth || 600,
        height: props.height ?? 180,
        legend: {show: false},
        cursor: {
            sync: {key: CROSSHAIR.key, setSeries: false},
            drag: {x: false, y: false},
            points: {size: 6},
        },
        padding: [8, 28, 0, 0], // the last time is as wide as the others
        scales: {y: {range: (_, __, high) => [0, top(high ?? 0)]}},
        series: [
            {},
            ...props.lines.map((line) => ({
                label: line.label,
                stroke: colour(`--s${line.hue}`),
                width: 1.5,
                dash: DASHES[line.hue],
                points: {show: false},
                spanGaps: false,
                ...(line.level ? {fill: withAlpha(colour(`--s${line.hue}`), 0.12)} : {}),
            })),
        ],
        axes: [
            {
                stroke: ink,
                font,
                grid: {show: false},
                ticks: {show: false},
                size: 24,
                space: 70,
                values: (_, splits, __, ___, step) =>
                    splits.map((second) =>
                        step < 60 ? seconds(second * 1_000) : moment(second * 1_000),
                    ),
            },
            {
                stroke: ink,
                font,
                size: 52,
                gap: 8,
                grid: {stroke: hairline, width: 1},
                ticks: {show: false},
                splits: (_, __, low, high) => ticks(low, high),
                values: (_, splits) =>
                    splits.map((value, index) => {
                        const text = plain(props.format(value));
                        return index === splits.length - 1 ? text : text.replace(/\/s$/, "");
                    }),
            },
        ],
        hooks: {
            setCursor: [(plot) => setAt(plot.cursor.idx ?? null)],
            draw: props.limit
                ? [(plot) => drawLimit(plot, props.limit!, colour("--crit-line"), ink, font)]
                : [],
        },
    };
}

/** About four steps of 1, 2 or 5 times a power of ten. */
function ticks(low: number, high: number): number[] {
    const rough = (high - low) / 4;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? rough;
    const result: number[] = [];
    for (let value = 0; value <= high; value += step) result.push(value);
    return result;
}

function withAlpha(colour: string, alpha: number): string {
    return colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}

function drawLimit(
    plot: uPlot,
    limit: {value: number; label: string},
    stroke: string,
    ink: string,
    font: string,
) {
    const {ctx, bbox} = plot;
    const y = Math.round(plot.valToPos(limit.value, "y", true)) + 0.5;
    ctx.save();
    ctx.strokeStyle = stroke;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([5 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillStyle = ink;
    ctx.font = font.replace("11px", `${11 * devicePixelRatio}px`);
    ctx.textAlign = "right";
    ctx.textBaseline = "bottom";
    ctx.fillText(limit.label, bbox.left + bbox.width, y - 4 * devicePixelRatio);
    ctx.restore();
}

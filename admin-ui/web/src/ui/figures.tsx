// Figures on the page: the unit softer than the number, a nought softer than both; lines and bars that say the same.
import type {JSX} from "preact";
import {type Parts, plain} from "../format/numbers.ts";

export function Figure({parts, class: extra = ""}: {parts: Parts; class?: string}): JSX.Element {
    const nothing = parts.length === 1 && (parts[0]![0] === "0" || parts[0]![0] === "–");
    return (
        <span class={nothing ? `zero ${extra}` : extra}>
            {parts.map(([figure, unit], index) => (
                <>
                    {index > 0 ? " " : ""}
                    {figure}
                    {unit ? (
                        <span class="unit">{unit.startsWith("/") ? unit : `\u2009${unit}`}</span>
                    ) : null}
                </>
            ))}
        </span>
    );
}

const WIDTH = 100;
const HEIGHT = 24;
const ROOM = 1.5;

/** The shape of a run of values, on a scale of its own. Gaps stay gaps. */
export function Spark({
    values,
    k = "",
    area = true,
    from0 = false,
}: {
    values: (number | null | undefined)[];
    k?: string;
    area?: boolean;
    from0?: boolean;
}): JSX.Element | null {
    const known = values.filter((one): one is number => typeof one === "number");
    if (known.length < 2)
        return <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" />;
    const low = from0 ? 0 : Math.min(...known);
    const high = Math.max(...known);
    const y = (value: number) =>
        high === low
            ? high === 0
                ? HEIGHT - ROOM
                : HEIGHT * 0.6
            : HEIGHT - ROOM - ((value - low) / (high - low)) * (HEIGHT - 2 * ROOM - 2);
    const x = (index: number) => (index * WIDTH) / (values.length - 1);
    const runs: string[] = [];
    let run: string[] = [];
    values.forEach((value, index) => {
        if (typeof value === "number") run.push(`${x(index).toFixed(2)} ${y(value).toFixed(2)}`);
        if (typeof value !== "number" || index === values.length - 1) {
            if (run.length > 1) runs.push(run.join("L"));
            run = [];
        }
    });
    return (
        <svg
            class="spark"
            viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
            preserveAspectRatio="none"
            aria-hidden="true"
        >
            {runs.map((line) => (
                <>
                    {area ? (
                        <path class={`ar ${k}`} d={`M${line}V${HEIGHT}H${line.split(" ")[0]}Z`} />
                    ) : null}
                    <path class={`ln ${k}`} d={`M${line}`} />
                </>
            ))}
        </svg>
    );
}

/** How much is used of what there is. */
export function Meter({
    part,
    all,
    k = "",
    label,
}: {
    part: number;
    all: number;
    k?: string;
    label: string;
}) {
    const width = all > 0 ? Math.min(100, (100 * part) / all) : 0;
    return (
        <svg
            class="meter"
            viewBox="0 0 100 4"
            preserveAspectRatio="none"
            role="img"
            aria-label={label}
        >
            <rect class="t" width="100" height="4" />
            <rect class={`v ${k}`} width={width} height="4" />
        </svg>
    );
}

/** One figure of a strip, with its line below. */
export function Cell({
    label,
    parts,
    of,
    children,
}: {
    label: string;
    parts: Parts;
    of?: string | undefined;
    children?: JSX.Element | null;
}) {
    return (
        <div>
            <dt>{label}</dt>
            <dd title={plain(parts)}>
                <Figure parts={parts} />
                {of ? <span class="dim"> {of}</span> : null}
            </dd>
            {children ? <dd class="line">{children}</dd> : null}
        </div>
    );
}

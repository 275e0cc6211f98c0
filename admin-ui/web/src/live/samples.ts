// Samples of the API, newest first and of one step, as aligned columns for a chart.
import type {MessageStats, Rate} from "../api/types.ts";

export interface Columns {
    times: number[];
    columns: (number | null)[][];
}

/** One column of the samples: the level, or of a counter the rate between two samples. */
export interface Wanted {
    of: Rate | undefined;
    counter?: boolean;
}

export function columns(wanted: readonly Wanted[]): Columns {
    const byTime = wanted.map(({of, counter}) => {
        const rising = [...(of?.samples ?? [])].reverse();
        const values = new Map<number, number>();
        rising.forEach(({sample, timestamp}, index) => {
            if (!counter) values.set(timestamp, sample);
            const before = rising[index - 1];
            if (!counter || !before || timestamp <= before.timestamp) return;
            // A counter that fell began anew: the broker was restarted in between.
            const grown = sample < before.sample ? sample : sample - before.sample;
            values.set(timestamp, (1_000 * grown) / (timestamp - before.timestamp));
        });
        return values;
    });
    const times = [...new Set(byTime.flatMap((values) => [...values.keys()]))].sort(
        (a, b) => a - b,
    );
    return {times, columns: byTime.map((values) => times.map((time) => values.get(time) ?? null))};
}

/** The counter `name` of message_stats and its rate. */
export function rateOf(stats: MessageStats | undefined, name: string): number | undefined {
    const details = stats?.[`${name}_details`];
    return typeof details === "object" ? details.rate : undefined;
}

export function detailsOf(stats: MessageStats | undefined, name: string): Rate | undefined {
    const details = stats?.[`${name}_details`];
    return typeof details === "object" ? details : undefined;
}

export function totalOf(stats: MessageStats | undefined, name: string): number | undefined {
    const total = stats?.[name];
    return typeof total === "number" ? total : undefined;
}

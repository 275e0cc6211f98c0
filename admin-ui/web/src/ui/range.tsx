// How far back the charts of a page reach. In the URL, so that a link shows the same stretch.
import {setQuery} from "../state/router.ts";
import type {Place} from "../state/places.ts";

export type Range = "1m" | "10m" | "1h" | "8h" | "24h";

const LABELS: Record<Range, string> = {
    "1m": "1 m",
    "10m": "10 m",
    "1h": "1 h",
    "8h": "8 h",
    "24h": "24 h",
};
export const TITLES: Record<Range, string> = {
    "1m": "Last minute",
    "10m": "Last 10 minutes",
    "1h": "Last hour",
    "8h": "Last 8 hours",
    "24h": "Last 24 hours",
};

/** Age and step of the samples that the API is asked for, in seconds. */
export const SAMPLES: Record<Range, {age: number; step: number}> = {
    "1m": {age: 60, step: 5},
    "10m": {age: 600, step: 5},
    "1h": {age: 3_600, step: 60},
    "8h": {age: 28_800, step: 600},
    "24h": {age: 86_400, step: 1_800},
};

export function rangeOf(place: Place, offered: readonly Range[]): Range {
    const wanted = place.query["range"] as Range;
    return offered.includes(wanted) ? wanted : "10m";
}

export function RangePicker({value, offered}: {value: Range; offered: readonly Range[]}) {
    return (
        <div class="seg" role="group" aria-label="How far back">
            {offered.map((one) => (
                <button
                    key={one}
                    aria-pressed={one === value}
                    onClick={() => setQuery({range: one === "10m" ? "" : one})}
                >
                    {LABELS[one]}
                </button>
            ))}
        </div>
    );
}

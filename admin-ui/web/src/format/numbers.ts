// Numbers, times and sizes as the whole console writes them. What has a unit comes in parts, so that the page can
// set the unit softer than the figure; plain() joins them for titles and for screen readers.

/** A figure and its unit: [["1", "m"], ["52", "s"]]. */
export type Parts = readonly (readonly [figure: string, unit?: string])[];

/** What is not known: never a nought. */
export const unknown: Parts = [["–"]];

const minus = "−";
const locale = typeof navigator === "undefined" ? "en" : navigator.language;
const whole = new Intl.NumberFormat(locale, {maximumFractionDigits: 0});
const three = new Intl.NumberFormat(locale, {
    minimumSignificantDigits: 3,
    maximumSignificantDigits: 3,
});
const tenth = new Intl.NumberFormat(locale, {maximumFractionDigits: 1, minimumFractionDigits: 1});

export function plain(parts: Parts): string {
    return parts
        .map(([figure, unit]) =>
            unit?.startsWith("/") ? figure + unit : [figure, unit].filter(Boolean).join(" "),
        )
        .join(" ");
}

/** 36,457; above 999,999 three figures: 1.24 M. */
export function count(n: number | undefined): Parts {
    if (n === undefined) return unknown;
    for (const [factor, unit] of [
        [1e12, "T"],
        [1e9, "G"],
        [1e6, "M"],
    ] as const) {
        if (Math.abs(n) >= factor) return [[three.format(n / factor), unit]];
    }
    return [[whole.format(n)]];
}

/** Below 10 one decimal, else whole: 3.7/s, 212/s. */
export function rate(perSecond: number | undefined): Parts {
    if (perSecond === undefined) return unknown;
    return [[amount(perSecond), "/s"]];
}

/** Change per second, with its sign always: +48, −37. */
export function net(perSecond: number | undefined): Parts {
    if (perSecond === undefined) return unknown;
    const text = amount(Math.abs(perSecond));
    if (text === "0") return [["0", "/s"]];
    return [[(perSecond < 0 ? minus : "+") + text, "/s"]];
}

function amount(n: number): string {
    if (n < 0.05) return "0";
    return n < 9.95 ? tenth.format(n) : plain(count(Math.round(n)));
}

const UNITS = [
    ["d", 86_400],
    ["h", 3_600],
    ["m", 60],
    ["s", 1],
] as const;

/** A span of time in two units: 0.4 s, 1 m 52 s, 3 d 2 h. */
export function age(seconds: number | undefined): Parts {
    if (seconds === undefined || Number.isNaN(seconds)) return unknown;
    if (seconds < 0.05) return [["0", "s"]];
    if (seconds < 9.95) return [[tenth.format(seconds), "s"]];
    const rounded = Math.round(seconds);
    const first = UNITS.findIndex(([, length]) => rounded >= length);
    const [unit, length] = UNITS[first]!;
    const next = UNITS[first + 1];
    const parts: [string, string][] = [[whole.format(Math.floor(rounded / length)), unit]];
    const rest = next ? Math.floor((rounded % length) / next[1]) : 0;
    if (next && rest > 0) parts.push([String(rest), next[0]]);
    return parts;
}

/** Decimal, one decimal below 10: 712 B, 1.9 kB, 412 MB. */
export function size(octets: number | undefined): Parts {
    if (octets === undefined) return unknown;
    for (const [factor, unit] of [
        [1e12, "TB"],
        [1e9, "GB"],
        [1e6, "MB"],
        [1e3, "kB"],
    ] as const) {
        if (octets >= factor) {
            const n = octets / factor;
            return [[n < 9.95 ? tenth.format(n) : whole.format(n), unit]];
        }
    }
    return [[whole.format(octets), "B"]];
}

/** 43 kB/s. */
export function octetRate(perSecond: number | undefined): Parts {
    return size(perSecond).map(([figure, unit]) => (unit ? [figure, `${unit}/s`] : [figure]));
}

/** 82 %; what is no number of a whole is unknown. */
export function share(part: number, all: number): Parts {
    if (!(all > 0)) return unknown;
    const percent = (100 * part) / all;
    return [[percent > 0 && percent < 9.95 ? tenth.format(percent) : whole.format(percent), "%"]];
}

const clock = new Intl.DateTimeFormat("en-GB", {hour: "2-digit", minute: "2-digit"});
const day = new Intl.DateTimeFormat("en-GB", {day: "numeric", month: "short"});

/** Today 14:08, else 12 Jul, 22:40. */
export function moment(ms: number | undefined, now = Date.now()): string {
    if (ms === undefined) return "–";
    const then = new Date(ms);
    const today = new Date(now).toDateString() === then.toDateString();
    return today ? clock.format(then) : `${day.format(then)}, ${clock.format(then)}`;
}

/** 14:08:30, where minutes are too coarse. */
export function seconds(ms: number): string {
    return `${clock.format(ms)}:${String(new Date(ms).getSeconds()).padStart(2, "0")}`;
}

/** With milliseconds, here and in UTC: 14 Jul 2026, 16:13:22.417 (14:13:22.417 UTC). */
export function exactMoment(ms: number): string {
    const then = new Date(ms);
    const pad = (n: number, digits = 2) => String(n).padStart(digits, "0");
    const tail = `:${pad(then.getSeconds())}.${pad(then.getMilliseconds(), 3)}`;
    const utc = `${pad(then.getUTCHours())}:${pad(then.getUTCMinutes())}${tail}`;
    return `${day.format(then)} ${then.getFullYear()}, ${clock.format(then)}${tail} (${utc} UTC)`;
}

/** "1 queue", "26 queues". */
export function plural(n: number, one: string, many = `${one}s`): string {
    return `${plain(count(n))} ${n === 1 ? one : many}`;
}

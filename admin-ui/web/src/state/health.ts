// What a queue's numbers mean: its state in a word, and the reason in a few. Pure, so that lists, pages and tests
// agree.
import {age, count, net, plain, rate} from "../format/numbers.ts";

export interface QueueState {
    kind: "running" | "idle" | "growing" | "draining" | "limit" | "none" | "paused" | "holding";
    word: string;
    why: string;
}

/** What is known of a queue, from the list or from its own page; rates per second. */
export interface QueueNumbers {
    state?: string | undefined;
    ready: number;
    unacked: number;
    consumers: number;
    growth?: number | undefined;
    publish?: number | undefined;
    deliver?: number | undefined;
    maxLength?: number | undefined;
    ttl?: boolean;
    deadLetters?: boolean;
    waitsFor?: string | undefined;
}

/** Slower changes are the breath of a busy queue, no trend. */
export const TREND_PER_SECOND = 3;
const NEAR_LIMIT = 0.8;

export function queueState(of: QueueNumbers): QueueState {
    const growth = of.growth ?? 0;
    if (of.state === "paused")
        return {kind: "paused", word: "Paused", why: "takes messages, delivers none"};
    if (of.maxLength && of.ready >= NEAR_LIMIT * of.maxLength) {
        const used = Math.round((100 * of.ready) / of.maxLength);
        return {
            kind: "limit",
            word: "Near limit",
            why: `${used} % of ${plain(count(of.maxLength))}`,
        };
    }
    if (of.consumers === 0 && of.ready > 0) {
        if (of.ttl && of.deadLetters) {
            return {kind: "holding", word: "Waits for TTL", why: "then dead-lettered"};
        }
        return {
            kind: "none",
            word: "No consumer",
            why: growth > 0 ? plain(net(growth)) : "nothing takes from it",
        };
    }
    if (growth >= TREND_PER_SECOND) {
        const why =
            of.waitsFor === "prefetch"
                ? "consumers at prefetch"
                : `${plain(rate(growth))} more than go out`;
        return {kind: "growing", word: "Growing", why};
    }
    if (growth <= -TREND_PER_SECOND && of.ready > 0) {
        return {
            kind: "draining",
            word: "Draining",
            why: `empty in ${plain(age(of.ready / -growth))}`,
        };
    }
    const moves = (of.publish ?? 0) > 0 || (of.deliver ?? 0) > 0 || of.unacked > 0;
    if (!moves && of.ready === 0) return {kind: "idle", word: "Idle", why: ""};
    return {kind: "running", word: "Running", why: ""};
}

/** Letters for what a queue is: durable goes without saying, the rest does not. */
export function queueTags(queue: {
    type?: string | undefined;
    durable?: boolean | undefined;
    auto_delete?: boolean | undefined;
    exclusive?: boolean | undefined;
    policy?: string | null | undefined;
    arguments?: Readonly<Record<string, unknown>> | undefined;
}): string[] {
    const given = queue.arguments ?? {};
    const has = (...keys: string[]) => keys.some((key) => key in given);
    const tags: [boolean, string][] = [
        [queue.durable === false, "Transient"],
        [queue.exclusive === true, "Excl"],
        [queue.auto_delete === true, "AD"],
        [has("x-message-ttl", "x-expires"), "TTL"],
        [has("x-max-length", "x-max-length-bytes"), "Lim"],
        [has("x-dead-letter-exchange"), "DLX"],
        [has("x-max-priority"), "Pri"],
        [has("x-single-active-consumer"), "SAC"],
        [Boolean(queue.policy), "P"],
    ];
    return tags.filter(([yes]) => yes).map(([, tag]) => tag);
}

/** One sentence on how a queue stands: what is, and what follows from it. */
export function queueSentence(of: QueueNumbers, drainSeconds?: number): string {
    const state = queueState(of);
    const total = of.ready + of.unacked;
    const waiting = total === 0 ? "It is empty" : `It holds ${plain(count(total))}`;
    const grows =
        (of.growth ?? 0) >= TREND_PER_SECOND ? ` and grows by ${plain(rate(of.growth))}` : "";
    switch (state.kind) {
        case "paused":
            return `Paused: it takes messages and delivers none. ${waiting}${grows}.`;
        case "none":
            return `Nothing takes from it. ${waiting}${grows}.`;
        case "holding":
            return `${waiting}; what expires is dead-lettered.`;
        case "limit":
            return `${waiting}, ${state.why} that it may hold${grows}.`;
        case "growing": {
            const why =
                of.waitsFor === "prefetch"
                    ? " Its consumers hold as much as their prefetch allows."
                    : "";
            return `${waiting}${grows}.${why}`;
        }
        case "draining": {
            const left = drainSeconds ?? of.ready / -(of.growth ?? -1);
            return `${waiting} and shrinks; at this pace it is empty in ${plain(age(left))}.`;
        }
        case "idle":
            return "It is empty, and nothing comes or goes.";
        default:
            return total === 0 ? "It keeps up: nothing waits." : `${waiting} and keeps up.`;
    }
}

// What the frame and several pages show of the broker as a whole: totals, health, alarms.
import {computed, effect, signal} from "@preact/signals";
import {get} from "../api/client.ts";
import type {Overview, OverviewInsight} from "../api/types.ts";
import {connection, subscribe, type Subscription} from "../live/feed.ts";
import type {Series} from "../live/frames.ts";
import {session} from "./session.ts";

const TOTALS_PERIOD_MS = 10_000;

/** The part of the overview that RabbitMQ's API has: names, versions, how many there are of each. */
export const overview = signal<Overview | undefined>(undefined);

const watched = signal<Subscription | undefined>(undefined);

/** Health and what piles up, every second. */
export const insight = computed(
    () => watched.value?.state.value?.value as OverviewInsight | undefined,
);

/** The last minutes of the whole broker, point by point. */
export const history = computed<Series | undefined>(() => watched.value?.state.value?.series);

export async function loadOverview(): Promise<void> {
    try {
        overview.value = await get<Overview>("overview");
    } catch {
        // The connection light says that the broker is away; the old totals stay until it is back.
    }
}

/** Keeps all of the above while somebody is logged in. */
export function startBroker(): void {
    effect(() => {
        if (!session.value) {
            watched.peek()?.close();
            watched.value = undefined;
            overview.value = undefined;
            return;
        }
        if (watched.peek()) return;
        watched.value = subscribe("overview");
        void loadOverview();
    });
    effect(() => {
        if (connection.value === "live") void loadOverview();
    });
    setInterval(() => {
        if (session.peek() && connection.peek() === "live" && !document.hidden) void loadOverview();
    }, TOTALS_PERIOD_MS);
}

export const alarms = computed(() => insight.value?.alarms ?? []);

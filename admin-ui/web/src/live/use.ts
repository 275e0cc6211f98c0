// The feed and the API for components: what one looks at is fetched or subscribed to while the component stands.
import {useEffect, useLayoutEffect, useMemo, useState} from "preact/hooks";
import {get} from "../api/client.ts";
import {explain} from "../ui/dialog.tsx";
import {subscribe, type Params, type Subscription} from "./feed.ts";

/** A subscription that lives as long as the component, and is made anew when topic or parameters change. */
export function useTopic(topic: string, params: Params = {}): Subscription {
    const key = topic + JSON.stringify(params);
    const subscription = useMemo(() => subscribe(topic, params), [key]);
    useLayoutEffect(() => () => subscription.close(), [subscription]);
    return subscription;
}

export interface Fetched<T> {
    data: T | undefined;
    fault: string | undefined;
    reload: () => void;
}

/** The answer to a GET, asked again every so often when a period is given. */
export function useFetch<T>(target: string | undefined, periodMs = 0): Fetched<T> {
    const [state, setState] = useState<{target?: string; data?: T; fault?: string}>({});
    const [turn, setTurn] = useState(0);
    useEffect(() => {
        if (target === undefined) return;
        const abort = new AbortController();
        const ask = () => {
            get<T>(target, {signal: abort.signal}).then(
                (data) => setState({target, data}),
                (error: unknown) => {
                    if (abort.signal.aborted) return;
                    setState((old) =>
                        old.target === target
                            ? {...old, fault: explain(error)}
                            : {target, fault: explain(error)},
                    );
                },
            );
        };
        ask();
        const timer = periodMs > 0 ? setInterval(() => document.hidden || ask(), periodMs) : 0;
        return () => {
            abort.abort();
            clearInterval(timer);
        };
    }, [target, turn, periodMs]);
    const mine = state.target === target ? state : {};
    return {data: mine.data, fault: mine.fault, reload: () => setTurn((n) => n + 1)};
}

// The state of a thing: shape and word first, colour second.
import type {QueueState} from "../state/health.ts";
import {Icon, type IconName} from "./icon.tsx";

export function Badge({
    state,
    icon,
    children,
}: {
    state: string;
    icon: IconName;
    children: preact.ComponentChildren;
}) {
    return (
        <span class="badge" data-s={state}>
            <Icon name={icon} />
            {children}
        </span>
    );
}

export function StateBadge({state}: {state: QueueState}) {
    return (
        <Badge state={state.kind} icon={state.kind}>
            {state.word}
        </Badge>
    );
}

export function Tags({of}: {of: readonly string[]}) {
    return (
        <span class="tags">
            {of.map((tag) => (
                <>
                    {" "}
                    <span class="tag">{tag}</span>
                </>
            ))}
        </span>
    );
}

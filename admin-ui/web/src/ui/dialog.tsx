// Dialogs: a real <dialog>, so that focus stays in it and goes back to where it came from. The dangerous ones say
// what happens, carry the environment's label, and begin on Cancel.
import {useEffect, useRef, useState} from "preact/hooks";
import type {ComponentChildren} from "preact";
import {session} from "../state/session.ts";
import {ApiError} from "../api/client.ts";

export function Dialog({
    title,
    onClose,
    children,
    class: extra = "",
}: {
    title: string;
    onClose: () => void;
    children: ComponentChildren;
    class?: string;
}) {
    const element = useRef<HTMLDialogElement>(null);
    useEffect(() => {
        const before = document.activeElement as HTMLElement | null;
        element.current?.showModal();
        return () => before?.focus?.();
    }, []);
    return (
        <dialog
            ref={element}
            class={`dialog ${extra}`}
            aria-label={title}
            onClose={onClose}
            onClick={(event) => {
                if (event.target === element.current) onClose();
            }}
        >
            {children}
        </dialog>
    );
}

export function EnvironmentLabel() {
    const environment = session.value?.environment;
    if (!environment?.label) return null;
    return (
        <span class="env" data-env={environmentKind(environment)}>
            {environment.label}
        </span>
    );
}

/** Which of our three colours an environment has. */
export function environmentKind(environment: {label: string; colour?: string}): string {
    if (environment.colour === "red" || environment.label === "production") return "production";
    if (environment.colour === "yellow" || environment.label === "staging") return "staging";
    return "dev";
}

/** Something to fill in or to confirm. The action's error is shown, and the dialog stays. */
export function ActionDialog({
    title,
    verb,
    danger = false,
    typeName,
    children,
    act,
    onClose,
}: {
    title: string;
    verb: string;
    danger?: boolean;
    /** The name to type before the button works: only for what is severe. */
    typeName?: string | undefined;
    children: ComponentChildren;
    act: (form: FormData) => Promise<unknown>;
    onClose: () => void;
}) {
    const [fault, setFault] = useState("");
    const [busy, setBusy] = useState(false);
    const [typed, setTyped] = useState("");
    const locked = typeName !== undefined && typed !== typeName;
    async function submit(event: SubmitEvent) {
        event.preventDefault();
        if (locked || busy) return;
        setBusy(true);
        try {
            await act(new FormData(event.target as HTMLFormElement));
            onClose();
        } catch (error) {
            setFault(explain(error));
            setBusy(false);
        }
    }
    return (
        <Dialog title={title} onClose={onClose}>
            <header>
                <h2>
                    <bdi>{title}</bdi>
                </h2>
                <EnvironmentLabel />
            </header>
            <form class="body" id="action" onSubmit={submit}>
                {children}
                {typeName === undefined ? null : (
                    <div class="field">
                        <label for="typed-name">
                            Type the name: <b class="mono">{typeName}</b>
                        </label>
                        <input
                            id="typed-name"
                            class="input mono"
                            autocomplete="off"
                            value={typed}
                            onInput={(event) => setTyped(event.currentTarget.value)}
                        />
                    </div>
                )}
                {fault ? (
                    <p class="crit" role="alert">
                        {fault}
                    </p>
                ) : null}
            </form>
            <footer>
                <span class="grow" />
                <button class="btn" type="button" autofocus={danger} onClick={onClose}>
                    Cancel
                </button>
                <button
                    class={`btn ${danger ? "danger" : "primary"}`}
                    form="action"
                    aria-disabled={locked || busy}
                >
                    {verb}
                </button>
            </footer>
        </Dialog>
    );
}

/** What went wrong, as a sentence. */
export function explain(error: unknown): string {
    if (error instanceof ApiError) {
        if (error.status === 401) return `Not allowed: ${error.reason}.`;
        if (error.status === 404) return `It is not there any more: ${error.reason}.`;
        if (error.status === 412) return "It has changed meanwhile; nothing was done. Look again.";
        return error.message;
    }
    return error instanceof Error ? `${error.message}; nothing was changed.` : String(error);
}

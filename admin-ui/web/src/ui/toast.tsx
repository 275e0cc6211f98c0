// One line on what was done, with a way back while that is possible. One at a time.
import {signal} from "@preact/signals";
import {useEffect, useState} from "preact/hooks";

interface Toast {
    text: string;
    undo?: (() => Promise<unknown>) | undefined;
}

const SECONDS = 10;
const current = signal<Toast | undefined>(undefined);

export function say(text: string, undo?: () => Promise<unknown>): void {
    current.value = {text, undo};
}

export function ToastDock() {
    return (
        <div class="toasts" role="status">
            {current.value ? <Line toast={current.value} /> : null}
        </div>
    );
}

function Line({toast}: {toast: Toast}) {
    const [left, setLeft] = useState(SECONDS);
    useEffect(() => {
        setLeft(SECONDS);
        const timer = setInterval(() => setLeft((seconds) => seconds - 1), 1_000);
        return () => clearInterval(timer);
    }, [toast]);
    useEffect(() => {
        if (left <= 0 && current.peek() === toast) current.value = undefined;
    }, [left]);
    return (
        <div class="toast">
            <span>{toast.text}</span>
            {toast.undo ? (
                <button
                    class="btn s"
                    onClick={() => {
                        current.value = undefined;
                        void toast.undo?.();
                    }}
                >
                    Undo{" "}
                    <span class="dim" aria-hidden="true">
                        {left} s
                    </span>
                </button>
            ) : null}
        </div>
    );
}

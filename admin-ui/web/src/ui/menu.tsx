// A button that opens a small box below it. Escape, a click elsewhere or leaving it by Tab closes it.
import {useEffect, useRef, useState} from "preact/hooks";
import type {ComponentChildren} from "preact";
import {Icon, type IconName} from "./icon.tsx";

export function Menu({
    label,
    class: extra,
    icon,
    text,
    badge = 0,
    children,
}: {
    label: string;
    class: string;
    icon?: IconName;
    text?: string;
    badge?: number;
    children: ComponentChildren;
}) {
    const [open, setOpen] = useState(false);
    const box = useRef<HTMLDivElement>(null);
    const button = useRef<HTMLButtonElement>(null);
    useEffect(() => {
        if (!open) return;
        const away = (event: Event) => {
            if (!box.current?.contains(event.target as Node)) setOpen(false);
        };
        addEventListener("pointerdown", away);
        addEventListener("focusin", away);
        return () => {
            removeEventListener("pointerdown", away);
            removeEventListener("focusin", away);
        };
    }, [open]);
    return (
        <div
            class="menu-box"
            ref={box}
            onKeyDown={(event) => {
                if (event.key !== "Escape" || !open) return;
                event.stopPropagation();
                setOpen(false);
                button.current?.focus();
            }}
        >
            <button
                ref={button}
                class={extra}
                data-n={badge > 0 ? badge : undefined}
                aria-label={label}
                aria-expanded={open}
                onClick={() => setOpen(!open)}
            >
                {icon ? <Icon name={icon} /> : null}
                {text}
            </button>
            {open ? (
                <div class="drop" onClick={() => setOpen(false)}>
                    {children}
                </div>
            ) : null}
        </div>
    );
}

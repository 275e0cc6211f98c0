// What a person chose for this browser: theme and density. Kept in local storage, applied to <html>.
import {effect, signal} from "@preact/signals";

export type Theme = "auto" | "light" | "dark";

const KEY = "leveret.theme";
const saved = localStorage.getItem(KEY);

export const theme = signal<Theme>(saved === "light" || saved === "dark" ? saved : "auto");

effect(() => {
    if (theme.value === "auto") {
        delete document.documentElement.dataset["theme"];
        localStorage.removeItem(KEY);
    } else {
        document.documentElement.dataset["theme"] = theme.value;
        localStorage.setItem(KEY, theme.value);
    }
});

const dark = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(dark.matches);
dark.addEventListener("change", () => (systemDark.value = dark.matches));

/** Changes whenever the colours on the page do: charts draw on a canvas and must be told. */
export function colours(): string {
    return theme.value === "auto" ? `auto-${systemDark.value}` : theme.value;
}

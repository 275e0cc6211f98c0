// The place one is at, kept in the address bar. Links are ordinary <a href>; clicks on ours stay in the page.
import {computed, signal} from "@preact/signals";
import {BASE, href, parse, translated, type PageName, type Place} from "./places.ts";

const address = signal(location.pathname + location.search);

/** The place of the address bar. */
export const place = computed<Place>(() => {
    const [path, search] = address.value.split("?");
    return parse(path!, search);
});

/** The vhost that lists are narrowed to; undefined: all. It stands in every link as ?vhost=. */
export const scope = computed<string | undefined>(
    () => place.value.vhost ?? place.value.query["vhost"],
);

let moved: "load" | "push" | "replace" = "load";

/** How the present place was come to: only then does the focus move to its head. */
export function lastMove(): "load" | "push" | "replace" {
    return moved;
}

export function go(target: string, how: "push" | "replace" = "push"): void {
    if (target === location.pathname + location.search) return;
    moved = how;
    history[how === "push" ? "pushState" : "replaceState"](null, "", target);
    address.value = target;
}

/** Changes a few keys of the query; an empty value takes the key away. */
export function setQuery(
    changes: Record<string, string>,
    how: "push" | "replace" = "replace",
): void {
    const {query, ...rest} = place.value;
    go(href({...rest, query: {...query, ...changes}}), how);
}

/** A link to a list page within the present vhost. */
export function listLink(page: PageName, query: Record<string, string> = {}): string {
    const vhost = scope.value;
    return href({page, query: vhost === undefined ? query : {vhost, ...query}});
}

/** Starts to follow links, back and forward, and brings old links home. */
export function startRouter(): void {
    const ours = translated(location.pathname, location.hash);
    if (ours) go(ours, "replace");
    addEventListener("popstate", () => {
        moved = "push";
        address.value = location.pathname + location.search;
    });
    addEventListener("hashchange", () => {
        const target = translated(location.pathname, location.hash);
        if (target) go(target, "replace");
    });
    document.addEventListener("click", (event) => {
        if (event.defaultPrevented || event.button !== 0) return;
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        const link = (event.target as Element).closest("a");
        if (!link || link.target || link.hasAttribute("download")) return;
        if (link.origin !== location.origin || link.hash) return;
        if (!link.pathname.startsWith(`${BASE}/`)) return;
        event.preventDefault();
        go(link.pathname + link.search);
    });
}

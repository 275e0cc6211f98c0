// Where one is: the pages and their paths, the query that holds filters and tabs, and the links of RabbitMQ's and
// LavinMQ's consoles translated to ours. Pure: the History API lies in router.ts.

export const BASE = "/ui";

export type PageName =
    | "overview"
    | "login"
    | "queues"
    | "queue"
    | "exchanges"
    | "exchange"
    | "connections"
    | "connection"
    | "channels"
    | "publish"
    | "node"
    | "nowhere";

/** A page and what it shows. Everything that a reload must bring back is in here. */
export interface Place {
    page: PageName;
    vhost?: string;
    name?: string;
    tab?: string;
    query: Readonly<Record<string, string>>;
}

export const QUEUE_TABS = ["messages", "consumers", "unacked", "bindings", "settings"] as const;
const EXCHANGE_TABS = ["publish", "settings"] as const;

const PLAIN: Readonly<Record<string, PageName>> = {
    "": "overview",
    login: "login",
    queues: "queues",
    exchanges: "exchanges",
    connections: "connections",
    channels: "channels",
    publish: "publish",
    node: "node",
};

/** The default exchange has no name, and a path no empty part. */
const DEFAULT_EXCHANGE = "amq.default";

function decoded(part: string): string {
    try {
        return decodeURIComponent(part);
    } catch {
        return part; // a hand-made link: taken as it stands
    }
}

export function parse(path: string, search = ""): Place {
    const query = Object.fromEntries(new URLSearchParams(search));
    const parts = path
        .replace(/^\/ui(?=\/|$)/, "")
        .split("/")
        .slice(1)
        .map(decoded);
    if (parts.at(-1) === "") parts.pop();
    const [first = "", second, third, fourth] = parts;
    const nowhere: Place = {page: "nowhere", query};
    if (parts.length <= 1) return first in PLAIN ? {page: PLAIN[first]!, query} : nowhere;
    if (first === "connections" && parts.length === 2)
        return {page: "connection", name: second!, query};
    if (parts.length < 3 || parts.length > 4) return nowhere;
    const place = {vhost: second!, query};
    if (first === "queues" && (!fourth || includes(QUEUE_TABS, fourth))) {
        return {page: "queue", ...place, name: third!, tab: fourth ?? ""};
    }
    if (first === "exchanges" && (!fourth || includes(EXCHANGE_TABS, fourth))) {
        const name = third === DEFAULT_EXCHANGE ? "" : third!;
        return {page: "exchange", ...place, name, tab: fourth ?? ""};
    }
    return nowhere;
}

function includes(tabs: readonly string[], tab: string): boolean {
    return tabs.includes(tab);
}

/** The link to a place. Empty values of the query are left out, so that a place has one link. */
export function href(place: {page: PageName} & Partial<Place>): string {
    return BASE + pathOf(place) + queryText(place.query ?? {});
}

function pathOf({
    page,
    vhost = "",
    name = "",
    tab = "",
}: {page: PageName} & Partial<Place>): string {
    const end = tab ? `/${tab}` : "";
    const parts = (last: string) =>
        `${encodeURIComponent(vhost)}/${encodeURIComponent(last)}${end}`;
    switch (page) {
        case "overview":
        case "nowhere":
            return "/";
        case "queue":
            return `/queues/${parts(name)}`;
        case "exchange":
            return `/exchanges/${parts(name || DEFAULT_EXCHANGE)}`;
        case "connection":
            return `/connections/${encodeURIComponent(name)}`;
        default:
            return `/${page}`;
    }
}

function queryText(query: Readonly<Record<string, string>>): string {
    const kept = Object.entries(query).filter(([, value]) => value !== "");
    return kept.length === 0 ? "" : `?${new URLSearchParams(kept)}`;
}

/** Our path for a link of RabbitMQ's console (#/queues/%2F/name) or LavinMQ's (/queue#vhost=%2F&name=x). */
export function translated(path: string, hash: string): string | undefined {
    if (hash.startsWith("#/") || hash === "#") return fromRabbit(hash.slice(1).split("?")[0]!);
    if (path.startsWith(`${BASE}/`) || path === BASE) return undefined;
    return fromLavin(path, new URLSearchParams(hash.slice(1)));
}

const RABBIT: Readonly<Record<string, PageName>> = {
    queues: "queues",
    exchanges: "exchanges",
    connections: "connections",
    channels: "channels",
    nodes: "node",
};

function fromRabbit(path: string): string {
    const [first = "", ...rest] = path.split("/").filter(Boolean).map(decoded);
    const [vhost, name] = rest;
    const page = RABBIT[first];
    if ((page === "queues" || page === "exchanges") && vhost !== undefined && name !== undefined) {
        return href({page: page === "queues" ? "queue" : "exchange", vhost, name});
    }
    if (page === "connections" && vhost !== undefined)
        return href({page: "connection", name: vhost});
    return href({page: page ?? "overview"});
}

function fromLavin(path: string, fields: URLSearchParams): string | undefined {
    const first =
        path
            .split("/")
            .filter(Boolean)
            .map(decoded)[0]
            ?.replace(/\.html$/, "") ?? "";
    const vhost = fields.get("vhost") ?? "/";
    const name = fields.get("name");
    if ((first === "queue" || first === "stream") && name !== null)
        return href({page: "queue", vhost, name});
    if (first === "exchange" && name !== null) return href({page: "exchange", vhost, name});
    if (first === "connection" && name !== null) return href({page: "connection", name});
    if (first === "channel") return href({page: "channels"});
    if (first === "unacked" && name !== null)
        return href({page: "queue", vhost, name, tab: "unacked"});
    const page = RABBIT[first];
    if (page) return href({page});
    return first === "" ? href({page: "overview"}) : undefined;
}

// The frame around every page: bar, nav, banners, and the sheet that the page lies on.
import {signal} from "@preact/signals";
import {useEffect} from "preact/hooks";
import type {ComponentChildren} from "preact";
import {connection, lastData, retryNow, stale} from "../live/feed.ts";
import {count, moment, plain, plural} from "../format/numbers.ts";
import {alarms, overview} from "../state/broker.ts";
import {theme, type Theme} from "../state/preferences.ts";
import {href, type PageName} from "../state/places.ts";
import {go, listLink, place, scope, setQuery} from "../state/router.ts";
import {logout, session} from "../state/session.ts";
import {useFetch} from "../live/use.ts";
import {EnvironmentLabel, environmentKind} from "./dialog.tsx";
import {Hare, Icon, type IconName} from "./icon.tsx";
import {Menu} from "./menu.tsx";
import {openPalette} from "./palette.tsx";
import {ToastDock} from "./toast.tsx";

const drawer = signal(false);

interface Entry {
    page: PageName;
    label: string;
    icon: IconName;
    /** Pages that belong to this entry though they have names of their own. */
    also?: PageName;
    n?: "queues" | "exchanges" | "connections" | "channels";
}

const GROUPS: readonly {title?: string; entries: readonly Entry[]}[] = [
    {entries: [{page: "overview", label: "Overview", icon: "overview"}]},
    {
        title: "Messaging",
        entries: [
            {page: "queues", label: "Queues", icon: "queue", also: "queue", n: "queues"},
            {
                page: "exchanges",
                label: "Exchanges",
                icon: "exchange",
                also: "exchange",
                n: "exchanges",
            },
        ],
    },
    {title: "Tools", entries: [{page: "publish", label: "Publish", icon: "publish"}]},
    {
        title: "Clients",
        entries: [
            {
                page: "connections",
                label: "Connections",
                icon: "connection",
                also: "connection",
                n: "connections",
            },
            {page: "channels", label: "Channels", icon: "channel", n: "channels"},
        ],
    },
    {title: "Administration", entries: [{page: "node", label: "Node", icon: "node"}]},
];

export function Frame({children}: {children: ComponentChildren}) {
    const environment = session.value?.environment;
    const at = place.value;
    useEffect(() => {
        drawer.value = false;
    }, [at]);
    return (
        <div class="app" data-env={environment?.label ? environmentKind(environment) : undefined}>
            <a class="skip" href="#main">
                Skip to content
            </a>
            <TopBar />
            <Nav />
            <main class={stale.value ? "sheet stale" : "sheet"} id="main">
                <Banners />
                {children}
                <ToastDock />
            </main>
        </div>
    );
}

function TopBar() {
    return (
        <header class="topbar">
            <button
                class="btn ghost square menu"
                aria-label="Menu"
                aria-expanded={drawer.value}
                onClick={() => (drawer.value = !drawer.value)}
            >
                <Icon name="menu" />
            </button>
            <a class="brand" href={listLink("overview")} aria-label="Leveret, overview">
                <Hare class="mark" />
                <span>Leveret</span>
            </a>
            <VhostScope />
            <button class="jump" aria-label="Find a queue, an exchange, a page… Ctrl K" onClick={openPalette}>
                <Icon name="search" />
                <span>Find a queue, an exchange, a page…</span>
                <kbd>Ctrl K</kbd>
            </button>
            <span class="grow" />
            <Light />
            <EnvironmentLabel />
            <Bell />
            <Who />
        </header>
    );
}

function VhostScope() {
    const vhosts = useFetch<{name: string}[]>("vhosts?columns=name", 30_000).data ?? [];
    const chosen = scope.value;
    const names = vhosts.map((one) => one.name);
    if (chosen !== undefined && !names.includes(chosen)) names.push(chosen);
    if (names.length < 2) {
        return names.length === 0 ? null : (
            <span class="vhost one">
                <span class="dim not-phone">vhost</span> <bdi>{names[0]}</bdi>
            </span>
        );
    }
    function choose(value: string) {
        const {page} = place.value;
        // An object lies in one vhost: another one is looked at from its list.
        if (page === "queue") go(href({page: "queues", query: {vhost: value}}));
        else if (page === "exchange") go(href({page: "exchanges", query: {vhost: value}}));
        else setQuery({vhost: value}, "push");
    }
    return (
        <label class="vhost">
            <span class="dim not-phone">vhost</span>
            <select
                aria-label="Virtual host"
                value={chosen ?? ""}
                onChange={(event) => choose(event.currentTarget.value)}
            >
                <option value="">all</option>
                {names.map((name) => (
                    <option key={name} value={name}>
                        {name}
                    </option>
                ))}
            </select>
            <Icon name="down" />
        </label>
    );
}

const LIGHT = {
    connecting: "Connecting",
    live: "Live",
    broken: "Reconnecting",
    blocked: "No live data",
} as const;

function Light() {
    const late = stale.value || connection.value === "broken";
    const since = lastData.value > 0 ? `, stale since ${moment(lastData.value)}` : "";
    const word = LIGHT[connection.value] + (late ? since : "");
    return (
        <span class="live" data-state={late ? "broken" : connection.value} title={word}>
            <span>{word}</span>
        </span>
    );
}

function Bell() {
    const notices = [
        ...alarms.value.map((one) => `${one.resource} alarm: publishers wait until it is over`),
        ...(session.value?.default_password ? ["guest still has the password it came with"] : []),
    ];
    return (
        <Menu
            label={
                notices.length === 0
                    ? "No alarms"
                    : plural(notices.length, "alarm or notice", "alarms and notices")
            }
            class={notices.length > 0 ? "btn ghost square dot" : "btn ghost square"}
            badge={notices.length}
            icon="bell"
        >
            {notices.length === 0 ? <p class="dim">No alarms, nothing to note.</p> : null}
            {notices.map((text) => (
                <p key={text}>{text}</p>
            ))}
            <a href={listLink("node")}>Open the node</a>
        </Menu>
    );
}

function Who() {
    const user = session.value?.user;
    if (!user) return null;
    const initials = user.name.slice(0, 2).toUpperCase();
    return (
        <Menu
            label={`${initials}: ${user.name}, ${user.tags.join(", ")}`}
            class="who"
            text={initials}
        >
            <p>
                <b>{user.name}</b> <span class="dim">{user.tags.join(", ")}</span>
            </p>
            <ThemeSwitch name="theme-menu" />
            <button class="btn" onClick={() => void logout()}>
                Log out
            </button>
        </Menu>
    );
}

function ThemeSwitch({name}: {name: string}) {
    return (
        <div class="seg" role="radiogroup" aria-label="Theme">
            {(["auto", "light", "dark"] as Theme[]).map((one) => (
                <label key={one}>
                    <input
                        type="radio"
                        name={name}
                        checked={theme.value === one}
                        onChange={() => (theme.value = one)}
                    />
                    {one[0]!.toUpperCase() + one.slice(1)}
                </label>
            ))}
        </div>
    );
}

function Nav() {
    const at = place.value.page;
    const totals = overview.value?.object_totals;
    const product = overview.value;
    return (
        <>
            {drawer.value ? (
                <div class="drawer-scrim" onClick={() => (drawer.value = false)} />
            ) : null}
            <nav class={drawer.value ? "nav open" : "nav"} aria-label="Main">
                {GROUPS.map((group) => (
                    <>
                        {group.title ? <h2>{group.title}</h2> : null}
                        {group.entries.map((entry) => (
                            <a
                                key={entry.page}
                                href={listLink(entry.page)}
                                title={entry.label}
                                aria-current={
                                    at === entry.page || at === entry.also ? "page" : undefined
                                }
                            >
                                <Icon name={entry.icon} />
                                <span>{entry.label}</span>
                                {entry.n && totals ? (
                                    <span class="n">{plain(count(totals[entry.n]))}</span>
                                ) : null}
                            </a>
                        ))}
                    </>
                ))}
                <div class="nav-foot">
                    <ThemeSwitch name="theme" />
                    {product ? (
                        <span class="cut" title={product.node}>
                            Leveret {product.product_version} on {product.node.replace(/^.*@/, "")}
                        </span>
                    ) : null}
                </div>
            </nav>
        </>
    );
}

function Banners() {
    return (
        <>
            {alarms.value.map((alarm) => (
                <div class="banner" data-s="alarm" role="status" key={alarm.resource}>
                    <Icon name="alarm" />
                    <p>
                        <b>
                            {alarm.resource[0]?.toUpperCase() + alarm.resource.slice(1)} alarm
                            {alarm.since ? ` since ${moment(alarm.since)}` : ""}:
                        </b>{" "}
                        publishers wait, consumers go on.
                    </p>
                    <a class="link" href={listLink("node")}>
                        Node
                    </a>
                </div>
            ))}
            {connection.value === "broken" || stale.value ? (
                <div class="banner" data-s="warn" role="status">
                    <Icon name="again" />
                    <p>
                        <b>No news since {moment(lastData.value || Date.now())}.</b> Trying again;
                        until then figures are grey.
                    </p>
                    <button class="btn s" onClick={retryNow}>
                        Try now
                    </button>
                </div>
            ) : null}
            {connection.value === "blocked" ? (
                <div class="banner" data-s="warn" role="status">
                    <Icon name="warn" />
                    <p>
                        <b>No live data:</b> the API answers, but no WebSocket gets through. A proxy
                        between here and the broker must pass the upgrade of /api/x/events.
                    </p>
                    <button class="btn s" onClick={() => location.reload()}>
                        Reload
                    </button>
                </div>
            ) : null}
            {session.value?.default_password ? (
                <div class="banner" data-s="warn" role="note">
                    <Icon name="warn" />
                    <p>
                        <b>guest still has the password it came with.</b> Anyone on this machine is
                        administrator.
                    </p>
                </div>
            ) : null}
        </>
    );
}

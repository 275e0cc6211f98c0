// The console starts here: who is logged in, where one is, and the page for it. Pages come when they are opened.
import {render, type ComponentType} from "preact";
import {useEffect, useState} from "preact/hooks";
import {startFeed} from "./live/feed.ts";
import {startBroker} from "./state/broker.ts";
import {go, place, startRouter} from "./state/router.ts";
import {href, type PageName, type Place} from "./state/places.ts";
import {loadSession, session} from "./state/session.ts";
import {Frame} from "./ui/frame.tsx";
import {Empty, Head} from "./ui/page.tsx";
import {Palette} from "./ui/palette.tsx";
import {startShortcuts} from "./ui/shortcuts.ts";
import {LoginPage} from "./pages/login.tsx";
import "./state/preferences.ts";
import "./style/console.css";

type Page = ComponentType<{place: Place}>;

const PAGES: Partial<Record<PageName, () => Promise<{default: Page}>>> = {
    overview: () => import("./pages/overview/overview.tsx"),
    queues: () => import("./pages/queues.tsx"),
    queue: () => import("./pages/queue/queue.tsx"),
    exchanges: () => import("./pages/exchanges.tsx"),
    exchange: () => import("./pages/exchange/exchange.tsx"),
    connections: () => import("./pages/connections.tsx"),
    connection: () => import("./pages/connection.tsx"),
    channels: () => import("./pages/channels.tsx"),
    publish: () => import("./pages/publish.tsx"),
    node: () => import("./pages/node.tsx"),
};

function Nowhere() {
    return (
        <>
            <Head title="There is no such page" />
            <Empty icon="search" title="Nothing lies under this address.">
                <a class="btn" href={href({page: "overview"})}>
                    Open the overview
                </a>
            </Empty>
        </>
    );
}

/** Loads the page of a place once, and keeps it. */
const loaded = new Map<PageName, Page>([["nowhere", Nowhere]]);

function PageOf({at}: {at: Place}) {
    const [, setTurn] = useState(0);
    const [fault, setFault] = useState(false);
    const page = loaded.get(at.page);
    useEffect(() => {
        if (page) return;
        setFault(false);
        PAGES[at.page]!().then(
            (part) => {
                loaded.set(at.page, part.default);
                setTurn((n) => n + 1);
            },
            () => setFault(true),
        );
    }, [at.page]);
    if (fault) {
        return (
            <Empty icon="warn" title="This part of the console could not be fetched.">
                <p>The broker is away, or it is a newer version now.</p>
                <button class="btn" onClick={() => location.reload()}>
                    Reload
                </button>
            </Empty>
        );
    }
    const Chosen = page;
    // One component per object: nothing of one queue may linger on the next one's page.
    return Chosen ? <Chosen place={at} key={`${at.page} ${at.vhost} ${at.name}`} /> : null;
}

function Console() {
    const at = place.value;
    const who = session.value;
    useEffect(() => {
        if (who === null && at.page !== "login") {
            const to = location.pathname + location.search;
            go(href({page: "login", query: to === "/ui/" ? {} : {to}}), "replace");
        } else if (who && at.page === "login") {
            go(
                at.query["to"]?.startsWith("/ui/") ? at.query["to"] : href({page: "overview"}),
                "replace",
            );
        }
    }, [who, at]);
    if (who === undefined) return null;
    if (who === null) return at.page === "login" ? <LoginPage /> : null;
    if (at.page === "login") return null;
    return (
        <>
            <Frame>
                <PageOf at={at} />
            </Frame>
            <Palette />
        </>
    );
}

startRouter();
startFeed();
startBroker();
startShortcuts();
document.querySelector("noscript")?.remove();
render(<Console />, document.body);
void loadSession();
void PAGES[place.peek().page]?.().catch(() => undefined); // fetched meanwhile; who needs it sees the fault

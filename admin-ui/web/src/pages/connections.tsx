// Who is connected, grouped by application, user or host while there are not too many; else one long list.
import {useState} from "preact/hooks";
import {age, count, octetRate, plain, plural} from "../format/numbers.ts";
import {record} from "../live/frames.ts";
import {useTopic} from "../live/use.ts";
import {applicationOf, clientOf, grouped, type Group} from "../state/applications.ts";
import {href, type Place} from "../state/places.ts";
import {scope, setQuery} from "../state/router.ts";
import {Badge} from "../ui/badge.tsx";
import {Figure} from "../ui/figures.tsx";
import {FilterBox, NothingFits} from "../ui/filter-box.tsx";
import {Icon} from "../ui/icon.tsx";
import {LiveTable, num, table, text, type Column, type Row} from "../ui/live-table.tsx";
import {Empty, Head, Name, Skeleton} from "../ui/page.tsx";

const FIELDS = [
    "user_provided_name",
    "client_properties",
    "user",
    "vhost",
    "state",
    "peer_host",
    "peer_port",
    "ssl",
    "channels",
    "connected_at",
    "recv_oct",
    "send_oct",
];

/** More than this many are shown as they are: to group them all of them would have to come. */
const GROUPED_MAX = 300;
const WAYS = ["application", "user", "host", "none"] as const;

export default function ConnectionsPage({place}: {place: Place}) {
    const typed = place.query["q"] ?? "";
    const vhost = scope.value;
    const params = {
        fields: FIELDS,
        ...(vhost === undefined ? {} : {vhost}),
        ...(typed ? {q: typed} : {}),
    };
    const all = useTopic("connections", {
        ...params,
        sort: "name",
        desc: false,
        offset: 0,
        limit: GROUPED_MAX,
    });
    const frame = all.state.value?.rows;
    const rows = frame?.rows.map((cells) => record(frame.cols, cells) as Row) ?? [];
    const tooMany = (frame?.total ?? 0) > GROUPED_MAX;
    const way = tooMany ? "none" : (place.query["by"] ?? "application");
    return (
        <>
            <Head title="Connections" lead={frame ? leadOf(rows, frame.total) : undefined} />
            <FilterBox value={typed} label="Part of a name">
                {tooMany ? null : (
                    <div class="seg" role="group" aria-label="Group by">
                        {WAYS.map((one) => (
                            <button
                                key={one}
                                aria-pressed={way === one}
                                onClick={() => setQuery({by: one === "application" ? "" : one})}
                            >
                                {one[0]!.toUpperCase() + one.slice(1)}
                            </button>
                        ))}
                    </div>
                )}
            </FilterBox>
            {all.fault.value ? <p class="section crit">{all.fault.value}</p> : null}
            {way === "none" ? (
                <LiveTable
                    topic="connections"
                    label="Connections"
                    params={params}
                    columns={COLUMNS}
                    place={place}
                    sort="name"
                    card={card}
                    empty={<Nobody typed={typed} />}
                />
            ) : !frame ? (
                <Skeleton />
            ) : rows.length === 0 ? (
                <Nobody typed={typed} />
            ) : (
                <Groups groups={grouped(rows, keyOf(way))} />
            )}
        </>
    );
}

function Nobody({typed}: {typed: string}) {
    if (typed) return <NothingFits typed={typed} what="connection" />;
    return (
        <Empty icon="connection" title="Nobody is connected.">
            <p>The overview of a fresh broker shows how a client connects.</p>
        </Empty>
    );
}

function leadOf(rows: readonly Row[], total: number): string {
    const blocked = rows.filter((row) => /block/.test(text(row, "state"))).length;
    const slowed = rows.filter((row) => text(row, "state") === "flow").length;
    const parts = [
        `${plural(total, "connection")} of ${plural(grouped(rows, applicationOf).length, "application")}.`,
    ];
    if (total === 0) return "";
    parts.push(
        blocked > 0
            ? `${plural(blocked, "is", "are")} blocked: an alarm stands.`
            : "Nothing is blocked.",
    );
    if (slowed > 0)
        parts.push(
            `${plural(slowed, "is", "are")} slowed down because it publishes faster than is taken.`,
        );
    return parts.join(" ");
}

function keyOf(way: string): (row: Row) => string {
    if (way === "user") return (row) => text(row, "user");
    if (way === "host") return (row) => text(row, "peer_host");
    return applicationOf;
}

function nameOf(row: Row): string {
    return text(row, "user_provided_name") || row.key;
}

function ConnectionLink({row}: {row: Row}) {
    return (
        <a class="name row-link" href={href({page: "connection", name: row.key})}>
            <Name>{nameOf(row)}</Name>
        </a>
    );
}

function StateOf({row}: {row: Row}) {
    const state = text(row, "state") || "running";
    if (/block/.test(state))
        return (
            <Badge state="alarm" icon="alarm">
                Blocked
            </Badge>
        );
    if (state === "flow")
        return (
            <Badge state="growing" icon="holding">
                In flow
            </Badge>
        );
    return (
        <Badge state="running" icon="running">
            {state[0]!.toUpperCase() + state.slice(1)}
        </Badge>
    );
}

function Groups({groups}: {groups: readonly Group<Row>[]}) {
    const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
    const toggle = (name: string) => {
        const next = new Set(open);
        if (!next.delete(name)) next.add(name);
        setOpen(next);
    };
    return (
        <table class="table cards bare apps" aria-label="Connections by group">
            <thead>
                <tr>
                    <th scope="col">Group</th>
                    <th scope="col">State</th>
                    <th scope="col" class="p1">
                        User
                    </th>
                    <th scope="col" class="num">
                        Channels
                    </th>
                    <th scope="col" class="num p2">
                        In
                    </th>
                    <th scope="col" class="num p2">
                        Out
                    </th>
                    <th scope="col" class="num p1">
                        For
                    </th>
                </tr>
            </thead>
            <tbody>
                {groups.map((group) => (
                    <>
                        <GroupRow
                            key={group.name}
                            group={group}
                            open={open.has(group.name)}
                            toggle={() => toggle(group.name)}
                        />
                        {open.has(group.name)
                            ? group.members.map((row) => <MemberRow key={row.key} row={row} />)
                            : null}
                    </>
                ))}
            </tbody>
        </table>
    );
}

const sum = (rows: readonly Row[], key: string) =>
    rows.reduce((total, row) => total + (num(row, key) ?? 0), 0);

function GroupRow({group, open, toggle}: {group: Group<Row>; open: boolean; toggle: () => void}) {
    const rows = group.members;
    const first = rows[0]!;
    const worst =
        rows.find((row) => /block/.test(text(row, "state"))) ??
        rows.find((row) => text(row, "state") === "flow") ??
        first;
    const users = [...new Set(rows.map((row) => text(row, "user")))];
    const plainText = rows.some((row) => row["ssl"] === false);
    const title = (
        <button class="twist" aria-expanded={open} onClick={toggle}>
            <Icon name={open ? "down" : "right"} />
            <span>
                <b class={group.name ? "" : "dim"}>
                    <bdi>{group.name || "without a name"}</bdi>
                </b>{" "}
                <span class="dim">×{rows.length}</span>
                <small>
                    {clientOf(table(first, "client_properties"))}
                    {plainText ? ", no TLS" : ""}
                </small>
            </span>
        </button>
    );
    return (
        <tr class={open ? "app-row open" : "app-row"}>
            <td>{title}</td>
            <td>
                <StateOf row={worst} />
            </td>
            <td class="p1">
                <Name>{users.join(", ")}</Name>
            </td>
            <td class="num">
                <Figure parts={count(sum(rows, "channels"))} />
            </td>
            <td class="num p2">
                <Figure parts={octetRate(sum(rows, "recv_oct"))} />
            </td>
            <td class="num p2">
                <Figure parts={octetRate(sum(rows, "send_oct"))} />
            </td>
            <td class="num p1" />
            <td class="card-name only-phone">{title}</td>
            <td class="card-state only-phone">
                <StateOf row={worst} />
            </td>
            <td class="card-figs only-phone">
                <span>{plural(sum(rows, "channels"), "channel")}</span>
                <span>{users.join(", ")}</span>
            </td>
        </tr>
    );
}

function MemberRow({row}: {row: Row}) {
    const since = (Date.now() - (num(row, "connected_at") ?? Date.now())) / 1_000;
    const title = (
        <span class="con">
            <ConnectionLink row={row} />
            <small class="mono">
                {text(row, "peer_host")}:{num(row, "peer_port")}
            </small>
        </span>
    );
    return (
        <tr class="con-row">
            <td>{title}</td>
            <td>
                <StateOf row={row} />
            </td>
            <td class="p1">
                <Name>{text(row, "user")}</Name>
            </td>
            <td class="num">
                <Figure parts={count(num(row, "channels"))} />
            </td>
            <td class="num p2">
                <Figure parts={octetRate(num(row, "recv_oct"))} />
            </td>
            <td class="num p2">
                <Figure parts={octetRate(num(row, "send_oct"))} />
            </td>
            <td class="num p1">
                <Figure parts={age(since)} />
            </td>
            <td class="card-name only-phone">{title}</td>
            <td class="card-state only-phone">
                <StateOf row={row} />
            </td>
            <td class="card-figs only-phone">
                <span>{plural(num(row, "channels") ?? 0, "channel")}</span>
                <span>{plain(age(since))}</span>
            </td>
        </tr>
    );
}

const COLUMNS: readonly Column[] = [
    {
        label: "Connection",
        class: "first",
        sort: "name",
        cell: (row) => <ConnectionLink row={row} />,
    },
    {label: "State", sort: "state", cell: (row) => <StateOf row={row} />},
    {label: "User", class: "p1", sort: "user", cell: (row) => <Name>{text(row, "user")}</Name>},
    {label: "vhost", class: "p2", sort: "vhost", cell: (row) => <Name>{text(row, "vhost")}</Name>},
    {
        label: "Client",
        class: "p3 soft",
        cell: (row) => <Name>{clientOf(table(row, "client_properties"))}</Name>,
    },
    {
        label: "Channels",
        class: "num",
        sort: "channels",
        largestFirst: true,
        cell: (row) => <Figure parts={count(num(row, "channels"))} />,
    },
    {
        label: "In",
        class: "num p2",
        sort: "recv_oct",
        largestFirst: true,
        cell: (row) => <Figure parts={octetRate(num(row, "recv_oct"))} />,
    },
    {
        label: "Out",
        class: "num p2",
        sort: "send_oct",
        largestFirst: true,
        cell: (row) => <Figure parts={octetRate(num(row, "send_oct"))} />,
    },
];

function card(row: Row) {
    return {
        name: <ConnectionLink row={row} />,
        state: <StateOf row={row} />,
        figures: (
            <>
                <span>{text(row, "user")}</span>
                <span>{plural(num(row, "channels") ?? 0, "channel")}</span>
            </>
        ),
    };
}

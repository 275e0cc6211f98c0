// All channels: who publishes and takes how much, and what they hold.
import {count, rate} from "../format/numbers.ts";
import {href, type Place} from "../state/places.ts";
import {scope} from "../state/router.ts";
import {Figure} from "../ui/figures.tsx";
import {FilterBox, NothingFits} from "../ui/filter-box.tsx";
import {LiveTable, num, text, type Column, type Row} from "../ui/live-table.tsx";
import {doing} from "../ui/channels-table.tsx";
import {Empty, Head, Name} from "../ui/page.tsx";

const FIELDS = [
    "user",
    "vhost",
    "state",
    "consumer_count",
    "confirm",
    "transactional",
    "prefetch_count",
    "messages_unacknowledged",
    "messages_unconfirmed",
    "publish",
    "deliver_get",
];

export default function ChannelsPage({place}: {place: Place}) {
    const typed = place.query["q"] ?? "";
    const vhost = scope.value;
    return (
        <>
            <Head
                title="Channels"
                lead="Each connection talks over channels; every one has its own prefetch and confirms."
            />
            <FilterBox value={typed} label="Part of a name" />
            <LiveTable
                topic="channels"
                label="Channels"
                params={{
                    fields: FIELDS,
                    ...(vhost === undefined ? {} : {vhost}),
                    ...(typed ? {q: typed} : {}),
                }}
                columns={COLUMNS}
                place={place}
                sort="name"
                card={card}
                empty={
                    typed ? (
                        <NothingFits typed={typed} what="channel" />
                    ) : (
                        <Empty icon="channel" title="No channel is open." />
                    )
                }
            />
        </>
    );
}

/** A channel has no page of its own: it is shown with its connection. */
function ChannelLink({row}: {row: Row}) {
    const connection = row.key.replace(/ \(\d+\)$/, "");
    return (
        <a class="name row-link" href={href({page: "connection", name: connection})}>
            <Name>{row.key}</Name>
        </a>
    );
}

function does(row: Row): string {
    return doing({
        consumer_count: num(row, "consumer_count") ?? 0,
        confirm: row["confirm"] === true,
        transactional: row["transactional"] === true,
    });
}

const COLUMNS: readonly Column[] = [
    {label: "Channel", class: "first", sort: "name", cell: (row) => <ChannelLink row={row} />},
    {label: "Does", class: "soft", cell: does},
    {label: "User", class: "p2", sort: "user", cell: (row) => <Name>{text(row, "user")}</Name>},
    {
        label: "Publishes",
        class: "num",
        sort: "publish",
        largestFirst: true,
        cell: (row) => <Figure parts={rate(num(row, "publish") ?? 0)} />,
    },
    {
        label: "Takes",
        class: "num",
        sort: "deliver_get",
        largestFirst: true,
        cell: (row) => <Figure parts={rate(num(row, "deliver_get") ?? 0)} />,
    },
    {
        label: "Holds",
        class: "num p1",
        sort: "messages_unacknowledged",
        largestFirst: true,
        cell: (row) => <Figure parts={count(num(row, "messages_unacknowledged"))} />,
    },
    {
        label: "Unconfirmed",
        class: "num p3",
        sort: "messages_unconfirmed",
        largestFirst: true,
        cell: (row) => <Figure parts={count(num(row, "messages_unconfirmed"))} />,
    },
    {
        label: "Prefetch",
        class: "num p1",
        sort: "prefetch_count",
        largestFirst: true,
        cell: (row) => num(row, "prefetch_count") || <span class="dim">no limit</span>,
    },
];

function card(row: Row) {
    return {
        name: <ChannelLink row={row} />,
        state: <span class="dim">{does(row)}</span>,
        figures: (
            <>
                <span>
                    <Figure parts={rate(num(row, "publish") ?? 0)} /> <span class="dim">in</span>
                </span>
                <span>
                    <Figure parts={rate(num(row, "deliver_get") ?? 0)} />{" "}
                    <span class="dim">out</span>
                </span>
            </>
        ),
    };
}

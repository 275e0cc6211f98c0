// All exchanges: what comes in, and what they make of it.
import {useState} from "preact/hooks";
import {path, request} from "../api/client.ts";
import {rate} from "../format/numbers.ts";
import {keyParts} from "../live/frames.ts";
import {overview} from "../state/broker.ts";
import {href, type Place} from "../state/places.ts";
import {go, scope} from "../state/router.ts";
import {ActionDialog} from "../ui/dialog.tsx";
import {Tags} from "../ui/badge.tsx";
import {Figure} from "../ui/figures.tsx";
import {FilterBox, NothingFits} from "../ui/filter-box.tsx";
import {ArgumentsField, argumentsOf, NewName} from "../ui/forms.tsx";
import {Icon} from "../ui/icon.tsx";
import {LiveTable, num, table, text, type Column, type Row} from "../ui/live-table.tsx";
import {Empty, exchangeName, Head, Name} from "../ui/page.tsx";

const FIELDS = [
    "type",
    "durable",
    "auto_delete",
    "internal",
    "policy",
    "arguments",
    "publish_in",
    "publish_out",
];

export default function ExchangesPage({place}: {place: Place}) {
    const [creating, setCreating] = useState(false);
    const typed = place.query["q"] ?? "";
    const vhost = scope.value;
    const params = {
        fields: FIELDS,
        ...(vhost === undefined ? {} : {vhost}),
        ...(typed ? {q: typed} : {}),
    };
    return (
        <>
            <Head
                title="Exchanges"
                lead="An exchange decides by its bindings which queues get a message."
                actions={
                    <button class="btn primary" onClick={() => setCreating(true)}>
                        <Icon name="plus" />
                        New exchange
                    </button>
                }
            />
            <FilterBox value={typed} label="Part of a name" />
            <LiveTable
                topic="exchanges"
                label="Exchanges"
                params={params}
                columns={vhost === undefined ? WITH_VHOST : COLUMNS}
                place={place}
                sort="name"
                card={card}
                empty={
                    typed ? (
                        <NothingFits typed={typed} what="exchange" />
                    ) : (
                        <Empty icon="exchange" title="There is no exchange here." />
                    )
                }
            />
            {creating ? (
                <NewExchange vhost={vhost ?? "/"} onClose={() => setCreating(false)} />
            ) : null}
        </>
    );
}

function NameLink({row}: {row: Row}) {
    const {vhost, name} = keyParts(row.key);
    return (
        <a class="name row-link" href={href({page: "exchange", vhost, name})}>
            <Name>{exchangeName(name)}</Name>
        </a>
    );
}

function tagsOf(row: Row): string[] {
    const tags: [boolean, string][] = [
        [row["durable"] === false, "Transient"],
        [row["auto_delete"] === true, "AD"],
        [row["internal"] === true, "Internal"],
        ["alternate-exchange" in table(row, "arguments"), "AE"],
        [text(row, "policy") !== "", "P"],
    ];
    return tags.filter(([yes]) => yes).map(([, tag]) => tag);
}

const COLUMNS: readonly Column[] = [
    {
        label: "Exchange",
        class: "first",
        sort: "name",
        cell: (row) => (
            <span class="name-cell">
                <NameLink row={row} />
                <Tags of={tagsOf(row)} />
            </span>
        ),
    },
    {label: "Type", sort: "type", cell: (row) => text(row, "type")},
    {
        label: "In",
        class: "num",
        sort: "publish_in",
        largestFirst: true,
        cell: (row) => <Figure parts={rate(num(row, "publish_in") ?? 0)} />,
    },
    {
        label: "Copies out",
        class: "num",
        sort: "publish_out",
        largestFirst: true,
        cell: (row) => <Figure parts={rate(num(row, "publish_out") ?? 0)} />,
    },
];

const WITH_VHOST: readonly Column[] = [
    COLUMNS[0]!,
    {
        label: "vhost",
        class: "p1 dim",
        sort: "vhost",
        cell: (row) => <Name>{keyParts(row.key).vhost}</Name>,
    },
    ...COLUMNS.slice(1),
];

function card(row: Row) {
    return {
        name: <NameLink row={row} />,
        state: <span class="dim">{text(row, "type")}</span>,
        figures: (
            <>
                <span>
                    <Figure parts={rate(num(row, "publish_in") ?? 0)} /> <span class="dim">in</span>
                </span>
                <span>
                    <Figure parts={rate(num(row, "publish_out") ?? 0)} />{" "}
                    <span class="dim">out</span>
                </span>
            </>
        ),
    };
}

function NewExchange({vhost, onClose}: {vhost: string; onClose: () => void}) {
    const types = overview.value?.exchange_types.map((type) => type.name) ?? ["direct"];
    async function make(form: FormData) {
        const name = String(form.get("name"));
        await request("PUT", path`exchanges/${vhost}/${name}`, {
            body: {
                type: String(form.get("type")),
                durable: form.get("durable") === "on",
                auto_delete: false,
                internal: false,
                arguments: argumentsOf(form),
            },
        });
        go(href({page: "exchange", vhost, name}));
    }
    return (
        <ActionDialog title="New exchange" verb="Make the exchange" act={make} onClose={onClose}>
            <NewName vhost={vhost} />
            <div class="field">
                <label for="type">Type</label>
                <span class="select">
                    <select class="input" id="type" name="type">
                        {types.map((type) => (
                            <option key={type}>{type}</option>
                        ))}
                    </select>
                    <Icon name="down" />
                </span>
            </div>
            <label class="tick-line">
                <input class="check" type="checkbox" name="durable" checked />
                <span>
                    Durable <small>it is there again after a restart</small>
                </span>
            </label>
            <ArgumentsField example={'{"alternate-exchange": "unrouted"}'} />
        </ActionDialog>
    );
}

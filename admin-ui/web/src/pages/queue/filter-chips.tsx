// The filter as chips in its box: a click edits one, × takes it away, what is typed becomes the next.
import {useState} from "preact/hooks";
import {chipsOf, faultOf, filterOf, type Chip} from "../../filter/chips.ts";
import {setQuery} from "../../state/router.ts";
import {Icon} from "../../ui/icon.tsx";

const EXAMPLE = 'key ~ "order.*.eu", json.total > 400, not redelivered';

export function FilterChips({filter}: {filter: string}) {
    const chips = chipsOf(filter);
    const [typed, setTyped] = useState("");
    const [fault, setFault] = useState("");
    /** The place of the chip that is being edited; it goes back there. */
    const [place, setPlace] = useState<number>();
    const apply = (next: readonly Chip[]) => setQuery({q: filterOf(next), m: ""});

    function add(event: SubmitEvent) {
        event.preventDefault();
        const text = typed.trim();
        const problem = faultOf(text);
        setFault(problem ?? "");
        if (problem) return;
        const next = [...chips];
        if (text) next.splice(place ?? next.length, 0, {text});
        setTyped("");
        setPlace(undefined);
        apply(next);
    }
    function edit(index: number) {
        setTyped(chips[index]!.text);
        setPlace(index);
        apply(chips.filter((_, other) => other !== index));
        document.getElementById("message-filter")?.focus();
    }
    return (
        <form class="filter-box" role="search" onSubmit={add}>
            <Icon name="search" />
            {chips.map((chip, index) => (
                <span class="chip" key={index}>
                    <button
                        type="button"
                        class="plain cut"
                        title="Edit this condition"
                        onClick={() => edit(index)}
                    >
                        <ChipText chip={chip} />
                    </button>
                    <button
                        type="button"
                        class="plain x"
                        aria-label={`Take away ${chip.text}`}
                        onClick={() => apply(chips.filter((_, other) => other !== index))}
                    >
                        <Icon name="close" />
                    </button>
                </span>
            ))}
            <input
                id="message-filter"
                aria-label="Condition that messages must meet"
                aria-invalid={fault !== ""}
                aria-describedby={fault ? "message-filter-fault" : undefined}
                placeholder={chips.length > 0 ? "and…" : EXAMPLE}
                spellcheck={false}
                autocomplete="off"
                value={typed}
                onInput={(event) => setTyped(event.currentTarget.value)}
                onKeyDown={(event) => {
                    if (event.key === "Backspace" && typed === "" && chips.length > 0)
                        edit(chips.length - 1);
                }}
            />
            {fault ? (
                <span class="crit small" id="message-filter-fault" role="alert">
                    {fault}
                </span>
            ) : null}
        </form>
    );
}

function ChipText({chip}: {chip: Chip}) {
    if (!chip.parts) return <span class="mono">{chip.text}</span>;
    const {field, operator, value} = chip.parts;
    return (
        <span class="mono">
            {field} <i>{operator}</i> {value}
        </span>
    );
}

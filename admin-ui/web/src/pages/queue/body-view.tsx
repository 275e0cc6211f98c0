// A body, decoded: which decoder read it, the choice of another, and the lines with their folds.
import {useEffect, useState} from "preact/hooks";
import type {Message} from "../../api/types.ts";
import {
    decode,
    DECODER_LABELS,
    DECODERS,
    type Decoded,
    type DecoderName,
} from "../../decode/decode.ts";
import type {Line, Token} from "../../decode/lines.ts";
import {octetsOf} from "../../decode/octets.ts";
import {plain, plural, size} from "../../format/numbers.ts";
import {Icon} from "../../ui/icon.tsx";

/** More lines freeze a page; the rest comes when asked for. */
const LINES_SHOWN = 2_000;
/** A larger body is decoded only when somebody wants it. */
const LARGE = 256 * 1024;

const memoryKey = (queue: string) => `leveret.decoder ${queue}`;

export function BodyView({
    message,
    memory,
    whole,
}: {
    message: Message;
    memory: string;
    whole: boolean;
}) {
    const [wish, setWish] = useState<DecoderName | undefined>(() => {
        const kept = localStorage.getItem(memoryKey(memory)) as DecoderName | null;
        return kept && DECODERS.includes(kept) ? kept : undefined;
    });
    const [decoded, setDecoded] = useState<Decoded>();
    const [all, setAll] = useState(false);
    const {payload, payload_encoding: encoding} = message;
    useEffect(() => {
        if (payload === undefined) return;
        let mine = true;
        const octets = octetsOf(payload, encoding);
        const part = all ? octets : octets.subarray(0, LARGE);
        const {content_type: type, content_encoding: packed} = message.properties;
        const hints = {
            contentType: typeof type === "string" ? type : undefined,
            contentEncoding: typeof packed === "string" ? packed : undefined,
        };
        void decode(part, hints, wish).then((result) => {
            if (mine) setDecoded(result);
        });
        return () => {
            mine = false;
        };
    }, [payload, encoding, wish, all]);

    if (message.size === 0) return <p class="dim">The body is empty.</p>;
    if (!decoded) return <p class="dim">Decoding…</p>;
    const first = message.size > LARGE && !all;
    return (
        <>
            <div class="decoder">
                <span>
                    <Icon
                        name={decoded.fault ? "warn" : "check"}
                        class={`glyph in ${decoded.fault ? "warn" : "ok"}`}
                    />
                    <b>{DECODER_LABELS[decoded.decoder]}</b>
                    {decoded.fault ? `: ${decoded.fault}` : ""}
                    {[...decoded.steps, plain(size(message.size))].map((step) => `, ${step}`)}
                    {whole ? "" : ", still loading"}
                </span>
                <label class="select inline">
                    <span class="sr">Read as</span>
                    <select
                        class="input"
                        value={wish ?? ""}
                        onChange={(event) => {
                            const chosen = (event.currentTarget.value || undefined) as
                                DecoderName | undefined;
                            if (chosen) localStorage.setItem(memoryKey(memory), chosen);
                            else localStorage.removeItem(memoryKey(memory));
                            setWish(chosen);
                        }}
                    >
                        <option value="">Read as it fits</option>
                        {DECODERS.map((name) => (
                            <option key={name} value={name}>
                                {DECODER_LABELS[name]}
                            </option>
                        ))}
                    </select>
                    <Icon name="down" />
                </label>
            </div>
            <Lines lines={decoded.lines} wrap={decoded.decoder !== "hex"} />
            {first ? (
                <button class="btn s below" onClick={() => setAll(true)}>
                    Decode all {plain(size(message.size))}
                </button>
            ) : null}
        </>
    );
}

function Lines({lines, wrap}: {lines: readonly Line[]; wrap: boolean}) {
    const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
    const [shown, setShown] = useState(LINES_SHOWN);
    useEffect(() => setFolded(new Set()), [lines]);
    const toggle = (index: number) => {
        const next = new Set(folded);
        if (!next.delete(index)) next.add(index);
        setFolded(next);
    };
    const rows: preact.JSX.Element[] = [];
    let index = 0;
    while (index < lines.length && rows.length < shown) {
        const line = lines[index]!;
        const closed = line.end !== undefined && folded.has(index);
        const rest = closed ? lines[line.end!]! : undefined;
        rows.push(<Row key={index} line={line} index={index} closed={rest} toggle={toggle} />);
        index = closed ? line.end! + 1 : index + 1;
    }
    return (
        <>
            <pre class={wrap ? "code wrap" : "code"} tabIndex={0} aria-label="Body">
                {rows}
            </pre>
            {index < lines.length ? (
                <button class="btn s below" onClick={() => setShown(shown + LINES_SHOWN)}>
                    {plural(lines.length - index, "more line")}
                </button>
            ) : null}
        </>
    );
}

function Row({
    line,
    index,
    closed,
    toggle,
}: {
    line: Line;
    index: number;
    closed: Line | undefined;
    toggle: (index: number) => void;
}) {
    return (
        <span class="line" style={{paddingLeft: `${line.depth + 1}em`}} title={line.path}>
            {line.end === undefined ? null : (
                <button
                    class="fold"
                    aria-expanded={closed === undefined}
                    aria-label={`${plural(line.members ?? 0, "member")}${line.path ? ` of ${line.path}` : ""}`}
                    onClick={() => toggle(index)}
                >
                    {closed ? "▸" : "▾"}
                </button>
            )}
            {line.tokens.map(tokenOf)}
            {closed ? (
                <>
                    <span class="c"> {line.members} within </span>
                    {closed.tokens.map(tokenOf)}
                </>
            ) : null}
            {"\n"}
        </span>
    );
}

const CLASSES: Record<Token["kind"], string> = {
    plain: "",
    key: "k",
    string: "s",
    number: "n",
    literal: "l",
    comment: "c",
    control: "ctl",
};

function tokenOf({kind, text}: Token, index: number) {
    return kind === "plain" ? (
        text
    ) : (
        <span key={index} class={CLASSES[kind]}>
            {text}
        </span>
    );
}

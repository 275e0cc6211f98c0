import assert from "node:assert/strict";
import {test} from "node:test";
import {deflateSync, gzipSync} from "node:zlib";
import {encode} from "@msgpack/msgpack";
import {fromCbor} from "../src/decode/cbor.ts";
import {decode} from "../src/decode/decode.ts";
import {deaths, headerRows} from "../src/decode/headers.ts";
import {hexLines} from "../src/decode/hex.ts";
import {OUTPUT_MAX} from "../src/decode/inflate.ts";
import {jsonLines} from "../src/decode/json.ts";
import {visibleTokens, type Line} from "../src/decode/lines.ts";
import {fromBase64, octetsOf, toBase64} from "../src/decode/octets.ts";
import {Pairs, Tagged} from "../src/decode/values.ts";

const octets = (text: string) => new TextEncoder().encode(text);
const hex = (digits: string) => Uint8Array.from(Buffer.from(digits.replaceAll(" ", ""), "hex"));
const written = (lines: readonly Line[]) =>
    lines
        .map(({depth, tokens}) => "  ".repeat(depth) + tokens.map(({text}) => text).join(""))
        .join("\n");

test("JSON is set out from its text: large integers, repeated keys and escapes stay as sent", () => {
    const lines = jsonLines(
        '{"id":9007199254740993,"a":1,"a":1.50,"e":1E5,"s":"\\u00e9\\/","n":null,"l":[true,{}],"z":[]}',
    )!;
    assert.equal(
        written(lines),
        `{
  "id": 9007199254740993,
  "a": 1,
  "a": 1.50,
  "e": 1E5,
  "s": "\\u00e9\\/",
  "n": null,
  "l": [
    true,
    {}
  ],
  "z": []
}`,
    );
});

test("a fold knows where it closes, and what it holds", () => {
    const lines = jsonLines('{"a":{"b":[1,2]},"c":3}')!;
    assert.deepEqual([lines[0]!.end, lines[0]!.members], [8, 2]);
    assert.deepEqual([lines[2]!.path, lines[2]!.end, lines[2]!.members], ["a.b", 5, 2]);
    assert.equal(lines[3]!.path, "a.b[0]");
});

test("what is not quite JSON is not taken for it", () => {
    for (const text of [
        "",
        "{",
        "[1,]",
        "{'a':1}",
        "01",
        "1 2",
        '{"a"}',
        "nul",
        '"\u0001"',
        "[1]x",
        "+1",
        "NaN",
    ]) {
        assert.equal(jsonLines(text), undefined, text);
    }
});

test("JSON nested without end is refused, not followed", () => {
    assert.equal(jsonLines("[".repeat(100_000)), undefined);
    assert.ok(jsonLines("[".repeat(150) + "]".repeat(150)));
});

test("what one cannot see is made visible", () => {
    assert.deepEqual(visibleTokens("a\u200bb\u202e", "string"), [
        {kind: "string", text: "a"},
        {kind: "control", text: "U+200B"},
        {kind: "string", text: "b"},
        {kind: "control", text: "U+202E"},
    ]);
});

test("a body is read by what it is, whatever it says", async () => {
    const rows: [Uint8Array, Parameters<typeof decode>[1], string][] = [
        [octets('{"a":1}'), {}, "json"],
        [octets('{"a":1}'), {contentType: "application/octet-stream"}, "json"],
        [octets("42"), {contentType: "application/json"}, "json"],
        [octets("42"), {}, "text"],
        [octets("hello, world"), {contentType: "application/json"}, "text"],
        [octets("<a/>"), {contentType: "application/xml"}, "text"],
        [encode({a: 1, b: [true]}), {}, "messagepack"],
        [encode({a: 1}), {contentType: "application/msgpack"}, "messagepack"],
        [hex("a2 61 61 01 61 62 82 02 03"), {}, "cbor"],
        [hex("bf 61 61 01 ff"), {contentType: "application/cbor"}, "cbor"],
        [hex("ff fe 00 01 99"), {}, "hex"],
        [octets(toBase64(octets('{"hello":"world"}'))), {}, "base64"],
        [octets("abcdefghijklmnop"), {}, "text"],
    ];
    for (const [body, hints, decoder] of rows) {
        assert.equal(
            (await decode(body, hints)).decoder,
            decoder,
            `${Buffer.from(body).toString("latin1")} ${JSON.stringify(hints)}`,
        );
    }
});

test("packed bodies are unpacked first, and it is said", async () => {
    const body = JSON.stringify({event: "x".repeat(2_000)});
    const gzip = await decode(gzipSync(body), {contentEncoding: "gzip"});
    assert.equal(gzip.decoder, "json");
    assert.match(gzip.steps[0]!, /^unpacked from gzip, \d+ B to 2\.0 kB$/);
    assert.equal((await decode(gzipSync(body))).decoder, "json", "recognised without its header");
    assert.equal((await decode(deflateSync(body), {contentEncoding: "deflate"})).decoder, "json");
});

test("what says gzip and is none is shown as it is", async () => {
    const result = await decode(octets("plain"), {contentEncoding: "gzip"});
    assert.equal(result.decoder, "text");
    assert.equal(result.steps[0], "says gzip, but could not be unpacked");
});

test("a bomb of zeros is unpacked to the cap and no further", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const result = await decode(bomb, {contentEncoding: "gzip"}, "text");
    assert.match(result.steps[0]!, /the first 8\.4 MB of it$/);
    const [control, rest] = result.lines[0]!.tokens;
    assert.equal(control!.text, "U+0000 ×20000");
    assert.equal(rest!.text, ` … ${OUTPUT_MAX - 20_000} more characters`);
});

test("a wish that cannot be met falls back to hex and says why", async () => {
    const result = await decode(octets("no json"), {}, "json");
    assert.equal(result.decoder, "hex");
    assert.equal(result.fault, "it is not JSON");
});

test("text that is no UTF-8 is still text when asked for", async () => {
    const result = await decode(Uint8Array.of(0x61, 0xff, 0x62), {}, "text");
    assert.equal(written(result.lines), "a\ufffdb");
});

test("MessagePack keeps integers of 64 bits and octets", async () => {
    const {lines} = await decode(
        hex("82 a1 6e cf 00 20 00 00 00 00 00 01 a1 62 c4 02 01 ff"),
        {},
        "messagepack",
    );
    assert.equal(written(lines), `{\n  "n": 9007199254740993,\n  "b": h'01ff'\n}`);
});

test("CBOR: the examples of its specification", () => {
    const rows: [string, unknown][] = [
        ["00", 0],
        ["1903e8", 1_000],
        ["1bffffffffffffffff", 18_446_744_073_709_551_615n],
        ["3bffffffffffffffff", -18_446_744_073_709_551_616n],
        ["3903e7", -1_000],
        ["f90000", 0],
        ["f93c00", 1],
        ["f97bff", 65_504],
        ["f90001", 5.960464477539063e-8],
        ["fb3ff199999999999a", 1.1],
        ["f97c00", Infinity],
        ["f4", false],
        ["f6", null],
        ["44 01020304", Uint8Array.of(1, 2, 3, 4)],
        ["62 c3bc", null],
        ["83010203", [1, 2, 3]],
        ["9f018202039f0405ffff", [1, [2, 3], [4, 5]]],
        ["5f42010243030405ff", Uint8Array.of(1, 2, 3, 4, 5)],
        [
            "a201020304",
            new Pairs([
                [1, 2],
                [3, 4],
            ]),
        ],
        [
            "bf61610161629f0203ffff",
            new Pairs([
                ["a", 1],
                ["b", [2, 3]],
            ]),
        ],
        ["c11a514b67b0", new Tagged(1, 1_363_896_240)],
    ];
    for (const [digits, value] of rows) {
        if (digits === "62 c3bc") assert.equal(fromCbor(hex(digits)), "ü");
        else assert.deepEqual(fromCbor(hex(digits)), value, digits);
    }
});

test("CBOR that is cut off, too long, too deep or lying is refused", () => {
    for (const digits of [
        "18",
        "62 61",
        "9b ffffffffffffffff",
        "ff",
        "0001",
        "1c",
        "5f 61 61 ff",
        "81".repeat(100) + "00",
        "",
    ]) {
        assert.throws(() => fromCbor(hex(digits)), Error, digits);
    }
});

test("CBOR in lines: any key, tags before their value", async () => {
    const {lines} = await decode(hex("a2 01 c1 1a 514b67b0 61 78 f7"), {}, "cbor");
    assert.equal(written(lines), `{\n  1: 1: 1363896240,\n  "x": undefined\n}`);
});

test("hex shows sixteen octets, their place and their ASCII", () => {
    const lines = hexLines(octets("hello, 0123456789"));
    assert.equal(
        written(lines.slice(0, 1)),
        "00000000  68 65 6c 6c 6f 2c 20 30  31 32 33 34 35 36 37 38  hello, 012345678",
    );
    assert.equal(lines.length, 2);
});

test("base64 in both alphabets, and not what only looks like it", () => {
    assert.deepEqual(fromBase64("-_8="), Uint8Array.of(0xfb, 0xff));
    assert.deepEqual(fromBase64("+/8="), Uint8Array.of(0xfb, 0xff));
    assert.equal(fromBase64("a b!"), undefined);
    assert.deepEqual(octetsOf("ü", "string"), Uint8Array.of(0xc3, 0xbc));
});

test("headers come with their AMQP types, nested ones by their way", () => {
    const rows = headerRows(
        {n: 1, big: "AQI=", bad: "/w==", t: {a: [1, "x"]}, empty: {}},
        {n: "s", big: "x", bad: "S/base64", t: {a: ["I", "S"]}, empty: {}},
    );
    assert.deepEqual(
        rows.map(({name, type}) => `${name}: ${type}`),
        [
            "n: int16",
            "big: octets",
            "bad: longstr, base64",
            "t.a[0]: int32",
            "t.a[1]: longstr",
            "empty: table",
        ],
    );
});

test("deaths are read as they stand, odd ones passed over", () => {
    const list = deaths({
        "x-death": [
            {
                queue: "q",
                reason: "expired",
                exchange: "",
                "routing-keys": ["k"],
                count: 3,
                time: 1_764_000_120,
            },
            "nonsense",
        ],
    });
    assert.deepEqual(list, [
        {
            queue: "q",
            reason: "expired",
            exchange: "",
            keys: ["k"],
            count: 3,
            time: 1_764_000_120_000,
        },
    ]);
    assert.deepEqual(deaths({"x-death": "nonsense"}), []);
});

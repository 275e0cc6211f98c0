import assert from "node:assert/strict";
import {test} from "node:test";
import {chipsOf, conditions, faultOf, filterOf} from "../src/filter/chips.ts";

const CUTS: [string, string[]][] = [
    ["", []],
    ['key ~ "order.*.eu"', ['key ~ "order.*.eu"']],
    [
        'key ~ "a" and json.total > 400 and not redelivered',
        ['key ~ "a"', "json.total > 400", "not redelivered"],
    ],
    ['key ~ "this and that" and size > 1', ['key ~ "this and that"', "size > 1"]],
    [
        '(header.tenant == "t1" or json.total > 400) and not redelivered',
        ['header.tenant == "t1" or json.total > 400', "not redelivered"],
    ],
    ['key == "a" or key == "b"', ['key == "a" or key == "b"']],
    ["(a > 1 and b > 2) and c > 3", ["a > 1 and b > 2", "c > 3"]],
    [
        'body contains "say \\"and\\" now" and size > 3',
        ['body contains "say \\"and\\" now"', "size > 3"],
    ],
    ["(a > 1) and (b > 2)", ["a > 1", "b > 2"]],
    ["android > 1 and brand > 2", ["android > 1", "brand > 2"]],
];

test("a filter is cut at the ands that join all of it", () => {
    for (const [filter, parts] of CUTS) assert.deepEqual(conditions(filter), parts, filter);
});

test("chips put together mean what they meant before", () => {
    const rounds: [string, string][] = [
        ['key ~ "a" and size > 1', 'key ~ "a" and size > 1'],
        ['(x == "1" or y > 4) and not redelivered', '(x == "1" or y > 4) and not redelivered'],
        ["(a > 1) and (b > 2)", "a > 1 and b > 2"],
        ['key == "a" or key == "b"', 'key == "a" or key == "b"'],
    ];
    for (const [before, after] of rounds) {
        assert.equal(filterOf(chipsOf(before)), after);
        assert.equal(filterOf(chipsOf(after)), after, "and stay so");
    }
});

test("a chip that is one comparison shows its three parts", () => {
    const parts = (filter: string) => chipsOf(filter)[0]!.parts;
    assert.deepEqual(parts("json.total > 400"), {field: "json.total", operator: ">", value: "400"});
    assert.deepEqual(parts('death.reason == "rejected"'), {
        field: "death.reason",
        operator: "==",
        value: '"rejected"',
    });
    assert.deepEqual(parts('body contains "timeout"'), {
        field: "body",
        operator: "contains",
        value: '"timeout"',
    });
    assert.deepEqual(parts("size<=10"), {field: "size", operator: "<=", value: "10"});
    assert.deepEqual(parts("header.x exists"), {field: "header.x", operator: "exists", value: ""});
    assert.equal(parts("not redelivered"), undefined);
});

test("open quotes and brackets are told before the broker is asked", () => {
    assert.equal(faultOf('key ~ "a'), "the quote at 7 is never closed");
    assert.equal(faultOf("(a > 1"), "a bracket is never closed");
    assert.equal(faultOf("a > 1)"), "a bracket closes at 6 that never opened");
    assert.equal(faultOf('(key ~ "a)" and size > 1)'), undefined);
});

import assert from "node:assert/strict";
import {test} from "node:test";
import {apply, keyParts, records, type Frame, type State} from "../src/live/frames.ts";

const snap: Frame = {
    k: "snap",
    i: 2,
    s: 1,
    ts: 1_000,
    total: 41,
    offset: 10,
    cols: ["key", "messages", "publish"],
    rows: [
        ["/\0a", 805, 11.2],
        ["/\0b", 3, 0],
    ],
};

function run(...frames: Frame[]): State | undefined {
    return frames.reduce<State | undefined>((state, frame) => apply(state, frame), undefined);
}

test("a snapshot holds the rows in view and where they begin", () => {
    const state = run(snap)!;
    assert.equal(state.rows!.total, 41);
    assert.equal(state.rows!.offset, 10);
    assert.deepEqual(records(state.rows!)[0], {key: "/\0a", messages: 805, publish: 11.2});
});

test("a diff changes single cells and leaves the old state as it was", () => {
    const before = run(snap)!;
    const after = apply(before, {
        k: "diff",
        i: 2,
        s: 2,
        ts: 2_000,
        set: [[0, {"1": 806}]],
        add: [],
        del: [],
        total: 42,
    })!;
    assert.deepEqual(after.rows!.rows[0], ["/\0a", 806, 11.2]);
    assert.equal(after.rows!.total, 42);
    assert.equal(before.rows!.rows[0]![1], 805);
    assert.equal(after.rows!.rows[1], before.rows!.rows[1], "an untouched row is the same row");
});

test("rows go before rows come, and cells are set last", () => {
    const state = run(snap, {
        k: "diff",
        s: 2,
        del: [0],
        add: [[1, ["/\0c", 7, 0]]],
        set: [[1, {"1": 8}]],
    })!;
    assert.deepEqual(state.rows!.rows, [
        ["/\0b", 3, 0],
        ["/\0c", 8, 0],
    ]);
});

test("a frame that is missing makes the state worthless", () => {
    assert.equal(run(snap, {k: "diff", s: 3, set: []}), undefined);
    assert.equal(run({k: "diff", s: 1, set: []}), undefined);
});

test("a diff for a row that is not there is passed over", () => {
    const state = run(snap, {k: "diff", s: 2, set: [[9, {"1": 1}]]})!;
    assert.equal(state.rows!.rows.length, 2);
});

test("an object's diff holds the changed keys, and names those that are gone", () => {
    const state = run(
        {k: "snap", s: 1, v: {name: "q", growth: 12, waits_for: "prefetch"}},
        {k: "diff", s: 2, v: {growth: 9}, del: ["waits_for"]},
    )!;
    assert.deepEqual(state.value, {name: "q", growth: 9});
});

test("points follow the history, with the frame's time before them", () => {
    const state = run(
        {k: "snap", s: 1, v: {}, step: 1_000, cols: ["ts", "publish"], points: [[1_000, 5]]},
        {k: "point", ts: 2_000, v: [6]},
    )!;
    assert.deepEqual(state.series!.points, [
        [1_000, 5],
        [2_000, 6],
    ]);
});

test("the history of a page left open stays bounded", () => {
    let state = run({k: "snap", s: 1, v: {}, cols: ["ts", "publish"], points: []});
    for (let second = 0; second < 4_000; second++)
        state = apply(state, {k: "point", ts: second, v: [1]});
    assert.equal(state!.series!.points.length, 3_600);
    assert.equal(state!.series!.points.at(-1)![0], 3_999);
});

test("what the broker does not know is absent, not null", () => {
    const state = run({...snap, rows: [["/\0a", null, 0]]})!;
    assert.deepEqual(records(state.rows!)[0], {key: "/\0a", publish: 0});
});

test("a key is the vhost and the name", () => {
    assert.deepEqual(keyParts("/\0orders.new"), {vhost: "/", name: "orders.new"});
    assert.deepEqual(keyParts("127.0.0.1:1 -> 127.0.0.1:2"), {
        vhost: "",
        name: "127.0.0.1:1 -> 127.0.0.1:2",
    });
});

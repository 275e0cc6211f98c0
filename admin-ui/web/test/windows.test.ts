import assert from "node:assert/strict";
import {test} from "node:test";
import {held, visible, wanted} from "../src/ui/windows.ts";

test("the rows in view are drawn, with a few around them", () => {
    assert.deepEqual(visible(200, 36, 900, 10_000), {first: 0, count: 28});
    assert.deepEqual(visible(-36_000, 36, 900, 10_000), {first: 992, count: 41});
});

test("at the end of the list, and with none, nothing beyond it is drawn", () => {
    assert.deepEqual(visible(-359_100, 36, 900, 10_000), {first: 9_967, count: 33});
    assert.deepEqual(visible(-500_000, 36, 900, 100), {first: 100, count: 0});
    assert.deepEqual(visible(200, 36, 900, 0), {first: 0, count: 0});
});

test("the window that is asked for moves only when the view nears its edge", () => {
    const present = {first: 100, count: 120};
    assert.equal(wanted({first: 140, count: 40}, present, 300), present);
    assert.deepEqual(wanted({first: 190, count: 40}, present, 300), {first: 70, count: 280});
    assert.deepEqual(wanted({first: 130, count: 40}, present, 300), {first: 10, count: 280});
    assert.deepEqual(wanted({first: 95, count: 40}, present, 200), {first: 15, count: 200});
});

test("at the top there is no edge to near", () => {
    const present = {first: 0, count: 120};
    assert.equal(wanted({first: 0, count: 40}, present, 300), present);
});

test("a window is never larger than a frame can be", () => {
    assert.equal(wanted({first: 0, count: 400}, {first: 0, count: 0}, 300).count, 300);
});

const list = (...keys: string[]) => new Map(keys.map((key, index) => [index, {key, n: index}]));
const keys = (rows: ({key: string} | undefined)[]) => rows.map((row) => row?.key);

test("held rows stay where they were, with their newest figures", () => {
    const {shown, moved} = held(list("a", "b", "c"), list("b", "a", "c"), {first: 0, count: 3});
    assert.deepEqual(shown, [
        {key: "a", n: 1},
        {key: "b", n: 0},
        {key: "c", n: 2},
    ]);
    assert.equal(moved, 2);
});

test("a held row that has left the list keeps its place until the hold ends", () => {
    const kept = list("a", "b");
    assert.deepEqual(keys(held(kept, list("b", "x"), {first: 0, count: 2}).shown), ["a", "b"]);
    assert.deepEqual(keys(held(kept, list("x", "y"), {first: 0, count: 2}).shown), ["a", "b"]);
});

test("rows that come into view while held join them, and then stay as well", () => {
    const kept = list("a");
    assert.deepEqual(keys(held(kept, list("a", "b"), {first: 0, count: 3}).shown), [
        "a",
        "b",
        undefined,
    ]);
    assert.deepEqual(keys(held(kept, list("a", "c"), {first: 0, count: 2}).shown), ["a", "b"]);
});

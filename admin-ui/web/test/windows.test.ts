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
    assert.deepEqual(wanted({first: 190, count: 40}, present, 300), {first: 150, count: 120});
    assert.deepEqual(wanted({first: 95, count: 40}, present, 300), {first: 55, count: 120});
});

test("at the top there is no edge to near", () => {
    const present = {first: 0, count: 120};
    assert.equal(wanted({first: 0, count: 40}, present, 300), present);
});

test("a window is never larger than a frame can be", () => {
    assert.equal(wanted({first: 0, count: 400}, {first: 0, count: 0}, 300).count, 300);
});

test("a held order stays, and says how many would move", () => {
    assert.deepEqual(held(["a", "b", "c"], ["b", "a", "c"]), {order: ["a", "b", "c"], moved: 2});
    assert.deepEqual(held(["a"], ["a"]), {order: ["a"], moved: 0});
});

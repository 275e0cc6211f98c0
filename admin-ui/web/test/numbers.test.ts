import assert from "node:assert/strict";
import {test} from "node:test";
import {
    age,
    count,
    exactMoment,
    moment,
    net,
    plain,
    plural,
    rate,
    share,
    size,
    type Parts,
} from "../src/format/numbers.ts";

function table<T>(name: string, format: (value: T) => Parts, rows: [T, string][]): void {
    test(name, () => {
        for (const [value, text] of rows) assert.equal(plain(format(value)), text, String(value));
    });
}

table("counts are whole and grouped, above 999,999 in three figures", count, [
    [0, "0"],
    [805, "805"],
    [36_457, "36,457"],
    [999_999, "999,999"],
    [1_240_000, "1.24 M"],
    [12_400_000_000, "12.4 G"],
    [undefined, "–"],
]);

table("rates have one decimal below ten", rate, [
    [0, "0/s"],
    [0.04, "0/s"],
    [3.71, "3.7/s"],
    [9.96, "10/s"],
    [211.6, "212/s"],
    [2_233, "2,233/s"],
]);

table("a change says its sign, with a true minus", net, [
    [48, "+48/s"],
    [-37.2, "−37/s"],
    [0.01, "0/s"],
    [-1.44, "−1.4/s"],
]);

table("ages are told in two units at most", age, [
    [0, "0 s"],
    [0.42, "0.4 s"],
    [59.4, "59 s"],
    [59.6, "1 m"],
    [112, "1 m 52 s"],
    [3_600, "1 h"],
    [266_400, "3 d 2 h"],
    [undefined, "–"],
    [NaN, "–"],
]);

table("sizes are decimal, with one decimal below ten", size, [
    [712, "712 B"],
    [1_900, "1.9 kB"],
    [9_960, "10 kB"],
    [412_000_000, "412 MB"],
]);

test("a share of nothing is unknown, not nought", () => {
    assert.equal(plain(share(1, 0)), "–");
    assert.equal(plain(share(8_204, 10_000)), "82 %");
    assert.equal(plain(share(0, 10)), "0 %");
});

test("moments of today have no date, others do", () => {
    const noon = new Date(2026, 6, 14, 12, 0).getTime();
    assert.equal(moment(noon + 8 * 60_000, noon), "12:08");
    assert.equal(moment(new Date(2026, 6, 12, 22, 40).getTime(), noon), "12 Jul, 22:40");
    assert.equal(moment(undefined, noon), "–");
});

test("an exact moment has milliseconds, here and in UTC", () => {
    const ms = Date.UTC(2026, 6, 14, 14, 13, 22, 417);
    assert.match(exactMoment(ms), /^\d+ Jul 2026, \d\d:\d\d:22\.417 \(14:13:22\.417 UTC\)$/);
});

test("one is one, more are many", () => {
    assert.equal(plural(1, "queue"), "1 queue");
    assert.equal(plural(0, "queue"), "0 queues");
    assert.equal(plural(2, "delivery", "deliveries"), "2 deliveries");
});

// What numbers, keys and names are made to mean.
import assert from "node:assert/strict";
import {test} from "node:test";
import type {Message} from "../src/api/types.ts";
import {columns} from "../src/live/samples.ts";
import {amqpUrl} from "../src/pages/overview/snippets.ts";
import {applicationOf, clientOf, grouped} from "../src/state/applications.ts";
import {queueSentence, queueState, queueTags, type QueueNumbers} from "../src/state/health.ts";
import {copyOf, headerValue, messageBody, type Outgoing} from "../src/state/outgoing.ts";
import {plainRank} from "../src/state/rank.ts";
import {matchTopic} from "../src/state/topic.ts";

const calm: QueueNumbers = {ready: 0, unacked: 0, consumers: 1};

test("the state of a queue, in a word and why", () => {
    const rows: [Partial<QueueNumbers>, string, string][] = [
        [{}, "Idle", ""],
        [{publish: 3, deliver: 3}, "Running", ""],
        [{ready: 5}, "Running", ""],
        [{ready: 500, growth: 48}, "Growing", "48/s more than go out"],
        [{ready: 500, growth: 48, waitsFor: "prefetch"}, "Growing", "consumers at prefetch"],
        [{ready: 1_904, growth: -37}, "Draining", "empty in 51 s"],
        [{ready: 6_218, consumers: 0}, "No consumer", "nothing takes from it"],
        [{ready: 6_218, consumers: 0, growth: 3.7}, "No consumer", "+3.7/s"],
        [
            {ready: 112, consumers: 0, ttl: true, deadLetters: true},
            "Waits for TTL",
            "then dead-lettered",
        ],
        [{ready: 8_204, maxLength: 10_000}, "Near limit", "82 % of 10,000"],
        [{ready: 740, consumers: 0, state: "paused"}, "Paused", "takes messages, delivers none"],
        [{consumers: 0}, "Idle", ""],
    ];
    for (const [numbers, word, why] of rows) {
        const state = queueState({...calm, ...numbers});
        assert.deepEqual([state.word, state.why], [word, why], JSON.stringify(numbers));
    }
});

test("a queue says in a sentence how it stands", () => {
    assert.equal(queueSentence(calm), "It is empty, and nothing comes or goes.");
    assert.equal(
        queueSentence({...calm, ready: 805, consumers: 0}),
        "Nothing takes from it. It holds 805.",
    );
    assert.equal(
        queueSentence({...calm, ready: 1_904, growth: -37}, 180),
        "It holds 1,904 and shrinks; at this pace it is empty in 3 m.",
    );
});

test("tags tell what is out of the ordinary", () => {
    assert.deepEqual(queueTags({durable: true, arguments: {}, policy: null}), []);
    assert.deepEqual(
        queueTags({
            durable: false,
            exclusive: true,
            arguments: {"x-message-ttl": 1, "x-dead-letter-exchange": ""},
            policy: "p",
        }),
        ["Transient", "Excl", "TTL", "DLX", "P"],
    );
});

test("a topic binding explains itself word by word", () => {
    const rows: [string, string, boolean, string][] = [
        ["order.*.eu", "order.created.eu", true, "fits fits fits"],
        ["order.*.us", "order.created.eu", false, "fits fits fails"],
        ["order.changed.*", "order.paid.eu", false, "fits fails rest"],
        ["#", "", true, "fits"],
        ["#.eu", "a.b.eu", true, "fits fits"],
        ["a.#.b", "a.b", true, "fits fits fits"],
        ["a", "a.b", false, "fails"],
        ["a.b", "a", false, "fits fails"],
        ["*", "", true, "fits"],
    ];
    for (const [binding, key, fits, marks] of rows) {
        const match = matchTopic(binding, key);
        assert.deepEqual([match.fits, match.words.join(" ")], [fits, marks], `${binding} ${key}`);
    }
});

test("many # in a binding cost no more than a few", () => {
    const started = performance.now();
    matchTopic(Array(40).fill("#").join("."), Array(60).fill("a").join(".") + ".b");
    assert.ok(performance.now() - started < 1_000);
});

test("connections are one application though each has a number of its own", () => {
    const name = (user_provided_name: string) => applicationOf({user_provided_name});
    assert.equal(name("order-worker-5d7c-3"), "order-worker");
    assert.equal(name("mailer"), "mailer");
    assert.equal(name("mailer#2"), "mailer");
    assert.equal(name("1234"), "1234");
    assert.equal(applicationOf({}), "");
});

test("groups come largest first, those without a name last", () => {
    const rows = [{n: ""}, {n: ""}, {n: "b"}, {n: "a"}, {n: "a"}, {n: ""}];
    assert.deepEqual(
        grouped(rows, ({n}) => n).map(({name, members}) => `${name}${members.length}`),
        ["a2", "b1", "3"],
    );
});

test("a client is named by what it says of itself", () => {
    assert.equal(
        clientOf({product: "pika", version: "1.3", platform: "CPython 3.11"}),
        "pika 1.3 on CPython 3.11",
    );
    assert.equal(clientOf({}), "unknown client");
});

test("samples become columns that share their times; counters become rates", () => {
    const level = {
        rate: 0,
        samples: [
            {sample: 8, timestamp: 10_000},
            {sample: 5, timestamp: 5_000},
        ],
    };
    const counter = {
        rate: 0,
        samples: [
            {sample: 3, timestamp: 15_000},
            {sample: 60, timestamp: 10_000},
            {sample: 10, timestamp: 5_000},
        ],
    };
    const {times, columns: found} = columns([
        {of: level},
        {of: counter, counter: true},
        {of: undefined},
    ]);
    assert.deepEqual(times, [5_000, 10_000, 15_000]);
    assert.deepEqual(found[0], [5, 8, null]);
    assert.deepEqual(found[1], [null, 10, 0.6], "a counter that fell began anew");
    assert.deepEqual(found[2], [null, null, null]);
});

test("a name that begins as typed comes before one that holds it", () => {
    assert.equal(plainRank("orders.new", "ord"), 0);
    assert.equal(plainRank("my.orders", "ord"), 1);
    assert.equal(plainRank("reorder", "ord"), 2);
    assert.equal(plainRank("x", "ord"), undefined);
    assert.equal(plainRank("a+b", "+b"), 2);
});

const draft: Outgoing = {
    vhost: "/",
    exchange: "",
    routingKey: "q",
    body: "{}",
    form: "text",
    properties: {},
    headers: [],
};

test("what is published holds just what was filled in, in its type", () => {
    const body = messageBody({
        ...draft,
        properties: {delivery_mode: "2", content_type: "", priority: "5", expiration: "60000"},
        headers: [
            {name: "n", kind: "integer", value: "3"},
            {name: "", kind: "text", value: "lost"},
            {name: "t", kind: "JSON", value: '{"a":[1]}'},
        ],
    });
    assert.deepEqual(body, {
        routing_key: "q",
        payload: "{}",
        payload_encoding: "string",
        properties: {
            delivery_mode: 2,
            priority: 5,
            expiration: "60000",
            headers: {n: 3, t: {a: [1]}},
        },
    });
});

test("a header that is not what it says it is, is told", () => {
    assert.throws(() => headerValue("integer", "1.5"), /“1.5” is no whole number/);
    assert.throws(() => headerValue("yes or no", "maybe"), /neither true nor false/);
    assert.throws(() => headerValue("number", ""), /is no number/);
    assert.equal(headerValue("yes or no", "Yes"), true);
});

test("a copy leaves behind what the broker wrote into the message", () => {
    const message = {
        exchange: "orders",
        routing_key: "k",
        payload: "aGk=",
        payload_encoding: "base64",
        properties: {delivery_mode: 2, headers: {"x-death": [], tenant: "t1", n: 1.5}},
    } as unknown as Message;
    const copy = copyOf(message);
    assert.equal(copy.form, "base64");
    assert.deepEqual(copy.headers, [
        {name: "tenant", kind: "text", value: "t1"},
        {name: "n", kind: "number", value: "1.5"},
    ]);
    assert.deepEqual(copy.properties, {delivery_mode: "2"});
});

test("an AMQP URL escapes what a URL cannot hold", () => {
    assert.equal(
        amqpUrl({host: "::1", port: 5672, vhost: "/", user: "a@b"}),
        "amqp://a%40b:PASSWORD@[::1]:5672/%2F",
    );
});

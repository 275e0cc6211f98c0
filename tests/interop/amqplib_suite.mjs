// amqplib, the client of Node: the seven tutorials, and what applications rely on beyond them.
// Needs `npm ci` here first; tests/interop/run does that.

import assert from "node:assert/strict";
import {createHash, randomUUID} from "node:crypto";
import {once} from "node:events";
import {setTimeout as delay} from "node:timers/promises";
import amqplib from "amqplib";

const url = process.env.AMQP_URL ?? "amqp://guest:guest@127.0.0.1:5672/%2F";
const patienceMs = 10_000;
const parallel = 6;
const cases = [];

const test = (name, body) => cases.push({name, body});
const freshName = (kind = "queue") => `interop.${kind}.${randomUUID().slice(0, 13)}`;
const octets = (text) => Buffer.from(text);
const digest = (buffer) => createHash("sha1").update(buffer).digest("hex");

/** Rejects when the promise takes longer than anything here should. */
function soon(promise, what) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no ${what} in time`)), patienceMs);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** @param {object} tuning frameMax, heartbeat, … as amqplib takes them in the URL's query */
async function withConnection(body, tuning = {}) {
    const target = new URL(url);
    for (const [name, value] of Object.entries(tuning)) target.searchParams.set(name, value);
    const connection = await soon(amqplib.connect(target.href), "connection");
    connection.on("error", () => {});  // cases look at rejections and at channels' errors
    try {
        await body(connection);
    } finally {
        await connection.close().catch(() => {});
    }
}

const withChannel = (body) => withConnection(
    async (connection) => body(await connection.createChannel(), connection));

async function ownQueue(channel) {
    return (await channel.assertQueue("", {exclusive: true})).queue;
}

/** Consumes `number` messages, then stops consuming. */
async function receive(channel, queue, number, options = {noAck: true}) {
    const messages = [];
    let tag;
    await soon(new Promise((resolve, reject) => {
        channel.consume(queue, (message) => {
            messages.push(message);
            if (messages.length === number) resolve();
        }, options).then((reply) => { tag = reply.consumerTag; }, reject);
    }), `${number} messages`);
    await channel.cancel(tag);
    assert.equal(messages.length, number);
    return messages;
}

const bodies = (messages) => messages.map((message) => message.content.toString());

async function assertEmpty(channel, queue) {
    assert.equal(await channel.get(queue, {noAck: true}), false);
}

// The tutorials

test("hello: a message arrives", () => withChannel(async (channel) => {
    const queue = await ownQueue(channel);
    channel.sendToQueue(queue, octets("Hello World!"));
    assert.deepEqual(bodies(await receive(channel, queue, 1)), ["Hello World!"]);
}));

test("work queue: prefetch 1 gives the next task to whoever has acked",
    () => withChannel(async (slow, connection) => {
        const quick = await connection.createChannel();
        const queue = freshName();
        await slow.assertQueue(queue, {durable: true});
        const taken = {slow: [], quick: []};
        await Promise.all([slow.prefetch(1), quick.prefetch(1)]);
        await soon(new Promise((resolve) => {
            const done = () => taken.slow.length === 1 && taken.quick.length === 5 && resolve();
            Promise.all([
                slow.consume(queue, (message) => { taken.slow.push(message); done(); }),
                quick.consume(queue, (message) => {
                    taken.quick.push(message);
                    quick.ack(message);
                    done();
                }),
            ]).then(() => {
                for (let i = 0; i < 6; i++)
                    slow.sendToQueue(queue, octets(String(i)), {persistent: true});
            });
        }), "six tasks");
        await slow.close();
        await quick.deleteQueue(queue);
    }));

test("publish/subscribe: a fanout exchange copies to every queue",
    () => withChannel(async (channel) => {
        const exchange = freshName("exchange");
        await channel.assertExchange(exchange, "fanout", {autoDelete: true});
        const queues = [await ownQueue(channel), await ownQueue(channel)];
        for (const queue of queues) await channel.bindQueue(queue, exchange, "");
        channel.publish(exchange, "ignored", octets("news"));
        for (const queue of queues)
            assert.deepEqual(bodies(await receive(channel, queue, 1)), ["news"]);
    }));

test("routing: a direct exchange compares the key", () => withChannel(async (channel) => {
    const exchange = freshName("exchange");
    await channel.assertExchange(exchange, "direct", {autoDelete: true});
    const queue = await ownQueue(channel);
    await channel.bindQueue(queue, exchange, "error");
    for (const key of ["info", "error", "Error"]) channel.publish(exchange, key, octets(key));
    assert.deepEqual(bodies(await receive(channel, queue, 1)), ["error"]);
    await assertEmpty(channel, queue);
}));

test("topics: * is one word, # any number", () => withChannel(async (channel) => {
    const exchange = freshName("exchange");
    await channel.assertExchange(exchange, "topic", {autoDelete: true});
    const queue = await ownQueue(channel);
    await channel.bindQueue(queue, exchange, "*.critical");
    await channel.bindQueue(queue, exchange, "kern.#");
    for (const key of ["kern.critical", "kern", "auth.critical", "auth.info", "a.b.critical"])
        channel.publish(exchange, key, octets(key));
    assert.deepEqual(bodies(await receive(channel, queue, 3)),
        ["kern.critical", "kern", "auth.critical"]);
    await assertEmpty(channel, queue);
}));

test("RPC: the answer comes over direct reply-to", () => withChannel(async (client, connection) => {
    const server = await connection.createChannel();
    const queue = await ownQueue(server);
    await server.consume(queue, (message) => {
        const {replyTo, correlationId} = message.properties;
        server.sendToQueue(replyTo, octets(String(message.content * 2)), {correlationId});
        server.ack(message);
    });
    const asked = randomUUID();
    const answer = new Promise((resolve) => {
        client.consume("amq.rabbitmq.reply-to", resolve, {noAck: true}).then(() => {
            client.sendToQueue(queue, octets("21"),
                {replyTo: "amq.rabbitmq.reply-to", correlationId: asked});
        });
    });
    const message = await soon(answer, "answer");
    assert.equal(message.content.toString(), "42");
    assert.equal(message.properties.correlationId, asked);
}));

test("publisher confirms: waitForConfirms waits for all",
    () => withConnection(async (connection) => {
        const channel = await connection.createConfirmChannel();
        const queue = await ownQueue(channel);
        let confirmed = 0;
        for (let i = 0; i < 500; i++)
            channel.sendToQueue(queue, octets(String(i)), {}, (error) => { confirmed += !error; });
        await soon(channel.waitForConfirms(), "confirms");
        assert.equal(confirmed, 500);
        assert.equal((await channel.checkQueue(queue)).messageCount, 500);
    }));

// Beyond the tutorials

test("bodies of every size come back whole", () => withChannel(async (channel) => {
    const frameMax = 131072;
    const queue = await ownQueue(channel);
    for (const size of [0, 1, frameMax - 9, frameMax - 8, frameMax - 7, frameMax + 1, 1 << 24]) {
        const sent = Buffer.alloc(size, "any old octets");
        channel.sendToQueue(queue, sent);
        const [got] = await receive(channel, queue, 1);
        assert.equal(got.content.length, size);
        assert.equal(digest(got.content), digest(sent));
    }
}));

test("a connection with frame_max 4096 gets bodies of any size",
    () => withConnection(async (connection) => {
        const channel = await connection.createChannel();
        const queue = await ownQueue(channel);
        const sent = Buffer.alloc(100_000, "small frames");
        channel.sendToQueue(queue, sent);
        const [got] = await receive(channel, queue, 1);
        assert.equal(digest(got.content), digest(sent));
    }, {frameMax: 4096}));

test("headers of every type amqplib can say come back", () => withChannel(async (channel) => {
    const queue = await ownQueue(channel);
    const headers = {
        bool: true, int8: -8, int16: -1600, int32: 70_000, int64: 2 ** 40, double: 2.5,
        text: "Grüße", none: null, list: [1, "two", [3]], table: {a: {b: "c"}},
        octets: Buffer.from([0, 255]),
        typedFloat: {"!": "float", value: 1.5}, typedTime: {"!": "timestamp", value: 1_700_000_000},
        typedDecimal: {"!": "decimal", value: {digits: 314, places: 2}},
    };
    channel.sendToQueue(queue, octets("x"), {headers, priority: 3, messageId: "m-1", type: "kind"});
    const [{properties}] = await receive(channel, queue, 1);
    assert.deepEqual({...properties.headers},
        {...headers, typedFloat: 1.5});
    assert.deepEqual([properties.priority, properties.messageId, properties.type],
        [3, "m-1", "kind"]);
}));

test("nackAll gives messages back in their order", () => withChannel(async (channel) => {
    const queue = await ownQueue(channel);
    for (const body of "12345") channel.sendToQueue(queue, octets(body));
    assert.deepEqual(bodies(await receive(channel, queue, 5, {noAck: false})), [..."12345"]);
    channel.nackAll(true);
    const again = await receive(channel, queue, 5);
    assert.deepEqual(bodies(again), [..."12345"]);
    assert(again.every((message) => message.fields.redelivered));
}));

test("a mandatory message without a queue is returned before its confirm",
    () => withConnection(async (connection) => {
        const channel = await connection.createConfirmChannel();
        const events = [];
        channel.on("return", (message) => events.push(message.fields.replyText));
        channel.publish("", freshName(), octets("x"), {mandatory: true},
            () => events.push("confirmed"));
        await soon(channel.waitForConfirms(), "confirm");
        assert.deepEqual(events, ["NO_ROUTE", "confirmed"]);
    }));

test("the consumer gets null when its queue is deleted",
    () => withChannel(async (channel, connection) => {
        const queue = freshName();
        await channel.assertQueue(queue);
        const cancelled = new Promise((resolve) => {
            channel.consume(queue, resolve).then(async () => {
                (await connection.createChannel()).deleteQueue(queue);
            });
        });
        assert.equal(await soon(cancelled, "cancel"), null);
    }));

test("a channel's error is its own", () => withChannel(async (channel, connection) => {
    const bad = await connection.createChannel();
    const failed = once(bad, "error");
    await assert.rejects(bad.checkQueue(freshName()), /NOT_FOUND/);
    const [error] = await soon(failed, "error");
    assert.equal(error.code, 404);
    await ownQueue(channel);
}));

test("a wrong password is refused with 403", async () => {
    const wrong = new URL(url);
    wrong.password = "wrong";
    await assert.rejects(soon(amqplib.connect(wrong.href), "refusal"), /403|ACCESS_REFUSED/);
});

test("heartbeats keep an idle connection alive", () => withConnection(async (connection) => {
    const channel = await connection.createChannel();
    const idle = await Promise.race([once(connection, "close"), delay(3500, "idle")]);
    assert.equal(idle, "idle");
    await ownQueue(channel);
}, {heartbeat: 1}));

async function run({name, body}) {
    try {
        await body();
        console.log(`ok ${name}`);
        return true;
    } catch (error) {
        console.log(`FAILED ${name}: ${String(error?.message ?? error).replace(/\s+/g, " ")}`);
        return false;
    }
}

process.on("unhandledRejection", (error) => {
    console.log(`FAILED no promise is left without a handler: ${error?.message}`);
    process.exitCode = 1;
});
const chosen = cases.filter(({name}) =>
    process.argv.length < 3 || process.argv.slice(2).some((word) => name.includes(word)));
async function worker() {
    for (let next = chosen.shift(); next; next = chosen.shift())
        if (!await run(next)) process.exitCode = 1;
}
await Promise.all(Array.from({length: parallel}, worker));

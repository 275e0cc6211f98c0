// A small shop on the broker: exchanges, queues in different states, clients that publish and take. What every page
// needs something of.
import {createRequire} from "node:module";
import {gzipSync} from "node:zlib";

const amqplib = createRequire(new URL("../interop/package.json", import.meta.url))("amqplib");

export const QUEUES = [
    "orders.new",
    "orders.search-index",
    "payments.capture",
    "payments.dlq",
    "notifications.sms",
];

export const ORDER = {
    event: "order.created",
    order_id: 9007199254740993n,
    customer: {id: "c-48213", country: "DE"},
    lines: [
        {sku: "LMP-204", n: 1},
        {sku: "CBL-011", n: 2},
    ],
    total: 418.9,
    note: "Bitte klingeln\u200b",
};

/** JSON with the integer that a double cannot hold. */
export const orderText = (total) =>
    JSON.stringify({...ORDER, order_id: 0, total}).replace(
        '"order_id":0',
        `"order_id":${ORDER.order_id}`,
    );

/** Connects as an application with that name. */
export async function connect(broker, name) {
    const connection = await amqplib.connect(broker.amqpUrl, {
        clientProperties: {connection_name: name},
    });
    connection.on("error", () => {}); // the broker may be killed under it
    return connection;
}

/** How the queue with that number is called among many. */
export const nameOf = (n) => `tenant.${String(n).padStart(5, "0")}.jobs`;

/** That many queues that hold nothing. */
export async function declareMany(broker, count) {
    const client = await connect(broker, "many-1");
    const channel = await client.createChannel();
    const batch = 500;
    for (let first = 0; first < count; first += batch) {
        const numbers = Array.from({length: Math.min(batch, count - first)}, (_, n) => first + n);
        await Promise.all(numbers.map((n) => channel.assertQueue(nameOf(n), {durable: false})));
    }
    return client;
}

export async function declareShop(broker) {
    const connection = await connect(broker, "checkout-api-1");
    const channel = await connection.createConfirmChannel();
    await channel.assertExchange("orders", "topic", {durable: true});
    await channel.assertExchange("payments", "direct", {
        durable: true,
        alternateExchange: "orders",
    });
    await channel.assertQueue("orders.new", {durable: true, maxLength: 100_000});
    await channel.assertQueue("orders.search-index", {durable: true});
    await channel.assertQueue("payments.dlq", {durable: true});
    await channel.assertQueue("payments.capture", {
        durable: true,
        deadLetterExchange: "",
        deadLetterRoutingKey: "payments.dlq",
    });
    await channel.assertQueue("notifications.sms", {durable: false});
    await channel.bindQueue("orders.new", "orders", "order.created.*");
    await channel.bindQueue("orders.search-index", "orders", "order.#");
    await channel.bindQueue("payments.capture", "payments", "capture");

    for (let n = 0; n < 120; n++) {
        const options = {
            persistent: true,
            contentType: "application/json",
            appId: "checkout-api",
            headers: {tenant: n % 2 ? "t1" : "t2", n},
        };
        channel.publish(
            "orders",
            `order.created.${n % 3 ? "eu" : "us"}`,
            Buffer.from(orderText(n * 10)),
            options,
        );
    }
    channel.publish("orders", "order.packed.gzip", gzipSync(orderText(7)), {
        contentType: "application/json",
        contentEncoding: "gzip",
    });
    channel.publish(
        "payments",
        "capture",
        Buffer.from([0x82, 0xa1, 0x61, 0x01, 0xa1, 0x62, 0x91, 0xc3]),
        {contentType: "application/msgpack"},
    );
    await channel.waitForConfirms();

    // One consumer that holds five of the orders and never acknowledges.
    const worker = await connect(broker, "order-worker-1");
    const taking = await worker.createChannel();
    await taking.prefetch(5);
    await taking.consume("orders.new", () => {}, {consumerTag: "worker"});
    // One that rejects what it gets, so that there is a dead letter.
    const rejecting = await worker.createChannel();
    const rejected = new Promise((resolve) => {
        void rejecting.consume("payments.capture", (message) => {
            rejecting.nack(message, false, false);
            resolve();
        });
    });
    await rejected;
    return {
        async close() {
            await worker.close().catch(() => {});
            await connection.close().catch(() => {});
        },
    };
}

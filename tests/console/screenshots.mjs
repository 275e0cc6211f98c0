// Makes pictures of the main pages: a broker with a shop on it, some traffic, and the main pages.
//
//     LEVERET=build/leveret node tests/console/screenshots.mjs docs/screenshots
import {mkdirSync} from "node:fs";
import {join} from "node:path";
import {Broker, closeBrowser, DESK, openBrowser, openPage, PHONE, settled} from "./harness.mjs";
import {connect, declareShop, orderText} from "./shop.mjs";

const SHOTS = [
    ["overview", "/ui/", ".stats .figure"],
    ["queues", "/ui/queues", "tr.row .name-cell"],
    ["queue", "/ui/queues/%2F/orders.fulfilment", ".chart canvas"],
    ["messages", "/ui/queues/%2F/orders.new/messages", ".msgs tbody tr"],
    ["exchange", "/ui/exchanges/%2F/orders", ".bindings tbody tr"],
    ["connections", "/ui/connections", ".apps tbody tr"],
];
const LOOKS = [
    [DESK, "light"],
    [DESK, "dark"],
    [PHONE, "light"],
    [PHONE, "dark"],
];
/** So long the shop is open before the pictures are taken, for the charts to show something. */
const OPEN_MS = Number(process.env.OPEN_MS ?? 60_000);

const out = process.argv[2];
if (!out) throw new Error("usage: screenshots.mjs DIRECTORY");
mkdirSync(out, {recursive: true});

const broker = await Broker.start();
const shop = await declareShop(broker);
const stop = await openShop();
await openBrowser();
try {
    const first = await openPage(broker); // somebody must look for the points of the charts to be kept
    await first.to("/ui/");
    await first.page.waitForTimeout(OPEN_MS);
    await first.close();
    for (const [viewport, scheme] of LOOKS) {
        const opened = await openPage(broker, {viewport, scheme});
        for (const [name, link, ready] of SHOTS) {
            await opened.to(link);
            await opened.page.waitForSelector(ready, {state: "attached"});
            if (name === "messages" && viewport === DESK) {
                await opened.page.click(".msgs tbody tr:nth-child(2)");
                await opened.page.waitForSelector(".panel .code");
            }
            await opened.page.mouse.move(viewport.width - 2, viewport.height - 2);
            await settled(opened.page);
            const path = join(out, `${name}-${viewport.width}-${scheme}.png`);
            await opened.page.screenshot({path});
            console.log(path);
        }
        await opened.close();
    }
} finally {
    await closeBrowser();
    await stop();
    await shop.close();
    await broker.stop();
}

/** Orders come steadily, and a worker takes most of them. */
async function openShop() {
    const publisher = await connect(broker, "checkout-api-2");
    const publishing = await publisher.createChannel();
    const worker = await connect(broker, "fulfilment-1");
    const taking = await worker.createChannel();
    await taking.assertQueue("orders.fulfilment", {durable: true});
    await taking.bindQueue("orders.fulfilment", "orders", "order.created.*");
    await taking.prefetch(20);
    await taking.consume("orders.fulfilment", (message) => message && taking.ack(message));
    let n = 0;
    const timer = setInterval(() => {
        const batch = 6 + Math.round(4 * Math.sin(n / 40));
        for (let at = 0; at < batch; at++) {
            publishing.publish(
                "orders",
                `order.created.${n++ % 3 ? "eu" : "us"}`,
                Buffer.from(orderText(n)),
                {
                    contentType: "application/json",
                    headers: {tenant: "t1"},
                },
            );
        }
    }, 50);
    return async () => {
        clearInterval(timer);
        await publisher.close();
        await worker.close();
    };
}

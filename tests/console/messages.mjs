// The message browser: what it shows of a message, how it finds one, and that looking leaves no trace.
import assert from "node:assert/strict";
import {test} from "node:test";
import {openPage} from "./harness.mjs";
import {connect, ORDER, orderText} from "./shop.mjs";

const BROWSER = "/ui/queues/%2F/orders.search-index/messages";

export function messageCases(shared) {
    test("a body is shown as it was sent: large integers, and what one cannot see", async () => {
        const opened = await openPage(shared.broker);
        const {page, to} = opened;
        await to(BROWSER);
        await page.click(".msgs tbody tr:nth-child(2)");
        await page.waitForSelector(".panel .code");
        const body = await page.textContent(".panel .code");
        assert.ok(body.includes(`"order_id": ${ORDER.order_id}`), body);
        assert.ok(body.includes("U+200B"), body);
        assert.match(await page.textContent(".panel .decoder"), /^JSON/);
        const headers = await page.textContent(".panel section:has(h3:text-is('Headers'))");
        assert.match(headers, /tenant.*longstr/);
        await page.selectOption(".panel .decoder select", "hex");
        await page.waitForSelector(".panel .code :text('00000000')");
        await page.selectOption(".panel .decoder select", "");
        opened.calm();
        await opened.close();
    });

    test("what is packed is unpacked, what is binary is read", async () => {
        const opened = await openPage(shared.broker);
        const {page, to} = opened;
        await to(`${BROWSER}?from=tail`);
        await page.click(".msgs tbody tr:first-child");
        await page.waitForSelector(".panel .decoder :text('unpacked from gzip')");
        assert.ok((await page.textContent(".panel .code")).includes('"total": 7'));
        await to("/ui/queues/%2F/payments.dlq/messages");
        await page.click(".msgs tbody tr:first-child");
        await page.waitForSelector(".panel .decoder :text('MessagePack')");
        assert.match(
            await page.textContent(".panel section:has(h3:text-is('History'))"),
            /payments\.capture.*rejected/,
        );
        opened.calm();
        await opened.close();
    });

    test("a filter becomes chips that can be edited and taken away, and finds what it says", async () => {
        const opened = await openPage(shared.broker);
        const {page, to} = opened;
        await to(BROWSER);
        await page.fill("#message-filter", 'header.tenant == "t1" and json.total > 1000');
        await page.press("#message-filter", "Enter");
        await page.waitForFunction(() => document.querySelectorAll(".chip").length === 2);
        // Odd n up to 119 with n * 10 > 1000.
        await page.waitForFunction(() => document.querySelectorAll(".msgs tbody tr").length === 10);
        assert.match(
            await page.textContent(".search-state"),
            /Searched\s*121\s*of 121, found\s*10/,
        );
        await page.click(".chip:nth-of-type(1) .x");
        await page.waitForFunction(() => document.querySelectorAll(".msgs tbody tr").length === 19);
        await page.fill("#message-filter", 'key ~ "open');
        await page.press("#message-filter", "Enter");
        await page.waitForSelector("text=is never closed");
        opened.calm();
        await opened.close();
    });

    test("looking leaves no trace: depth, order, redelivered flag and statistics are as before", async () => {
        const {broker} = shared;
        const client = await connect(broker, "trace-1");
        const channel = await client.createConfirmChannel();
        await channel.assertQueue("traceless", {durable: true});
        for (let n = 0; n < 30; n++)
            channel.sendToQueue("traceless", Buffer.from(orderText(n)), {
                persistent: true,
                headers: {n},
            });
        await channel.waitForConfirms();
        const counts = async () => {
            const queue = await broker.api("GET", "queues/%2F/traceless");
            const {deliver, deliver_get, get, redeliver, ack, publish} = queue.message_stats;
            return {
                ready: queue.messages_ready,
                unacked: queue.messages_unacknowledged,
                deliver,
                deliver_get,
                get,
                redeliver,
                ack,
                publish,
            };
        };
        const before = await counts();

        const opened = await openPage(broker);
        const {page, to} = opened;
        for (const query of [
            "",
            "?from=tail",
            "?from=position:10",
            "?q=json.total+%3E+5",
            "?state=all",
        ]) {
            await to(`/ui/queues/%2F/traceless/messages${query}`);
            await page.click(".msgs tbody tr:nth-child(4)");
            await page.waitForSelector(".panel .code");
        }
        opened.calm();
        await opened.close();

        assert.deepEqual(await counts(), before);
        for (let n = 0; n < 30; n++) {
            const message = await channel.get("traceless", {noAck: true});
            assert.equal(message.properties.headers.n, n, "in the order they came");
            assert.equal(message.fields.redelivered, false);
        }
        await channel.deleteQueue("traceless");
        await client.close();
    });

    test("a copy of a message is published from the form that it filled in", async () => {
        const opened = await openPage(shared.broker);
        const {page, to} = opened;
        await to(BROWSER);
        await page.click(".msgs tbody tr:nth-child(1)");
        await page.waitForSelector(".panel .code");
        await page.click(".panel >> text=Publish a copy");
        await page.waitForSelector(".composer");
        assert.ok((await page.inputValue("#body")).includes(String(ORDER.order_id)));
        assert.equal(await page.inputValue('[aria-label="Name of header 1"]'), "tenant");
        await page.selectOption("#exchange", "amq.fanout");
        await page.click("button.primary");
        await page.waitForSelector("text=No queue took it: it is gone");
        opened.calm();
        await opened.close();
    });
}

// Names come from anyone: whatever they hold, it is shown as text, and does not break the page.
import assert from "node:assert/strict";
import {test} from "node:test";
import {DESK, openPage, PHONE, sidewaysScroll} from "./harness.mjs";
import {connect} from "./shop.mjs";

const NASTY = [
    "<img src=x onerror=alert(1)>",
    '"><script>alert(2)</script>',
    "javascript:alert(3)",
    "\u202egnp.exe",
    "a/b c?d#e%2F+~&f=\\",
    "ü".repeat(120),
];

export function nameCases(shared) {
    test("names with markup, slashes and turned text are only text, everywhere they stand", async () => {
        const {broker} = shared;
        const client = await connect(broker, NASTY[0]);
        const channel = await client.createConfirmChannel();
        for (const name of NASTY) {
            await channel.assertQueue(name, {durable: false});
            await channel.assertExchange(`x${name}`, "headers", {
                durable: false,
                arguments: {note: name},
            });
            await channel.bindQueue(name, `x${name}`, name.slice(0, 100), {
                [name.slice(0, 100)]: name,
            });
            channel.sendToQueue(name, Buffer.from(name), {
                headers: {[name.slice(0, 100)]: name},
                appId: name.slice(0, 100),
            });
        }
        await channel.consume(NASTY[0], () => {}, {consumerTag: NASTY[1]});
        await channel.waitForConfirms();

        await lookEverywhere(broker);
        for (const name of NASTY) {
            await channel.deleteQueue(name);
            await channel.deleteExchange(`x${name}`);
        }
        await client.close();
    });
}

async function lookEverywhere(broker) {
    const opened = await openPage(broker);
    const {page, to} = opened;
    const v = encodeURIComponent("/");
    const fits = async (what) => {
        for (const viewport of [PHONE, DESK]) {
            await page.setViewportSize(viewport);
            assert.equal(await sidewaysScroll(page), 0, `${what} on ${viewport.width} px`);
        }
    };
    for (const list of ["queues", "exchanges", "connections", "channels"]) {
        await to(`/ui/${list}`);
        await page.waitForSelector("tbody tr");
        await fits(list);
    }
    for (const name of NASTY) {
        const [queue, exchange] = [encodeURIComponent(name), encodeURIComponent(`x${name}`)];
        await to(`/ui/queues/${v}/${queue}/messages`);
        assert.equal(await page.textContent("h1"), name);
        await page.waitForSelector(".msgs, .empty");
        if (name !== NASTY[0]) {
            await page.click(".msgs tbody tr");
            await page.waitForSelector(".panel .code");
        }
        await fits(name);
        await to(`/ui/queues/${v}/${queue}/bindings`);
        await page.waitForSelector(".bindings tbody tr:nth-child(2)");
        await fits(name);
        await to(`/ui/exchanges/${v}/${exchange}`);
        await page.waitForSelector(".bindings tbody tr");
        await fits(name);
    }
    await to(`/ui/queues/${v}/${encodeURIComponent(NASTY[0])}/consumers`);
    await page.waitForSelector("table[aria-label=Consumers] tbody tr");
    opened.calm();
    await opened.close();
}

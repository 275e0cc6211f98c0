// What can be done: with the mouse, with the keyboard alone, and what stands between a person and a mistake.
import assert from "node:assert/strict";
import {test} from "node:test";
import {openPage, PHONE, until, within} from "./harness.mjs";
import {connect} from "./shop.mjs";

/** A queue with that many messages, made over AMQP. */
async function filled(broker, name, count) {
    const client = await connect(broker, "filler-1");
    const channel = await client.createConfirmChannel();
    await channel.assertQueue(name, {durable: true});
    for (let n = 0; n < count; n++) channel.sendToQueue(name, Buffer.from(`message ${n}`));
    await channel.waitForConfirms();
    await client.close();
}

const focused = (page) => page.evaluate(() => document.activeElement?.textContent?.trim());

export function deedCases(shared) {
    test("a queue is paused at once, and the toast takes it back", async () => {
        const {broker} = shared;
        await filled(broker, "deeds.pause", 3);
        const opened = await openPage(broker);
        const {page, to} = opened;
        await to("/ui/queues/%2F/deeds.pause");
        await page.click(".actions >> text=Pause");
        await page.waitForSelector(".toast >> text=deeds.pause is paused.");
        const state = async () => (await broker.api("GET", "queues/%2F/deeds.pause")).state;
        assert.equal(await state(), "paused");
        await page.waitForSelector(".badge >> text=Paused");
        await page.click(".toast >> text=Undo");
        await until(async () => (await state()) === "running", "running again");
        opened.calm();
        await opened.close();
        await broker.api("DELETE", "queues/%2F/deeds.pause");
    });

    test("purge says how many go, begins on Cancel, and leaves what came meanwhile", async () => {
        const {broker} = shared;
        await filled(broker, "deeds.purge", 5);
        const opened = await openPage(broker);
        const {page, to} = opened;
        await to("/ui/queues/%2F/deeds.purge/settings");
        await page.click("text=Purge…");
        assert.equal(await focused(page), "Cancel");
        assert.match(await page.textContent("dialog header"), /staging/);
        await filled(broker, "deeds.purge", 2);
        await page.click("dialog >> text=Purge 5 messages");
        await page.waitForSelector(".toast >> text=5 messages purged");
        assert.equal((await broker.api("GET", "queues/%2F/deeds.purge")).messages_ready, 2);
        opened.calm();
        await opened.close();
        await broker.api("DELETE", "queues/%2F/deeds.purge");
    });

    test("deleting a queue that holds messages wants its name, and is refused when more have come", async () => {
        const {broker} = shared;
        await filled(broker, "deeds.delete", 2);
        const opened = await openPage(broker);
        const {page, to, faults} = opened;
        await to("/ui/queues/%2F/deeds.delete/settings");
        await page.click("text=Delete queue…");
        const button = page.locator("dialog >> text=Delete queue and 2 messages");
        assert.equal(await button.getAttribute("aria-disabled"), "true");
        await page.fill("#typed-name", "deeds.delete");
        await filled(broker, "deeds.delete", 1);
        await broker.api("GET", "queues/%2F/deeds.delete");
        await page.evaluate(() => document.querySelector("dialog form").requestSubmit());
        await page.waitForSelector("dialog >> text=/changed meanwhile|Delete queue and 3/");
        faults.splice(0); // the refusal is a 412
        await page.keyboard.press("Escape");
        await page.click("text=Delete queue…");
        await page.fill("#typed-name", "deeds.delete");
        await page.click("dialog >> text=Delete queue and 3 messages");
        await page.waitForURL(/\/ui\/queues\?/);
        await page.waitForSelector(".toast >> text=deeds.delete is deleted.");
        opened.calm();
        await opened.close();
    });

    test("a new queue, a binding to it, a key tried on it, a message through it, and the binding taken back", async () => {
        const {broker} = shared;
        const opened = await openPage(broker);
        const {page, to} = opened;
        await to("/ui/queues");
        await page.click("text=New queue");
        await page.fill("#name", "deeds.new");
        await page.fill("#arguments", '{"x-max-length": 50}');
        await page.click("dialog >> text=Make the queue");
        await page.waitForURL(/queues\/%2F\/deeds\.new$/);

        await to("/ui/exchanges/%2F/orders");
        await page.click("text=Bind…");
        await page.fill("#other", "deeds.new");
        await page.fill("#key", "deed.*.done");
        await page.click("dialog >> .btn.primary");
        await page.waitForSelector(".bindings >> text=deeds.new");
        await page.fill("#tried", "deed.well.done");
        await page.waitForSelector("text=1 of 3 take it:");

        await to("/ui/exchanges/%2F/orders/publish");
        await page.fill("#routing-key", "deed.well.done");
        await page.fill("#body", '{"a": 1}');
        await page.waitForSelector("text=valid JSON");
        await page.press("#body", "Control+Enter");
        await page.waitForSelector("text=Routed, and confirmed by the broker");
        assert.equal((await broker.api("GET", "queues/%2F/deeds.new")).messages_ready, 1);

        await to("/ui/queues/%2F/deeds.new/bindings");
        await page.hover(".bindings tbody tr:has-text('deed')");
        await page.click("[aria-label='Unbind deeds.new from orders, key deed.*.done']");
        await page.waitForSelector(".toast >> text=Unbound deeds.new from orders.");
        const bindings = async () =>
            (await broker.api("GET", "queues/%2F/deeds.new/bindings")).length;
        assert.equal(await bindings(), 1);
        await page.click(".toast >> text=Undo");
        await until(async () => (await bindings()) === 2, "bound again");
        opened.calm();
        await opened.close();
        await broker.api("DELETE", "queues/%2F/deeds.new");
    });

    test("a connection is closed, and its client is told the reason", async () => {
        const {broker} = shared;
        const client = await connect(broker, "to-be-closed-1");
        const told = new Promise((resolve) => client.on("close", resolve));
        const opened = await openPage(broker);
        const {page, to} = opened;
        await to("/ui/connections");
        await page.click(".twist >> text=to-be-closed");
        await page.click(".con-row >> text=to-be-closed-1");
        await page.click("text=Close…");
        await page.fill("#reason", "house cleaning");
        await page.click("dialog >> text=Close the connection");
        assert.match(String(await within(told, "the client hears of it")), /house cleaning/);
        await page.waitForURL(/\/ui\/connections/);
        opened.calm();
        await opened.close();
    });

    test("by the keyboard alone: log in, find a queue, open a message, log out", async () => {
        const {broker} = shared;
        const opened = await openPage(broker, {login: false});
        const {page, to} = opened;
        const press = async (...keys) => {
            for (const key of keys) await page.keyboard.press(key);
        };
        await to("/ui/login");
        await page.keyboard.type("guest");
        await press("Tab");
        await page.keyboard.type("guest");
        await press("Enter");
        await page.waitForSelector(".app h1");

        await press("Control+k");
        await page.waitForSelector("dialog[open] input");
        await page.keyboard.type("search-index");
        await page.waitForSelector("[role=option] >> text=Look into orders.search-index");
        await press("ArrowDown", "Enter");
        await page.waitForURL(/orders\.search-index\/messages/);
        await page.waitForSelector(".msgs tbody tr");
        await press("j", "j", "Enter");
        await page.waitForSelector(".panel .code");
        await press("j");
        await page.waitForFunction(
            () => document.querySelector(".panel h2")?.textContent === "Message 2",
        );
        await press("Escape");
        await page.waitForFunction(() => !document.querySelector(".panel"));

        await press("g", "q");
        await page.waitForURL(/\/ui\/queues/);
        await page.waitForFunction(() => document.activeElement?.textContent === "Queues");
        await page.focus(".who");
        await press("Enter");
        await page.waitForSelector("text=Log out");
        await page.focus(".drop .btn");
        await press("Enter");
        await page.waitForSelector("#username");
        opened.calm();
        await opened.close();
    });

    test("on a phone the menu is a drawer, and a dialog fills the screen", async () => {
        const opened = await openPage(shared.broker, {viewport: PHONE});
        const {page, to} = opened;
        await to("/ui/");
        assert.equal(await page.isVisible("nav.nav"), false);
        await page.click("[aria-label=Menu]");
        await page.click("nav.nav >> text=Queues");
        await page.waitForURL(/\/ui\/queues/);
        assert.equal(await page.isVisible("nav.nav"), false);
        await page.click("text=New queue");
        const box = await page.locator("dialog").boundingBox();
        assert.deepEqual([box.width, box.height].map(Math.round), [PHONE.width, PHONE.height]);
        opened.calm();
        await opened.close();
    });

    test("nothing moves under the pointer: the order is held, and sorted when asked", async () => {
        const {broker} = shared;
        await filled(broker, "held.a", 40);
        await filled(broker, "held.b", 50);
        const opened = await openPage(broker);
        const {page, to} = opened;
        await to("/ui/queues?q=held.");
        await page.waitForFunction(() => document.querySelectorAll("tr.row").length === 2);
        const names = () =>
            page.$$eval("tr.row .name-cell .name", (all) => all.map((one) => one.textContent));
        assert.deepEqual(await names(), ["held.b", "held.a"]);
        await page.hover("tr.row:nth-child(1) .name-cell");
        await filled(broker, "held.a", 30);
        await page.waitForSelector("text=2 rows would move.");
        assert.deepEqual(await names(), ["held.b", "held.a"]);
        assert.match(await page.textContent("tr.row:nth-child(2)"), /70/, "the figures go on");
        await page.click("text=Sort now");
        await page.waitForFunction(
            () => document.querySelector("tr.row .name")?.textContent === "held.a",
        );
        opened.calm();
        await opened.close();
        for (const name of ["held.a", "held.b"]) await broker.api("DELETE", `queues/%2F/${name}`);
    });
}

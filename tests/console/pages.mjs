// Each page: what it is called, that its link brings it back, that nothing goes wrong in it, that everybody can use
// it: both themes, a phone, a screen reader.
import assert from "node:assert/strict";
import {test} from "node:test";
import {axe, openPage, PHONE, settled, sidewaysScroll} from "./harness.mjs";

/** Link, heading, and what must be there before the page is judged. */
const PAGES = [
    ["/ui/", /needs? you|All is well/, ".stats .figure"],
    ["/ui/queues", "Queues", "text=orders.search-index"],
    ["/ui/queues/%2F/orders.new", "orders.new", ".chart canvas"],
    ["/ui/queues/%2F/orders.new/messages", "orders.new", ".msgs tbody tr"],
    ["/ui/queues/%2F/orders.new/messages?state=unacked", "orders.new", ".msgs tbody tr"],
    ["/ui/queues/%2F/orders.new/consumers", "orders.new", "table[aria-label=Consumers] tbody tr"],
    ["/ui/queues/%2F/orders.new/unacked", "orders.new", "table tbody tr"],
    ["/ui/queues/%2F/orders.new/bindings", "orders.new", ".bindings tbody tr"],
    ["/ui/queues/%2F/orders.new/settings", "orders.new", "text=Delete queue…"],
    ["/ui/exchanges", "Exchanges", "text=amq.topic"],
    ["/ui/exchanges/%2F/orders", "orders", ".bindings tbody tr"],
    ["/ui/exchanges/%2F/orders/publish", "orders", ".composer"],
    ["/ui/exchanges/%2F/amq.default", "(default)", ".bindings tbody tr"],
    ["/ui/connections", "Connections", ".apps tbody tr"],
    ["/ui/channels", "Channels", "table tbody tr.row"],
    ["/ui/publish", "Publish", ".composer"],
    ["/ui/node", /@/, ".gauges"],
];

/** What the size can spoil; all else is the same elements as on a desk. */
const ON_A_PHONE = ["color-contrast", "target-size", "scrollable-region-focusable"];

export function pageCases(shared) {
    test("every page opens by its link, says what it is, and axe finds nothing in either theme", async () => {
        const opened = await openPage(shared.broker);
        const {page, to} = opened;
        for (const [link, heading, ready] of PAGES) {
            await to(link);
            await page.waitForSelector(ready);
            const h1 = await page.textContent("h1");
            if (typeof heading === "string") assert.equal(h1, heading, link);
            else assert.match(h1, heading, link);
            assert.equal(await page.title(), `${h1} · Leveret`, link);
            assert.deepEqual(await axe(page), [], link);
            await page.emulateMedia({colorScheme: "dark"});
            await settled(page);
            assert.deepEqual(await axe(page, ["color-contrast"]), [], `${link}, dark`);
            await page.emulateMedia({colorScheme: "light"});
            assert.equal(await sidewaysScroll(page), 0, link);
            opened.calm();
        }
        await opened.close();
    });

    test("on a phone every page is whole: nothing scrolls sideways, axe finds nothing", async () => {
        const opened = await openPage(shared.broker, {viewport: PHONE, scheme: "dark"});
        const {page, to} = opened;
        for (const [link, , ready] of PAGES) {
            await to(link);
            await page.waitForSelector(ready, {state: "attached"});
            assert.equal(await sidewaysScroll(page), 0, link);
            assert.deepEqual(await axe(page, ON_A_PHONE), [], link);
        }
        opened.calm();
        await opened.close();
    });

    test("axe finds nothing in what opens over a page", async () => {
        const opened = await openPage(shared.broker);
        const {page, to} = opened;
        const open = async (link, act, ready) => {
            await to(link);
            await act();
            await page.waitForSelector(ready);
            await settled(page);
            assert.deepEqual(await axe(page), [], ready);
        };
        await open(
            "/ui/queues",
            () => page.click("text=New queue"),
            "dialog[open] >> text=Make the queue",
        );
        await open(
            "/ui/queues",
            () => page.keyboard.press("Control+k"),
            "dialog[open] [role=option]",
        );
        await open(
            "/ui/queues/%2F/orders.new/settings",
            () => page.click("text=Delete queue…"),
            "#typed-name",
        );
        await open("/ui/queues/%2F/orders.new", () => page.click("[aria-label=More]"), ".drop");
        await open("/ui/", () => page.click(".who"), ".drop");
        await open(
            "/ui/queues/%2F/orders.new/messages",
            () => page.click(".msgs tbody tr"),
            ".panel .code",
        );
        opened.calm();
        await opened.close();
    });

    test("the message that is open, the filter and the order are in the link", async () => {
        const opened = await openPage(shared.broker);
        const {page, to} = opened;
        await to("/ui/queues");
        await page.fill('input[aria-label="Part of a name"]', "orders");
        await page.waitForURL(/q=orders/);
        await page.click("th button:has-text('Ready')");
        await page.waitForURL(/sort=messages_ready/);
        const names = () =>
            page.$$eval("tr.row .name-cell .name", (all) => all.map((one) => one.textContent));
        await page.waitForFunction(() => document.querySelectorAll("tr.row").length === 2);
        const before = await names();
        await page.reload();
        await page.waitForSelector("tr.row");
        assert.deepEqual(await names(), before);

        await to("/ui/queues/%2F/orders.new/messages");
        await page.click(".msgs tbody tr:nth-child(3)");
        await page.waitForSelector(".panel .code");
        const title = await page.textContent(".panel h2");
        await page.reload();
        await page.waitForSelector(".panel .code");
        assert.equal(await page.textContent(".panel h2"), title);
        opened.calm();
        await opened.close();
    });

    test("links of the consoles of RabbitMQ and LavinMQ lead to the same queue", async () => {
        const opened = await openPage(shared.broker);
        const {page} = opened;
        for (const old of ["/#/queues/%2F/orders.new", "/queue#vhost=%2F&name=orders.new"]) {
            await page.goto("about:blank");
            await page.goto(shared.broker.url + old);
            await page.waitForURL(`${shared.broker.url}/ui/queues/%2F/orders.new`);
            assert.equal(await page.textContent("h1"), "orders.new");
        }
        opened.calm();
        await opened.close();
    });

    test("an address where nothing lies, and a queue that is gone, say so", async () => {
        const opened = await openPage(shared.broker);
        await opened.to("/ui/nowhere");
        assert.equal(await opened.page.textContent("h1"), "There is no such page");
        opened.calm();
        await opened.to("/ui/queues/%2F/gone");
        await opened.page.waitForSelector("text=This queue cannot be shown.");
        await opened.close();
    });

    test("the theme is kept, and the chart follows it", async () => {
        const opened = await openPage(shared.broker);
        const {page, to} = opened;
        await to("/ui/");
        await page.click(".nav-foot label:has-text('Dark')");
        const dark = () =>
            page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
        assert.equal(await dark(), "dark");
        await page.reload();
        await page.waitForSelector(".chart canvas");
        assert.equal(await dark(), "dark");
        opened.calm();
        await opened.close();
    });
}

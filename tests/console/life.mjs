// Brokers of their own: one that is killed under an open page, one that nobody has used yet, one with ten thousand
// queues.
import assert from "node:assert/strict";
import {rmSync} from "node:fs";
import {test} from "node:test";
import {axe, Broker, openPage, PHONE, sidewaysScroll, until} from "./harness.mjs";
import {declareMany, nameOf} from "./shop.mjs";

const MANY = 10_000;

export function lifeCases() {
    test("a broker that is killed and comes back: the page says since when, and goes on where it was", async () => {
        const broker = await Broker.start();
        await broker.api("PUT", "queues/%2F/kept", {durable: true});
        const opened = await openPage(broker);
        const {page, to, faults} = opened;
        await to("/ui/queues/%2F/kept/bindings");
        await page.waitForSelector(".live[data-state=live]");
        await broker.kill();
        await page.waitForSelector(".banner >> text=/No news since/");
        assert.equal(await page.textContent("h1"), "kept", "what was known stays");

        const {dataDir, amqpPort, httpPort} = broker;
        const again = await Broker.start({dataDir, amqpPort, httpPort});
        // Sessions end with the broker: it asks who one is, and then shows the same place.
        await page.waitForSelector("#username");
        await page.fill("#username", "guest");
        await page.fill("#password", "guest");
        await page.press("#password", "Enter");
        await page.waitForURL(/\/ui\/queues\/%2F\/kept\/bindings$/);
        await page.waitForSelector(".live[data-state=live]");
        assert.equal(await page.textContent("h1"), "kept");
        faults.splice(0); // what failed meanwhile
        await page.click("text=Overview");
        await page.waitForSelector("h1");
        opened.calm();
        await opened.close();
        await again.stop();
        rmSync(dataDir, {recursive: true, force: true});
    });

    test("a fresh broker teaches, and its test message leads into the queue", async () => {
        const broker = await Broker.start();
        const opened = await openPage(broker, {viewport: PHONE});
        const {page, to} = opened;
        await to("/ui/");
        await page.waitForSelector("h1 >> text=It runs. Nothing has come by yet.");
        assert.ok(
            (await page.textContent(".first .code")).includes(`@localhost:${broker.amqpPort}/`),
        );
        assert.deepEqual(await axe(page), []);
        assert.equal(await sidewaysScroll(page), 0);
        for (const [link, empty] of [
            ["queues", "There is no queue here yet."],
            ["connections", "Nobody is connected."],
            ["channels", "No channel is open."],
        ]) {
            await to(`/ui/${link}`);
            await page.waitForSelector(`text=${empty}`);
            assert.deepEqual(await axe(page), [], link);
        }
        await to("/ui/");
        await page.click("button:has-text('Publish a test message')");
        await page.waitForURL(/\/ui\/queues\/%2F\/hello\/messages$/);
        await page.waitForSelector('.msgs >> text={"hello":"world"}');
        opened.calm();
        await opened.close();
        await broker.stop();
    });

    test("ten thousand queues: the list opens at once, scrolls without blank rows and finds by name", async () => {
        const broker = await Broker.start({extra: ["--dev"]});
        const client = await declareMany(broker, MANY);
        const opened = await openPage(broker);
        const {page, to} = opened;
        await to("/ui/");
        await page.waitForSelector(".stats .figure");

        await to("/ui/queues?sort=name&desc=0");
        await page.waitForSelector("tr.row .name-cell");
        assert.equal(await page.getAttribute("table", "aria-rowcount"), String(MANY + 1));
        const rows = await page.$$eval("tr.row", (all) => all.length);
        assert.ok(rows < 100, `${rows} rows exist at once`);
        await page.mouse.move(800, 600);
        for (let step = 0; step < 30; step++) {
            await page.mouse.wheel(0, 700);
            assert.equal(await blankRows(page), 0, `after ${step + 1} turns of the wheel`);
        }
        await page.evaluate(() => document.querySelector(".sheet").scrollTo(0, 1e9));
        await page.waitForSelector(`text=${nameOf(MANY - 1)}`);
        await page.fill('input[aria-label="Part of a name"]', "09999");
        await page.waitForFunction(() => document.querySelectorAll("tr.row").length === 1);
        opened.calm();
        await opened.close();
        await client.close();
        await broker.stop();
    });
}

/** Rows in view that hold no name, once the page has drawn what it knows. */
async function blankRows(page) {
    let blank = 0;
    await until(
        async () => {
            blank = await page.evaluate(
                () =>
                    new Promise((resolve) => {
                        requestAnimationFrame(() =>
                            requestAnimationFrame(() => {
                                const inView = [...document.querySelectorAll("tr.row")].filter(
                                    (row) => {
                                        const {top, bottom} = row.getBoundingClientRect();
                                        return bottom > 100 && top < innerHeight;
                                    },
                                );
                                resolve(
                                    inView.filter((row) => !row.querySelector(".name-cell"))
                                        .length + (inView.length === 0 ? 1 : 0),
                                );
                            }),
                        );
                    }),
            );
            return blank === 0;
        },
        "rows without gaps",
    ).catch(() => {});
    return blank;
}

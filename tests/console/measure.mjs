// How long the console makes one wait on a broker with ten thousand queues: until the overview and the list of queues
// stand, and whether the list shows rows without names while it is scrolled. Figures to look at; nothing passes or fails.
//
//     LEVERET=build/leveret node tests/console/measure.mjs [QUEUES]
import {Broker, closeBrowser, openBrowser, openPage} from "./harness.mjs";
import {declareMany} from "./shop.mjs";

const QUEUES = Number(process.argv[2] ?? 10_000);
const TIMES = 15;
/** Pixels in each frame: a hand on the wheel, a fling, and the scroll bar pulled. */
const SPEEDS = [120, 700, 3_000];
const FRAMES = 120;

const broker = await Broker.start({extra: ["--dev"]});
const client = await declareMany(broker, QUEUES);
await openBrowser();
const opened = await openPage(broker);
try {
    console.log(`${QUEUES} queues; ms from the navigation until the first figures are painted`);
    await watchFirst(opened.page);
    await timed("overview", "/ui/", ".stats .figure");
    await timed("queues", "/ui/queues?sort=name&desc=0", "tr.row .name-cell");
    await timedInside();
    await opened.to("/ui/queues?sort=name&desc=0");
    await opened.page.waitForSelector("tr.row .name-cell");
    for (const speed of SPEEDS) await scrolled(speed);
} finally {
    await opened.close();
    await closeBrowser();
    await client.close();
    await broker.stop();
}

/** Every page from now on notes when what is asked for has been painted. */
async function watchFirst(page) {
    await page.addInitScript(() => {
        globalThis.firstPaintOf = (selector) =>
            new Promise((resolve) => {
                const look = () => {
                    if (!document.querySelector(selector)) return false;
                    requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
                    return true;
                };
                if (look()) return;
                const watcher = new MutationObserver(() => {
                    if (look()) watcher.disconnect();
                });
                watcher.observe(document, {subtree: true, childList: true});
            });
    });
}

async function timed(name, link, selector) {
    const took = [];
    for (let n = 0; n < TIMES; n++) {
        await opened.page.goto(broker.url + link, {waitUntil: "commit"});
        took.push(await opened.page.evaluate((one) => globalThis.firstPaintOf(one), selector));
    }
    say(`${name}, by its link`, took);
}

/** From one page to the other without a load: what a click costs. */
async function timedInside() {
    const took = {overview: [], queues: []};
    const click = (label, selector) =>
        opened.page.evaluate(
            async ([text, wanted]) => {
                const link = [...document.querySelectorAll(".nav a")].find((one) =>
                    one.textContent.includes(text),
                );
                const start = performance.now();
                link.click();
                return (await globalThis.firstPaintOf(wanted)) - start;
            },
            [label, selector],
        );
    for (let n = 0; n < TIMES; n++) {
        took.overview.push(await click("Overview", ".stats .figure"));
        took.queues.push(await click("Queues", "tr.row .name-cell"));
    }
    for (const [name, all] of Object.entries(took)) say(`${name}, by a click`, all);
}

function say(what, took) {
    const [first] = took;
    const sorted = [...took].sort((a, b) => a - b);
    const [median, worst] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
    const [a, b, c] = [first, median, worst].map((ms) => String(Math.round(ms)).padStart(5));
    console.log(`${what.padEnd(24)} first ${a}  median ${b}  worst ${c}`);
}

async function scrolled(speed) {
    const {blank, longest, frame} = await opened.page.evaluate(
        async ([step, frames]) => {
            const sheet = document.querySelector(".sheet");
            const next = () => new Promise((resolve) => requestAnimationFrame(resolve));
            const gaps = () =>
                [...document.querySelectorAll("tr.row")].some((row) => {
                    if (row.querySelector(".name-cell")) return false;
                    const {top, bottom} = row.getBoundingClientRect();
                    return bottom > 0 && top < innerHeight;
                });
            sheet.scrollTo(0, 0);
            await next();
            let [count, longestMs, since] = [0, 0, undefined];
            const start = performance.now();
            for (let n = 0; n < frames; n++) {
                sheet.scrollBy(0, step);
                const now = await next();
                if (!gaps()) {
                    since = undefined;
                    continue;
                }
                count++;
                since ??= now;
                longestMs = Math.max(longestMs, performance.now() - since);
            }
            return {
                blank: count,
                longest: longestMs,
                frame: (performance.now() - start) / frames,
            };
        },
        [speed, FRAMES],
    );
    console.log(
        `scrolled by ${String(speed).padStart(4)} px a frame of ${Math.round(frame)} ms: ` +
            `${blank} of ${FRAMES} frames with rows without a name, the longest gap ${Math.round(longest)} ms`,
    );
}

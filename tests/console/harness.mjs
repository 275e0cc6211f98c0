// A broker of its own, one browser, and pages that note whatever goes wrong in them.
import assert from "node:assert/strict";
import {spawn} from "node:child_process";
import {once} from "node:events";
import {existsSync, mkdtempSync, readFileSync, rmSync} from "node:fs";
import {createRequire} from "node:module";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {createInterface} from "node:readline";

const require = createRequire(new URL("../../admin-ui/web/package.json", import.meta.url));
const {chromium} = require("playwright-core");
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** The same engine without windows starts and draws in half the time. */
const CHROMIUM =
    process.env.CHROMIUM ??
    ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"].find((path) => existsSync(path));
const START_MS = 20_000;
/** For anything that should happen at once; machines are busy. */
export const PATIENCE_MS = 30_000;
export const DESK = {width: 1400, height: 900};
export const PHONE = {width: 390, height: 844};

let browser;

export async function openBrowser() {
    browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: ["--no-sandbox", "--disable-quic", "--disable-dev-shm-usage", "--disable-gpu"],
    });
}

export async function closeBrowser() {
    await browser?.close();
}

/** The binary under test, on free ports. */
export class Broker {
    log = [];

    static async start({dataDir, amqpPort = 0, httpPort = 0, extra = []} = {}) {
        const broker = new Broker();
        broker.ownsData = dataDir === undefined;
        broker.dataDir = dataDir ?? mkdtempSync(join(tmpdir(), "leveret-console-"));
        broker.process = spawn(
            process.env.LEVERET,
            [
                "serve",
                "--amqp-listen",
                `127.0.0.1:${amqpPort}`,
                "--http-listen",
                `127.0.0.1:${httpPort}`,
                "--data-dir",
                broker.dataDir,
                ...extra,
            ],
            {stdio: ["ignore", "pipe", "pipe"]},
        );
        broker.ended = once(broker.process, "exit");
        const lines = createInterface({input: broker.process.stdout});
        broker.process.stderr.on("data", (text) => broker.log.push(String(text)));
        const ready = new Promise((resolve, reject) => {
            const late = setTimeout(
                () => reject(new Error(`no start in time:\n${broker.log.join("\n")}`)),
                START_MS,
            );
            lines.on("line", (line) => {
                broker.log.push(line);
                const ports =
                    /Server startup complete;.*?\bamqp \S+?:(\d+)\b.*?\bhttp \S+?:(\d+)\b/.exec(
                        line,
                    );
                if (!ports) return;
                clearTimeout(late);
                resolve(ports.slice(1).map(Number));
            });
            broker.process.once("exit", (code) =>
                reject(new Error(`ended with ${code}:\n${broker.log.join("\n")}`)),
            );
        });
        [broker.amqpPort, broker.httpPort] = await ready;
        return broker;
    }

    get url() {
        return `http://localhost:${this.httpPort}`;
    }

    get amqpUrl() {
        return `amqp://guest:guest@127.0.0.1:${this.amqpPort}/%2F`;
    }

    /** A request as a script would send it. */
    async api(method, path, body) {
        const response = await fetch(`http://127.0.0.1:${this.httpPort}/api/${path}`, {
            method,
            headers: {authorization: `Basic ${btoa("guest:guest")}`},
            ...(body === undefined ? {} : {body: JSON.stringify(body)}),
        });
        const text = await response.text();
        assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
        return text ? JSON.parse(text) : undefined;
    }

    /** What a browser keeps that has logged in; the session is the same for all that do not use the form. */
    async loggedIn() {
        this.session ??= fetch(`${this.url}/api/login`, {
            method: "POST",
            headers: {"content-type": "application/x-www-form-urlencoded"},
            body: "username=guest&password=guest",
        }).then((response) => response.headers.get("set-cookie").split(";")[0].split("="));
        const [name, value] = await this.session;
        const cookie = {name, value, domain: "localhost", path: "/", expires: -1};
        return {
            cookies: [{...cookie, httpOnly: true, secure: false, sameSite: "Strict"}],
            origins: [
                {origin: this.url, localStorage: [{name: "leveret.session", value: "1"}]},
            ],
        };
    }

    async kill() {
        this.process.kill("SIGKILL");
        await this.ended;
    }

    async stop() {
        this.process.kill("SIGTERM");
        await this.ended;
        if (this.ownsData) rmSync(this.dataDir, {recursive: true, force: true});
    }
}

/** A page, logged in, that notes what goes wrong; call `calm()` at the end. */
export async function openPage(broker, {viewport = DESK, scheme = "light", login = true} = {}) {
    const context = await browser.newContext({
        viewport,
        colorScheme: scheme,
        locale: "en-US",
        timezoneId: "Europe/Berlin",
        ...(login ? {storageState: await broker.loggedIn()} : {}),
    });
    await context.grantPermissions(["clipboard-read", "clipboard-write"], {origin: broker.url});
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const faults = [];
    watch(page, faults);
    const opened = {
        page,
        faults,
        async to(path) {
            await page.goto(broker.url + path);
            await page.waitForSelector("h1");
        },
        /** Nothing went wrong since the page was opened. */
        calm() {
            assert.deepEqual(faults.splice(0), []);
        },
        async close() {
            await context.close();
        },
    };
    return opened;
}

function watch(page, faults) {
    page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning")
            faults.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
    page.on("dialog", (dialog) => {
        faults.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
    });
    page.on("response", (response) => {
        if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`);
    });
    page.on("requestfailed", (request) => {
        // A page that is left lets go of what it had asked for.
        const why = request.failure()?.errorText;
        if (why !== "net::ERR_ABORTED") faults.push(`${why} ${request.url()}`);
    });
    void page.addInitScript(() => {
        addEventListener("securitypolicyviolation", (event) => {
            console.error(
                `content security policy: ${event.violatedDirective} ${event.blockedURI}`,
            );
        });
    });
}

/** What axe-core finds, as lines; nothing is what it should find. */
export async function axe(page, rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]) {
    if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axeSource);
    return page.evaluate(async (runOnly) => {
        const {violations} = await globalThis.axe.run(document, {runOnly});
        return violations.flatMap(({id, nodes}) =>
            nodes.map(
                ({html, failureSummary}) =>
                    `${id}: ${html.slice(0, 160)} ${failureSummary.slice(0, 200)}`,
            ),
        );
    }, rules);
}

/** What fades or slides in has arrived. */
export async function settled(page) {
    await page.waitForFunction(() => document.getAnimations().length === 0);
}

/** By how much the page, or the sheet in it, is wider than what is seen of it. */
export async function sidewaysScroll(page) {
    return page.evaluate(() =>
        Math.max(
            ...[document.documentElement, document.querySelector(".sheet")].map((one) =>
                one ? one.scrollWidth - one.clientWidth : 0,
            ),
        ),
    );
}

/** What the promise gives, as long as it does so in time. */
export async function within(promise, what, ms = PATIENCE_MS) {
    let late;
    const end = new Promise((_, reject) => {
        late = setTimeout(() => reject(new Error(`not in time: ${what}`)), ms);
    });
    return Promise.race([promise, end]).finally(() => clearTimeout(late));
}

/** Waits until `look` gives something true. Polls with the page's own patience, never by sleeping. */
export async function until(look, what, ms = PATIENCE_MS) {
    const end = Date.now() + ms;
    for (;;) {
        const found = await look();
        if (found) return found;
        if (Date.now() > end) throw new Error(`not in time: ${what}`);
        await new Promise((resume) => setImmediate(resume));
    }
}

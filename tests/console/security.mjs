// A page on another port of the same machine, open in a browser that is logged in: it changes nothing and reads
// nothing, by form, by fetch or by WebSocket.
import assert from "node:assert/strict";
import {createServer} from "node:http";
import {once} from "node:events";
import {test} from "node:test";
import {openPage} from "./harness.mjs";

async function otherPort() {
    const server = createServer((_, response) => {
        response.writeHead(200, {"content-type": "text/html"});
        response.end("<!doctype html><title>other</title><h1>other</h1>");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return server;
}

export function securityCases(shared) {
    test("a page on another port of localhost changes nothing and reads nothing", async () => {
        const {broker} = shared;
        const server = await otherPort();
        const opened = await openPage(broker);
        const {page} = opened;
        // The browser knows both: a session, and Basic credentials that it sends along by itself.
        const withCredentials = broker.url.replace("http://", "http://guest:guest@");
        await page.goto(`${withCredentials}/api/whoami`);
        await page.goto(`http://localhost:${server.address().port}/`);
        const tried = await page.evaluate(async (url) => {
            const body = JSON.stringify({durable: true});
            const attempts = {};
            const attempt = async (name, promise) => {
                attempts[name] = await promise.then(
                    () => "answered",
                    () => "refused",
                );
            };
            const read = (path, init) =>
                fetch(url + path, {credentials: "include", ...init}).then((response) =>
                    response.text(),
                );
            await attempt("read", read("/api/queues"));
            await attempt("read the session", read("/api/x/session"));
            await attempt("put", read("/api/queues/%2F/stolen-put", {method: "PUT", body}));
            await attempt(
                "simple post",
                read("/api/exchanges/%2F/amq.default/publish", {
                    method: "POST",
                    headers: {"content-type": "text/plain"},
                    body: JSON.stringify({
                        routing_key: "orders.new",
                        payload: "stolen",
                        payload_encoding: "string",
                        properties: {},
                    }),
                }),
            );
            await fetch(`${url}/api/bindings/%2F/e/orders/q/payments.dlq`, {
                method: "POST",
                mode: "no-cors",
                credentials: "include",
                headers: {"content-type": "text/plain"},
                body: '{"routing_key":"stolen"}',
            }).catch(() => {});
            attempts.socket = await new Promise((resolve) => {
                const socket = new WebSocket(
                    `${url.replace("http", "ws")}/api/x/events`,
                    "console.v1",
                );
                socket.onopen = () => resolve("opened");
                socket.onerror = () => resolve("refused");
            });
            return attempts;
        }, broker.url);
        assert.deepEqual(tried, {
            read: "refused",
            "read the session": "refused",
            put: "refused",
            "simple post": "refused",
            socket: "refused",
        });

        for (const enctype of ["text/plain", "multipart/form-data"]) {
            await page.goto(`http://localhost:${server.address().port}/`);
            const answered = page.waitForResponse((response) => response.url().includes("/api/"));
            await page.evaluate(
                ([url, type]) => {
                    const form = document.createElement("form");
                    form.method = "post";
                    form.enctype = type;
                    form.action = `${url}/api/bindings/%2F/e/orders/q/payments.dlq`;
                    const field = document.createElement("input");
                    field.name = '{"routing_key":"stolen","x":"';
                    field.value = '"}';
                    form.append(field);
                    document.body.append(form);
                    form.submit();
                },
                [broker.url, enctype],
            );
            assert.equal((await answered).status(), 401, enctype);
            await page.waitForURL(/\/api\/bindings/);
        }

        const bindings = await broker.api("GET", "bindings/%2F/e/orders/q/payments.dlq");
        assert.deepEqual(bindings, []);
        const queues = await broker.api("GET", "queues/%2F?columns=name");
        assert.ok(!queues.some(({name}) => name === "stolen-put"));
        const found = await broker.api(
            "GET",
            `x/queues/%2F/orders.new/messages?q=${encodeURIComponent('body contains "stolen"')}`,
        );
        assert.deepEqual(found.items, []);
        await opened.close();
        server.close();
    });

    test("the session's cookie is out of reach of scripts, and the page cannot be framed", async () => {
        const opened = await openPage(shared.broker);
        const {page, to} = opened;
        await to("/ui/");
        assert.equal(await page.evaluate(() => document.cookie), "");
        const kept = await page.evaluate(() =>
            JSON.stringify({...localStorage, ...sessionStorage}),
        );
        assert.doesNotMatch(kept, /guest:|Z3Vlc3Q/);
        const response = await page.goto(`${shared.broker.url}/ui/queues`);
        const headers = response.headers();
        assert.match(
            headers["content-security-policy"],
            /default-src 'none'.*frame-ancestors 'none'.*require-trusted-types-for 'script'/,
        );
        assert.equal(headers["x-content-type-options"], "nosniff");
        opened.calm();
        await opened.close();
    });

    test("a wrong password is refused in general words", async () => {
        const opened = await openPage(shared.broker, {login: false});
        const {page, to} = opened;
        await to("/ui/login");
        await page.fill("#username", "nobody");
        await page.fill("#password", "wrong");
        await page.press("#password", "Enter");
        await page.waitForSelector(
            "[role=alert] >> text=That name and password do not go together.",
        );
        await opened.close();
    });

    test("a page that was asked for comes after the login", async () => {
        const opened = await openPage(shared.broker, {login: false});
        const {page} = opened;
        await page.goto(`${shared.broker.url}/ui/queues/%2F/orders.new/bindings`);
        await page.fill("#username", "guest");
        await page.fill("#password", "guest");
        await page.press("#password", "Enter");
        await page.waitForURL(/\/ui\/queues\/%2F\/orders\.new\/bindings$/);
        opened.calm();
        await opened.close();
    });
}

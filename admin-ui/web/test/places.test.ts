import assert from "node:assert/strict";
import {test} from "node:test";
import {href, parse, translated, type Place} from "../src/state/places.ts";

function place(link: string): Place {
    const [path, search] = link.split("?");
    return parse(path!, search);
}

const LINKS: [string, Partial<Place>][] = [
    ["/ui/", {page: "overview"}],
    ["/ui/queues", {page: "queues"}],
    [
        "/ui/queues?vhost=shop&q=a%26b&sort=age&desc=1",
        {page: "queues", query: {vhost: "shop", q: "a&b", sort: "age", desc: "1"}},
    ],
    ["/ui/queues/%2F/orders.new", {page: "queue", vhost: "/", name: "orders.new", tab: ""}],
    [
        "/ui/queues/a%2Fb/c%20d%2Fe/messages?m=17",
        {page: "queue", vhost: "a/b", name: "c d/e", tab: "messages", query: {m: "17"}},
    ],
    ["/ui/queues/%2F/%25/settings", {page: "queue", vhost: "/", name: "%", tab: "settings"}],
    ["/ui/exchanges/%2F/amq.default", {page: "exchange", vhost: "/", name: ""}],
    ["/ui/exchanges/%2F/orders/publish", {page: "exchange", name: "orders", tab: "publish"}],
    [
        "/ui/connections/127.0.0.1%3A4%20-%3E%20127.0.0.1%3A5672",
        {page: "connection", name: "127.0.0.1:4 -> 127.0.0.1:5672"},
    ],
    ["/ui/node", {page: "node"}],
];

test("a link leads to its place, and the place back to the link", () => {
    for (const [link, wanted] of LINKS) {
        const found = place(link);
        for (const [key, value] of Object.entries(wanted))
            assert.deepEqual(found[key as keyof Place], value, `${link}: ${key}`);
        assert.equal(href(found), link);
    }
});

test("what is no page is nowhere", () => {
    for (const link of [
        "/ui/nope",
        "/ui/queues/%2F",
        "/ui/queues/%2F/q/nope",
        "/ui/exchanges/%2F/x/messages",
        "/ui/a/b/c/d/e",
    ]) {
        assert.equal(place(link).page, "nowhere", link);
    }
});

test("an escape that is none does not stop the page", () => {
    assert.equal(place("/ui/queues/%2F/%zz").name, "%zz");
});

test("empty values of the query are left out of a link", () => {
    assert.equal(href({page: "queues", query: {q: "", vhost: "shop"}}), "/ui/queues?vhost=shop");
});

const OLD: [path: string, hash: string, ours: string | undefined][] = [
    ["/ui/", "#/queues/%2F/orders.new", "/ui/queues/%2F/orders.new"],
    ["/", "#/", "/ui/"],
    ["/ui/", "#/exchanges/%2F/amq.topic", "/ui/exchanges/%2F/amq.topic"],
    ["/ui/", "#/connections/127.0.0.1%3A4%20-%3E%20b", "/ui/connections/127.0.0.1%3A4%20-%3E%20b"],
    ["/ui/", "#/channels", "/ui/channels"],
    ["/ui/", "#/nodes/rabbit%40mq1", "/ui/node"],
    ["/ui/", "#/queues?page=1&name=x", "/ui/queues"],
    ["/ui/", "#/policies", "/ui/"],
    ["/queue", "#vhost=%2F&name=x", "/ui/queues/%2F/x"],
    ["/queue.html", "#vhost=a%2Fb&name=x%20y", "/ui/queues/a%2Fb/x%20y"],
    ["/exchange", "#vhost=%2F&name=orders", "/ui/exchanges/%2F/orders"],
    ["/connection", "#name=a%3A1", "/ui/connections/a%3A1"],
    ["/unacked", "#name=q&vhost=%2F", "/ui/queues/%2F/q/unacked"],
    ["/queues", "", "/ui/queues"],
    ["/nodes", "", "/ui/node"],
    ["/ui/queues", "", undefined],
    ["/ui/queues/%2F/q", "#main", undefined],
];

test("links of the consoles of RabbitMQ and LavinMQ lead to the same things here", () => {
    for (const [path, hash, ours] of OLD) assert.equal(translated(path, hash), ours, path + hash);
});

"""The live feed over WebSocket."""

from broker import Broker, WebSocket
from cases import case, expect, require
from login_cases import log_in
from operation_cases import fresh, publish


def applied(rows, diff):
    """Does what a page does with a diff of a list."""
    gone = set(diff["del"])
    rows = [row for index, row in enumerate(rows) if index not in gone]
    for index, cells in diff["add"]:
        rows.insert(index, cells)
    for index, cells in diff["set"]:
        for column, cell in cells.items():
            rows[index][int(column)] = cell
    return rows


@case("a socket says hello, is welcomed, and gets what it subscribes to")
def _(broker):
    feed = WebSocket(broker)
    expect(feed.status, 101)
    require("console.v1" in feed.head, feed.head)
    welcome = feed.hello()
    expect((welcome["k"], welcome["user"], welcome["tags"], welcome["limits"]["subs"]),
           ("welcome", "guest", ["administrator"], 32))
    feed.send({"op": "sub", "id": 1, "topic": "overview"})
    snap = feed.receive()
    expect((snap["k"], snap["i"], snap["s"]), ("snap", 1, 1))
    require({"health", "rates", "messages", "top"} <= set(snap["v"]), snap)
    expect(snap["cols"][0], "ts")
    require(all(len(point) == len(snap["cols"]) for point in snap["points"]), snap["points"][:2])
    point = feed.receive_until(lambda m: m["k"] == "point")
    expect(len(point["v"]), len(snap["cols"]) - 1)
    feed.close()


@case("rows of queues come sorted, and only what changes afterwards")
def _(broker):
    names = [f"feed.{n}" for n in range(4)]
    for name in names:
        broker.put(f"/api/queues/%2F/{name}")
    publish(broker, "amq.default", "feed.2")
    feed = WebSocket(broker)
    feed.hello()
    feed.send({"op": "sub", "id": 2, "topic": "queues", "p": {
        "vhost": "/", "q": "feed.", "sort": "messages", "desc": True, "limit": 3,
        "fields": ["messages", "state", "publish", "arguments", "idle_since"]}})
    snap = feed.receive()
    expect((snap["cols"], snap["total"], snap["offset"]),
           (["key", "messages", "state", "publish", "arguments", "idle_since"], 4, 0))
    expect([row[:3] for row in snap["rows"]],
           [["/\0feed.2", 1, "running"], ["/\0feed.0", 0, "running"], ["/\0feed.1", 0, "running"]])
    rows = snap["rows"]
    for _ in range(2):
        publish(broker, "amq.default", "feed.3")
    last = snap["s"]
    while [row[:2] for row in rows[:2]] != [["/\0feed.3", 2], ["/\0feed.2", 1]]:
        diff = feed.receive()
        expect((diff["k"], diff["s"]), ("diff", last + 1))
        last = diff["s"]
        rows = applied(rows, diff)
    feed.send({"op": "set", "id": 2, "p": {"offset": 3}})
    snap = feed.receive_until(lambda m: m["k"] == "snap")
    expect((snap["offset"], [row[0] for row in snap["rows"]]), (3, ["/\0feed.1"]))
    feed.send({"op": "unsub", "id": 2})
    feed.close()
    for name in names:
        broker.delete(f"/api/queues/%2F/{name}")


@case("one queue, exchange, connection, and all lists can be looked at")
def _(broker):
    connection = broker.amqp("feed-client")
    channel = connection.channel()
    queue = fresh()
    channel.queue_declare(queue)
    channel.basic_consume(queue, lambda *_: None)
    name = next(c["name"] for c in broker.get("/api/connections").json
                if c.get("user_provided_name") == "feed-client")
    feed = WebSocket(broker)
    feed.hello()
    for number, (topic, parameters) in enumerate((
            ("queue", {"vhost": "/", "name": queue}), ("exchange", {"vhost": "/", "name": "amq.topic"}),
            ("exchange", {"vhost": "/", "name": "amq.default"}), ("connection", {"name": name}))):
        feed.send({"op": "sub", "id": number, "topic": topic, "p": parameters})
        snap = feed.receive_until(lambda m, n=number: m.get("i") == n)
        expect(snap["k"], "snap", str(snap))
        require(snap["v"]["name"] in (queue, "amq.topic", "", name), snap)
    for number, (topic, fields) in enumerate((
            ("exchanges", ["type", "publish_in"]), ("connections", ["user", "recv_oct", "client_properties"]),
            ("channels", ["consumer_count", "deliver"]), ("consumers", ["queue", "prefetch_count"])), 10):
        feed.send({"op": "sub", "id": number, "topic": topic, "p": {"fields": fields}})
        snap = feed.receive_until(lambda m, n=number: m.get("i") == n)
        expect((snap["k"], snap["cols"]), ("snap", ["key", *fields]), str(snap))
        require(snap["total"] >= 1 and all(len(row) == 1 + len(fields) for row in snap["rows"]), snap)
    feed.close()
    connection.close()


@case("events come when they happen")
def _(broker):
    feed = WebSocket(broker)
    feed.hello()
    feed.send({"op": "sub", "id": 1, "topic": "events"})
    feed.send({"op": "sub", "id": 2, "topic": "alarms"})
    feed.send({"op": "sub", "id": 3, "topic": "exchange", "p": {"vhost": "/", "name": "amq.topic"}})
    feed.receive_until(lambda m: m.get("i") == 3)  # the first two are in place
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}")
    event = feed.receive_until(lambda m: m["k"] == "event" and m.get("name") == queue)
    expect((event["type"], event["vhost"], event["by"]), ("queue.created", "/", "guest"))
    broker.delete(f"/api/queues/%2F/{queue}")
    feed.receive_until(lambda m: m["k"] == "event" and m["type"] == "queue.deleted" and m["name"] == queue)
    feed.close()


@case("what cannot be subscribed to is an error of that subscription only")
def _(broker):
    feed = WebSocket(broker)
    feed.hello()
    for number, (message, error) in enumerate((
            ({"topic": "nothing"}, "bad_request"),
            ({"topic": "queue", "p": {"vhost": "/", "name": "no.such.queue"}}, "not_found"),
            ({"topic": "queues", "p": {"vhost": "nowhere"}}, "not_found"),
            ({"topic": "queues", "p": {"fields": ["colour"]}}, "bad_request"),
            ({"topic": "queues", "p": {"sort": "colour"}}, "bad_request"),
            ({"topic": "queues", "p": {"limit": 501}}, "bad_request"),
            ({"topic": "queues", "p": {"fields": "name"}}, "bad_request")), 1):
        feed.send({"op": "sub", "id": number, **message})
        answer = feed.receive_until(lambda m: m["k"] == "error")
        expect((answer["i"], answer["error"]), (number, error), str(message))
    for message in ({"op": "dance", "id": 9}, {"op": "set", "id": 9, "p": {}}, {"op": "every", "id": 9, "ms": 1},
                    {"op": "sub", "topic": "overview"}):
        feed.send(message)
        expect(feed.receive()["k"], "error", str(message))
    for number in range(100, 133):
        feed.send({"op": "sub", "id": number, "topic": "events"})
    answer = feed.receive_until(lambda m: m["k"] == "error")
    expect((answer["i"], answer["error"]), (132, "too_many_subscriptions"))
    feed.close()


@case("a queue that is deleted ends its subscription")
def _(broker):
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}")
    feed = WebSocket(broker)
    feed.hello()
    feed.send({"op": "sub", "id": 1, "topic": "queue", "p": {"vhost": "/", "name": queue}})
    expect(feed.receive()["k"], "snap")
    broker.delete(f"/api/queues/%2F/{queue}")
    expect(feed.receive_until(lambda m: m["k"] == "error")["error"], "not_found")
    feed.close()


@case("a session's socket needs its token and its origin, and ends with the session")
def _(broker):
    _, cookie, answer = log_in(broker)
    origin = {"origin": f"http://localhost:{broker.http_port}"}
    expect(WebSocket(broker, cookie).status, 401)
    expect(WebSocket(broker, {}).status, 401)
    wrong = WebSocket(broker, {**cookie, **origin})
    expect(wrong.hello(csrf="wrong"), ("close", 4403))
    feed = WebSocket(broker, {**cookie, **origin})
    expect(feed.hello(csrf=answer["csrf"])["k"], "welcome")
    broker.ask("DELETE", "/api/login", user=None, fields={**cookie, "x-csrf-token": answer["csrf"]})
    while True:
        message = feed.receive()
        if isinstance(message, tuple):
            break
    expect(message, ("close", 4401))


@case("who says anything before hello, or nothing at all, is closed")
def _(broker):
    feed = WebSocket(broker)
    feed.send({"op": "sub", "id": 1, "topic": "overview"})
    expect(feed.receive(), ("close", 4408))
    feed = WebSocket(broker)
    expect(feed.receive(), ("close", 4408))
    feed = WebSocket(broker)
    feed.send_text("{nonsense")
    expect(feed.receive(), ("close", 1007))
    feed = WebSocket(broker)
    feed.hello()
    feed.send_text("x" * 70_000)
    require(feed.receive()[0] == "close", "too long a frame")


@case("a user has sixteen sockets at most")
def _(broker):
    sockets = []
    for _ in range(16):
        feed = WebSocket(broker)
        expect(feed.hello()["k"], "welcome")
        sockets.append(feed)
    feed = WebSocket(broker)
    expect(feed.receive(), ("close", 4429))
    for feed in sockets:
        feed.close()


@case("a socket that is not read leaves the broker's memory flat")
def _(broker):
    feed = WebSocket(broker)
    feed.hello()
    for number in range(8):
        feed.send({"op": "sub", "id": number, "topic": "events"})
    before = broker.memory_octets()
    for n in range(2000):
        broker.put(f"/api/queues/%2F/feed.flat{n % 50}")
        broker.delete(f"/api/queues/%2F/feed.flat{n % 50}")
    grown = broker.memory_octets() - before
    require(grown < 32 << 20, f"grown by {grown >> 20} MiB")
    feed.close()


@case("a broker that stops says so to its sockets")
def _(_broker):
    broker = Broker().start()
    try:
        feed = WebSocket(broker)
        feed.hello()
        expect(broker.stop(), 0)
        expect(feed.receive(), {"k": "bye", "reason": "restart"})
        expect(feed.receive(), ("close", 1012))
    finally:
        broker.end()

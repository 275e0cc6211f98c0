"""Every endpoint: status, right, the methods it has, and the shape of its answers."""

import pathlib
import re

from broker import quote
from cases import case, expect, require
from http_cases import talk
from schema import faults

# What stands for names in paths, for objects that `_world` makes.
VALUES = {"vhost": "%2F", "queue": "api.q", "exchange": "api.x", "destination": "amq.fanout",
          "port": "{amqp_port}", "protocols": "amqp", "user": "guest", "properties": "key",
          "node": "{node}", "connection": "{connection}", "channel": "{channel}", "id": "{id}",
          "session": "none", "policy": "api.policy", "component": "vhost-limits", "name": "limits"}

# Answers that are not 200.
OTHER_STATUS = {"/connections/{connection}/sessions": 400, "/x/events": 400, "/x/search": 400}


def _world(broker):
    """Objects of every kind, so that no list is empty. Returns what paths need."""
    expect(broker.put("/api/queues/%2F/api.q", {"durable": True}).status in (201, 204), True)
    expect(broker.put("/api/exchanges/%2F/api.x", {"type": "topic"}).status in (201, 204), True)
    broker.post("/api/bindings/%2F/e/api.x/q/api.q", {"routing_key": "key"})
    broker.post("/api/bindings/%2F/e/api.x/e/amq.fanout", {"routing_key": "key"})
    broker.post("/api/exchanges/%2F/amq.default/publish", {
        "routing_key": "api.q", "payload": "x", "payload_encoding": "string",
        "properties": {"headers": {"n": 1}, "delivery_mode": 2}})
    policy = {"pattern": "^api\\.q$", "definition": {"max-length": 1000}}
    for kind in ("policies", "operator-policies"):
        broker.put(f"/api/{kind}/%2F/api.policy", policy)
    broker.put("/api/vhost-limits/%2F/max-connections", {"value": 1000})
    broker.put("/api/topic-permissions/%2F/guest", {"exchange": "api.x", "write": ".*", "read": ".*"})
    broker.put("/api/global-parameters/limits", {"value": {"x": 1}})
    connection = broker.amqp("api-world")
    channel = connection.channel()
    channel.queue_declare("api.consumed")
    channel.basic_qos(prefetch_count=5)
    channel.basic_consume("api.consumed", lambda *_: None)
    # The list of connections names it, and its channel.
    names = [c["name"] for c in broker.get("/api/connections").json
             if c.get("user_provided_name") == "api-world"]
    message = broker.get("/api/x/queues/%2F/api.q/messages").json["items"][0]
    return connection, {"connection": quote(names[-1]), "channel": quote(names[-1] + " (1)"),
                        "id": message["id"], "amqp_port": str(broker.amqp_port),
                        "node": quote(broker.get("/api/overview").json["node"])}


def _path(pattern, names):
    values = {name: value.format(**names) for name, value in VALUES.items()}
    return "/api" + re.sub(r"\{(\w+)\}", lambda m: values[m[1]], pattern)


def _routes(broker):
    """Method, pattern and right of every endpoint, as the broker's own reference says."""
    page = broker.get("/api/index.html", user=None)
    rows = re.findall(r"<tr><td>(\w+)<td><code>/api([^<]*)</code><td>([^<]*)<td>", page.body.decode())
    require(len(rows) > 60, f"the reference has rows: {len(rows)}")
    return rows


@case("every GET answers 200 with JSON that no strict client stumbles over")
def _(broker):
    connection, names = _world(broker)
    wrong = []
    for method, pattern, _right in _routes(broker):
        if method != "GET" or pattern == "/index.html":
            continue
        answer = broker.get(_path(pattern, names))
        if answer.status != OTHER_STATUS.get(pattern, 200):
            wrong.append(f"{pattern}: {answer.status} {answer.body[:200]}")
        elif answer.status == 200:
            expect(answer.fields["content-type"], "application/json", pattern)
            wrong += [f"{pattern}: {fault}" for fault in faults(answer.body)]
    connection.close()
    expect(wrong, [])


@case("every endpoint that needs a user challenges who gives none, and refuses a wrong password")
def _(broker):
    connection, names = _world(broker)
    expect(broker.get("/api/overview", password="wrong").status, 401)
    for method, pattern, right in _routes(broker):
        answer = broker.ask(method, _path(pattern, names), user=None)
        if right == "anybody":
            require(answer.status != 401 or pattern == "/login", f"{pattern} is open: {answer.status}")
            continue
        expect(answer.status, 401, f"{method} {pattern}")
        expect(answer.fields.get("www-authenticate"), 'Basic realm="RabbitMQ Management"', pattern)
        expect(answer.body, b"", pattern)
    connection.close()


@case("every path says which methods it has, and refuses the others with 405")
def _(broker):
    connection, names = _world(broker)
    patterns = {}
    for method, pattern, _right in _routes(broker):
        patterns.setdefault(pattern, set()).add(method)
    for pattern, methods in patterns.items():
        path = _path(pattern, names)
        allow = {"OPTIONS"} | methods | ({"HEAD"} if "GET" in methods else set())
        answer = broker.ask("OPTIONS", path, user=None)
        expect(answer.status, 200, pattern)
        expect(set(answer.fields["allow"].split(", ")), allow, pattern)
        refused = broker.ask("PATCH", path)
        expect((refused.status, refused.body), (405, b""), pattern)
        expect(set(refused.fields["allow"].split(", ")), allow, pattern)
    connection.close()


@case("HEAD has the head of GET and no body")
def _(broker):
    for path in ("/api/overview", "/api/queues", "/api/queues?page=1", "/"):
        head = broker.ask("HEAD", path)
        get = broker.ask("GET", path)
        same = ("content-type", "content-security-policy", "cache-control", "location")
        expect((head.status, [head.fields.get(name) for name in same]),
               (get.status, [get.fields.get(name) for name in same]), path)
        octets = talk(broker, f"HEAD {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"
                      "authorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\r\n".encode())
        expect(octets.partition(b"\r\n\r\n")[2], b"", path)


@case("a path that leads nowhere is 404 with RabbitMQ's words")
def _(broker):
    for path in ("/api/nothing", "/api//queues", "/api/queues/%252F/q", "/api/queues/nowhere/q",
                 "/api/queues/%2F/no.such.queue", "/api/exchanges/%2F/no.such.exchange",
                 "/api/connections/nobody", "/api/channels/nobody", "/api/nodes/nobody",
                 "/api/vhosts/nowhere", "/api/bindings/nowhere", "/api/x/queues/%2F/no.such.queue",
                 "/api/x/queues/%2F/no.such.queue/messages"):
        answer = broker.get(path)
        expect(answer.status, 404, path)
        require(set(answer.json) == {"error", "reason"}, f"{path}: {answer.body}")
        require(all(isinstance(v, str) for v in answer.json.values()), path)


@case("a trailing slash is accepted on every endpoint")
def _(broker):
    for path in ("/api/queues/", "/api/queues/%2F/", "/api/exchanges/%2F/", "/api/cluster-name/",
                 "/api/queues/%2F/?page=1&page_size=500", "/api/bindings/"):
        expect(broker.get(path).status, 200, path)
    require(isinstance(broker.get("/api/exchanges/%2F/").json, list), "a list, not an exchange")


@case("malformed paths and queries are 400")
def _(broker):
    for path in ("/api/queues/%zz", "/api/queues/%2", "/api/queues?columns=%g1", "/api/queues/%ff"):
        expect(broker.get(path).status, 400, path)


@case("names with every kind of character are declared, found and deleted")
def _(broker):
    for name in ("get", "bindings", "a b", "a+b", "~", "a/b", "%2F", "ü€", "x" * 255, "quorum"):
        path = "/api/queues/%2F/" + quote(name)
        expect(broker.put(path).status, 201, name)
        expect(broker.get(path).json["name"], name)
        expect(broker.get(path + "/bindings").json[0]["routing_key"], name)
        expect(broker.delete(path).status, 204, name)
        expect(broker.get(path).status, 404, name)


@case("the overview says what clients look for")
def _(broker):
    overview = broker.get("/api/overview").json
    expect(overview["rabbitmq_version"], "3.13.7")
    expect(overview["management_version"], "3.13.7")
    expect(overview["product_name"], "Leveret")
    expect((overview["rates_mode"], overview["disable_stats"]), ("basic", False))
    for name in ("message_stats", "queue_totals", "object_totals", "churn_rates"):
        require(isinstance(overview[name], dict) and overview[name], name)
    ports = {(one["protocol"], one["port"]) for one in overview["listeners"]}
    expect(ports, {("amqp", broker.amqp_port), ("http", broker.http_port)})
    expect([one["port"] for one in overview["contexts"]], [str(broker.http_port)])
    expect({one["name"] for one in overview["exchange_types"]},
           {"direct", "fanout", "headers", "topic", "x-consistent-hash", "x-modulus-hash", "x-random",
            "x-local-random", "x-recent-history", "x-delayed-message"})


@case("health checks answer ok, or 503 with what is missing")
def _(broker):
    for check in ("alarms", "local-alarms", "virtual-hosts", "node-is-quorum-critical",
                  "node-is-mirror-sync-critical", "is-in-service", "ready-to-serve-clients",
                  "below-node-connection-limit", "reached-target-cluster-size"):
        answer = broker.get(f"/api/health/checks/{check}")
        expect((answer.status, answer.json["status"]), (200, "ok"), check)
    expect(broker.get(f"/api/health/checks/port-listener/{broker.amqp_port}").json,
           {"status": "ok", "port": broker.amqp_port})
    answer = broker.get("/api/health/checks/port-listener/1")
    expect(answer.status, 503)
    expect((answer.json["status"], answer.json["missing"], answer.json["reason"]),
           ("failed", 1, "No active listener"))
    expect(sorted(answer.json["ports"]), sorted([broker.amqp_port, broker.http_port]))
    expect(broker.get("/api/health/checks/port-listener/x").status, 400)
    expect(broker.get("/api/health/checks/protocol-listener/amqp0-9-1").json,
           {"status": "ok", "protocol": "amqp"})
    answer = broker.get("/api/health/checks/protocol-listener/mqtt")
    expect((answer.status, answer.json["missing"]), (503, "mqtt"))
    answer = broker.get("/api/health/checks/protocol-listener/mqtt,amqp,stomp")
    expect((answer.status, answer.json["missing"]), (503, ["mqtt", "stomp"]))
    expect(broker.get("/api/aliveness-test/%2F").body, b'{"status":"ok"}')


@case("the documentation's table of endpoints is the broker's")
def _(broker):
    text = pathlib.Path(__file__).parent.parent.parent.joinpath("docs/http-api.md").read_text()
    documented = re.findall(r"^\| (\w+) \| `/api([^`]*)` \|", text, re.MULTILINE)
    expect(sorted(documented), sorted((m, p) for m, p, _ in _routes(broker)))

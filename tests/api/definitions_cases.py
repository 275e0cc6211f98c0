"""Definitions: out of one broker and into another, whole or not at all."""

import json
import os

from broker import Broker
from cases import case, expect, require
from operation_cases import fresh

ARRAYS = ("users", "vhosts", "permissions", "topic_permissions", "parameters", "global_parameters", "policies",
          "queues", "exchanges", "bindings")

# Every kind of object, as RabbitMQ 3.13 writes them.
WHOLE = {
    "rabbit_version": "3.13.7", "rabbitmq_version": "3.13.7", "product_name": "RabbitMQ",
    "users": [
        {"name": "guest", "password_hash": "c2FsdDRwMuw4kgNZhm0cEYx1m4NAR6BCdplxDdFbnDjbRIKq",
         "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ["administrator"], "limits": {}},
        {"name": "app", "password_hash": "", "hashing_algorithm": "rabbit_password_hashing_sha512", "tags": [],
         "limits": {"max-connections": 5}}],
    "vhosts": [{"name": "/", "description": "Default virtual host", "tags": [], "default_queue_type": "classic",
                "metadata": {"description": "Default virtual host", "tags": [], "default_queue_type": "classic"},
                "limits": []},
               {"name": "shop", "description": "", "tags": ["eu"], "default_queue_type": "quorum",
                "metadata": {"description": "", "tags": ["eu"], "default_queue_type": "quorum"}, "limits": []}],
    "permissions": [{"user": "app", "vhost": "shop", "configure": "", "write": "^orders", "read": ".*"},
                    {"user": "guest", "vhost": "shop", "configure": ".*", "write": ".*", "read": ".*"},
                    {"user": "guest", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}],
    "topic_permissions": [{"user": "app", "vhost": "shop", "exchange": "orders", "write": "^a\\.", "read": ".*"}],
    "parameters": [{"vhost": "shop", "component": "shovel", "name": "later",
                    "value": {"src-uri": "amqp://", "src-queue": "a", "dest-uri": "amqp://", "dest-queue": "b"}},
                   {"vhost": "shop", "component": "vhost-limits", "name": "limits", "value": {"max-queues": 50}},
                   {"vhost": "/", "component": "operator_policy", "name": "cap",
                    "value": {"pattern": ".*", "apply-to": "queues", "definition": {"max-length": 1000000},
                              "priority": 0}}],
    "global_parameters": [{"name": "cluster_name", "value": "rabbit@elsewhere"},
                          {"name": "where", "value": {"rack": 7}}],
    "policies": [{"vhost": "shop", "name": "short", "pattern": "^orders", "apply-to": "queues",
                  "definition": {"message-ttl": 60000, "dead-letter-exchange": "dead"}, "priority": 2}],
    "queues": [{"name": "orders", "vhost": "shop", "durable": True, "auto_delete": False, "type": "quorum",
                "arguments": {"x-queue-type": "quorum", "x-delivery-limit": 5}},
               {"name": "plain", "vhost": "/", "durable": True, "auto_delete": False, "type": "classic",
                "arguments": {}}],
    "exchanges": [{"name": "orders", "vhost": "shop", "type": "topic", "durable": True, "auto_delete": False,
                   "internal": False, "arguments": {"alternate-exchange": "dead"}},
                  {"name": "dead", "vhost": "shop", "type": "fanout", "durable": True, "auto_delete": False,
                   "internal": True, "arguments": {}}],
    "bindings": [{"source": "orders", "vhost": "shop", "destination": "orders", "destination_type": "queue",
                  "routing_key": "a.#", "arguments": {}},
                 {"source": "orders", "vhost": "shop", "destination": "dead", "destination_type": "exchange",
                  "routing_key": "b", "arguments": {"x": 1}}],
}


def objects(document):
    """What a document says, whatever the order."""
    return {name: sorted(json.dumps(one, sort_keys=True) for one in document[name]) for name in ARRAYS}


def other_broker(*flags):
    other = Broker(*flags)
    return other.start()


def totals(answer):
    expect(answer.status, 200, answer.body)
    return {name: count for name, count in answer.json["totals"].items() if count}


@case("definitions of a RabbitMQ go in, come out equal, and go in again without a change")
def _(_):
    other = other_broker()
    try:
        report = other.post("/api/x/definitions?dry_run=true", WHOLE)
        expect(report.json["applied"], False)
        expect(other.get("/api/vhosts/shop").status, 404, "a dry run changes nothing")
        expect(other.post("/api/definitions", WHOLE).status, 204)
        # Whose guest has the password that this one had.
        expect(objects(other.get("/api/definitions").json), objects(WHOLE))
        require(set(totals(other.post("/api/x/definitions", WHOLE))) == {"unchanged"}, "all is there")
        expect(other.get("/api/queues/shop/orders").json["policy"], "short")
        expect(other.stop(), 0)
        other.start()
        expect(objects(other.get("/api/definitions").json), objects(WHOLE), "after a restart")
    finally:
        other.end()


@case("definitions with a fault say where it is, and change nothing")
def _(broker):
    good = fresh("q")
    for key, entry, words in (
            ("queues", {"name": "bad", "vhost": "/", "arguments": {"x-max-length": -1}}, "queues[1] 'bad'"),
            ("queues", {"name": "bad", "vhost": "nowhere"}, "no vhost 'nowhere'"),
            ("queues", {"name": "bad"}, "vhost"),
            ("queues", {"vhost": "/"}, "queues[1]"),
            ("policies", {"name": "p", "vhost": "/", "pattern": "(", "definition": {"max-length": 1}}, "policies[0]"),
            ("bindings", {"source": "amq.topic", "vhost": "/", "destination": "nothing",
                          "destination_type": "queue"}, "bindings[0]"),
            ("permissions", {"user": "nobody", "vhost": "/", "configure": "", "write": "", "read": ""}, "nobody"),
            ("users", {"name": "u", "password_hash": "?", "tags": ""}, "users[0] 'u'")):
        document = {"queues": [{"name": good, "vhost": "/"}]}
        document.setdefault(key, []).append(entry)
        answer = broker.post("/api/definitions", document)
        expect(answer.status, 400, words)
        require(words in answer.json["reason"], f"{words}: {answer.json}")
        expect(broker.get(f"/api/queues/%2F/{good}").status, 404)
    expect(broker.post("/api/definitions", b"{").status, 400)
    expect(broker.post("/api/definitions", {"queues": {}}).status, 400)


@case("what this version does not have is left out with its bindings, and what stands stays")
def _(broker):
    there, stream, odd = fresh("q"), fresh("stream"), fresh("x")
    expect(broker.put(f"/api/queues/%2F/{there}", {"durable": True, "arguments": {"x-max-length": 5}}).status, 201)
    answer = broker.post("/api/x/definitions", {
        "exchanges": [{"name": odd, "vhost": "/", "type": "x-odd"}, {"name": "amq.direct", "vhost": "/"}],
        "queues": [{"name": there, "vhost": "/", "arguments": {"x-max-length": 6}},
                   {"name": stream, "vhost": "/", "arguments": {"x-queue-type": "stream"}}],
        "bindings": [{"source": "amq.topic", "vhost": "/", "destination": stream, "destination_type": "queue"},
                     {"source": odd, "vhost": "/", "destination": there, "destination_type": "queue"},
                     {"source": "amq.topic", "vhost": "/", "destination": there, "destination_type": "queue"}]})
    expect(totals(answer), {"created": 1, "skipped": 2, "left_out": 4})
    expect(len(answer.json["warnings"]), 6)
    require(any(stream in line and "stream" in line for line in answer.json["warnings"]), answer.json["warnings"])
    expect(broker.get(f"/api/queues/%2F/{there}").json["arguments"], {"x-max-length": 5})
    expect(broker.get(f"/api/queues/%2F/{stream}").status, 404)


@case("names that only the broker gives are passed over, with bindings of what is not here")
def _(broker):
    queue = fresh("q")
    answer = broker.post("/api/x/definitions", {
        "exchanges": [{"name": "amq.topic", "vhost": "/", "type": "topic"},
                      {"name": "amq.rabbitmq.log.of.old", "vhost": "/", "type": "topic"}],
        "queues": [{"name": "amq.gen-elsewhere", "vhost": "/"}, {"name": queue, "vhost": "/"}],
        "bindings": [{"source": "amq.topic", "vhost": "/", "destination": "amq.gen-elsewhere",
                      "destination_type": "queue"},
                     {"source": "amq.rabbitmq.log.of.old", "vhost": "/", "destination": queue,
                      "destination_type": "queue"},
                     {"source": "amq.topic", "vhost": "/", "destination": queue, "destination_type": "queue"}]})
    expect(totals(answer), {"created": 2, "skipped": 1, "left_out": 4})
    vhost = fresh("vhost")
    answer = broker.post("/api/x/definitions", {
        "vhosts": [{"name": vhost}], "exchanges": [{"name": "amq.direct", "vhost": vhost, "type": "direct"}],
        "queues": [{"name": "q", "vhost": vhost}],
        "bindings": [{"source": "amq.direct", "vhost": vhost, "destination": "q", "destination_type": "queue"}]})
    expect(totals(answer), {"created": 3, "skipped": 1}, "a vhost that comes has what all have")
    expect(broker.delete(f"/api/vhosts/{vhost}").status, 204)


@case("what a full vhost has no room for is left out and counted once")
def _(broker):
    vhost = fresh("vhost")
    broker.put(f"/api/vhosts/{vhost}")
    broker.put(f"/api/queues/{vhost}/first")
    expect(broker.put(f"/api/vhost-limits/{vhost}/max-queues", {"value": 1}).status, 204)
    answer = broker.post("/api/x/definitions", {"queues": [{"name": "second", "vhost": vhost}]})
    expect(totals(answer), {"left_out": 1})
    require("queue limit" in answer.json["warnings"][0], answer.json)
    expect([item["name"] for item in answer.json["items"]], ["second"])
    expect(broker.delete(f"/api/vhosts/{vhost}").status, 204)


@case("a document of definitions may be larger than other bodies")
def _(broker):
    document = {"passed over": [1] * 250_000, "queues": []}
    expect(broker.post("/api/definitions", document).status, 204)
    expect(broker.put(f"/api/queues/%2F/{fresh('q')}", {"arguments": document}).status, 400)


@case("definitions of one vhost name none, and go into the vhost of the path")
def _(broker):
    one, two = fresh("vhost"), fresh("vhost")
    for vhost in (one, two):
        broker.put(f"/api/vhosts/{vhost}")
    broker.put(f"/api/queues/{one}/q", {"durable": True})
    broker.put(f"/api/exchanges/{one}/x", {"type": "fanout", "durable": True})
    broker.post(f"/api/bindings/{one}/e/x/q/q", {})
    document = broker.get(f"/api/definitions/{one}").json
    require("users" not in document and "vhost" not in document["queues"][0], document)
    expect(broker.post(f"/api/definitions/{two}", document).status, 204)
    expect([(b["source"], b["destination"]) for b in broker.get(f"/api/bindings/{two}").json], [("", "q"), ("x", "q")])
    expect(broker.post("/api/definitions", document).status, 400)
    expect((broker.get("/api/definitions/nowhere").status, broker.post("/api/definitions/nowhere").status), (400, 404))
    for vhost in (one, two):
        expect(broker.delete(f"/api/vhosts/{vhost}").status, 204)


@case("definitions come as a form's file, too, and go out under a name")
def _(broker):
    queue = fresh("q")
    body = (b'--bound\r\nContent-Disposition: form-data; name="redirect"\r\n\r\nx\r\n'
            b'--bound\r\ncontent-disposition: form-data; name="file"; filename="d.json"\r\n'
            b"Content-Type: application/json\r\n\r\n"
            + json.dumps({"queues": [{"name": queue, "vhost": "/"}]}).encode() + b"\r\n--bound--\r\n")
    fields = {"content-type": 'multipart/form-data; boundary="bound"'}
    expect(broker.post("/api/definitions", body, fields=fields).status, 204)
    expect(broker.get(f"/api/queues/%2F/{queue}").json["durable"], True)
    expect(broker.post("/api/definitions", b"--other--", fields=fields).status, 400)
    answer = broker.get("/api/definitions?download=all.json")
    expect(answer.fields["content-disposition"], "attachment; filename=all.json")


@case("definitions are loaded at every start, and a fault in them keeps the broker from starting")
def _(_):
    other = Broker()
    folder = os.path.join(other.home, "definitions")
    os.mkdir(folder)
    with open(os.path.join(folder, "1.json"), "w", encoding="utf-8") as file:
        json.dump(WHOLE, file)
    other.flags = ("--load-definitions", folder)
    try:
        other.start()
        expect(objects(other.get("/api/definitions").json), objects(WHOLE))
        expect(other.delete("/api/queues/shop/orders").status, 204)
        expect(other.stop(), 0)
        other.start()
        expect(other.get("/api/queues/shop/orders").status, 200)
        expect(other.stop(), 0)
        with open(os.path.join(folder, "2.json"), "w", encoding="utf-8") as file:
            json.dump({"queues": [{"name": "q", "vhost": "nowhere"}]}, file)
        try:
            other.start()
            raise AssertionError("it started")
        except AssertionError as refused:
            require("2.json: queues[0] 'q'" in str(refused), str(refused))
    finally:
        other.end()

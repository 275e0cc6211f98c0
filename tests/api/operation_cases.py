"""What changes the broker: declare, delete, bind, publish, get, purge, pause, close."""

import base64
import json
import time
import uuid

from broker import quote
from cases import case, expect, require


def fresh(kind="q"):
    return f"api.{kind}.{uuid.uuid4().hex[:10]}"


def why_closed(connection):
    """What the broker says when it closes the connection, which it does soon."""
    end = time.monotonic() + 30
    try:
        while time.monotonic() < end:
            connection.process_data_events(time_limit=1)
    except Exception as closed:  # pylint: disable=broad-except: pika has several
        return str(closed)
    raise AssertionError("the connection is not closed")


def publish(broker, exchange, key, payload="x", **more):
    body = {"routing_key": key, "payload": payload, "payload_encoding": "string", "properties": {},
            **more}
    return broker.post(f"/api/exchanges/%2F/{quote(exchange)}/publish", body)


def fetch(broker, queue, count=1, mode="ack_requeue_false", **more):
    answer = broker.post(f"/api/queues/%2F/{quote(queue)}/get",
                         {"count": count, "ackmode": mode, "encoding": "auto", **more})
    expect(answer.status, 200, answer.body)
    return answer.json


@case("a queue is created with 201, found as it is with 204, and refused as another with 400")
def _(broker):
    path = "/api/queues/%2F/" + fresh()
    arguments = {"x-max-length": 10, "x-note": "ü"}
    body = {"durable": True, "auto_delete": False, "arguments": arguments}
    answer = broker.put(path, body)
    expect((answer.status, answer.body, answer.fields["content-length"]), (201, b"", "0"))
    expect(broker.put(path, body).status, 204)
    queue = broker.get(path).json
    expect((queue["durable"], queue["arguments"], queue["type"]), (True, arguments, "classic"))
    answer = broker.put(path, {"durable": False, "arguments": arguments})
    expect(answer.status, 400)
    expect(answer.json["error"], "bad_request")
    require(answer.json["reason"].startswith("inequivalent arg 'durable' for queue"), answer.body)


@case("booleans and integers come as texts from old tools")
def _(broker):
    path = "/api/queues/%2F/" + fresh()
    expect(broker.put(path, {"durable": "true", "auto_delete": "false"}).status, 201)
    expect(broker.get(path).json["durable"], True)
    answer = broker.put("/api/queues/%2F/" + fresh(), {"durable": "yes"})
    expect((answer.status, answer.json["reason"]), (400, "not_boolean: durable, yes"))


@case("a declaration is durable only when it says so, and is exclusive for nobody")
def _(broker):
    path = "/api/queues/%2F/" + fresh()
    expect(broker.put(path).status, 201)
    expect(broker.get(path).json["durable"], False)
    expect(broker.put("/api/queues/%2F/" + fresh(), {"exclusive": True}).status, 400)
    answer = broker.put("/api/queues/%2F/" + fresh(), {"node": "rabbit@elsewhere"})
    expect(answer.json["reason"], "Node rabbit@elsewhere is not a cluster member")


@case("reserved names and the default exchange are refused with 401")
def _(broker):
    for path in ("/api/queues/%2F/amq.mine", "/api/exchanges/%2F/amq.mine",
                 "/api/exchanges/%2F/amq.default"):
        answer = broker.put(path, {"type": "direct"} if "exchanges" in path else {})
        expect((answer.status, answer.json),
               (401, {"error": "not_authorised", "reason": "Access refused."}), path)
    expect(broker.delete("/api/exchanges/%2F/amq.direct").status, 401)


@case("an exchange is declared and deleted, and its type must exist")
def _(broker):
    path = "/api/exchanges/%2F/" + fresh("x")
    expect(broker.put(path, {"type": "fanout", "durable": True}).status, 201)
    expect(broker.put(path, {"type": "fanout", "durable": True}).status, 204)
    answer = broker.put(path, {"type": "direct", "durable": True})
    require(answer.json["reason"].startswith("inequivalent arg 'type' for exchange"), answer.body)
    answer = broker.put("/api/exchanges/%2F/" + fresh("x"), {"type": "nope"})
    expect(answer.status, 400)
    require("unknown exchange type 'nope'" in answer.json["reason"], answer.body)
    expect(broker.delete(path).status, 204)
    expect(broker.delete(path).status, 404)


@case("an exchange in use and a queue that is not empty or in use stay when that is asked for")
def _(broker):
    queue, exchange = fresh(), fresh("x")
    broker.put(f"/api/queues/%2F/{queue}")
    broker.put(f"/api/exchanges/%2F/{exchange}", {"type": "direct"})
    broker.post(f"/api/bindings/%2F/e/{exchange}/q/{queue}", {"routing_key": "k"})
    answer = broker.delete(f"/api/exchanges/%2F/{exchange}?if-unused=true")
    expect((answer.status, answer.json["reason"]),
           (400, f"exchange '{exchange}' in vhost '/' in use"))
    publish(broker, "amq.default", queue)
    answer = broker.delete(f"/api/queues/%2F/{queue}?if-empty=true")
    expect((answer.status, answer.json["reason"]), (400, f"queue '{queue}' in vhost '/' not empty"))
    answer = broker.delete(f"/api/queues/%2F/{queue}?max_messages=0")
    expect((answer.status, answer.json["error"]), (412, "precondition_failed"))
    connection = broker.amqp()
    connection.channel().basic_consume(queue, lambda *_: None)
    answer = broker.delete(f"/api/queues/%2F/{queue}?if-unused=true")
    expect((answer.status, answer.json["reason"]), (400, f"queue '{queue}' in vhost '/' in use"))
    connection.close()
    expect(broker.delete(f"/api/queues/%2F/{queue}?max_messages=1").status, 204)


@case("a name that no AMQP client could say is refused")
def _(broker):
    long = "n" * 256
    for path, body in ((f"/api/queues/%2F/{long}", {}), (f"/api/exchanges/%2F/{long}", {"type": "direct"})):
        expect(broker.put(path, body).status, 400, path[:20])
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}")
    expect(broker.post(f"/api/bindings/%2F/e/amq.direct/q/{queue}", {"routing_key": long}).status, 400)


@case("a message that is published over HTTP is the one that a client gets")
def _(broker):
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}")
    properties = {"delivery_mode": 2, "content_type": "text/plain", "priority": 3,
                  "expiration": "60000", "timestamp": 1764000120, "message_id": "m1",
                  "headers": {"s": "text", "i": 5, "f": 1.5, "b": True, "a": [1, "x"],
                              "t": {"k": "v"}}}
    answer = publish(broker, "amq.default", queue, "h\u00e9llo", properties=properties)
    expect((answer.status, answer.json), (200, {"routed": True}))
    connection = broker.amqp()
    method, got, body = connection.channel().basic_get(queue, auto_ack=True)
    expect((method.routing_key, body), (queue, "h\u00e9llo".encode()))
    expect((got.delivery_mode, got.content_type, got.priority, got.expiration, got.message_id),
           (2, "text/plain", 3, "60000", "m1"))
    expect({**got.headers, "f": 1.5}, properties["headers"])  # pika cuts fractions off
    connection.close()
    publish(broker, "amq.default", queue, properties=properties)
    expect(fetch(broker, queue)[0]["properties"], properties)


@case("a message that reaches no queue is not routed, and faults of a publish are named")
def _(broker):
    expect(publish(broker, "amq.default", "no.such.queue").json, {"routed": False})
    expect(publish(broker, "amq.topic", "k").json, {"routed": False})
    answer = publish(broker, "no.such.exchange", "k")
    expect((answer.status, answer.json["error"]), (404, "not_found"))
    require("no exchange 'no.such.exchange' in vhost '/'" in answer.json["reason"], answer.body)
    for change, reason in (({"payload_encoding": "hex"}, "unsupported_encoding: hex"),
                           ({"payload_encoding": "base64", "payload": "*"}, "not_base64: payload"),
                           ({"payload": 5}, "not_string: payload, 5"),
                           ({"properties": {"expiration": 5}}, "not_string: expiration")):
        answer = publish(broker, "amq.default", "q", **{"payload": "x", **change})
        expect((answer.status, answer.json["reason"]), (400, reason))
    for missing in ("routing_key", "payload", "payload_encoding", "properties"):
        body = {"routing_key": "q", "payload": "x", "payload_encoding": "string", "properties": {}}
        del body[missing]
        answer = broker.post("/api/exchanges/%2F/amq.default/publish", body)
        expect((answer.status, answer.json["reason"]), (400, f"key_missing: {missing}"))
    connection = broker.amqp()
    internal = fresh("x")
    connection.channel().exchange_declare(internal, "direct", internal=True)
    answer = publish(broker, internal, "k")
    expect(answer.status, 401)
    require("cannot publish to internal exchange" in answer.json["reason"], answer.body)
    connection.close()
    answer = publish(broker, "amq.default", "q", properties={"user_id": "somebody"})
    expect(answer.status, 400)
    require(answer.json["reason"].startswith("406 PRECONDITION_FAILED"), answer.body)


@case("octets go in and out as base64")
def _(broker):
    queue, octets = fresh(), bytes(range(256))
    broker.put(f"/api/queues/%2F/{queue}")
    publish(broker, "amq.default", queue, base64.b64encode(octets).decode(), payload_encoding="base64")
    message = fetch(broker, queue, mode="ack_requeue_true")[0]
    expect((message["payload_encoding"], message["payload_bytes"]), ("base64", 256))
    expect(base64.b64decode(message["payload"], validate=True), octets)
    message = fetch(broker, queue, encoding="base64", truncate=3)[0]
    expect(base64.b64decode(message["payload"]), octets[:3])


@case("get takes messages in order, puts them back, or takes them away, as it is told")
def _(broker):
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}")
    for n in range(4):
        publish(broker, "amq.default", queue, f"m{n}")
    first = fetch(broker, queue, 3, "ack_requeue_true")
    expect([(m["payload"], m["redelivered"], m["message_count"]) for m in first],
           [("m0", False, 3), ("m1", False, 2), ("m2", False, 1)])
    expect(first[0]["properties"], {})
    again = fetch(broker, queue, 10, "reject_requeue_true")
    expect([(m["payload"], m["redelivered"]) for m in again],
           [("m0", True), ("m1", True), ("m2", True), ("m3", False)])
    expect([m["payload"] for m in fetch(broker, queue, 1, "ack_requeue_false")], ["m0"])
    expect([m["payload"] for m in fetch(broker, queue, 1, "reject_requeue_false")], ["m1"])
    expect([m["payload"] for m in fetch(broker, queue, 5, "ack_requeue_false")], ["m2", "m3"])
    expect(fetch(broker, queue, 5), [])


@case("get names what is missing or wrong")
def _(broker):
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}")
    path = f"/api/queues/%2F/{queue}/get"
    for body, reason in (({"ackmode": "ack_requeue_true"}, "key_missing: count"),
                         ({"count": 1}, "key_missing: ackmode"),
                         ({"count": "x", "ackmode": "ack_requeue_true"}, "not_int: count, x"),
                         ({"count": 0, "ackmode": "ack_requeue_true"}, "count must be from 1 to 100000"),
                         ({"count": 1, "ackmode": "nope"}, "bad_value: ackmode, nope"),
                         ({"count": 1, "ackmode": "ack_requeue_true", "encoding": "hex"},
                          "unsupported_encoding: hex")):
        answer = broker.post(path, body)
        expect((answer.status, answer.json["reason"]), (400, reason))
    expect(broker.post(path, {"count": "1", "ack_mode": "ack_requeue_true"}).json, [])
    answer = broker.post("/api/queues/%2F/no.such.queue/get",
                         {"count": 1, "ackmode": "ack_requeue_true"})
    expect(answer.status, 404)


@case("purge drops ready messages, all of them or the oldest ones")
def _(broker):
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}")
    for n in range(5):
        publish(broker, "amq.default", queue, f"m{n}")
    contents = f"/api/queues/%2F/{queue}/contents"
    for count, reason in (("x", "Count must be a number"), ("0", "Count must be greater than 0")):
        answer = broker.delete(f"{contents}?count={count}")
        expect((answer.status, answer.json["reason"]), (400, reason))
    expect(broker.delete(contents + "?count=2").status, 204)
    expect([m["payload"] for m in fetch(broker, queue, 10, "ack_requeue_true")], ["m2", "m3", "m4"])
    expect(broker.delete(contents).status, 204)
    expect(broker.get(f"/api/queues/%2F/{queue}").json["messages"], 0)
    expect(broker.delete("/api/queues/%2F/no.such.queue/contents").status, 404)


@case("a binding has a name of its own, for every kind of key")
def _(broker):
    queue, exchange = fresh(), fresh("x")
    broker.put(f"/api/queues/%2F/{queue}")
    broker.put(f"/api/exchanges/%2F/{exchange}", {"type": "topic"})
    path = f"/api/bindings/%2F/e/{exchange}/q/{queue}"
    for key, name, location in (("", "~", "~"), ("k.#", "k.%23", "k.%2523"),
                                ("a+b~c", "a%2Bb%7Ec", "a%252Bb%257Ec"), ("a b", "a+b", "a%2Bb"),
                                ("a/b", "a%2Fb", "a%252Fb"), ("\u00e9", "%C3%A9", "%25C3%25A9")):
        for _ in range(2):  # also when it exists
            answer = broker.post(path, {"routing_key": key})
            expect((answer.status, answer.fields["location"]), (201, f"{queue}/{location}"), key)
        one = broker.get(f"{path}/{location}").json
        expect((one["routing_key"], one["properties_key"], one["arguments"]), (key, name, {}))
        expect((one["source"], one["destination"], one["destination_type"], one["vhost"]),
               (exchange, queue, "queue", "/"))
        require(one in broker.get(path).json, key)
    for key in ("", "k.#", "a+b~c", "a b", "a/b", "\u00e9"):
        found = [b for b in broker.get(path).json if b["routing_key"] == key]
        expect(broker.delete(f"{path}/{quote(found[0]['properties_key'])}").status, 204, key)
    expect(broker.get(path).json, [])
    expect(broker.delete(path + "/~").status, 404)


@case("bindings with arguments, between exchanges, and of the default exchange are listed")
def _(broker):
    queue, exchange = fresh(), fresh("x")
    broker.put(f"/api/queues/%2F/{queue}")
    broker.put(f"/api/exchanges/%2F/{exchange}", {"type": "headers"})
    arguments = {"x-match": "all", "n": 1}
    answer = broker.post(f"/api/bindings/%2F/e/{exchange}/q/{queue}", {"arguments": arguments})
    expect(answer.status, 201)
    name = answer.fields["location"].split("/")[1]
    one = broker.get(f"/api/bindings/%2F/e/{exchange}/q/{queue}/{name}").json
    expect(one["arguments"], arguments)
    answer = broker.post(f"/api/bindings/%2F/e/{exchange}/e/amq.fanout", {"routing_key": "k"})
    expect(answer.fields["location"], "amq.fanout/k")
    expect([b["destination"] for b in broker.get(f"/api/exchanges/%2F/{exchange}/bindings/source").json],
           ["amq.fanout", queue])
    require(any(b["source"] == exchange for b in
                broker.get("/api/exchanges/%2F/amq.fanout/bindings/destination").json), "seen there")
    expect([(b["source"], b["routing_key"]) for b in broker.get(f"/api/queues/%2F/{queue}/bindings").json],
           [("", queue), (exchange, "")])
    expect(len(broker.get(f"/api/bindings/%2F/e/amq.default/q/{queue}").json), 1)
    expect(broker.delete(f"/api/bindings/%2F/e/{exchange}/e/amq.fanout/k").status, 204)


@case("a binding needs both ends, and none is made with the default exchange")
def _(broker):
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}")
    answer = broker.post(f"/api/bindings/%2F/e/no.such/q/{queue}", {})
    expect((answer.status, answer.json),
           (404, {"error": "not_found", "reason": "no exchange 'no.such' in vhost '/'"}))
    answer = broker.post("/api/bindings/%2F/e/amq.direct/q/no.such", {})
    expect((answer.status, answer.json["reason"]), (404, "no queue 'no.such' in vhost '/'"))
    expect(broker.post(f"/api/bindings/%2F/e/amq.default/q/{queue}", {}).status, 401)
    expect(broker.get("/api/bindings/%2F/e/no.such/q/none").json, [])


@case("a paused queue takes messages and delivers none until it is resumed")
def _(broker):
    queue = fresh()
    path = f"/api/queues/%2F/{queue}"
    broker.put(path)
    for _ in range(2):
        expect(broker.put(path + "/pause").status, 204)
    connection = broker.amqp()
    channel = connection.channel()
    publish(broker, "amq.default", queue)
    expect(broker.get(path).json["state"], "paused")
    expect(channel.basic_get(queue)[0], None)
    expect(broker.get(f"/api/x{path[4:]}").json["waits_for"], "paused")
    expect(broker.put("/api/x" + path[4:] + "/resume").status, 204)
    expect(channel.basic_get(queue)[2], b"x")
    expect(broker.get(path).json["state"], "running")
    connection.close()
    expect(broker.put("/api/queues/%2F/no.such.queue/pause").status, 404)


@case("a connection is closed with the reason its client is told")
def _(broker):
    connection = broker.amqp("to-be-closed")
    connection.channel()
    name = next(c["name"] for c in broker.get("/api/connections").json
                if c.get("user_provided_name") == "to-be-closed")
    expect(broker.delete("/api/connections/" + quote(name), fields={"X-Reason": "tidying up"}).status, 204)
    text = why_closed(connection)
    require("320" in text and "tidying up" in text, text)
    expect(broker.get("/api/connections/" + quote(name)).status, 404)
    expect(broker.delete("/api/connections/" + quote(name)).status, 404)


@case("all connections of a user are closed, also when there are none")
def _(broker):
    connection = broker.amqp()
    names = {c["name"] for c in broker.get("/api/connections/username/guest").json}
    require(names, "the user has a connection")
    expect(broker.delete("/api/connections/username/guest").status, 204)
    text = why_closed(connection)
    require("320" in text, text)
    expect(broker.delete("/api/connections/username/nobody").status, 204)


@case("unacked deliveries are listed, the oldest first, with who holds them")
def _(broker):
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}")
    for n in range(2):
        publish(broker, "amq.default", queue, f"m{n}")
    connection = broker.amqp()
    channel = connection.channel()
    tag, _, _ = channel.basic_get(queue)
    channel.basic_get(queue)
    unacked = broker.get(f"/api/queues/%2F/{queue}/unacked").json
    expect([(u["delivery_tag"], u["consumer_tag"]) for u in unacked],
           [(tag.delivery_tag, "Basic get"), (tag.delivery_tag + 1, "Basic get")])
    require(all(u["unacked_for_seconds"] >= 0 and u["channel_name"].endswith(" (1)") for u in unacked),
            unacked)
    connection.close()


@case("actions of mirrors do nothing, others are refused")
def _(broker):
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}")
    expect(broker.post(f"/api/queues/%2F/{queue}/actions", {"action": "sync"}).status, 204)
    expect(broker.post(f"/api/queues/%2F/{queue}/actions", {"action": "dance"}).status, 400)
    expect(json.loads(broker.post(f"/api/queues/%2F/{queue}/actions", {}).body)["reason"],
           "key_missing: action")

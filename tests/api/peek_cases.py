"""Looking at messages leaves no trace; searching is bounded and goes on where it stopped."""

import base64
import json

import pika
from broker import quote
from cases import case, expect, require
from operation_cases import fresh, publish


def fill(broker, queue, count):
    connection = broker.amqp()
    channel = connection.channel()
    channel.queue_declare(queue, durable=True)
    channel.confirm_delivery()
    for n in range(count):
        channel.basic_publish("", queue, json.dumps({"n": n, "even": n % 2 == 0}).encode(),
                              pika.BasicProperties(headers={"tenant": f"t{n % 3}", "n": n},
                                                   content_type="application/json", delivery_mode=2))
    connection.close()


def peek(broker, queue, query=""):
    answer = broker.get(f"/api/x/queues/%2F/{quote(queue)}/messages?{query}")
    expect(answer.status, 200, answer.body)
    return answer.json


def numbers(page):
    return [json.loads(m["payload"])["n"] for m in page["items"]]


@case("peek shows messages and changes nothing")
def _(broker):
    queue = fresh()
    fill(broker, queue, 10)
    before = broker.get(f"/api/queues/%2F/{queue}").json
    page = peek(broker, queue, "limit=3")
    expect((numbers(page), page["more"]), ([0, 1, 2], True))
    one = page["items"][1]
    expect((one["position"], one["state"], one["redelivered"], one["exchange"], one["routing_key"]),
           (1, "ready", False, "", queue))
    expect((one["properties"]["headers"], one["header_types"]),
           ({"tenant": "t1", "n": 1}, {"tenant": "S", "n": "I"}))
    expect((one["size"], one["payload_encoding"], one["truncated"]),
           (len(one["payload"]), "string", False))
    peek(broker, queue, "from=tail")
    broker.get(f"/api/x/queues/%2F/{queue}/messages/{one['id']}")
    after = broker.get(f"/api/queues/%2F/{queue}").json
    for name in ("messages_ready", "messages_unacknowledged", "message_stats"):
        expect(after[name], before[name], name)
    connection = broker.amqp()
    method, _, body = connection.channel().basic_get(queue, auto_ack=True)
    expect((json.loads(body)["n"], method.redelivered), (0, False))
    connection.close()


@case("peek begins at the head, the tail, a position or a time, and goes on from its cursor")
def _(broker):
    queue = fresh()
    fill(broker, queue, 25)
    expect(numbers(peek(broker, queue, "from=tail&limit=3")), [24, 23, 22])
    expect(numbers(peek(broker, queue, "from=position:20&limit=3")), [20, 21, 22])
    expect(numbers(peek(broker, queue, "from=position:99")), [])
    expect(len(peek(broker, queue, "from=time:0&limit=5")["items"]), 5)
    expect(peek(broker, queue, "from=time:9000000000000")["items"], [])
    for start, wanted in (("head", list(range(25))), ("tail", list(range(24, -1, -1)))):
        seen, page = [], peek(broker, queue, f"from={start}&limit=7")
        while True:
            seen += numbers(page)
            if not page["more"]:
                break
            page = peek(broker, queue, f"limit=7&after={quote(page['next'])}")
        expect(seen, wanted, start)


@case("a search finds what its filter says, in steps that say how far they got")
def _(broker):
    queue = fresh()
    fill(broker, queue, 60)
    page = peek(broker, queue, "q=" + quote('header.tenant == "t1" and json.even == true'))
    expect((numbers(page), page["scanned"], page["more"]),
           ([n for n in range(60) if n % 3 == 1 and n % 2 == 0], 60, False))
    seen, page = [], peek(broker, queue, "scan=10&q=" + quote("header.n >= 25"))
    expect((page["items"], page["scanned"], page["more"]), ([], 10, True))
    while True:
        seen += numbers(page)
        if not page["more"]:
            break
        page = peek(broker, queue, f"scan=10&after={quote(page['next'])}&q=" + quote("header.n >= 25"))
    expect(seen, list(range(25, 60)))
    seen, page = [], peek(broker, queue, "limit=4&q=" + quote("not json.even"))
    while True:
        seen += numbers(page)
        if not page["more"]:
            break
        page = peek(broker, queue, f"limit=4&after={quote(page['next'])}&q=" + quote("not json.even"))
    expect(seen, list(range(1, 60, 2)))


@case("a search in a queue with priorities finds each message once, whichever way it goes")
def _(broker):
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}", {"arguments": {"x-max-priority": 3}})
    for n, priority in enumerate((0, 3, 0, 3, 0)):
        publish(broker, "amq.default", queue, str(n), properties={"priority": priority})
    for start, wanted in (("head", ["1", "3", "0", "2", "4"]), ("tail", ["4", "2", "0", "3", "1"])):
        seen, query = [], f"from={start}"
        for _ in range(len(wanted) + 1):
            page = peek(broker, queue, f"{query}&limit=1&q=" + quote("size > 0"))
            seen += [item["payload"] for item in page["items"]]
            if not page["more"]:
                break
            query = f"after={quote(page['next'])}"
        expect(seen, wanted, start)


@case("a filter that is wrong says what and where")
def _(broker):
    queue = fresh()
    fill(broker, queue, 1)
    answer = broker.get(f"/api/x/queues/%2F/{queue}/messages?q=" + quote('size > 1 and headr == "x"'))
    expect((answer.status, answer.json),
           (400, {"error": "bad_filter", "reason": "unknown field 'headr' at 13"}))


@case("parameters of peek that are out of range are refused")
def _(broker):
    queue = fresh()
    fill(broker, queue, 1)
    for query in ("limit=0", "limit=501", "scan=0", "scan=100001", "body=65537", "state=gone",
                  "from=nowhere", "from=position:x", "after=x", "after=rf1"):
        expect(broker.get(f"/api/x/queues/%2F/{queue}/messages?{query}").status, 400, query)


@case("unacked messages are shown with who holds them")
def _(broker):
    queue = fresh()
    fill(broker, queue, 5)
    connection = broker.amqp()
    channel = connection.channel()
    tag = channel.basic_get(queue)[0].delivery_tag
    channel.basic_get(queue)
    page = peek(broker, queue, "state=unacked")
    expect((numbers(page), [m["state"] for m in page["items"]]), ([0, 1], ["unacked"] * 2))
    held = page["items"][0]["held_by"]
    expect((held["channel"], held["delivery_tag"], held["consumer_tag"]), (1, tag, ""))
    expect(numbers(peek(broker, queue)), [2, 3, 4])
    expect(sorted(numbers(peek(broker, queue, "state=all"))), [0, 1, 2, 3, 4])
    connection.close()
    expect([m["redelivered"] for m in peek(broker, queue)["items"]], [True, True, False, False, False])


@case("one message comes whole, as octets too")
def _(broker):
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}")
    octets = bytes(reversed(range(256))) * 300
    publish(broker, "amq.default", queue, base64.b64encode(octets).decode(), payload_encoding="base64",
            properties={"headers": {"k": "v"}})
    short = peek(broker, queue, "body=10")["items"][0]
    expect((base64.b64decode(short["payload"]), short["truncated"], short["size"]),
           (octets[:10], True, len(octets)))
    path = f"/api/x/queues/%2F/{queue}/messages/{short['id']}"
    whole = broker.get(path).json
    expect((base64.b64decode(whole["payload"]), whole["truncated"]), (octets, False))
    expect(base64.b64decode(whole["headers_wire"]), b"\x01kS\x00\x00\x00\x01v")
    raw = broker.get(path + "?raw=1")
    expect((raw.body, raw.fields["content-type"]), (octets, "application/octet-stream"))
    require(raw.fields["content-disposition"].startswith("attachment; filename="), raw.fields)
    broker.delete(f"/api/queues/%2F/{queue}/contents")
    expect(broker.get(path).status, 404)
    expect(broker.get(f"/api/x/queues/%2F/{queue}/messages/nonsense").status, 404)


@case("a text that is cut stays a text")
def _(broker):
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}")
    publish(broker, "amq.default", queue, "\u20ac" * 100)
    for body in (0, 1, 2, 3, 4, 5, 299, 300):
        one = peek(broker, queue, f"body={body}")["items"][0]
        expect((one["payload"], one["payload_encoding"]), ("\u20ac" * (body // 3), "string"), str(body))

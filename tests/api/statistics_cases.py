"""Numbers, checked against the traffic that the case itself made; pages, columns, samples."""

import threading
import time

from broker import quote
from cases import case, expect, require
from operation_cases import fresh, publish


def wait_until(condition, what, seconds=15):
    end = time.monotonic() + seconds
    pause = threading.Event()  # never set: figures are read by the second
    while True:
        found = condition()
        if found:
            return found
        require(time.monotonic() < end, f"after {seconds} s: {what}")
        pause.wait(0.1)


@case("a queue's numbers are those of the traffic it had")
def _(broker):
    queue = fresh()
    connection = broker.amqp()
    channel = connection.channel()
    channel.queue_declare(queue, durable=True)
    channel.confirm_delivery()
    for n in range(10):
        channel.basic_publish("", queue, b"12345" if n % 2 else b"123456789")
    tags = [channel.basic_get(queue)[0].delivery_tag for _ in range(4)]
    channel.basic_ack(tags[0])
    channel.basic_reject(tags[1], requeue=True)
    channel.basic_get(queue, auto_ack=True)
    one = broker.get(f"/api/queues/%2F/{queue}").json
    expect((one["messages"], one["messages_ready"], one["messages_unacknowledged"]), (8, 6, 2))
    stats = one["message_stats"]
    expect({name: stats[name] for name in ("publish", "get", "get_no_ack", "ack", "redeliver",
                                           "deliver", "deliver_get", "get_empty")},
           {"publish": 10, "get": 4, "get_no_ack": 1, "ack": 1, "redeliver": 1, "deliver": 0,
            "deliver_get": 5, "get_empty": 0})
    expect((one["message_bytes"], one["consumers"], one["durable"]),
           (one["message_bytes_ready"] + one["message_bytes_unacknowledged"], 0, True))
    connection.close()
    one = broker.get(f"/api/queues/%2F/{queue}").json
    expect((one["messages_ready"], one["messages_unacknowledged"]), (8, 0))


@case("consumers and channels are shown with what they hold")
def _(broker):
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}")
    connection = broker.amqp("stats-consumer")
    channel = connection.channel()
    channel.basic_qos(prefetch_count=3)
    tag = channel.basic_consume(queue, lambda *_: None, arguments={"x-priority": 5})
    for n in range(5):
        publish(broker, "amq.default", queue, f"m{n}")
    wait_until(lambda: broker.get(f"/api/queues/%2F/{queue}").json["messages_unacknowledged"] == 3,
               "three are delivered")
    consumer = next(c for c in broker.get("/api/consumers/%2F").json if c["consumer_tag"] == tag)
    expect((consumer["queue"], consumer["prefetch_count"], consumer["ack_required"], consumer["active"],
            consumer["arguments"]),
           ({"name": queue, "vhost": "/"}, 3, True, True, {"x-priority": 5}))
    details = broker.get(f"/api/queues/%2F/{queue}").json["consumer_details"]
    expect([c["consumer_tag"] for c in details], [tag])
    shown = broker.get("/api/channels/" + quote(consumer["channel_details"]["name"])).json
    expect((shown["messages_unacknowledged"], shown["consumer_count"], shown["prefetch_count"]), (3, 1, 3))
    expect([c["consumer_tag"] for c in shown["consumer_details"]], [tag])
    one = broker.get("/api/connections/" + quote(consumer["channel_details"]["connection_name"])).json
    expect((one["user_provided_name"], one["channels"], one["state"], one["user"], one["protocol"]),
           ("stats-consumer", 1, "running", "guest", "AMQP 0-9-1"))
    require(one["connected_at"] > 1_600_000_000_000, "milliseconds")
    require(one["recv_oct"] > 0 and one["send_oct"] > 0, one)
    channels = broker.get(f"/api/connections/{quote(one['name'])}/channels").json
    expect([c["number"] for c in channels], [1])
    expect(broker.get(f"/api/x/queues/%2F/{queue}").json["waits_for"], "prefetch")
    connection.close()


@case("an exchange counts what comes in and what goes out")
def _(broker):
    queue, exchange = fresh(), fresh("x")
    broker.put(f"/api/queues/%2F/{queue}")
    broker.put(f"/api/exchanges/%2F/{exchange}", {"type": "topic"})
    require("message_stats" not in broker.get(f"/api/exchanges/%2F/{exchange}").json, "nothing happened")
    for key in ("a.#", "a.b"):
        broker.post(f"/api/bindings/%2F/e/{exchange}/q/{queue}", {"routing_key": key})
    for key in ("a.b", "a.c", "z"):
        publish(broker, exchange, key)
    stats = broker.get(f"/api/exchanges/%2F/{exchange}").json["message_stats"]
    expect(stats["publish_in"], 3)
    require(stats["publish_out"] >= 2, stats)
    expect(broker.get(f"/api/queues/%2F/{queue}").json["messages"], 2)


@case("rates rise with traffic and fall to nothing after it")
def _(broker):
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}")
    connection = broker.amqp()
    channel = connection.channel()

    def rate():
        for _ in range(20):
            channel.basic_publish("", queue, b"x")
        stats = broker.get(f"/api/queues/%2F/{queue}").json.get("message_stats", {})
        return stats.get("publish_details", {}).get("rate", 0) > 0

    wait_until(rate, "the rate rises", 30)
    connection.close()
    wait_until(lambda: broker.get(f"/api/queues/%2F/{queue}").json["message_stats"]["publish_details"]["rate"]
               == 0.0, "the rate falls", 30)
    path = f"/api/queues/%2F/{queue}?msg_rates_age=60&msg_rates_incr=5&lengths_age=60&lengths_incr=5"
    details = broker.get(path).json["message_stats"]["publish_details"]
    times = [s["timestamp"] for s in details["samples"]]
    expect(times, sorted(times, reverse=True))
    require(len(times) > 1 and all((a - b) == 5000 for a, b in zip(times, times[1:])), times)
    expect(set(details), {"rate", "samples", "avg", "avg_rate"})
    total = broker.get(f"/api/queues/%2F/{queue}").json["message_stats"]["publish"]
    expect(details["samples"][0]["sample"], total)


@case("ranges of samples that are none are refused")
def _(broker):
    for age, step in (("60", "0"), ("60", None), (None, "5"), ("5000", "5"), ("x", "5"), ("-1", "5")):
        query = "&".join(f"lengths_{k}={v}" for k, v in (("age", age), ("incr", step)) if v is not None)
        answer = broker.get("/api/overview?" + query)
        expect(answer.status, 400, query)
        require(answer.json["reason"].startswith("Invalid range parameters: age"), answer.body)


@case("the overview counts messages, objects and what comes and goes")
def _(broker):
    before = broker.get("/api/overview").json
    queue = fresh()
    connection = broker.amqp()
    channel = connection.channel()
    channel.queue_declare(queue)
    for _ in range(7):
        publish(broker, "amq.default", queue)
    after = broker.get("/api/overview").json

    def grown(*path):
        a, b = after, before
        for name in path:
            a, b = a[name], b[name]
        return a - b

    expect(grown("message_stats", "publish"), 7)
    expect(grown("queue_totals", "messages"), 7)
    expect(grown("object_totals", "queues"), 1)
    expect(grown("object_totals", "connections"), 1)
    expect(grown("churn_rates", "connection_created"), 1)
    expect(grown("churn_rates", "queue_created"), 1)
    vhost = broker.get("/api/vhosts/%2F").json
    expect(vhost["messages"], after["queue_totals"]["messages"])
    connection.close()


@case("lists are paged, filtered and sorted over all that there is")
def _(broker):
    for n in range(12):
        broker.put(f"/api/queues/%2F/page.{n:02}")
    for n in range(3):
        publish(broker, "amq.default", "page.07")
    page = broker.get("/api/queues?page=1&page_size=5&name=page.&columns=name").json
    expect({k: page[k] for k in ("filtered_count", "item_count", "page", "page_count", "page_size")},
           {"filtered_count": 12, "item_count": 5, "page": 1, "page_count": 3, "page_size": 5})
    require(page["total_count"] >= 12, page)
    expect([q["name"] for q in page["items"]], [f"page.{n:02}" for n in range(5)])
    page = broker.get("/api/queues/%2F?page=3&page_size=5&name=PAGE&use_regex=true&columns=name").json
    expect([q["name"] for q in page["items"]], ["page.10", "page.11"])
    page = broker.get("/api/queues?page=1&page_size=1&name=page&sort=messages&sort_reverse=true").json
    expect(page["items"][0]["name"], "page.07")
    keda = broker.get("/api/queues/%2F?page=1&use_regex=true&pagination=false&name=%5Epage.0&page_size=100")
    expect((keda.json["page_count"], len(keda.json["items"])), (1, 10))
    for query, error in (("page=0", "invalid_pagination_parameters"), ("page=9999", "page_out_of_range"),
                         ("page=x", "bad_request"), ("page=1&page_size=501", "invalid_pagination_parameters"),
                         ("page=1&use_regex=true&name=%5Ea(", "bad_request")):
        answer = broker.get("/api/queues?" + query)
        expect((answer.status, answer.json["error"]), (400, error), query)
    for n in range(12):
        broker.delete(f"/api/queues/%2F/page.{n:02}")


@case("a regular expression made to take for ever does not")
def _(broker):
    broker.put("/api/queues/%2F/" + "a" * 200)
    answer = broker.get("/api/queues?page=1&use_regex=true&name=" + quote("^(a*)*(a*)*(a*)*b$"))
    expect((answer.status, answer.json["filtered_count"]), (200, 0))
    broker.delete("/api/queues/%2F/" + "a" * 200)


@case("a list without a page is a bare array of everything, and columns choose")
def _(broker):
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}", {"arguments": {"x-max-length": 5}})
    rows = broker.get("/api/queues?columns=name,arguments.x-max-length").json
    require({"name": queue, "arguments": {"x-max-length": 5}} in rows, rows[:3])
    expect(broker.get(f"/api/queues/%2F/{queue}?columns=messages").json, {"messages": 0})
    expect(broker.get(f"/api/queues/%2F/{queue}?columns=nothing").json, {})
    for key in ("name", "messages", "message_stats.publish_details.rate", "no.such.key", "arguments", ""):
        expect(broker.get("/api/queues?sort=" + key).status, 200, key)
    plain = broker.get(f"/api/queues/%2F/{queue}?disable_stats=true").json
    require("messages" not in plain and "message_stats" not in plain, plain)
    plain = broker.get(f"/api/queues/%2F/{queue}?disable_stats=true&enable_queue_totals=true").json
    expect(plain["messages"], 0)


@case("X-Vhost restricts a list, an empty one does not")
def _(broker):
    expect(broker.get("/api/queues", fields={"X-Vhost": "nowhere"}).json, [])
    every = len(broker.get("/api/queues").json)
    expect(len(broker.get("/api/queues", fields={"X-Vhost": ""}).json), every)
    expect(len(broker.get("/api/queues", fields={"X-Vhost": "/"}).json), every)


@case("our own overview names the queues that stand out and what happened")
def _(broker):
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}")
    for _ in range(30):
        publish(broker, "amq.default", queue)
    seen = broker.get("/api/x/overview").json
    expect(seen["health"], {"ok": True, "causes": []})
    require(queue in [q["name"] for q in seen["top"]["depth"]], seen["top"])
    require(queue in [q["name"] for q in seen["top"]["age"]] or len(seen["top"]["age"]) == 10, seen["top"])
    wait_until(lambda: any(e["type"] == "queue.created" and e.get("name") == queue
                           for e in broker.get("/api/x/overview").json["events"]), "the event is there")


@case("search finds objects by name, the beginning before the middle")
def _(broker):
    for name in ("findme", "other.findme", "notfindme", "unrelated"):
        broker.put(f"/api/queues/%2F/{name}")
    found = broker.get("/api/x/search?q=FINDME").json
    expect(([i["name"] for i in found["items"]], found["more"]),
           (["findme", "other.findme", "notfindme"], False))
    found = broker.get("/api/x/search?q=findme&limit=1").json
    expect((len(found["items"]), found["more"]), (1, True))
    expect(broker.get("/api/x/search").status, 400)
    kinds = {i["kind"] for i in broker.get("/api/x/search?q=amq.").json["items"]}
    require("exchange" in kinds, kinds)
    for name in ("findme", "other.findme", "notfindme", "unrelated"):
        broker.delete(f"/api/queues/%2F/{name}")

#!/usr/bin/python3
"""pika (blocking): the seven tutorials, and what applications rely on beyond them."""

import datetime
import decimal
import threading
import time
import uuid

import pika
import pika.exceptions

import harness
from harness import case, expect, fresh_name, require, wait_until

FRAME_MAX = 131072


def connect(**parameters):
    """A connection, used as `with connect() as connection`."""
    return pika.BlockingConnection(pika.ConnectionParameters(
        harness.HOST, harness.PORT,
        credentials=pika.PlainCredentials(harness.USER, parameters.pop("password",
                                                                       harness.PASSWORD)),
        **parameters))


def own_queue(channel, **arguments):
    return channel.queue_declare("", exclusive=True, **arguments).method.queue


def receive(channel, queue, number, auto_ack=True, seconds=harness.PATIENCE):
    """Consumes `number` messages as (method, properties, body)."""
    messages = []
    for method, properties, body in channel.consume(queue, auto_ack=auto_ack,
                                                    inactivity_timeout=seconds):
        if method is None:
            raise AssertionError(f"{len(messages)} messages instead of {number}")
        messages.append((method, properties, body))
        if len(messages) == number:
            break
    channel.cancel()
    return messages


def bodies(messages):
    return [body for _, _, body in messages]


def nothing_in(channel, queue):
    expect(channel.basic_get(queue)[0], None, "basic.get")


def expect_channel_closed(code, function, *arguments, **named):
    try:
        function(*arguments, **named)
    except pika.exceptions.ChannelClosedByBroker as closed:
        expect(closed.reply_code, code, closed.reply_text)
        return
    raise AssertionError(f"the channel was not closed with {code}")


# The tutorials

@case("hello: a message arrives")
def hello():
    with connect() as connection:
        channel = connection.channel()
        queue = own_queue(channel)
        channel.basic_publish("", queue, b"Hello World!")
        expect(bodies(receive(channel, queue, 1)), [b"Hello World!"])


@case("work queue: prefetch 1 gives the next task to whoever has acked")
def work_queue():
    queue = fresh_name()
    with connect() as connection:
        slow, quick = connection.channel(), connection.channel()
        slow.queue_declare(queue, durable=True)
        taken = {"slow": [], "quick": []}

        def take(channel, method, body, who):
            taken[who].append(body)
            if who == "quick":
                channel.basic_ack(method.delivery_tag)

        for channel, who in ((slow, "slow"), (quick, "quick")):
            channel.basic_qos(prefetch_count=1)
            channel.basic_consume(queue, lambda ch, m, _, b, who=who: take(ch, m, b, who))
        for i in range(6):
            slow.basic_publish("", queue, str(i).encode(), pika.BasicProperties(delivery_mode=2))
        end = time.monotonic() + harness.PATIENCE
        while sum(map(len, taken.values())) < 6 and time.monotonic() < end:
            connection.process_data_events(0.1)
        expect((len(taken["slow"]), len(taken["quick"])), (1, 5), "tasks taken")
        slow.close()  # its task goes back and to the other
        while len(taken["quick"]) < 6 and time.monotonic() < end:
            connection.process_data_events(0.1)
        expect(sorted(taken["quick"]), [str(i).encode() for i in range(6)], "tasks done")
        quick.queue_delete(queue)


@case("publish/subscribe: a fanout exchange copies to every queue")
def publish_subscribe():
    exchange = fresh_name("exchange")
    with connect() as connection:
        channel = connection.channel()
        channel.exchange_declare(exchange, "fanout", auto_delete=True)
        queues = [own_queue(channel) for _ in range(3)]
        for queue in queues:
            channel.queue_bind(queue, exchange)
        channel.basic_publish(exchange, "ignored", b"news")
        for queue in queues:
            expect(bodies(receive(channel, queue, 1)), [b"news"])


@case("routing: a direct exchange compares the key")
def routing():
    exchange = fresh_name("exchange")
    with connect() as connection:
        channel = connection.channel()
        channel.exchange_declare(exchange, "direct", auto_delete=True)
        errors, everything = own_queue(channel), own_queue(channel)
        channel.queue_bind(errors, exchange, "error")
        for severity in ("info", "warning", "error"):
            channel.queue_bind(everything, exchange, severity)
        for severity in ("info", "error", "warning", "Error"):
            channel.basic_publish(exchange, severity, severity.encode())
        expect(bodies(receive(channel, errors, 1)), [b"error"])
        expect(bodies(receive(channel, everything, 3)), [b"info", b"error", b"warning"])
        nothing_in(channel, errors)
        nothing_in(channel, everything)


@case("topics: * is one word, # any number, each queue gets one copy")
def topics():
    exchange = fresh_name("exchange")
    with connect() as connection:
        channel = connection.channel()
        channel.exchange_declare(exchange, "topic", auto_delete=True)
        orange, rabbits, all_of_it = (own_queue(channel) for _ in range(3))
        channel.queue_bind(orange, exchange, "*.orange.*")
        channel.queue_bind(rabbits, exchange, "*.*.rabbit")
        channel.queue_bind(rabbits, exchange, "lazy.#")
        channel.queue_bind(all_of_it, exchange, "#")
        keys = ["quick.orange.rabbit", "lazy.orange.elephant", "quick.orange.fox",
                "lazy.brown.fox", "lazy.pink.rabbit", "quick.brown.fox", "orange",
                "quick.orange.new.rabbit", "lazy.orange.new.rabbit", "lazy", ""]
        for key in keys:
            channel.basic_publish(exchange, key, key.encode())
        expect(bodies(receive(channel, all_of_it, len(keys))), [k.encode() for k in keys])
        expect(bodies(receive(channel, orange, 3)), [k.encode() for k in keys[:3]])
        expect(bodies(receive(channel, rabbits, 6)),
               [keys[i].encode() for i in (0, 1, 3, 4, 8, 9)])
        nothing_in(channel, orange)
        nothing_in(channel, rabbits)


@case("RPC: the answer comes over direct reply-to")
def rpc():
    queue = fresh_name()
    with connect() as connection:
        server, client = connection.channel(), connection.channel()
        server.queue_declare(queue, exclusive=True)
        answers = []

        def serve(channel, method, properties, body):
            channel.basic_publish("", properties.reply_to, str(int(body) * 2).encode(),
                                  pika.BasicProperties(correlation_id=properties.correlation_id))
            channel.basic_ack(method.delivery_tag)

        server.basic_consume(queue, serve)
        client.basic_consume("amq.rabbitmq.reply-to", auto_ack=True, on_message_callback=(
            lambda _ch, _m, properties, body: answers.append((properties.correlation_id, body))))
        wanted = []
        for number in range(5):
            asked = str(uuid.uuid4())
            wanted.append((asked, str(number * 2).encode()))
            client.basic_publish("", queue, str(number).encode(), pika.BasicProperties(
                reply_to="amq.rabbitmq.reply-to", correlation_id=asked))
        end = time.monotonic() + harness.PATIENCE
        while len(answers) < 5 and time.monotonic() < end:
            connection.process_data_events(0.1)
        expect(answers, wanted)


@case("publisher confirms: every publish returns when the broker has it")
def confirms():
    with connect() as connection:
        channel = connection.channel()
        queue = own_queue(channel)
        channel.confirm_delivery()
        for i in range(200):
            channel.basic_publish("", queue, str(i).encode(), mandatory=True)
        try:
            channel.basic_publish("", fresh_name(), b"", mandatory=True)
        except pika.exceptions.UnroutableError as unroutable:
            expect(unroutable.messages[0].method.reply_text, "NO_ROUTE")
        else:
            raise AssertionError("an unroutable mandatory message was not returned")
        expect(bodies(receive(channel, queue, 200)), [str(i).encode() for i in range(200)])


# Beyond the tutorials

@case("bodies of every size come back whole")
def body_sizes():
    sizes = [0, 1, FRAME_MAX - 9, FRAME_MAX - 8, FRAME_MAX - 7, FRAME_MAX + 1, 1 << 24]
    with connect() as connection:
        channel = connection.channel()
        queue = own_queue(channel)
        channel.confirm_delivery()
        for size in sizes:
            sent = bytes(range(256)) * (size // 256) + bytes(range(size % 256))
            channel.basic_publish("", queue, sent)
            got = wait_until(lambda: channel.basic_get(queue, auto_ack=True), "a message")
            require(got[2] == sent, f"body of {size} octets is the same")


@case("properties and headers of every type pika knows come back")
def properties():
    moment = datetime.datetime(2030, 1, 2, 3, 4, 5)
    headers = {"bool": True, "int": -7, "long": 2 ** 40, "text": "Grüße", "octets": b"\0\xff",
               "decimal": decimal.Decimal("3.14"), "time": moment, "none": None,
               "table": {"a": {"b": [1, "two", None, {"c": False}]}}, "array": [], "empty": {}}
    sent = pika.BasicProperties(
        content_type="text/plain", content_encoding="utf-8", headers=headers, delivery_mode=2,
        priority=9, correlation_id="c-1", reply_to="somewhere", expiration="60000",
        message_id="m-1", timestamp=1_700_000_000, type="kind", user_id=harness.USER,
        app_id="interop", cluster_id="old")
    with connect() as connection:
        channel = connection.channel()
        queue = own_queue(channel)
        channel.basic_publish("", queue, b"x", sent)
        got = receive(channel, queue, 1)[0][1]
        for name, value in vars(sent).items():
            expect(getattr(got, name), value, name)


@case("nacked and rejected messages go back to their places, marked redelivered")
def requeue_order():
    with connect() as connection:
        channel = connection.channel()
        queue = own_queue(channel)
        for i in range(1, 7):
            channel.basic_publish("", queue, str(i).encode())
        wait_until(lambda: channel.queue_declare(queue, passive=True).method.message_count == 6,
                   "6 messages")
        tags = [channel.basic_get(queue)[0].delivery_tag for _ in range(5)]
        channel.basic_ack(tags[1])
        channel.basic_reject(tags[4], requeue=True)
        channel.basic_nack(tags[3], multiple=True, requeue=True)  # 1, 3 and 4
        again = receive(channel, queue, 5)
        expect(bodies(again), [b"1", b"3", b"4", b"5", b"6"])
        expect([m[0].redelivered for m in again], [True] * 4 + [False], "redelivered")


@case("nack without requeue drops, an unknown delivery tag is a 406")
def nack_and_unknown_tag():
    with connect() as connection:
        channel = connection.channel()
        queue = own_queue(channel)
        channel.basic_publish("", queue, b"unwanted")
        method = wait_until(lambda: channel.basic_get(queue)[0], "a message")
        channel.basic_nack(method.delivery_tag, requeue=False)
        nothing_in(channel, queue)
        channel.basic_ack(4711)
        expect_channel_closed(406, channel.queue_declare, queue, passive=True)


@case("a consumer of higher priority is served first, others when it is full")
def consumer_priorities():
    with connect() as connection:
        setup, low, high = (connection.channel() for _ in range(3))
        queue = own_queue(setup)
        got = {"low": [], "high": []}
        for channel, who, priority in ((low, "low", 0), (high, "high", 10)):
            channel.basic_qos(prefetch_count=2)
            channel.basic_consume(queue, lambda _c, _m, _p, body, who=who: got[who].append(body),
                                  arguments={"x-priority": priority})
        for i in range(4):
            setup.basic_publish("", queue, str(i).encode())
        end = time.monotonic() + harness.PATIENCE
        while len(got["low"]) + len(got["high"]) < 4 and time.monotonic() < end:
            connection.process_data_events(0.1)
        expect(got, {"high": [b"0", b"1"], "low": [b"2", b"3"]})


@case("an exclusive consumer is alone, a second one is a 403")
def exclusive_consumer():
    with connect() as connection:
        first, second, third = (connection.channel() for _ in range(3))
        queue = own_queue(first)
        tag = first.basic_consume(queue, lambda *_: None, exclusive=True)
        expect_channel_closed(403, second.basic_consume, queue, lambda *_: None)
        first.basic_cancel(tag)
        third.basic_consume(queue, lambda *_: None, exclusive=True)


@case("the consumer is told when its queue is deleted")
def cancel_notify():
    queue = fresh_name()
    with connect() as connection, connect() as other:
        channel = connection.channel()
        channel.queue_declare(queue)
        cancelled = []
        channel.add_on_cancel_callback(lambda frame: cancelled.append(frame.method.consumer_tag))
        tag = channel.basic_consume(queue, lambda *_: None)
        other.channel().queue_delete(queue)
        end = time.monotonic() + harness.PATIENCE
        while not cancelled and time.monotonic() < end:
            connection.process_data_events(0.1)
        expect(cancelled, [tag])


@case("tx: nothing is seen before commit, rollback undoes publishes and acks")
def transactions():
    with connect() as connection:
        channel, observer = connection.channel(), connection.channel()
        queue = own_queue(channel)
        channel.tx_select()
        channel.basic_publish("", queue, b"never")
        channel.tx_rollback()
        channel.basic_publish("", queue, b"kept")
        nothing_in(observer, queue)
        channel.tx_commit()
        method, _, body = wait_until(lambda: channel.basic_get(queue), "the message")
        expect(body, b"kept")
        channel.basic_ack(method.delivery_tag)
        channel.tx_rollback()
        channel.basic_recover(requeue=True)
        method, _, body = wait_until(lambda: channel.basic_get(queue), "the message again")
        expect((body, method.redelivered), (b"kept", True))
        channel.basic_ack(method.delivery_tag)
        channel.tx_commit()
        expect(channel.queue_declare(queue, passive=True).method.message_count, 0, "messages")


@case("a closed channel leaves the connection and its other channels alone")
def channel_errors():
    with connect() as connection:
        good = connection.channel()
        queue = fresh_name()
        good.queue_declare(queue, exclusive=True)
        expect_channel_closed(404, connection.channel().queue_declare, fresh_name(), passive=True)
        expect_channel_closed(404, connection.channel().basic_consume, fresh_name(),
                              lambda *_: None)
        expect_channel_closed(406, connection.channel().queue_declare, queue, exclusive=True,
                              auto_delete=True)
        expect_channel_closed(403, connection.channel().queue_declare, "amq.mine")
        expect_channel_closed(406, connection.channel().exchange_declare, "amq.direct", "fanout")
        with connect() as stranger:
            expect_channel_closed(405, stranger.channel().queue_declare, queue, passive=True)
        good.basic_publish("", queue, b"still here")
        expect(bodies(receive(good, queue, 1)), [b"still here"])


@case("exchanges bound to exchanges pass messages on")
def exchange_to_exchange():
    first, second = fresh_name("exchange"), fresh_name("exchange")
    with connect() as connection:
        channel = connection.channel()
        channel.exchange_declare(first, "topic", auto_delete=True)
        channel.exchange_declare(second, "fanout", auto_delete=True)
        queue = own_queue(channel)
        channel.exchange_bind(second, first, "through.#")
        channel.queue_bind(queue, second)
        channel.basic_publish(first, "past.it", b"not this")
        channel.basic_publish(first, "through.it", b"this")
        expect(bodies(receive(channel, queue, 1)), [b"this"])


@case("a headers exchange compares all or any of the arguments")
def headers_exchange():
    with connect() as connection:
        channel = connection.channel()
        both, either = own_queue(channel), own_queue(channel)
        wanted = {"colour": "red", "size": 7}
        channel.queue_bind(both, "amq.headers", arguments={"x-match": "all", **wanted})
        channel.queue_bind(either, "amq.headers", arguments={"x-match": "any", **wanted})
        for headers in ({"colour": "red"}, {"colour": "red", "size": 7, "more": 1}, {"size": 8}):
            channel.basic_publish("amq.headers", "", repr(headers).encode(),
                                  pika.BasicProperties(headers=headers))
        expect(len(receive(channel, both, 1)), 1)
        expect(len(receive(channel, either, 2)), 2)
        nothing_in(channel, both)
        nothing_in(channel, either)


@case("purge and delete tell how many messages went")
def purge_and_delete():
    queue = fresh_name()
    with connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare(queue)
        for _ in range(3):
            channel.basic_publish("", queue, b"x")
        expect(channel.queue_purge(queue).method.message_count, 3, "purged")
        channel.basic_publish("", queue, b"x")
        expect_channel_closed(406, connection.channel().queue_delete, queue, if_empty=True)
        expect(channel.queue_delete(queue).method.message_count, 1, "deleted with the queue")
        expect(channel.queue_delete(queue).method.message_count, 0, "deleted twice")


# Queues that do more

@case("a retry loop of TTL and dead letters: x-death tells how often, and where")
def retry_loop():
    with connect() as connection:
        channel = connection.channel()
        work, wait = fresh_name(), fresh_name()
        channel.queue_declare(work, arguments={"x-dead-letter-exchange": "",
                                               "x-dead-letter-routing-key": wait})
        channel.queue_declare(wait, arguments={"x-message-ttl": 20, "x-dead-letter-exchange": "",
                                               "x-dead-letter-routing-key": work})
        channel.basic_publish("", work, b"task", pika.BasicProperties(message_id="m"))
        for attempt in range(3):
            method, properties, body = receive(channel, work, 1, auto_ack=False)[0]
            deaths = (properties.headers or {}).get("x-death", [])
            expect([(death["queue"], death["reason"], death["count"]) for death in deaths],
                   [(wait, "expired", attempt), (work, "rejected", attempt)] if attempt else [])
            expect((body, properties.message_id), (b"task", "m"))
            if attempt:
                expect(properties.headers["x-first-death-reason"], "rejected")
            channel.basic_reject(method.delivery_tag, requeue=attempt == 2)
        channel.queue_delete(work)
        channel.queue_delete(wait)


@case("priorities: the highest first, in order within one")
def priorities():
    with connect() as connection:
        channel = connection.channel()
        queue = own_queue(channel, arguments={"x-max-priority": 3})
        for number, priority in enumerate([0, 3, 1, 3, None, 9, 1]):
            channel.basic_publish("", queue, b"%d" % number,
                                  pika.BasicProperties(priority=priority))
        expect(bodies(receive(channel, queue, 7)), [b"1", b"3", b"5", b"2", b"6", b"0", b"4"])


@case("a single active consumer: the next one takes over when it goes, with what it had not acked")
def single_active_consumer():
    with connect() as connection:
        channel = connection.channel()
        queue = fresh_name()
        channel.queue_declare(queue, arguments={"x-single-active-consumer": True})
        got = []

        def consumer(name):
            own = connection.channel()
            own.basic_consume(queue, lambda c, method, p, body: got.append((name, body)))
            return own

        first = consumer("first")
        consumer("second")
        for body in (b"1", b"2"):
            channel.basic_publish("", queue, body)
        wait_until(lambda: connection.process_data_events(0.01) or len(got) == 2, "two messages")
        expect(got, [("first", b"1"), ("first", b"2")])
        first.close()
        wait_until(lambda: connection.process_data_events(0.01) or len(got) == 4, "their return")
        expect(got[2:], [("second", b"1"), ("second", b"2")])
        channel.queue_delete(queue)


@case("a delayed message comes at its time, and says how long it waited")
def delayed():
    with connect() as connection:
        channel = connection.channel()
        exchange, queue = fresh_name(), own_queue(channel)
        channel.exchange_declare(exchange, "x-delayed-message",
                                 arguments={"x-delayed-type": "direct"})
        channel.queue_bind(queue, exchange, "k")
        sent = time.monotonic()
        for delay in (150, 50):
            channel.basic_publish(exchange, "k", b"%d" % delay,
                                  pika.BasicProperties(headers={"x-delay": delay}))
        messages = receive(channel, queue, 2)
        require(time.monotonic() - sent >= 0.15, "not too early")
        expect(bodies(messages), [b"50", b"150"])
        expect([properties.headers["x-delay"] for _, properties, _ in messages], [-50, -150])
        channel.exchange_delete(exchange)


@case("an overdue ack: the message goes on to another consumer, and the channel stays open")
def overdue_ack():
    with connect() as connection:
        channel = connection.channel()
        queue = own_queue(channel, arguments={"x-consumer-timeout": 300})
        cancelled = []
        channel.add_on_cancel_callback(lambda frame: cancelled.append(frame.method.consumer_tag))
        tag = channel.basic_consume(queue, lambda *arguments: None)
        channel.basic_publish("", queue, b"slow")
        wait_until(lambda: connection.process_data_events(0.01) or cancelled, "basic.cancel")
        expect(cancelled, [tag])
        method, _, body = channel.basic_get(queue)
        expect((method.redelivered, body), (True, b"slow"))
        channel.basic_ack(method.delivery_tag)


@case("delayed retry: what is rejected comes again after a while, counted")
def delayed_retry():
    with connect() as connection:
        channel = connection.channel()
        queue = own_queue(channel, arguments={"x-delayed-retry-type": "all",
                                              "x-delayed-retry-min": 50})
        channel.basic_publish("", queue, b"task")
        sent = time.monotonic()
        for attempt in range(3):
            method, properties, _ = receive(channel, queue, 1, auto_ack=False)[0]
            expect((properties.headers or {}).get("x-delivery-count", 0), attempt)
            channel.basic_reject(method.delivery_tag, requeue=attempt < 2)
        require(time.monotonic() - sent >= 0.15, "50 ms, then 100 ms")


@case("an unacked message goes back when its channel or its connection closes")
def unacked_return():
    queue = fresh_name()
    with connect() as observer, connect() as taker:
        watching = observer.channel()
        watching.queue_declare(queue)
        watching.basic_publish("", queue, b"sticky")
        for close in (lambda channel: channel.close(), lambda _: taker.close()):
            channel = taker.channel()
            wait_until(lambda: channel.basic_get(queue)[0], "the message")
            close(channel)
        expect(watching.basic_get(queue)[0].redelivered, True)
        watching.queue_delete(queue)


@case("a client that sends heartbeats stays connected while it idles")
def heartbeats():
    with connect(heartbeat=1) as connection:
        channel = connection.channel()
        queue = own_queue(channel)
        end = time.monotonic() + 4
        while time.monotonic() < end:
            connection.process_data_events(0.2)
        channel.basic_publish("", queue, b"alive")
        expect(bodies(receive(channel, queue, 1)), [b"alive"])


@case("a wrong password and a missing vhost are told apart")
def login_errors():
    try:
        connect(password="wrong").close()
    except pika.exceptions.ProbableAuthenticationError:
        pass
    else:
        raise AssertionError("a wrong password was accepted")
    try:
        connect(virtual_host="nowhere").close()
    except (pika.exceptions.ConnectionClosedByBroker,
            pika.exceptions.ProbableAccessDeniedError) as refused:
        require("530" in repr(refused), repr(refused))
    else:
        raise AssertionError("a missing vhost was accepted")


@case("a consumer on one thread and a publisher on another each keep their order")
def two_connections():
    queue, number = fresh_name(), 2000
    with connect() as consuming:
        channel = consuming.channel()
        channel.queue_declare(queue, exclusive=False, auto_delete=True)

        def publish():
            with connect() as publishing:
                publisher = publishing.channel()
                for i in range(number):
                    publisher.basic_publish("", queue, str(i).encode())

        thread = threading.Thread(target=publish)
        thread.start()
        got = bodies(receive(channel, queue, number))
        thread.join()
        require(got == [str(i).encode() for i in range(number)], "the order is kept")


if __name__ == "__main__":
    harness.main()

#!/usr/bin/python3
"""kombu on py-amqp, the stack below Celery: hello, work queue, topics, and its reconnect."""

import socket

import amqp
import kombu
from kombu.pools import producers

import harness
from harness import case, expect, fresh_name, require


def connect(**options):
    return kombu.Connection(hostname=harness.HOST, port=harness.PORT, userid=harness.USER,
                            password=harness.PASSWORD, virtual_host="/", transport="pyamqp",
                            **options)


def drain(connection, got, number):
    """Lets consumers run until `number` messages are in the list `got`."""
    while len(got) < number:
        connection.drain_events(timeout=harness.PATIENCE)


def temporary_queue(name, exchange=None, key=None):
    return kombu.Queue(name, exchange, key, durable=False, auto_delete=True)


@case("hello: a SimpleQueue gives back what was put")
def hello():
    with connect() as connection:
        simple = connection.SimpleQueue(fresh_name())
        simple.put({"hello": ["world", 1, None]})
        message = simple.get(timeout=harness.PATIENCE)
        expect(message.payload, {"hello": ["world", 1, None]})
        message.ack()
        expect(simple.qsize(), 0)
        simple.queue.delete()


@case("work queue: tasks are shared by workers with prefetch 1")
def work_queue():
    with connect() as connection:
        queue = temporary_queue(fresh_name())
        got = {"first": [], "second": []}

        def worker(who):
            def take(body, message):
                got[who].append(body)
                message.ack()
            return kombu.Consumer(connection.channel(), queue, callbacks=[take],
                                  prefetch_count=1)

        with worker("first"), worker("second"):
            producer = connection.Producer()
            for i in range(20):
                producer.publish({"task": i}, routing_key=queue.name, retry=True)
            while len(got["first"]) + len(got["second"]) < 20:
                connection.drain_events(timeout=harness.PATIENCE)
        tasks = sorted(body["task"] for bodies in got.values() for body in bodies)
        expect(tasks, list(range(20)))
        require(all(got.values()), "both work")


@case("topics: bound with kombu's declarations, compressed on the way")
def topics():
    with connect() as connection:
        exchange = kombu.Exchange(fresh_name("exchange"), "topic", durable=False,
                                  auto_delete=True)
        queue = temporary_queue(fresh_name(), exchange, "stock.#")
        got = []
        with connection.Consumer(queue, callbacks=[lambda body, m: (got.append(body), m.ack())]):
            producer = connection.Producer(exchange=exchange)
            for key in ("stock.nyse", "weather", "stock", "stock.eu.dax"):
                producer.publish(key * 10, routing_key=key, compression="zlib")
            drain(connection, got, 3)
        expect(got, ["stock.nyse" * 10, "stock" * 10, "stock.eu.dax" * 10])


@case("publisher confirms and a pool of producers")
def confirms():
    with connect(transport_options={"confirm_publish": True}) as connection:
        queue = temporary_queue(fresh_name())
        got = []
        with connection.Consumer(queue, callbacks=[lambda body, m: (got.append(body), m.ack())]):
            with producers[connection].acquire(block=True) as producer:
                for i in range(50):
                    producer.publish(i, routing_key=queue.name)
            drain(connection, got, 50)
        expect(got, list(range(50)))


@case("requeue and reject, as Celery's tasks do it")
def requeue():
    with connect() as connection:
        queue = temporary_queue(fresh_name())
        seen = []

        def take(body, message):
            seen.append((body, message.delivery_info["redelivered"]))
            if len(seen) == 1:
                message.requeue()
            else:
                message.reject()

        with connection.Consumer(queue, callbacks=[take]):
            connection.Producer().publish("again", routing_key=queue.name)
            drain(connection, seen, 2)
            expect(seen, [("again", False), ("again", True)])
            expect(queue(connection.default_channel).queue_declare(passive=True).message_count, 0)


@case("kombu notices a dropped connection and publishes over a new one")
def reconnect():
    with connect() as connection:
        name = fresh_name()
        queue = kombu.Queue(name, durable=True)
        queue(connection.default_channel).declare()
        producer = connection.Producer()
        producer.publish("before", routing_key=name)
        connection.connection.transport.sock.shutdown(socket.SHUT_RDWR)
        producer.publish("after", routing_key=name, retry=True, retry_policy={
            "max_retries": 20, "interval_start": 0, "interval_step": 0.1, "interval_max": 1})
        got = []
        with connection.Consumer(queue, callbacks=[lambda body, m: (got.append(body), m.ack())]):
            drain(connection, got, 2)
        expect(got, ["before", "after"])
        queue(connection.default_channel).delete()


@case("a passive declare of a missing queue is amqp.NotFound, the connection lives")
def missing_queue():
    with connect() as connection:
        try:
            connection.channel().queue_declare(fresh_name(), passive=True)
        except amqp.exceptions.NotFound as missing:
            expect(missing.code, 404)
        else:
            raise AssertionError("a missing queue was found")
        connection.channel().queue_declare(fresh_name(), exclusive=True)


@case("heartbeat_check finds the server alive")
def heartbeats():
    with connect(heartbeat=2) as connection:
        connection.connect()
        for _ in range(6):
            connection.heartbeat_check()
            try:
                connection.drain_events(timeout=0.5)
            except socket.timeout:
                pass
        connection.channel().queue_declare(fresh_name(), exclusive=True)


if __name__ == "__main__":
    harness.main()

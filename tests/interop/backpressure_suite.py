#!/usr/bin/python3
"""What slow and greedy clients may cost: themselves, and nobody else.

Raw sockets, since 500 MB are slow through a client library; every role is a process of its own, so
that no interpreter lock mixes their times. The windows of seconds are the scenarios themselves.
"""

import collections
import multiprocessing
import select
import struct
import threading
import time

import harness
from harness import case, expect, fresh_name, require, say
from raw_amqp import (BASIC_ACK, BASIC_DELIVER, BODY, METHOD, RawConnection, publish_frames,
                      table)

BODY_OCTETS = 64 << 10
MIB = 1 << 20


def held_octets_max():
    """What a consumer that does not read may hold of its queue.

    That is the bound of the broker's outbox (1 MiB), what the kernel buffers to send, and 1 MiB
    for our small receive buffer and the message that passes the bound.
    """
    with open("/proc/sys/net/ipv4/tcp_wmem", encoding="ascii") as limits:
        return 2 * MIB + int(limits.read().split()[2])

_fork = multiprocessing.get_context("fork")


def background(function, *arguments):
    """Runs a function in a process of its own; the queue gets its result, or its exception."""
    result = _fork.Queue()

    def run():
        try:
            result.put(function(*arguments))
        except BaseException as error:  # pylint: disable=broad-except: the parent raises it
            result.put(RuntimeError(f"{function.__name__}: {error!r}"))
    process = _fork.Process(target=run, daemon=True)
    process.start()

    def outcome(seconds):
        value = result.get(timeout=seconds)
        process.join(harness.PATIENCE)
        if isinstance(value, RuntimeError):
            raise value
        return value
    return outcome


def broker_rss_octets():
    """0 when the broker is not ours to look at."""
    if not harness.BROKER_PID:
        return 0
    with open(f"/proc/{harness.BROKER_PID}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0


def publish_confirmed(queue, number, window=64):
    """Publishes `number` bodies that begin with their number; returns when all are confirmed."""
    with RawConnection() as connection:
        connection.confirm_select()
        confirmed = 0
        for i in range(number):
            connection.send(publish_frames(queue, struct.pack(">Q", i) + bytes(BODY_OCTETS - 8)))
            while i + 1 - confirmed >= window:
                confirmed = connection.expect(BASIC_ACK, seconds=30).delivery_tag()
        while confirmed < number:
            confirmed = connection.expect(BASIC_ACK, seconds=30).delivery_tag()
        connection.close()
    return number


def publish_ticks(queue, seconds, interval):
    """Publishes the time, every `interval` seconds; returns how many times."""
    with RawConnection() as connection:
        begin, number, clock = time.monotonic(), 0, threading.Event()
        while time.monotonic() - begin < seconds:
            connection.send(publish_frames(queue, struct.pack(">Qd", number, time.monotonic())))
            number += 1
            clock.wait(max(0, begin + number * interval - time.monotonic()))
        connection.close()
    return number


def consume_ticks(queue, ready):
    """Consumes ticks until an empty body comes; returns their latencies, in order."""
    latencies = []
    with RawConnection() as connection:
        connection.consume(queue, no_ack=True)
        ready.set()
        while True:
            connection.expect(BASIC_DELIVER, seconds=30)
            body = connection.content()[1]
            if not body:
                return latencies
            number, sent = struct.unpack(">Qd", body)
            expect(number, len(latencies), "number of the tick")
            latencies.append(time.monotonic() - sent)


def seconds_stopped_reading(connection, stop):
    """Waits without reading a single octet; the socket must not end meanwhile."""
    begin = time.monotonic()
    watch = select.poll()
    watch.register(connection.socket, select.POLLHUP | select.POLLERR | select.POLLRDHUP)
    while time.monotonic() - begin < stop:
        expect(watch.poll(200), [], "end of the slow consumer's socket")


@case("a consumer that stops reading delays nobody, is bounded, and gets everything later",
      alone=True)
def slow_consumer():
    number = 500 * 1000 * 1000 // BODY_OCTETS
    window = 10
    slow_queue, pair_queue = fresh_name("slow"), fresh_name("pair")
    with RawConnection() as observer, RawConnection(receive_buffer=64 << 10) as slow:
        observer.declare(slow_queue)
        observer.declare(pair_queue)
        slow.consume(slow_queue, no_ack=True)
        ready = _fork.Event()
        ticks = background(consume_ticks, pair_queue, ready)
        require(ready.wait(harness.PATIENCE), "the pair's consumer is ready")
        rss_before = broker_rss_octets()
        published = background(publish_confirmed, slow_queue, number)
        ticked = background(publish_ticks, pair_queue, window, 0.005)
        seconds_stopped_reading(slow, window)

        expect(published(60), number, "messages confirmed")
        sent = ticked(30)
        observer.send(publish_frames(pair_queue, b""))
        latencies = ticks(30)
        expect(len(latencies), sent, "ticks of the pair")
        held = (number - observer.declare(slow_queue, passive=True)) * BODY_OCTETS
        grown = broker_rss_octets() - rss_before
        latencies.sort()
        middle, rare = (latencies[int(len(latencies) * part)] for part in (0.5, 0.99))
        worst = latencies[-1]
        say(f"# pair beside 500 MB: median {middle * 1e3:.1f} ms, "
            f"p99 {rare * 1e3:.1f} ms, worst {worst * 1e3:.0f} ms; "
            f"held for the slow consumer {held / MIB:.1f} MiB; "
            f"broker grew by {grown / MIB:.0f} MiB")

        for i in range(number):
            slow.expect(BASIC_DELIVER)
            body = slow.content()[1]
            expect((struct.unpack_from(">Q", body)[0], len(body)), (i, BODY_OCTETS), "message")
        say(f"# with all of it consumed the broker is {(broker_rss_octets() - rss_before) / MIB:.0f} "
            "MiB larger than before")
        require(middle < 0.25, f"a median latency of {middle:.3f} s is no delay")
        require(worst < 2, f"a worst latency of {worst:.3f} s is no stall")
        require(held <= held_octets_max(), f"{held / MIB:.1f} MiB held outside the queue are "
                f"within the bound of {held_octets_max() / MIB:.1f} MiB")
        observer.delete(slow_queue)
        observer.delete(pair_queue)


class GreedyConnection:
    """Publishes without pause from one thread, reads and acks from another, on one socket.

    Acks travel between two publishes: the reader never waits for the socket to take octets, or
    both sides could wait for each other.
    """

    def __init__(self, queue):
        self.connection = RawConnection()
        # The queue is bounded, so that publishing faster than consuming costs no gigabytes.
        self.connection.declare(queue, arguments=table(("x-max-length", b"I" + b"\0\0\x07\xd0")))
        self.connection.consume(queue, prefetch=100)
        self.message = publish_frames(queue, bytes(BODY_OCTETS))
        self.acks = collections.deque()
        self.stop = threading.Event()
        self.published = 0
        self.arrivals = []
        self.failure = None

    def publish(self):
        while not self.stop.is_set():
            if self.acks:
                tag = self.acks.pop()
                self.acks.clear()
                self.connection.send_method(1, BASIC_ACK, struct.pack(">QB", tag, 1))
            self.connection.send(self.message)
            self.published += 1

    def read(self):
        tag = 0
        while not self.stop.is_set():
            try:
                got = self.connection.next_frame(seconds=0.2)
            except TimeoutError:
                continue
            if got.kind == METHOD:
                expect(got.method, BASIC_DELIVER, "method")
                tag = got.delivery_tag()
            elif got.kind == BODY:
                self.arrivals.append(time.monotonic())
                self.acks.append(tag)

    def run(self, seconds):
        def guarded(work):
            try:
                work()
            except Exception as error:  # pylint: disable=broad-except: run() raises it
                self.failure = self.failure or error
                self.stop.set()
        threads = [threading.Thread(target=guarded, args=(work,))
                   for work in (self.publish, self.read)]
        for thread in threads:
            thread.start()
        self.stop.wait(seconds)
        self.stop.set()
        for thread in threads:
            thread.join(harness.PATIENCE)
        if self.failure:
            raise self.failure


@case("a connection that publishes without pause still gets its deliveries", alone=True)
def greedy_connection():
    queue, seconds = fresh_name("greedy"), 10
    greedy = GreedyConnection(queue)
    begin = time.monotonic()
    greedy.run(seconds)
    arrivals = [begin, *greedy.arrivals, begin + seconds]
    silence = max(later - earlier for earlier, later in zip(arrivals, arrivals[1:]))
    say(f"# greedy connection: published {greedy.published * BODY_OCTETS / MIB:.0f} MiB, consumed "
        f"{len(greedy.arrivals) * BODY_OCTETS / MIB:.0f} MiB, longest silence {silence:.2f} s")
    greedy.connection.drop()
    with RawConnection() as connection:
        connection.delete(queue)
    require(silence < 2, f"a silence of {silence:.2f} s is short")


if __name__ == "__main__":
    harness.main()

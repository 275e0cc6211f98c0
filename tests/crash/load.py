"""Clients that work on a broker until it dies, and what they remember of it.

Three publishers with confirms feed a fan-out and a topic exchange; a consumer acks what one of the
four queues holds. Numbers rise per publisher, so that order, loss and doubles show in any queue.
"""

import collections
import concurrent.futures
import struct
import threading

import harness
from raw_amqp import (BASIC_ACK, BASIC_DELIVER, QUEUE_DECLARE, QUEUE_DECLARE_OK, RawConnection,
                      SocketClosed, publish_frames, short_string)

PERSISTENT = struct.pack(">HB", 0x1000, 2)
WINDOW = 200         # publishes of one publisher without an answer
ACKED_AT_ONCE = 20   # deliveries per basic.ack
EXCHANGE_DECLARE, EXCHANGE_DECLARE_OK = (40, 10), (40, 11)
QUEUE_BIND, QUEUE_BIND_OK = (50, 20), (50, 21)
ENDED = (SocketClosed, OSError)  # what clients see when the broker dies

# Each publisher's exchange and routing key, and where its messages go.
PUBLISHERS = (("crash.fan", "", ("consumed", "fan")),
              ("crash.topic", "a.b", ("topic.a", "topic.b")),
              ("crash.topic", "a.c", ("topic.a",)))
CONSUMED = "consumed"
KEPT = ("fan", "topic.a", "topic.b")  # nobody takes anything out of these
MARKERS = "markers"


def declare_all():
    with RawConnection() as connection:
        for exchange, kind in (("crash.fan", "fanout"), ("crash.topic", "topic")):
            connection.call(1, EXCHANGE_DECLARE, b"\0\0" + short_string(exchange)
                            + short_string(kind) + b"\2" + b"\0\0\0\0", EXCHANGE_DECLARE_OK)
        for queue in (CONSUMED, *KEPT, MARKERS):
            connection.call(1, QUEUE_DECLARE, b"\0\0" + short_string(queue) + b"\2" + b"\0\0\0\0",
                            QUEUE_DECLARE_OK)
        for queue, exchange, key in ((CONSUMED, "crash.fan", ""), ("fan", "crash.fan", ""),
                                     ("topic.a", "crash.topic", "a.*"),
                                     ("topic.b", "crash.topic", "*.b")):
            connection.call(1, QUEUE_BIND, b"\0\0" + short_string(queue) + short_string(exchange)
                            + short_string(key) + b"\0" + b"\0\0\0\0", QUEUE_BIND_OK)


class Publisher:
    """Numbers its messages over all rounds and knows which are confirmed."""

    def __init__(self, number):
        self.number = number
        self.exchange, self.key, self.queues = PUBLISHERS[number]
        self.sent = 0
        self.confirmed = set()

    def work(self, connection, told, stopping):
        """Publishes until the broker dies, or all is confirmed after `stopping`."""
        first, answered = self.sent, 0
        try:
            while True:
                waiting = self.sent - first - answered
                if stopping.is_set() and waiting == 0:
                    connection.close()
                    return
                if not stopping.is_set() and waiting <= WINDOW - 25:
                    numbers = range(self.sent, self.sent + 25)
                    self.sent += 25  # before a consumer may see them
                    connection.send(b"".join(
                        publish_frames(self.key, b"%d:%d" % (self.number, number),
                                       exchange=self.exchange, properties=PERSISTENT)
                        for number in numbers))
                    continue
                ack = connection.expect(BASIC_ACK)
                upto = struct.unpack_from(">Q", ack.payload, 4)[0]
                self.confirmed.update(range(first + answered, first + upto))
                told(upto - answered)
                answered = upto
        except ENDED:
            connection.drop()


class Consumer:
    """Takes from the head of one queue; knows what it acked, and what of that must never come again."""

    def __init__(self, publishers):
        self.publishers = publishers
        self.seen = set()
        self.acked = set()
        self.settled = set()  # acked, and what followed on the same connection was confirmed
        self.killed_at = [0] * len(publishers)  # what each had sent when a broker last died

    def work(self, connection, stopping):
        """Consumes until the broker dies, or until `stopping`; its last acks are heard then."""
        fresh_from = [publisher.sent for publisher in self.publishers]
        last = [-1] * len(self.publishers)
        unacked, mine = [], []
        markers = collections.deque()  # what was acked before each marker without an answer
        answered = 0
        try:
            connection.consume(CONSUMED, prefetch=200)
            while not stopping.is_set() or markers:
                try:
                    frame = connection.next_frame(seconds=0.1)
                except TimeoutError:
                    continue
                if frame.method == BASIC_ACK:
                    upto = struct.unpack_from(">Q", frame.payload, 4)[0]
                    for _ in range(upto - answered):
                        self.settled.update(markers.popleft())
                    answered = upto
                    continue
                harness.expect(frame.method, BASIC_DELIVER)
                redelivered = frame.payload[13 + frame.payload[4]] != 0
                tag = frame.delivery_tag()
                _, body = connection.content()
                message = tuple(map(int, body.split(b":")))
                self.check(message, redelivered, last, fresh_from)
                self.seen.add(message)
                unacked.append(message)
                if len(unacked) == ACKED_AT_ONCE:
                    connection.send_method(1, BASIC_ACK, struct.pack(">QB", tag, 1))
                    self.acked.update(unacked)
                    mine += unacked
                    connection.send(publish_frames(MARKERS, b"", properties=PERSISTENT))
                    markers.append(unacked)
                    unacked = []
            connection.close()
            self.settled.update(mine)  # all of it was heard, and the stop to come is orderly
        except ENDED:
            connection.drop()

    def check(self, message, redelivered, last, fresh_from):
        number, place = message[0], message[1]
        harness.require(place < self.publishers[number].sent, f"{message} was sent")
        harness.require(place > last[number], f"{message} comes after {last[number]}")
        harness.require(message not in self.settled, f"{message} was acked for good and came again")
        last[number] = place
        if message in self.seen or place < self.killed_at[number]:
            harness.require(redelivered, f"{message} is marked as redelivered")
        elif place >= fresh_from[number]:
            harness.require(not redelivered, f"{message} is new and not marked as redelivered")

    def note_kill(self):
        self.killed_at = [publisher.sent for publisher in self.publishers]


class Load:
    """Rounds of work, each ended by the death of the broker or an orderly stop, and what is left."""

    def __init__(self):
        self.publishers = [Publisher(number) for number in range(len(PUBLISHERS))]
        self.consumer = Consumer(self.publishers)

    def round(self, confirms, end):
        """Works until so many confirms came; then `end` kills the broker, or, when there is none, all
        clients end their work and the caller stops it."""
        enough, stopping = threading.Event(), threading.Event()
        lock, left = threading.Lock(), confirms

        def told(count):
            nonlocal left
            with lock:
                left -= count
            if left <= 0:
                enough.set()

        connections = [RawConnection() for _ in range(len(self.publishers) + 1)]
        for connection in connections:
            connection.confirm_select()
        with concurrent.futures.ThreadPoolExecutor(len(connections)) as pool:
            clients = [pool.submit(self.consumer.work, connections.pop(), stopping)]
            clients += [pool.submit(publisher.work, connection, told, stopping)
                        for publisher, connection in zip(self.publishers, connections)]
            came = enough.wait(harness.PATIENCE)
            if end is None:
                stopping.set()
            else:
                end()
            for client in clients:
                client.result()
        harness.require(came, f"{confirms} confirms within {harness.PATIENCE} s")
        if end is not None:
            self.consumer.note_kill()

    def check_what_is_left(self):
        """Empties all queues: nothing confirmed is missing, nothing is there twice, all in order."""
        left = {queue: drain(queue) for queue in (CONSUMED, *KEPT)}
        for publisher in self.publishers:
            for queue in publisher.queues:
                places = [place for number, place in left[queue] if number == publisher.number]
                harness.expect(places, sorted(set(places)), f"order in {queue}, each once")
                harness.require(not places or places[-1] < publisher.sent, "all of it was sent")
                gone = {place for number, place in self.consumer.acked
                        if queue == CONSUMED and number == publisher.number}
                harness.expect(sorted(publisher.confirmed - set(places) - gone), [],
                               f"confirmed and missing in {queue}")
        harness.expect(sorted(self.consumer.settled & set(left[CONSUMED])), [], "acked and back")
        # A message is in all its queues or in none.
        harness.expect([message for message in left["topic.a"] if message[0] == 1], left["topic.b"],
                       "both queues of a topic")
        harness.expect(sorted(set(left["fan"]) - set(left[CONSUMED]) - self.consumer.seen), [],
                       "in one queue of the fan-out only")
        return sum(map(len, left.values()))


def drain(queue):
    """All ready messages, in order."""
    with RawConnection() as connection:
        count = connection.declare(queue, passive=True)
        connection.consume(queue, no_ack=True)
        got = []
        for _ in range(count):
            connection.expect(BASIC_DELIVER)
            got.append(tuple(map(int, connection.content()[1].split(b":"))))
        return got

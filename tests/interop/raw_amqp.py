"""AMQP 0-9-1 by hand, for what client libraries hide or are too slow for.

Sees every frame, sends any octets, and never answers by itself: what the broker does is what the
case sees.
"""

import select
import socket
import struct
import time

import harness

METHOD, HEADER, BODY, HEARTBEAT = 1, 2, 3, 8
FRAME_END = b"\xce"
FRAME_OVERHEAD = 8

CONNECTION_START, CONNECTION_START_OK = (10, 10), (10, 11)
CONNECTION_TUNE, CONNECTION_TUNE_OK = (10, 30), (10, 31)
CONNECTION_OPEN, CONNECTION_OPEN_OK = (10, 40), (10, 41)
CONNECTION_CLOSE, CONNECTION_CLOSE_OK = (10, 50), (10, 51)
UPDATE_SECRET, UPDATE_SECRET_OK = (10, 70), (10, 71)
CHANNEL_OPEN, CHANNEL_OPEN_OK = (20, 10), (20, 11)
CHANNEL_CLOSE, CHANNEL_CLOSE_OK = (20, 40), (20, 41)
QUEUE_DECLARE, QUEUE_DECLARE_OK = (50, 10), (50, 11)
QUEUE_DELETE, QUEUE_DELETE_OK = (50, 40), (50, 41)
BASIC_QOS, BASIC_QOS_OK = (60, 10), (60, 11)
BASIC_CONSUME, BASIC_CONSUME_OK = (60, 20), (60, 21)
BASIC_CANCEL = (60, 30)
BASIC_PUBLISH, BASIC_RETURN, BASIC_DELIVER = (60, 40), (60, 50), (60, 60)
BASIC_GET, BASIC_GET_OK = (60, 70), (60, 71)
BASIC_ACK = (60, 80)
CONFIRM_SELECT, CONFIRM_SELECT_OK = (85, 10), (85, 11)

CAPABILITIES = ("authentication_failure_close", "basic.nack", "consumer_cancel_notify",
                "connection.blocked", "publisher_confirms")


class SocketClosed(Exception):
    """The broker ended the connection without a word."""


def short_string(text):
    octets = text.encode()
    return bytes([len(octets)]) + octets


def long_string(octets):
    return struct.pack(">I", len(octets)) + octets


def table(*fields):
    """A field table of (name, encoded value) pairs; a value begins with its type letter."""
    return long_string(b"".join(short_string(name) + value for name, value in fields))


def frame(kind, channel, payload):
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + FRAME_END


def method_frame(channel, method, arguments=b""):
    return frame(METHOD, channel, struct.pack(">HH", *method) + arguments)


def content_frames(channel, body, frame_max=131072, properties=b"\0\0"):
    """The header frame and the body frames of one message."""
    out = [frame(HEADER, channel, struct.pack(">HHQ", 60, 0, len(body)) + properties)]
    step = frame_max - FRAME_OVERHEAD
    out += [frame(BODY, channel, body[at:at + step]) for at in range(0, len(body), step)]
    return b"".join(out)


def publish_frames(routing_key, body, exchange="", channel=1, mandatory=False, **content):
    arguments = (b"\0\0" + short_string(exchange) + short_string(routing_key)
                 + bytes([int(mandatory)]))
    return (method_frame(channel, BASIC_PUBLISH, arguments)
            + content_frames(channel, body, **content))


class Frame:
    """One frame as it came."""

    def __init__(self, kind, channel, payload):
        self.kind, self.channel, self.payload = kind, channel, payload
        self.method = struct.unpack_from(">HH", payload) if kind == METHOD else None

    def __repr__(self):
        return f"frame {self.kind} on {self.channel}: {self.method or ''} {self.payload[:80]!r}"

    def reply(self):
        """Code and text of a close or a return."""
        size = self.payload[6]
        return struct.unpack_from(">H", self.payload, 4)[0], self.payload[7:7 + size].decode()

    def delivery_tag(self):
        """Of a basic.deliver or a basic.ack."""
        at = 5 + self.payload[4] if self.method == BASIC_DELIVER else 4
        return struct.unpack_from(">Q", self.payload, at)[0]


class RawConnection:
    """A socket and the frames on it, a Unix socket where a path is given; with login it is ready to use and has channel 1 open."""

    def __init__(self, login=True, frame_max=131072, heartbeat=0, user=None, password=None,
                 capabilities=CAPABILITIES, receive_buffer=None, path=None):
        self.frame_max = frame_max
        self.heartbeat = heartbeat
        self._received = bytearray()
        self._at = 0
        self.socket = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(harness.PATIENCE)
        self.socket.connect(path or (harness.HOST, harness.PORT))
        if not path:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._readable = select.poll()
        self._readable.register(self.socket, select.POLLIN)
        if login:
            self.send_protocol_header()
            self.expect(CONNECTION_START)
            self.send_start_ok(user, password, capabilities)
            self.expect(CONNECTION_TUNE)
            self.send_open()
            self.expect(CONNECTION_OPEN_OK)
            self.call(1, CHANNEL_OPEN, b"\0", CHANNEL_OPEN_OK)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.drop()

    def send_protocol_header(self):
        self.socket.sendall(b"AMQP\0\0\x09\x01")

    def send_start_ok(self, user=None, password=None, capabilities=CAPABILITIES):
        login = "\0" + (user or harness.USER) + "\0" + (password or harness.PASSWORD)
        flags = table(*((name, b"t\1") for name in capabilities))
        self.send_method(0, CONNECTION_START_OK,
                         table(("product", b"S" + long_string(b"interop")),
                               ("capabilities", b"F" + flags))
                         + short_string("PLAIN") + long_string(login.encode())
                         + short_string("en_US"))

    def send_open(self):
        self.send_method(0, CONNECTION_TUNE_OK,
                         struct.pack(">HIH", 2047, self.frame_max, self.heartbeat))
        self.send_method(0, CONNECTION_OPEN, short_string("/") + b"\0\0")

    def send(self, octets):
        self.socket.sendall(octets)

    def send_method(self, channel, method, arguments=b""):
        self.send(method_frame(channel, method, arguments))

    def next_frame(self, seconds=harness.PATIENCE):
        """The next frame; raises SocketClosed at the end and TimeoutError when none comes."""
        end = time.monotonic() + seconds
        while True:
            available = len(self._received) - self._at
            if available >= FRAME_OVERHEAD:
                kind, channel, size = struct.unpack_from(">BHI", self._received, self._at)
                if available >= FRAME_OVERHEAD + size:
                    return self._take(kind, channel, size)
            self._receive(end - time.monotonic())

    def _take(self, kind, channel, size):
        begin = self._at + 7
        payload = bytes(self._received[begin:begin + size])
        harness.expect(self._received[begin + size], FRAME_END[0], "frame end")
        self._at = begin + size + 1
        if self._at > 1 << 20 or self._at == len(self._received):
            del self._received[:self._at]
            self._at = 0
        return Frame(kind, channel, payload)

    def _receive(self, seconds):
        # Not by a timeout of the socket: another thread may be sending on it.
        if seconds <= 0 or not self._readable.poll(seconds * 1000):
            raise TimeoutError("no frame came")
        try:
            octets = self.socket.recv(1 << 18)
        except ConnectionResetError as reset:
            raise SocketClosed from reset
        if not octets:
            raise SocketClosed
        self._received += octets

    def expect(self, method, seconds=harness.PATIENCE):
        """The next frame, which must be this method; heartbeats do not count."""
        got = self.next_frame(seconds)
        while got.kind == HEARTBEAT:
            got = self.next_frame(seconds)
        if got.method != method:
            raise AssertionError(f"{got} instead of method {method}")
        return got

    def call(self, channel, method, arguments, answer):
        self.send_method(channel, method, arguments)
        return self.expect(answer)

    def content(self):
        """Header properties and body of the content whose method was just read."""
        header = self.next_frame()
        harness.expect(header.kind, HEADER, "kind of frame")
        left = struct.unpack_from(">Q", header.payload, 4)[0]
        parts = []
        while left > 0:
            part = self.next_frame()
            harness.expect(part.kind, BODY, "kind of frame")
            if self.frame_max and len(part.payload) > self.frame_max - FRAME_OVERHEAD:
                raise AssertionError(f"a body frame of {len(part.payload)} octets")
            left -= len(part.payload)
            parts.append(part.payload)
        harness.expect(left, 0, "octets missing in the body")
        return header.payload[12:], b"".join(parts)

    def declare(self, queue, channel=1, passive=False, exclusive=False, arguments=b"\0\0\0\0"):
        """Returns the number of ready messages."""
        flags = passive | exclusive << 2
        answer = self.call(channel, QUEUE_DECLARE,
                           b"\0\0" + short_string(queue) + bytes([flags]) + arguments,
                           QUEUE_DECLARE_OK)
        return struct.unpack_from(">I", answer.payload, 5 + answer.payload[4])[0]

    def delete(self, queue, channel=1):
        self.call(channel, QUEUE_DELETE, b"\0\0" + short_string(queue) + b"\0", QUEUE_DELETE_OK)

    def consume(self, queue, no_ack=False, prefetch=0, channel=1):
        if prefetch:
            self.call(channel, BASIC_QOS, struct.pack(">IHB", 0, prefetch, 0), BASIC_QOS_OK)
        self.call(channel, BASIC_CONSUME, b"\0\0" + short_string(queue) + b"\0"
                  + bytes([no_ack << 1]) + b"\0\0\0\0", BASIC_CONSUME_OK)

    def confirm_select(self, channel=1):
        self.call(channel, CONFIRM_SELECT, b"\0", CONFIRM_SELECT_OK)

    def close(self):
        """Closes as the specification wants it and waits for close-ok."""
        self.send_method(0, CONNECTION_CLOSE, struct.pack(">H", 200) + b"\0" + b"\0\0\0\0")
        while self.next_frame().method != CONNECTION_CLOSE_OK:
            pass
        self.socket.close()

    def drop(self):
        """The client dies: the socket is gone without a close."""
        self.socket.close()

"""A connection to one broker that plays what a script says and writes down what the server answers.

It keeps no rules of its own: it can be told to break any of the protocol's. It answers a close of
the server with close-ok (unless the case does that itself), so that the end of a connection can be
watched.
"""

import socket
import struct
import time

import wire

BARRIER_QUEUE = "differential.barrier"
CLIENT_CAPABILITIES = {"publisher_confirms": True, "exchange_exchange_bindings": True,
                       "basic.nack": True, "consumer_cancel_notify": True,
                       "connection.blocked": True, "authentication_failure_close": True}


class Event:
    """Something the server sent: a method, a piece of content, a protocol header."""

    def __init__(self, channel, name, line, values=None):
        self.channel, self.name, self.line, self.values = channel, name, line, values or {}


class Connection:
    """One socket, what was sent and received on it, and its channels as this side knows them."""

    def __init__(self, address, label, log, answers_closes=True, patience=5.0):
        self.label, self.log = label, log
        self.answers_closes, self.patience = answers_closes, patience
        self.events = []
        self.ended = False
        self.closing = False         # the server has sent connection.close
        self.closed_by_us = False    # the server has answered our connection.close
        self.open_channels = set()
        self.dead_channels = set()   # closed by the server
        self.awaited = {}            # (channel, name) -> how many expect() has already taken
        self.body_left = {}          # channel -> octets of content still to come
        self.keep_heartbeats = False
        self._received = b""
        self.sock = socket.create_connection(address, timeout=10)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    # ---- sending

    def send(self, octets, line):
        if line:
            self.log("->", self.label, line)
        try:
            self.sock.settimeout(10)
            self.sock.sendall(octets)
        except OSError:
            pass  # the peer has closed; reading will say so

    def send_method(self, channel, name, values, line=None):
        payload = wire.method_payload(name, values)
        self.send(wire.frame(wire.FRAME_METHOD, channel, payload), line)

    # ---- receiving

    def pump(self, deadline):
        """Reads once, at most until the deadline; false when nothing came."""
        if self.ended:
            return False
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        try:
            self.sock.settimeout(left)
            octets = self.sock.recv(262144)
        except socket.timeout:
            return False
        except OSError:
            octets = b""
        if not octets:
            self.ended = True
            return True
        self._received += octets
        self._cut_frames()
        return True

    def _cut_frames(self):
        while True:
            if self._received[:4] == b"AMQP" and len(self._received) >= 8:
                header, self._received = self._received[:8], self._received[8:]
                self._record(Event(0, "protocol header", f"protocol header {header!r}"))
                continue
            if len(self._received) < 7 or self._received[:4] == b"AMQP":
                return
            kind, channel, size = struct.unpack(">BHI", self._received[:7])
            if len(self._received) < size + 8:
                return
            payload, end = self._received[7:7 + size], self._received[7 + size]
            self._received = self._received[8 + size:]
            if end != wire.FRAME_END:
                self._record(Event(channel, "malformed", f"no end octet: {payload.hex()}"))
                continue
            try:
                self._take(kind, channel, payload)
            except (ValueError, struct.error) as error:
                self._record(Event(channel, "malformed",
                                   f"malformed frame type {kind}: {error}: {payload.hex()}"))

    def _take(self, kind, channel, payload):
        if kind == wire.FRAME_METHOD:
            name, values, line = wire.decode_method(payload)
            self._record(Event(channel, name, line, values))
            self._follow(channel, name, values)
        elif kind == wire.FRAME_HEADER:
            size, values, line = wire.decode_header(payload)
            self.body_left[channel] = size
            self._record(Event(channel, "header", line, values))
        elif kind == wire.FRAME_BODY:
            self.body_left[channel] = self.body_left.get(channel, 0) - len(payload)
            self._record(Event(channel, "body", "content body " + wire.show_octets(payload)))
        elif kind == wire.FRAME_HEARTBEAT:
            if self.keep_heartbeats and not self._seen("heartbeat"):
                self._record(Event(channel, "heartbeat", f"heartbeat {wire.show_octets(payload)}"))
        else:
            self._record(Event(channel, "unknown frame", f"frame of type {kind}: {payload.hex()}"))

    def _record(self, event):
        self.events.append(event)
        self.log("<-", self.label, f"ch{event.channel} {event.line}")

    def _follow(self, channel, name, values):
        if name in wire.CARRY_CONTENT:
            self.body_left[channel] = None  # header to come
        elif name == "channel.open-ok":
            self.open_channels.add(channel)
            self.dead_channels.discard(channel)
        elif name == "channel.close-ok":
            self.open_channels.discard(channel)
        elif name == "channel.close":
            self.open_channels.discard(channel)
            self.dead_channels.add(channel)
            if self.answers_closes:
                self.send_method(channel, "channel.close-ok", {},
                                 f"ch{channel} channel.close-ok (by itself)")
        elif name == "connection.close":
            self.closing = True
            if self.answers_closes:
                self.send_method(0, "connection.close-ok", {},
                                 "ch0 connection.close-ok (by itself)")
        elif name == "connection.close-ok":
            self.closed_by_us = True

    def content_pending(self, channel):
        return self.body_left.get(channel, 0) != 0

    def is_dead(self, channel):
        """Nothing more can come on this channel."""
        return self.ended or self.closing or self.closed_by_us or channel in self.dead_channels

    def may_open(self, channel):
        return channel not in self.open_channels and not self.is_dead(channel)

    def wait(self, ready, patience=None):
        """Reads until ready() or until patience is at its end; whether it became ready."""
        deadline = time.monotonic() + (patience or self.patience)
        while not ready():
            if not self.pump(deadline):
                return ready()
        return True

    def listen(self, seconds):
        """Reads what comes in that time, whatever it is."""
        self.wait(lambda: False, seconds)

    def wait_for_reply(self, channel, names, seen):
        """Waits for one of the named methods, with its content, after event number `seen`."""
        def ready():
            fresh = [event.name for event in self.events[seen:] if event.channel == channel]
            answered = any(name in names for name in fresh) and not self.content_pending(channel)
            return answered or "channel.close" in fresh or self.closing or self.ended
        if not self.wait(ready):
            self.log("..", self.label, f"ch{channel} no answer within {self.patience:g} s")

    def expect(self, channel, name, count, patience=None):
        """Waits for `count` more of the named events; those taken once are not counted again."""
        key = (channel, name)
        target = self.awaited.get(key, 0) + count

        def found():
            return sum(1 for event in self.events if (event.channel, event.name) == key)

        def ready():
            if found() >= target and not self.content_pending(channel):
                return True
            return self.ended or (self.is_dead(channel) and not name.endswith(".close"))

        if not self.wait(ready, patience):
            self.log("..", self.label, f"ch{channel} {name}: {found()} of {target} came")
        self.awaited[key] = target

    # ---- the common course

    def handshake(self, properties=None, channel_max=2047, frame_max=131072):
        """From the protocol header to open-ok, without a word in the transcript."""
        quiet, self.log = self.log, lambda *_: None
        self.send(wire.PROTOCOL_HEADER, None)
        self._await_name("connection.start")
        if properties is None:
            properties = {"product": "differential runner", "capabilities": CLIENT_CAPABILITIES}
        self.send_method(0, "connection.start-ok",
                         {"client_properties": properties, "mechanism": "PLAIN",
                          "response": "\0guest\0guest", "locale": "en_US"})
        self._await_name("connection.tune")
        self.send_method(0, "connection.tune-ok",
                         {"channel_max": channel_max, "frame_max": frame_max})
        self.send_method(0, "connection.open", {"virtual_host": "/"})
        self._await_name("connection.open-ok")
        self.log = quiet
        self.events.clear()

    def _await_name(self, name):
        self.wait(lambda: self.ended or self._seen(name), 10)
        if self.ended or not self._seen(name):
            raise ConnectionError(f"no {name}: {[event.line for event in self.events]}")

    def _seen(self, name):
        return any(event.name == name for event in self.events)

    def open_channel(self, channel):
        quiet, self.log = self.log, lambda *_: None
        seen = len(self.events)
        self.send_method(channel, "channel.open", {})
        self.wait_for_reply(channel, {"channel.open-ok"}, seen)
        self.log = quiet
        self.events = [event for event in self.events
                       if not (event.name == "channel.open-ok" and event.channel == channel)]

    def settle(self, channel):
        """Two synchronous rounds on the channel: what the server had to say before is here then.

        One round is not enough with a server of many processes: a queue hands its deliveries to
        the channel, which sends them after the answer it is just writing.
        """
        for _ in range(2):
            if self.is_dead(channel):
                return
            seen = len(self.events)
            quiet, self.log = self.log, self._log_but_barrier(self.log)
            self.send_method(channel, "queue.declare",
                             {"queue": BARRIER_QUEUE, "passive": True})
            self.wait_for_reply(channel, {"queue.declare-ok"}, seen)
            self.log = quiet
            self.events = [event for event in self.events
                           if event.values.get("queue") != BARRIER_QUEUE]

    @staticmethod
    def _log_but_barrier(log):
        return lambda arrow, label, line: BARRIER_QUEUE in line or log(arrow, label, line)

    def finish(self, barrier):
        """The end of a script: settles every open channel, sees a closing connection to its end."""
        if barrier:
            for channel in sorted(self.open_channels):
                self.settle(channel)
        if self.closing and not self.closed_by_us:
            self.wait(lambda: self.ended, max(self.patience, 6.0))

    def end(self):
        if self.closed_by_us:
            return "closed by the client"
        return "closed by the server" if self.ended else "still open"

    def drop(self):
        try:
            self.sock.close()
        except OSError:
            pass

    def leave(self):
        """Closes politely, so that the broker's log stays quiet and exclusive queues go."""
        if self.open_channels and not self.ended and not self.closing and not self.closed_by_us:
            self.log = lambda *_: None
            self.send_method(0, "connection.close", {"reply_code": 200, "reply_text": "bye"})
            self.wait(lambda: self.closed_by_us or self.ended, 2)
        self.drop()

"""The words a case is written in.

    case("redeclaring a queue with another durable flag is 406",
         "queue.declare: equivalence on redeclare",
         queue.declare("~q", durable=True),
         queue.declare("~q"))

A case is a sentence, the row of the behaviour reference it stands for, and the steps. Connections and channels open
by themselves when a step first names them (connection "a", channel 1 unless said otherwise); with raw=True nothing is
sent that the case does not say. `~` in a name becomes a prefix of the case's own, so that cases can run side by side.
"$queue", "$tag", "$reply_to" stand for the name, consumer tag, reply_to property the server sent last.
"""

import wire
from wire import Pairs, Typed

CASES = []
PROBE_CHANNEL = 1999  # of ready(), which no case uses


class Case:
    """A script and what it stands for."""

    def __init__(self, name, row, steps, raw, barrier, answers_closes, patience, slow, connect, keep_heartbeats, unordered):
        self.name, self.row, self.steps = name, row, steps
        self.raw, self.barrier, self.answers_closes = raw, barrier, answers_closes
        self.patience, self.slow, self.connect, self.keep_heartbeats = patience, slow, connect, keep_heartbeats
        self.unordered = unordered
        self.title = name  # with the name of its file, once loaded


def case(name, row, *steps, raw=False, barrier=True, answers_closes=True, patience=5.0, slow=False, connect=None,
         keep_heartbeats=False, unordered=False):
    """Adds a case.

    raw: no handshake, no channel.open but what the steps say. barrier: settle every open channel at the end (off where
    content is left unfinished). answers_closes: answer channel.close and connection.close with close-ok. slow: takes
    seconds, so it is started first. connect: arguments of the handshake. unordered: what comes on one channel may come
    in any order (two queues or processes answer at once).
    """
    CASES.append(Case(name, row, list(_flat(steps)), raw, barrier, answers_closes, patience, slow, connect or {}, keep_heartbeats,
                      unordered))


def _flat(steps):
    for step in steps:
        if isinstance(step, (list, tuple)):
            yield from _flat(step)
        else:
            yield step


class Run:
    """One case against one broker: its connections, its names, what has been said."""

    def __init__(self, case_, address, prefix, connect):
        self.case, self.address, self.prefix, self._connect = case_, address, prefix, connect
        self.lines = []
        self.connections = {}
        self.declared = {"queue": set(), "exchange": set()}

    def log(self, arrow, label, line):
        self.lines.append((arrow, label, line))

    def connection(self, label):
        if label not in self.connections:
            self.connections[label] = self._connect(self, label)
        return self.connections[label]

    def resolve(self, value, connection=None):
        """Names as they go over the wire."""
        if isinstance(value, str):
            if value.startswith("$"):
                return self._last(value[1:])
            return value.replace("~", self.prefix)
        if isinstance(value, Typed):
            return Typed(value.letter, self.resolve(value.value))
        if isinstance(value, Pairs):
            return Pairs((self.resolve(key), self.resolve(item)) for key, item in value)
        if isinstance(value, dict):
            return {self.resolve(key): self.resolve(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        return value

    def _last(self, what):
        field = {"queue": "queue", "tag": "consumer_tag", "reply_to": "reply_to"}.get(what)
        for connection in self.connections.values():
            for event in reversed(connection.events):
                if field in event.values and event.name != "basic.deliver":
                    return event.values[field]
        return what


class Step:
    """One thing done, on a connection and a channel."""

    def __init__(self, text, act, channel=1, connection="a", opens=True):
        self.text, self._act, self.channel, self.label, self.opens = text, act, channel, connection, opens

    def run(self, run):
        connection = run.connection(self.label)
        if self.opens and not run.case.raw and self.channel and self.channel not in connection.open_channels \
                and self.channel not in connection.dead_channels and not connection.closing and not connection.ended:
            connection.open_channel(self.channel)
        self._act(run, connection)


def _show(values):
    return " ".join(f"{name}={value!r}" if not isinstance(value, (Typed, dict)) else f"{name}={_show_table(value)}"
                    for name, value in values.items())


def _show_table(value):
    if isinstance(value, Typed):
        return f"{value.letter}:{_show_table(value.value)}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_show_table(item)}" for key, item in value.items()) + "}"
    return repr(value)


def _method(name, args, options):
    method = wire.METHODS[name]
    channel = options.pop("channel", 0 if name.startswith("connection.") else 1)
    label = options.pop("connection", "a")
    opens = options.pop("opens", name not in ("channel.open", "channel.close-ok"))
    waits = options.pop("waits", True)
    values = dict(zip(method.given, args))
    for field, value in options.items():
        field = "global_" if field == "global" else field
        if field not in dict(method.fields):
            raise TypeError(f"{name} has no field {field}")
        values[field] = value

    def act(run, connection):
        sent = {field: run.resolve(value) for field, value in values.items()}
        seen = len(connection.events)
        if name in ("queue.declare", "exchange.declare") and isinstance(sent[method.given[0]], str):
            run.declared[method.given[0]].add(sent[method.given[0]])
        connection.send_method(channel, name, sent, f"ch{channel} {name} {_show(values)}")
        if waits and name in wire.REPLIES and not values.get("nowait"):
            connection.wait_for_reply(channel, wire.REPLIES[name], seen)

    return Step(name, act, channel, label, opens)


class Methods:
    """The methods of a class: queue.declare("~q", durable=True)."""

    def __init__(self, class_name):
        self._class_name = class_name

    def __getattr__(self, method):
        name = f"{self._class_name}.{method.rstrip('_').replace('_', '-')}"
        if name not in wire.METHODS:
            raise AttributeError(name)
        return lambda *args, **options: _method(name, args, options)


connection, channel, access, exchange, queue, confirm, tx = map(
    Methods, ("connection", "channel", "access", "exchange", "queue", "confirm", "tx"))


class _Basic(Methods):
    """basic, where a publish is a whole: method, header, body."""

    @staticmethod
    def publish(exchange_="", routing_key="", body=b"m", mandatory=False, immediate=False, channel=1, connection="a",
                opens=True, **properties):
        octets = body if isinstance(body, bytes) else body.encode()
        values = {"exchange": exchange_, "routing_key": routing_key}
        for flag, given in (("mandatory", mandatory), ("immediate", immediate)):
            if given:
                values[flag] = True

        def act(run, conn):
            sent = {field: run.resolve(value) for field, value in values.items()}
            header = wire.header_payload(len(octets), wire.properties_octets(run.resolve(properties)))
            out = wire.frame(wire.FRAME_METHOD, channel, wire.method_payload("basic.publish", sent))
            out += wire.frame(wire.FRAME_HEADER, channel, header)
            size_max = 131072 - 8
            for at in range(0, len(octets), size_max):
                out += wire.frame(wire.FRAME_BODY, channel, octets[at:at + size_max])
            shown = f"{octets!r}" if len(octets) <= 40 else f"{len(octets)} octets"
            conn.send(out, f"ch{channel} basic.publish {_show(values)} body={shown} {_show(properties)}".rstrip())

        return Step("basic.publish", act, channel, connection, opens)


basic = _Basic("basic")


def publish_method(exchange_="", routing_key="", mandatory=False, immediate=False, channel=1, connection="a",
                   opens=True):
    """basic.publish alone, its content to be sent (or not) by the next steps."""
    return _method("basic.publish", (exchange_, routing_key, mandatory, immediate),
                   {"channel": channel, "connection": connection, "opens": opens})


def content_header(body_size, class_id=60, weight=0, channel=1, connection="a", opens=True, octets=None,
                   **properties):
    """A content header frame; octets: the property flags and list as the case wants them."""
    def act(run, conn):
        listed = wire.properties_octets(run.resolve(properties)) if octets is None else octets
        payload = wire.header_payload(body_size, listed, class_id, weight)
        conn.send(wire.frame(wire.FRAME_HEADER, channel, payload),
                  f"ch{channel} content header class_id={class_id} weight={weight} body_size={body_size} "
                  f"{'properties ' + octets.hex() if octets is not None else _show(properties)}".rstrip())
    return Step("content header", act, channel, connection, opens)


def content_body(octets, channel=1, connection="a", opens=True):
    def act(_, conn):
        conn.send(wire.frame(wire.FRAME_BODY, channel, octets),
                  f"ch{channel} content body {wire.show_octets(octets)}")
    return Step("content body", act, channel, connection, opens)


def frame(kind, payload=b"", channel=1, connection="a", opens=True, end=wire.FRAME_END, size=None):
    """A frame with every part as the case wants it; end=None leaves the end octet out."""
    def act(_, conn):
        conn.send(wire.frame(kind, channel, payload, end, size),
                  f"ch{channel} frame type={kind} size={len(payload) if size is None else size} payload="
                  f"{payload.hex() if len(payload) <= 60 else str(len(payload)) + ' octets'} "
                  f"end={'none' if end is None else hex(end)}")
    return Step("frame", act, channel, connection, opens)


def heartbeat(payload=b"", channel=0, connection="a"):
    return frame(wire.FRAME_HEARTBEAT, payload, channel, connection, opens=False)


def octets(raw, connection="a"):
    """Octets as they are, in no frame."""
    shown = repr(raw) if len(raw) <= 60 else f"{len(raw)} octets"
    return Step("octets", lambda _, conn: conn.send(raw, f"octets {shown}"), 0, connection, False)


def payload(name, **values):
    """The payload of a method frame, to be cut or lengthened; names in it are not prefixed."""
    return wire.method_payload(name, values)


def protocol_header(header=wire.PROTOCOL_HEADER, connection="a"):
    return octets(header, connection)


def expect(name, count=1, channel=1, connection="a", patience=None):
    """Waits for `count` more frames of that name (or until nothing can come any more)."""
    return Step("expect", lambda _, conn: conn.expect(channel, name, count, patience), channel, connection, False)


def expect_closed(connection="a", patience=8.0):
    """Waits until the server closes the socket."""
    return Step("expect closed", lambda _, conn: conn.wait(lambda: conn.ended, patience), 0, connection, False)


def settle(channel=1, connection="a"):
    """Waits until the server has said all it has to say on a channel; sets its most recently declared queue."""
    return Step("settle", lambda _, conn: conn.settle(channel), channel, connection, False)


def drop(connection="a"):
    """Cuts the socket without a word."""
    def act(run, conn):
        run.log("->", connection, "(socket closed by the client)")
        conn.drop()
        run.connections[connection + " (dropped)"] = run.connections.pop(connection)
        conn.ended = conn.closed_by_us = True
    return Step("drop", act, 0, connection, False)


def start_ok(response="\0guest\0guest", mechanism="PLAIN", locale="en_US", capabilities=None, connection="a",
             **properties):
    """connection.start-ok as a client of today sends it."""
    table = {"product": "differential runner", **properties}
    if capabilities is not None:
        table["capabilities"] = capabilities
    return _method("connection.start-ok", (table, mechanism, response, locale), {"connection": connection})


def up_to_tune(connection="a", **options):
    return [protocol_header(connection=connection), expect("connection.start", channel=0, connection=connection),
            start_ok(connection=connection, **options), expect("connection.tune", channel=0, connection=connection)]


def up_to_open(connection="a", channel_max=2047, frame_max=131072, heartbeat_=0, **options):
    return up_to_tune(connection, **options) + [
        _method("connection.tune-ok", (channel_max, frame_max, heartbeat_), {"connection": connection}),
        _method("connection.open", ("/",), {"connection": connection})]


def until_gone(name, connection="b", tries=100):
    """Repeats a passive declare on fresh channels until the queue is no longer found.

    For what a server does on its own time; nothing of it stands in the transcript but a failure.
    """
    import time

    def act(run, conn):
        quiet, conn.log = conn.log, lambda *_: None
        number = 900
        for attempt in range(tries):
            conn.open_channel(number + attempt)
            seen = len(conn.events)
            conn.send_method(number + attempt, "queue.declare", {"queue": run.resolve(name), "passive": True})
            conn.wait_for_reply(number + attempt, {"queue.declare-ok"}, seen)
            gone = any(event.name == "channel.close" for event in conn.events[seen:])
            del conn.events[seen:]
            if gone:
                break
            time.sleep(0.02)
        else:
            run.lines.append(("..", connection, f"{name} is still there"))
        conn.log = quiet
    return Step("until gone", act, 0, connection, False)


def ready(name, count, channel=1, connection="a", tries=300):
    """Waits until a queue has `count` messages ready, unseen, on a channel of its own.

    A server of many processes answers a declare before a publish or a requeue that was sent earlier.
    """
    import time

    def act(run, conn):
        quiet, conn.log = conn.log, lambda *_: None
        if PROBE_CHANNEL not in conn.open_channels:
            conn.open_channel(PROBE_CHANNEL)
        for attempt in range(tries):
            if conn.is_dead(PROBE_CHANNEL):
                break
            seen = len(conn.events)
            conn.send_method(PROBE_CHANNEL, "queue.declare", {"queue": run.resolve(name), "passive": True})
            conn.wait_for_reply(PROBE_CHANNEL, {"queue.declare-ok"}, seen)
            counts = [event.values.get("message_count") for event in conn.events if event.channel == PROBE_CHANNEL]
            conn.events = [event for event in conn.events if event.channel != PROBE_CHANNEL]
            if counts == [count]:
                break
            time.sleep(0.005)
        conn.log = quiet
        conn.dead_channels.discard(PROBE_CHANNEL)
    return Step("ready", act, channel, connection, False)


def counted(name, count, channel=1, connection="a"):
    """A passive declare once `count` messages are ready (or when that does not come about)."""
    return [ready(name, count, channel, connection),
            _method("queue.declare", (name, True), {"channel": channel, "connection": connection})]


def until_unroutable(name, tries=200):
    """Publishes until the default exchange returns it, on a connection of its own: the queue is gone then.

    A passive declare would count as use of the queue.
    """
    import time

    def act(run, conn):
        quiet, conn.log = conn.log, lambda *_: None
        conn.open_channel(1)
        content = wire.frame(wire.FRAME_HEADER, 1, wire.header_payload(0, wire.properties_octets({})))
        for _ in range(tries):
            conn.send_method(1, "basic.publish", {"routing_key": run.resolve(name), "mandatory": True})
            conn.send(content, None)
            conn.settle(1)
            if any(event.name == "basic.return" for event in conn.events):
                break
            time.sleep(0.02)
        else:
            run.lines.append(("..", "", f"{name} is still there"))
        conn.leave()
        conn.log = quiet
        del run.connections[probe]
    probe = "probe"
    return Step("until unroutable", act, 0, probe, False)


def many(count, make):
    return [make(number) for number in range(1, count + 1)]

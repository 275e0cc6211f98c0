"""The words a case is written in.

    case("redeclaring a queue with another durable flag is 406",
         "queue.declare: equivalence",
         queue.declare("~q", durable=True),
         queue.declare("~q"))

A case is a sentence, the row of the behaviour reference it stands for, and the steps. Connections
and channels open by themselves when a step first names them (connection "a", channel 1 unless said
otherwise); with raw=True nothing is sent that the case does not say. `~` in a name becomes a prefix
of the case's own, so that cases can run side by side. "$queue", "$tag" and "$reply_to" stand for
the name, the consumer tag and the reply_to property the server sent last.
"""

import wire
from case_run import CASES, Case, Step
from probes import counted, ready, until_gone, until_unroutable  # noqa: F401 (for the cases)
from wire import Pairs, Typed  # noqa: F401 (for the cases)


def case(name, row, *steps, **options):
    """Adds a case; the options are those of Case."""
    CASES.append(Case(name, row, list(_flat(steps)), **options))


def _flat(steps):
    for step in steps:
        if isinstance(step, (list, tuple)):
            yield from _flat(step)
        else:
            yield step


def many(count, make):
    return [make(number) for number in range(1, count + 1)]


# ---- methods

def _show(values):
    return " ".join(f"{name}={_show_value(value)}" for name, value in values.items())


def _show_value(value):
    if isinstance(value, Typed):
        return f"{value.letter}:{_show_value(value.value)}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_show_value(item)}" for key, item in value.items()) + "}"
    return repr(value)


def _shown(octets):
    return repr(octets) if len(octets) <= 60 else f"{len(octets)} octets"


def method(name, args, options):
    """One method; args in wire order without the reserved fields, options by name.

    Besides the fields: channel, connection, opens (open the channel first), waits (for the answer).
    """
    definition = wire.METHODS[name]
    channel = options.pop("channel", 0 if name.startswith("connection.") else 1)
    label = options.pop("connection", "a")
    opens = options.pop("opens", name not in ("channel.open", "channel.close-ok"))
    waits = options.pop("waits", True)
    values = dict(zip(definition.given, args))
    for field, value in options.items():
        field = "global_" if field == "global" else field
        if field not in dict(definition.fields):
            raise TypeError(f"{name} has no field {field}")
        values[field] = value

    def act(run, connection):
        sent = {field: run.resolve(value) for field, value in values.items()}
        if name in ("queue.declare", "exchange.declare"):
            run.note_declared(definition.given[0], sent[definition.given[0]])
        seen = len(connection.events)
        connection.send_method(channel, name, sent, f"ch{channel} {name} {_show(values)}".rstrip())
        if waits and name in wire.REPLIES and not values.get("nowait"):
            connection.wait_for_reply(channel, wire.REPLIES[name], seen)

    return Step(act, channel, label, opens)


class Methods:
    """The methods of a class: queue.declare("~q", durable=True)."""

    def __init__(self, class_name):
        self._class_name = class_name

    def __getattr__(self, name):
        full = f"{self._class_name}.{name.replace('_', '-')}"
        if full not in wire.METHODS:
            raise AttributeError(full)
        return lambda *args, **options: method(full, args, options)


class Basic(Methods):
    """basic, where a publish is a whole: method, header, body. Properties go by name."""

    @staticmethod
    def publish(exchange_="", routing_key="", body=b"m", mandatory=False, immediate=False,
                channel=1, connection="a", opens=True, **properties):
        body = wire.octets_of(body)
        values = {"exchange": exchange_, "routing_key": routing_key}
        for flag, given in (("mandatory", mandatory), ("immediate", immediate)):
            if given:
                values[flag] = True
        line = f"ch{channel} basic.publish {_show(values)} body={_shown(body)} {_show(properties)}"

        def act(run, conn):
            sent = {field: run.resolve(value) for field, value in values.items()}
            listed = wire.properties_octets(run.resolve(properties))
            conn.send(wire.content("basic.publish", sent, listed, body, channel), line.rstrip())

        return Step(act, channel, connection, opens)


connection, channel, access, exchange, queue, confirm, tx = map(
    Methods, ("connection", "channel", "access", "exchange", "queue", "confirm", "tx"))
basic = Basic("basic")


# ---- frames as no client library sends them

def publish_method(exchange_="", routing_key="", **options):
    """basic.publish alone, its content to be sent (or not) by the next steps."""
    return method("basic.publish", (exchange_, routing_key), options)


def content_header(body_size, class_id=60, weight=0, channel=1, connection="a", opens=True,
                   octets=None, **properties):
    """A content header frame; octets: property flags and list as the case wants them."""
    shown = _show(properties) if octets is None else f"properties={octets.hex()}"
    line = (f"ch{channel} content header class_id={class_id} weight={weight} "
            f"body_size={body_size} {shown}")

    def act(run, conn):
        listed = wire.properties_octets(run.resolve(properties)) if octets is None else octets
        payload = wire.header_payload(body_size, listed, class_id, weight)
        conn.send(wire.frame(wire.FRAME_HEADER, channel, payload), line.rstrip())

    return Step(act, channel, connection, opens)


def content_body(octets, channel=1, connection="a", opens=True):
    line = f"ch{channel} content body {wire.show_octets(octets)}"
    return Step(lambda _, conn: conn.send(wire.frame(wire.FRAME_BODY, channel, octets), line),
                channel, connection, opens)


def frame(kind, payload=b"", channel=1, connection="a", opens=True, end=wire.FRAME_END, size=None):
    """A frame with every part as the case wants it; end=None leaves the end octet out."""
    announced = len(payload) if size is None else size
    shown = payload.hex() if len(payload) <= 60 else f"{len(payload)} octets"
    line = (f"ch{channel} frame type={kind} size={announced} payload={shown} "
            f"end={'none' if end is None else hex(end)}")
    return Step(lambda _, conn: conn.send(wire.frame(kind, channel, payload, end, size), line),
                channel, connection, opens)


def heartbeat(payload=b"", channel=0, connection="a"):
    return frame(wire.FRAME_HEARTBEAT, payload, channel, connection, opens=False)


def octets(raw, connection="a"):
    """Octets as they are, in no frame."""
    line = f"octets {_shown(raw)}"
    return Step(lambda _, conn: conn.send(raw, line), 0, connection, False)


def payload(name, **values):
    """The payload of a method frame, to be cut or lengthened; names in it are not prefixed."""
    return wire.method_payload(name, values)


# ---- waiting

def expect(name, count=1, channel=1, connection="a", patience=None):
    """Waits for `count` more frames of that name, or until nothing can come any more."""
    return Step(lambda _, conn: conn.expect(channel, name, count, patience),
                channel, connection, False)


def expect_closed(connection="a", patience=8.0):
    """Waits until the server closes the socket."""
    return Step(lambda _, conn: conn.wait(lambda: conn.ended, patience), 0, connection, False)


def pause(seconds, connection="a"):
    """Reads for that long: only where time itself is the case."""
    return Step(lambda _, conn: conn.listen(seconds), 0, connection, False)


def settle(channel=1, connection="a"):
    """Waits until the server has said all it has to on a channel.

    It sets the channel's most recently declared queue.
    """
    return Step(lambda _, conn: conn.settle(channel), channel, connection, False)


def drop(connection="a"):
    """Cuts the socket without a word."""
    def act(run, conn):
        run.log("->", connection, "(socket closed by the client)")
        conn.drop()
        conn.ended = conn.closed_by_us = True
        run.connections[connection + " (dropped)"] = run.connections.pop(connection)
    return Step(act, 0, connection, False)


# ---- the handshake, step by step

def protocol_header(header=wire.PROTOCOL_HEADER):
    return octets(header)


def start_ok(response="\0guest\0guest", mechanism="PLAIN", locale="en_US", capabilities=None,
             **properties):
    """connection.start-ok as a client of today sends it."""
    table = {"product": "differential runner", **properties}
    if capabilities is not None:
        table["capabilities"] = capabilities
    return method("connection.start-ok", (table, mechanism, response, locale), {})


def up_to_tune(**options):
    return [protocol_header(), expect("connection.start", channel=0), start_ok(**options),
            expect("connection.tune", channel=0)]


def up_to_open(channel_max=2047, frame_max=131072, heartbeat_=0, **options):
    return [up_to_tune(**options), connection.tune_ok(channel_max, frame_max, heartbeat_),
            connection.open("/")]

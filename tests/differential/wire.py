"""AMQP 0-9-1 on the wire: encodes any method, also a wrong one; decodes what a server sends.

Values keep their type letters both ways, since those are part of what two servers are compared on.
Nothing here judges: a malformed reply becomes a readable line in a transcript, never an exception
that ends the run.
"""

import hashlib
import struct

FRAME_METHOD, FRAME_HEADER, FRAME_BODY, FRAME_HEARTBEAT = 1, 2, 3, 8
FRAME_END = 0xCE
PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"

# Name, class, method, fields. "_" before a field: reserved, never given by position, not shown.
_METHODS = """\
connection.start 10 10 version_major:octet version_minor:octet server_properties:table \
    mechanisms:longstr locales:longstr
connection.start-ok 10 11 client_properties:table mechanism:shortstr response:longstr \
    locale:shortstr
connection.secure 10 20 challenge:longstr
connection.secure-ok 10 21 response:longstr
connection.tune 10 30 channel_max:short frame_max:long heartbeat:short
connection.tune-ok 10 31 channel_max:short frame_max:long heartbeat:short
connection.open 10 40 virtual_host:shortstr _reserved1:shortstr _reserved2:bit
connection.open-ok 10 41 reserved:shortstr
connection.close 10 50 reply_code:short reply_text:shortstr class_id:short method_id:short
connection.close-ok 10 51
connection.blocked 10 60 reason:shortstr
connection.unblocked 10 61
connection.update-secret 10 70 new_secret:longstr reason:shortstr
connection.update-secret-ok 10 71
channel.open 20 10 _reserved:shortstr
channel.open-ok 20 11 reserved:longstr
channel.flow 20 20 active:bit
channel.flow-ok 20 21 active:bit
channel.close 20 40 reply_code:short reply_text:shortstr class_id:short method_id:short
channel.close-ok 20 41
access.request 30 10 realm:shortstr exclusive:bit passive:bit active:bit write:bit read:bit
access.request-ok 30 11 ticket:short
exchange.declare 40 10 _ticket:short exchange:shortstr type:shortstr passive:bit durable:bit \
    auto_delete:bit internal:bit nowait:bit arguments:table
exchange.declare-ok 40 11
exchange.delete 40 20 _ticket:short exchange:shortstr if_unused:bit nowait:bit
exchange.delete-ok 40 21
exchange.bind 40 30 _ticket:short destination:shortstr source:shortstr routing_key:shortstr \
    nowait:bit arguments:table
exchange.bind-ok 40 31
exchange.unbind 40 40 _ticket:short destination:shortstr source:shortstr routing_key:shortstr \
    nowait:bit arguments:table
exchange.unbind-ok 40 51
queue.declare 50 10 _ticket:short queue:shortstr passive:bit durable:bit exclusive:bit \
    auto_delete:bit nowait:bit arguments:table
queue.declare-ok 50 11 queue:shortstr message_count:long consumer_count:long
queue.bind 50 20 _ticket:short queue:shortstr exchange:shortstr routing_key:shortstr nowait:bit \
    arguments:table
queue.bind-ok 50 21
queue.purge 50 30 _ticket:short queue:shortstr nowait:bit
queue.purge-ok 50 31 message_count:long
queue.delete 50 40 _ticket:short queue:shortstr if_unused:bit if_empty:bit nowait:bit
queue.delete-ok 50 41 message_count:long
queue.unbind 50 50 _ticket:short queue:shortstr exchange:shortstr routing_key:shortstr \
    arguments:table
queue.unbind-ok 50 51
basic.qos 60 10 prefetch_size:long prefetch_count:short global_:bit
basic.qos-ok 60 11
basic.consume 60 20 _ticket:short queue:shortstr consumer_tag:shortstr no_local:bit no_ack:bit \
    exclusive:bit nowait:bit arguments:table
basic.consume-ok 60 21 consumer_tag:shortstr
basic.cancel 60 30 consumer_tag:shortstr nowait:bit
basic.cancel-ok 60 31 consumer_tag:shortstr
basic.publish 60 40 _ticket:short exchange:shortstr routing_key:shortstr mandatory:bit immediate:bit
basic.return 60 50 reply_code:short reply_text:shortstr exchange:shortstr routing_key:shortstr
basic.deliver 60 60 consumer_tag:shortstr delivery_tag:longlong redelivered:bit exchange:shortstr \
    routing_key:shortstr
basic.get 60 70 _ticket:short queue:shortstr no_ack:bit
basic.get-ok 60 71 delivery_tag:longlong redelivered:bit exchange:shortstr routing_key:shortstr \
    message_count:long
basic.get-empty 60 72 reserved:shortstr
basic.ack 60 80 delivery_tag:longlong multiple:bit
basic.reject 60 90 delivery_tag:longlong requeue:bit
basic.recover-async 60 100 requeue:bit
basic.recover 60 110 requeue:bit
basic.recover-ok 60 111
basic.nack 60 120 delivery_tag:longlong multiple:bit requeue:bit
basic.credit 60 200 consumer_tag:shortstr credit:long drain:bit
basic.credit-ok 60 201 available:long
basic.credit-drained 60 202 consumer_tag:shortstr credit_drained:long
confirm.select 85 10 nowait:bit
confirm.select-ok 85 11
tx.select 90 10
tx.select-ok 90 11
tx.commit 90 20
tx.commit-ok 90 21
tx.rollback 90 30
tx.rollback-ok 90 31
"""


class Method:
    """One method of the protocol: its ids and its fields in wire order."""

    def __init__(self, line):
        name, class_id, method_id, *fields = line.split()
        self.name = name
        self.id = (int(class_id), int(method_id))
        self.fields = [tuple(field.split(":")) for field in fields]
        self.given = [field for field, _ in self.fields if not field.startswith("_")]


METHODS = {method.name: method for method in map(Method, _METHODS.strip().splitlines())}
METHODS_BY_ID = {method.id: method for method in METHODS.values()}

# What ends the wait for an answer to a synchronous method, beside a close.
REPLIES = {name: {name + "-ok"} for name in METHODS if name + "-ok" in METHODS}
REPLIES["basic.get"] = {"basic.get-ok", "basic.get-empty"}
del REPLIES["basic.credit"]
for _server_asks in ("connection.start", "connection.secure", "connection.tune"):
    del REPLIES[_server_asks]
CARRY_CONTENT = {"basic.return", "basic.deliver", "basic.get-ok"}

PROPERTIES = [("content_type", "shortstr"), ("content_encoding", "shortstr"), ("headers", "table"),
              ("delivery_mode", "octet"), ("priority", "octet"), ("correlation_id", "shortstr"),
              ("reply_to", "shortstr"), ("expiration", "shortstr"), ("message_id", "shortstr"),
              ("timestamp", "longlong"), ("type", "shortstr"), ("user_id", "shortstr"),
              ("app_id", "shortstr"), ("cluster_id", "shortstr")]


class Typed:
    """A table value with the type letter the sender chose."""

    def __init__(self, letter, value):
        self.letter, self.value = letter, value


class Pairs(list):
    """A table as pairs, for keys that stand twice."""


# ---- encoding

_PACK = {"octet": ">B", "short": ">H", "long": ">I", "longlong": ">Q"}
_NUMBERS = {"b": ">b", "B": ">B", "s": ">h", "u": ">H", "I": ">i", "i": ">I", "l": ">q", "L": ">q",
            "T": ">Q", "d": ">d", "f": ">f"}


def octets_of(text):
    return text if isinstance(text, bytes) else text.encode("utf-8")


def short_string(text):
    octets = octets_of(text)
    return struct.pack(">B", len(octets)) + octets


def long_string(text):
    octets = octets_of(text)
    return struct.pack(">I", len(octets)) + octets


def _letter_of(value):
    if isinstance(value, Typed):
        return value.letter
    if isinstance(value, bool):
        return "t"
    if isinstance(value, int):
        return "I" if -2**31 <= value < 2**31 else "l"
    for kind, letter in ((str, "S"), (dict, "F"), (Pairs, "F"), (list, "A"), (float, "d"),
                         (bytes, "x")):
        if isinstance(value, kind):
            return letter
    return "V"


def field_value(value):
    letter = _letter_of(value)
    if isinstance(value, Typed):
        value = value.value
    head = letter.encode("latin-1")
    if letter == "t":
        return head + bytes([int(value)])
    if letter in _NUMBERS:
        return head + struct.pack(_NUMBERS[letter], value)
    if letter in "Sx":
        return head + long_string(value)
    if letter == "F":
        return head + table(value)
    if letter == "A":
        items = b"".join(field_value(item) for item in value)
        return head + struct.pack(">I", len(items)) + items
    if letter == "D":
        return head + struct.pack(">Bi", *value)
    return head + (value or b"")  # V, and letters that do not exist, with raw octets behind


def table_body(pairs):
    items = pairs.items() if isinstance(pairs, dict) else pairs
    return b"".join(short_string(key) + field_value(value) for key, value in items)


def table(pairs):
    if isinstance(pairs, bytes):
        return pairs  # encoded by the case, wrongly
    body = table_body(pairs)
    return struct.pack(">I", len(body)) + body


def _field(domain, value):
    if domain == "shortstr":
        return short_string(value)
    if domain == "longstr":
        return long_string(value)
    if domain == "table":
        return table(value)
    return struct.pack(_PACK[domain], int(value))


_DEFAULTS = {"shortstr": "", "longstr": "", "table": {}}


def method_payload(name, values):
    method = METHODS[name]
    out = struct.pack(">HH", *method.id)
    bits, count = 0, 0
    for field, domain in method.fields + [("", "")]:
        if domain == "bit":
            bits |= int(bool(values.get(field, False))) << count
            count += 1
            continue
        if count:
            out, bits, count = out + bytes([bits]), 0, 0
        if domain:
            out += _field(domain, values.get(field, _DEFAULTS.get(domain, 0)))
    return out


def properties_octets(values):
    flags, out = 0, b""
    for position, (name, domain) in enumerate(PROPERTIES):
        if name in values:
            flags |= 1 << (15 - position)
            out += _field(domain, values[name])
    return struct.pack(">H", flags) + out


def header_payload(body_size, properties, class_id=60, weight=0):
    return struct.pack(">HHQ", class_id, weight, body_size) + properties


def frame(kind, channel, payload, end=FRAME_END, size=None):
    announced = len(payload) if size is None else size
    head = struct.pack(">BHI", kind, channel, announced)
    return head + payload + (b"" if end is None else bytes([end]))


def content(name, values, properties, body, channel):
    """The frames of a method with content, cut by the frame_max RabbitMQ and Leveret propose."""
    out = frame(FRAME_METHOD, channel, method_payload(name, values))
    out += frame(FRAME_HEADER, channel, header_payload(len(body), properties))
    for at in range(0, len(body), 131072 - 8):
        out += frame(FRAME_BODY, channel, body[at:at + 131072 - 8])
    return out


# ---- decoding

class Reader:
    """Takes fields off the front of a payload."""

    def __init__(self, octets):
        self.octets, self.at = octets, 0

    def take(self, count):
        piece = self.octets[self.at:self.at + count]
        if len(piece) < count:
            raise ValueError("payload too short")
        self.at += count
        return piece

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def short(self):
        return self.take(self.number(">B"))

    def long(self):
        return self.take(self.number(">I"))

    def rest(self):
        return self.octets[self.at:]


def text_of(octets):
    return octets.decode("utf-8", "backslashreplace")


def read_value(reader):
    """A table value as (letter, value)."""
    letter = chr(reader.number(">B"))
    if letter == "t":
        return letter, bool(reader.number(">B"))
    if letter in _NUMBERS:
        return letter, reader.number(_NUMBERS[letter])
    if letter == "S":
        return letter, text_of(reader.long())
    if letter == "x":
        return letter, reader.long()
    if letter == "F":
        return letter, read_table(reader)
    if letter == "A":
        items, inner = [], Reader(reader.long())
        while inner.rest():
            items.append(read_value(inner))
        return letter, items
    if letter == "D":
        return letter, (reader.number(">B"), reader.number(">i"))
    if letter == "V":
        return letter, None
    raise ValueError(f"unknown table type {letter!r}")


def read_table(reader):
    """A table as a list of (key, (letter, value)), in wire order."""
    pairs, inner = [], Reader(reader.long())
    while inner.rest():
        key = text_of(inner.short())
        pairs.append((key, read_value(inner)))
    return pairs


def show_value(typed):
    letter, value = typed
    if letter == "F":
        return "F" + show_table(value)
    if letter == "A":
        return "A[" + ", ".join(map(show_value, value)) + "]"
    return f"{letter}:{value!r}"


def show_table(pairs):
    return "{" + ", ".join(f"{key}={show_value(value)}" for key, value in pairs) + "}"


def _read_field(reader, domain):
    if domain in ("shortstr", "longstr"):
        return text_of(reader.short() if domain == "shortstr" else reader.long())
    if domain == "table":
        return read_table(reader)
    return reader.number(_PACK[domain])


def _show_field(domain, value):
    if domain == "table":
        return show_table(value)
    return repr(value)


def decode_method(payload):
    """(name, {field: value}, readable line) of a method frame."""
    reader = Reader(payload)
    ids = (reader.number(">H"), reader.number(">H"))
    method = METHODS_BY_ID.get(ids)
    if method is None:
        return "unknown", {}, f"unknown method {ids} {payload.hex()}"
    values, shown, bits, count = {}, [], 0, 0
    for field, domain in method.fields:
        if domain == "bit":
            if not count % 8:
                bits = reader.number(">B")
            values[field] = bool(bits >> count % 8 & 1)
            count += 1
        else:
            count = 0
            values[field] = _read_field(reader, domain)
        if not field.startswith("_"):
            shown.append(f"{field}={_show_field(domain, values[field])}")
    if reader.rest():
        shown.append(f"surplus octets {reader.rest().hex()}")
    return method.name, values, " ".join([method.name] + shown)


def decode_header(payload):
    """(body size, {property: value}, readable line) of a content header frame."""
    reader = Reader(payload)
    class_id, weight, size, flags = (reader.number(form) for form in (">H", ">H", ">Q", ">H"))
    values, shown = {}, [f"content header class_id={class_id} weight={weight} body_size={size}"]
    for position, (name, domain) in enumerate(PROPERTIES):
        if flags >> (15 - position) & 1:
            values[name] = _read_field(reader, domain)
            shown.append(f"{name}={_show_field(domain, values[name])}")
    if flags & 3 or reader.rest():
        shown.append(f"flags={flags:#06x} surplus octets {reader.rest().hex()}")
    return size, values, " ".join(shown)


def show_octets(octets):
    if len(octets) <= 80:
        return f"{len(octets)} octets {octets!r}"
    return f"{len(octets)} octets sha1 {hashlib.sha1(octets).hexdigest()[:12]}"

"""Frames, method payloads, field tables and content as they should not be."""

import wire
from script import (basic, case, channel, connection, content_body, content_header, exchange,
                    expect, expect_closed, frame, heartbeat, octets, payload, publish_method, queue)

PASSIVE = payload("exchange.declare", exchange="amq.direct", type="direct", passive=True)


def broken(name, row, *steps, **options):
    """A case after which the connection is expected to end."""
    case(name, row, *steps, expect_closed(patience=5), barrier=False, **options)


# ---- the frame itself

broken("a wrong frame end octet is 501", "frames: wrong end octet", channel.open(),
       frame(1, PASSIVE, end=0xCD))
broken("a wrong frame end octet on channel 0 is 501", "frames: wrong end octet",
       channel.open(), heartbeat(), frame(8, b"", channel=0, end=0))
broken("a wrong frame end octet on a body frame is 501", "frames: wrong end octet",
       publish_method("", "~q"), content_header(4), frame(3, b"body", end=0x00))
for _kind in (0, 4, 5, 6, 7, 9, 255):
    broken(f"frame type {_kind} is refused", "frames: unknown frame type", channel.open(),
           frame(_kind, PASSIVE))
broken("an unknown frame type on channel 0 is refused", "frames: unknown frame type",
       channel.open(), frame(4, b"", channel=0))
broken("an unknown frame type on a closed channel number is refused", "frames: unknown frame type",
       channel.open(), frame(4, b"", channel=7, opens=False))
broken("a method frame larger than frame_max is 501", "frames: over frame_max", channel.open(),
       frame(1, PASSIVE, size=131073), octets(b"\0" * 131073))
broken("a body frame larger than frame_max is 501", "frames: over frame_max",
       publish_method("", "~q"), content_header(200000), frame(3, b"x" * 131073))
broken("a frame that announces 4 GiB is 501 at once", "frames: over frame_max", channel.open(),
       frame(1, b"", size=0xFFFFFFFF, end=None))
case("a body frame of frame_max octets is taken", "frames: eight octets of slack",
     queue.declare("~q"), publish_method("", "~q"), content_header(131072), frame(3, b"x" * 131072),
     basic.get("~q"))
broken("a body frame of frame_max and one octets is refused", "frames: eight octets of slack",
       queue.declare("~q"), publish_method("", "~q"), content_header(131073),
       frame(3, b"x" * 131073))
case("a smaller frame_max cuts what the server sends", "frames: frame_max binds the server too",
     queue.declare("~q"), publish_method("", "~q"), content_header(10000), frame(3, b"a" * 4088),
     frame(3, b"b" * 4088), frame(3, b"c" * 1824), basic.get("~q"), connect={"frame_max": 4096})
broken("a frame larger than the negotiated frame_max is refused", "frames: over frame_max",
       queue.declare("~q"), publish_method("", "~q"), content_header(10000), frame(3, b"a" * 4097),
       connect={"frame_max": 4096})
case("a frame that comes octet by octet is a frame", "frames", channel.open(),
     [octets(bytes([octet])) for octet in wire.frame(1, 1, PASSIVE)], expect("exchange.declare-ok"))
DECLARE = wire.frame(1, 1, payload("queue.declare", exclusive=True))
case("many frames in one segment are answered in order", "frames", channel.open(),
     octets(DECLARE * 3), expect("queue.declare-ok", 3))

# ---- heartbeats

case("a heartbeat on channel 0 is taken", "heartbeats", channel.open(), heartbeat())
broken("a heartbeat on another channel is 505", "heartbeat frame on a non-zero channel: 505",
       channel.open(), heartbeat(channel=1))
broken("a heartbeat on a channel that is not open is 505",
       "heartbeat frame on a non-zero channel: 505", channel.open(), heartbeat(channel=9))
broken("a heartbeat with a payload is refused", "heartbeat with payload: frame error",
       channel.open(), heartbeat(b"hello"))
case("a heartbeat between the frames of a content is taken",
     "heartbeats may stand between content frames", queue.declare("~q"), publish_method("", "~q"),
     heartbeat(), content_header(1), heartbeat(), content_body(b"x"), basic.get("~q"))

# ---- method payloads

for _octets in range(4):
    broken(f"a method frame of {_octets} octets is refused", "method payload: too short",
           channel.open(), frame(1, PASSIVE[:_octets]))
broken("a method without its arguments is refused", "method payload: too short", channel.open(),
       frame(1, PASSIVE[:4]))
broken("a method cut in a short string is refused", "method payload: too short", channel.open(),
       frame(1, PASSIVE[:9]))
broken("a method cut in its table is refused", "method payload: too short", channel.open(),
       frame(1, PASSIVE[:-2]))
broken("a method with surplus octets is refused", "method payload: too long", channel.open(),
       frame(1, PASSIVE + b"\0"))
broken("a method without arguments, with surplus octets, is refused", "method payload: too long",
       channel.open(), frame(1, payload("tx.select") + b"\0"))
broken("basic.ack cut short is refused", "method payload: too short", channel.open(),
       frame(1, payload("basic.ack", delivery_tag=1)[:-1]))
broken("basic.publish cut short is refused", "method payload: too short", channel.open(),
       frame(1, payload("basic.publish", routing_key="q")[:-2]))
case("bits that mean nothing are ignored", "method payload: bits", queue.declare("~q"),
     frame(1, payload("basic.qos", prefetch_count=3)[:-1] + b"\xfe"), expect("basic.qos-ok"))
broken("an unknown class is refused", "unknown class or method: 503", channel.open(),
       frame(1, b"\x00\x63\x00\x0a"))
broken("an unknown method of a known class is refused", "unknown class or method: 503",
       channel.open(), frame(1, b"\x00\x32\x00\x63"))
broken("an unknown method on channel 0 is refused", "unknown class or method: 503", channel.open(),
       frame(1, b"\x00\x0a\x00\x63", channel=0))
broken("an unknown method on a channel that is not open is refused", "unknown class or method: 503",
       channel.open(), frame(1, b"\x00\x63\x00\x0a", channel=5, opens=False))

# ---- methods where they do not belong

broken("a channel method on channel 0 is refused", "channel 0 is for the connection class",
       channel.open(), channel.open(channel=0, waits=False))
broken("a queue method on channel 0 is refused", "channel 0 is for the connection class",
       channel.open(), queue.declare("~q", channel=0, waits=False))
broken("basic.publish on channel 0 is refused", "channel 0 is for the connection class",
       channel.open(), publish_method("", "~q", channel=0))
broken("connection.close on channel 1 is refused", "connection class on another channel",
       channel.open(), connection.close(200, "bye", channel=1, waits=False))
broken("connection.open on channel 1 is refused", "connection class on another channel",
       channel.open(), connection.open("/", channel=1, waits=False))
broken("a content header on channel 0 is refused", "content on channel 0", channel.open(),
       content_header(1, channel=0))
broken("a content body on channel 0 is refused", "content on channel 0", channel.open(),
       content_body(b"x", channel=0))

for _name, _fields in (("channel.open-ok", {}), ("exchange.declare-ok", {}),
                       ("exchange.delete-ok", {}), ("exchange.bind-ok", {}),
                       ("exchange.unbind-ok", {}), ("queue.declare-ok", {"queue": "q"}),
                       ("queue.bind-ok", {}), ("queue.purge-ok", {}), ("queue.delete-ok", {}),
                       ("queue.unbind-ok", {}), ("basic.qos-ok", {}),
                       ("basic.consume-ok", {"consumer_tag": "t"}), ("basic.get-empty", {}),
                       ("basic.recover-ok", {}), ("confirm.select-ok", {}), ("tx.select-ok", {}),
                       ("tx.commit-ok", {}), ("tx.rollback-ok", {}), ("access.request-ok", {}),
                       ("basic.credit", {"consumer_tag": "t", "credit": 1}),
                       ("basic.credit-ok", {}), ("basic.credit-drained", {"consumer_tag": "t"})):
    broken(f"{_name} from a client is refused", "unimplemented method on an open channel: 503",
           channel.open(), frame(1, payload(_name, **_fields)))
for _name, _fields in (("basic.return", {"reply_code": 312}),
                       ("basic.deliver", {"consumer_tag": "t"}),
                       ("basic.get-ok", {"delivery_tag": 1})):
    broken(f"{_name} from a client is refused", "unimplemented method on an open channel: 503",
           channel.open(), frame(1, payload(_name, **_fields)), content_header(1),
           content_body(b"x"))
case("basic.cancel-ok from a client is legal", "a client may answer the server's basic.cancel",
     channel.open(), frame(1, payload("basic.cancel-ok", consumer_tag="t")))
case("channel.flow-ok from a client", "channel.flow-ok", channel.open(),
     frame(1, payload("channel.flow-ok", active=True)), expect_closed(patience=0.3))

# ---- strings and tables

broken("a queue name that is not UTF-8 is 501", "shortstr: malformed UTF-8",
       queue.declare(b"\xc3\x28", waits=False))
broken("an exchange name that is not UTF-8 is 501", "shortstr: malformed UTF-8",
       exchange.declare(b"\xff", "direct", waits=False))
broken("an exchange type that is not UTF-8", "shortstr: malformed UTF-8",
       exchange.declare("~x", b"\xff\xfe", waits=False))
broken("a routing key that is not UTF-8 is 501", "shortstr: malformed UTF-8", queue.declare("~q"),
       queue.bind("~q", "amq.direct", b"\x80", waits=False))
broken("a routing key of a publish that is not UTF-8", "shortstr: not looked at in a publish",
       queue.declare("~q"), publish_method("", b"\xed\xa0\x80"), content_header(0))
broken("a consumer tag that is not UTF-8", "shortstr: malformed UTF-8", queue.declare("~q"),
       basic.consume("~q", b"\xff", waits=False), expect("basic.consume-ok", patience=1))
case("a queue name may hold any UTF-8", "shortstr: UTF-8", queue.declare("~ключ-鍵-🐇"))
case("a queue name may hold a NUL", "shortstr: UTF-8", queue.declare("~a\0b"))
case("a queue name may hold 255 octets", "queue name length: 255", queue.declare("~" + "q" * 245))
case("an exchange name may hold 255 octets", "exchange name length: 255",
     exchange.declare("~" + "x" * 245, "direct"))
case("a 404 text with a name of 255 octets is cut to 255 octets", "reply text: at most 255 octets",
     queue.declare("~" + "q" * 245, passive=True))
case("a text is cut on a border of characters", "reply text: stays valid UTF-8",
     queue.declare("~x" + "é" * 122, passive=True))
case("a text with four-octet characters is cut on a border", "reply text: stays valid UTF-8",
     queue.declare("~x" + "🐇" * 61, passive=True))


def broken_table(name, table):
    broken(name, "field tables: malformed", queue.declare("~q", arguments=table, waits=False))


broken_table("a table with an unknown type is refused", b"\x00\x00\x00\x04\x01aZ\x00")
broken_table("a table longer than the method is refused", b"\x00\x00\x00\xff\x01at\x01")
broken_table("a table shorter than its last value is refused",
             b"\x00\x00\x00\x03\x01aI\x00\x00\x00\x01")
broken_table("a table cut in a key is refused", b"\x00\x00\x00\x02\x05a")
broken_table("a table cut in a value is refused", b"\x00\x00\x00\x05\x01aI\x00\x00")
broken_table("a string longer than its table is refused",
             b"\x00\x00\x00\x08\x01aS\x00\x00\x00\x09x")
broken_table("an array longer than its table is refused", b"\x00\x00\x00\x07\x01aA\x00\x00\x00\x09")
broken_table("an inner table longer than its table is refused",
             b"\x00\x00\x00\x07\x01aF\x00\x00\x00\x09")
broken_table("a key without a type is refused", b"\x00\x00\x00\x02\x01a")
broken_table("an array with an unknown type is refused",
             b"\x00\x00\x00\x09\x01aA\x00\x00\x00\x02Z\x00")


def nested(depth):
    value = b""
    for _ in range(depth):
        value = b"\x01aF" + len(value).to_bytes(4, "big") + value
    return len(value).to_bytes(4, "big") + value


case("a table nested 50 deep is taken", "field tables: nesting",
     queue.declare("~q", arguments=nested(50)))
case("a table nested 1000 deep", "field tables: nesting has a bound",
     queue.declare("~q", arguments=nested(1000)))
case("an empty key and an empty string are taken", "field tables",
     queue.declare("~q", arguments=b"\x00\x00\x00\x06\x00S\x00\x00\x00\x00"))
case("a key that stands twice is taken", "field tables: duplicate keys",
     queue.declare("~q", arguments=b"\x00\x00\x00\x08\x01at\x01\x01at\x00"))

# ---- content in order and out of order

broken("a content header without a method is 505", "content out of order: 505", channel.open(),
       content_header(1))
broken("a content body without a method is 505", "content out of order: 505", channel.open(),
       content_body(b"x"))
broken("a content body before its header is 505", "content out of order: 505",
       publish_method("", "~q"), content_body(b"x"))
broken("a second content header is 505", "content out of order: 505", publish_method("", "~q"),
       content_header(1), content_header(1))
broken("a method instead of the content header is 505",
       "method with content, then another class: 505", publish_method("", "~q"), frame(1, PASSIVE))
broken("a method instead of the content body is 505",
       "method with content, then another class: 505", publish_method("", "~q"), content_header(1),
       frame(1, PASSIVE))
broken("a second publish instead of the content body is 505",
       "method with content, then another class: 505", publish_method("", "~q"), content_header(1),
       publish_method("", "~q"))
broken("channel.close instead of the content header",
       "method with content, then another class: 505", publish_method("", "~q"),
       channel.close(200, "bye"), expect("channel.close-ok"))
broken("channel.close instead of the content body", "method with content, then another class: 505",
       publish_method("", "~q"), content_header(1), channel.close(200, "bye"))
case("connection.close instead of the content body", "connection.close: close-ok",
     publish_method("", "~q"), content_header(1), connection.close(200, "bye"), barrier=False)
broken("a content header of another class is refused", "header class mismatch: 505",
       publish_method("", "~q"), content_header(1, class_id=50))
broken("a content header of class 0 is refused", "header class mismatch: 505",
       publish_method("", "~q"), content_header(1, class_id=0))
broken("a content header with a weight is refused", "content weight must be 0",
       publish_method("", "~q"), content_header(1, weight=1), content_body(b"x"))
broken("a content header cut short is refused", "content header: malformed",
       publish_method("", "~q"), frame(2, b"\x00\x3c\x00\x00\x00"))
broken("an empty content header is refused", "content header: malformed", publish_method("", "~q"),
       frame(2, b""))
broken("a content header without property flags is refused", "content header: malformed",
       publish_method("", "~q"), content_header(1, octets=b""), content_body(b"x"))
broken("a body longer than announced is 501", "body frame longer than announced: 501",
       publish_method("", "~q"), content_header(3), content_body(b"four"))
broken("a second body frame that makes the body too long is 501",
       "body frame longer than announced: 501", publish_method("", "~q"), content_header(3),
       content_body(b"ab"), content_body(b"cd"))
broken("a body frame for an empty body is refused", "zero-length body: no body frame",
       queue.declare("~q"), publish_method("", "~q"), content_header(0), content_body(b""))
case("an empty body frame inside a body is taken", "content", queue.declare("~q"),
     publish_method("", "~q"), content_header(2), content_body(b"a"), content_body(b""),
     content_body(b"b"), basic.get("~q"))
case("a body in many frames arrives whole", "content", queue.declare("~q"),
     publish_method("", "~q"), content_header(5),
     [content_body(bytes([octet])) for octet in b"abcde"], basic.get("~q"))
case("an empty body arrives as a header only", "zero-length body: no body frame",
     queue.declare("~q"), basic.publish("", "~q", b""), basic.get("~q"))
broken("a body of more than 512 MiB is refused at its header", "body size hard cap: 512 MiB",
       publish_method("", "~q"), content_header(512 * 1024 * 1024 + 1))
broken("a body of 2^63 octets is refused at its header", "body size hard cap: 512 MiB",
       publish_method("", "~q"), content_header(2**63))
case("contents of two channels may interleave", "frames of different channels may interleave",
     queue.declare("~a"), queue.declare("~b", channel=2), publish_method("", "~a"),
     publish_method("", "~b", channel=2), content_header(1), content_header(1, channel=2),
     content_body(b"1"), content_body(b"2", channel=2), basic.get("~a"), basic.get("~b", channel=2))
case("a content on one channel does not hold up methods on another",
     "frames of different channels may interleave", publish_method("", "~q"),
     queue.declare("~q", channel=2), content_header(1), queue.purge("~q", channel=2),
     content_body(b"1"), basic.get("~q"))
case("an error in the method of a content waits for the whole content",
     "an error during content waits for the body", channel.open(), publish_method("~missing", "k"),
     content_header(1), queue.declare("~q", channel=2), content_body(b"x"), expect("channel.close"))

# ---- properties

broken("property flags that announce a second flags word are refused",
       "properties: bit 0 of the flags", publish_method("", "~q"),
       content_header(1, octets=b"\x00\x01\x00\x00"), content_body(b"x"))
broken("a property list cut short is refused", "properties: malformed", publish_method("", "~q"),
       content_header(1, octets=b"\x80\x00\x05ab"), content_body(b"x"))
broken("a property list without its values is refused", "properties: malformed",
       publish_method("", "~q"), content_header(1, octets=b"\xff\xf8"), content_body(b"x"))
broken("a property list with surplus octets is refused", "properties: malformed",
       publish_method("", "~q"), content_header(1, octets=b"\x10\x00\x02\x99"), content_body(b"x"))
broken("a headers table of an unknown type is refused", "properties: malformed",
       publish_method("", "~q"), content_header(1, octets=b"\x20\x00\x00\x00\x00\x03\x01aZ"),
       content_body(b"x"))
broken("a headers table that is too long is refused", "properties: malformed",
       publish_method("", "~q"), content_header(1, octets=b"\x20\x00\x00\x00\x00\xff\x01a"),
       content_body(b"x"))
broken("the unused bit of the property flags", "properties: bit 1 of the flags",
       queue.declare("~q"), publish_method("", "~q"), content_header(1, octets=b"\x00\x02"),
       content_body(b"x"), basic.get("~q", waits=False), expect("basic.get-ok", patience=1))
broken("a content type that is not UTF-8", "properties: short strings", queue.declare("~q"),
       publish_method("", "~q"), content_header(1, octets=b"\x80\x00\x02\xff\xfe"),
       content_body(b"x"), basic.get("~q", waits=False), expect("basic.get-ok", patience=1))

"""basic.publish, basic.return: refusals in their order, mandatory, properties, CC and BCC."""

from script import (Typed, basic, case, channel, counted, exchange, expect, expect_closed, many,
                    queue)

case("publishing to a missing exchange is 404", "basic.publish: missing exchange 404",
     basic.publish("~x", "k"))
case("publishing to a missing exchange with mandatory is 404",
     "basic.publish: missing exchange 404", basic.publish("~x", "k", mandatory=True))
case("publishing to a deleted exchange is 404", "basic.publish: missing exchange 404",
     exchange.declare("~x", "fanout"), basic.publish("~x", "k"), exchange.delete("~x"),
     basic.publish("~x", "k"))
case("publishes behind one that fails are discarded", "after channel.close, frames are discarded",
     queue.declare("~q"), basic.publish("", "~q", b"1"), basic.publish("~x", "k"),
     basic.publish("", "~q", b"2"), expect("channel.close"), counted("~q", 1, channel=2))
case("immediate is 540 and ends the connection", "immediate: 540", queue.declare("~q"),
     basic.publish("", "~q", immediate=True), expect_closed())
case("immediate to a missing exchange: what is checked first", "immediate: 540",
     basic.publish("~x", "k", immediate=True), expect_closed(patience=2))
case("immediate and mandatory", "immediate: 540", queue.declare("~q"),
     basic.publish("", "~q", immediate=True, mandatory=True), expect_closed(patience=2))

# ---- mandatory

case("an unroutable mandatory message is returned", "mandatory: return 312", channel.open(),
     basic.publish("", "~missing", b"body", mandatory=True, content_type="text/plain",
                   headers={"a": 1}), expect("basic.return"))
case("an unroutable mandatory message without a body is returned", "mandatory: return 312",
     channel.open(), basic.publish("amq.direct", "~k", b"", mandatory=True), expect("basic.return"))
case("an unroutable mandatory message of many frames is returned whole", "mandatory: return 312",
     channel.open(), basic.publish("amq.direct", "~k", b"x" * 300000, mandatory=True),
     expect("basic.return"))
case("a routable mandatory message is not returned", "mandatory", queue.declare("~q"),
     basic.publish("", "~q", mandatory=True), counted("~q", 1))
case("an unroutable message without mandatory is dropped", "unroutable, not mandatory: dropped",
     channel.open(), basic.publish("", "~missing"))
case("a return names the first exchange and key", "mandatory: the original exchange and key",
     exchange.declare("~y", "direct"),
     exchange.declare("~x", "direct", arguments={"alternate-exchange": "~y"}),
     basic.publish("~x", "k", mandatory=True), expect("basic.return"))
case("a return with CC names the first key only", "mandatory: only the first key is reported",
     channel.open(),
     basic.publish("amq.direct", "~k", mandatory=True, headers={"CC": ["~a", "~b"]}),
     expect("basic.return"))
case("a return with BCC", "mandatory: BCC in a return", channel.open(),
     basic.publish("amq.direct", "~k", mandatory=True, headers={"BCC": ["~a"], "h": 1}),
     expect("basic.return"))

# ---- properties

ALL = {"content_type": "text/plain", "content_encoding": "gzip", "headers": {"a": 1},
       "delivery_mode": 2, "priority": 9, "correlation_id": "c", "reply_to": "r",
       "expiration": "60000", "message_id": "m", "timestamp": 1700000000, "type": "t",
       "user_id": "guest", "app_id": "a", "cluster_id": "cl"}


def arrives(sentence, row, **properties):
    case(sentence, row, queue.declare("~q"), basic.publish("", "~q", **properties), basic.get("~q"))


arrives("all properties arrive as published", "properties: all fourteen", **ALL)
arrives("a message without properties arrives without", "properties: none")
arrives("an absent headers table stays absent", "headers absent vs empty")
arrives("an empty headers table stays empty", "headers absent vs empty", headers={})
arrives("empty strings stay", "properties: empty strings", content_type="", correlation_id="",
        reply_to="", app_id="")
for _mode in (0, 1, 2, 3, 255):
    arrives(f"delivery_mode {_mode} arrives as published",
            "delivery_mode is delivered as published", delivery_mode=_mode)
arrives("priority 255 arrives as published", "priority: the value is unchanged", priority=255)
arrives("timestamp 0 arrives", "timestamp: any value", timestamp=0)
arrives("timestamp 2^64-1 arrives", "timestamp: any value", timestamp=2**64 - 1)
arrives("headers of every type survive, with their letters", "field tables survive a round trip",
        headers={"t": True, "f": False, "b": Typed("b", -5), "B": Typed("B", 200),
                 "s": Typed("s", -300), "u": Typed("u", 60000), "I": Typed("I", -70000),
                 "i": Typed("i", 4000000000), "l": Typed("l", -2**40), "L": Typed("L", 2**40),
                 "d": 1.25, "fl": Typed("f", 0.5), "D": Typed("D", (2, 314)), "S": "text",
                 "x": b"\x00\xff", "T": Typed("T", 1700000000), "V": None,
                 "F": {"inner": {"deep": [1]}}, "A": [1, "two", {"three": [None, True]}, []]})
arrives("a header that stands twice survives", "field tables: duplicate keys survive",
        headers=b"\x00\x00\x00\x08\x01at\x01\x01at\x00")
arrives("a boolean that is neither 0 nor 1", "field tables: t is true for any non-zero",
        headers=b"\x00\x00\x00\x04\x01at\x05")
arrives("a string header that is not UTF-8 survives", "field tables survive a round trip",
        headers={"a": Typed("S", b"\xff\xfe")})
arrives("an empty key survives", "field tables survive a round trip", headers={"": 1})
arrives("an array of tables survives", "field tables survive a round trip",
        headers={"a": [{"b": 1}, {"b": 2}]})
arrives("a double that is not a number", "field tables survive a round trip",
        headers={"a": float("nan")})
arrives("a double that is infinite", "field tables survive a round trip",
        headers={"a": float("inf")})

# ---- expiration

for _value in ("0", "1000", "315360000000"):
    case(f"expiration {_value!r} is taken", "expiration: a string of digits", queue.declare("~q"),
         basic.consume("~q", "t"), basic.publish("", "~q", expiration=_value),
         expect("basic.deliver"))
for _value in ("", "abc", "-1", "1.5", " 5", "5 ", "0x10", "+5", "1e3", "315360000001",
               "99999999999999999999", "4294967296"):
    case(f"expiration {_value!r}", "expiration: otherwise 406", queue.declare("~q"),
         basic.publish("", "~q", expiration=_value))
case("a bad expiration to a missing exchange: what is checked first",
     "basic.publish: order of checks", basic.publish("~x", "k", expiration="abc"))
case("a bad expiration to an internal exchange: what is checked first",
     "basic.publish: order of checks", exchange.declare("~x", "fanout", internal=True),
     basic.publish("~x", "k", expiration="abc"))
case("a bad expiration of an unroutable message is 406 all the same", "expiration: otherwise 406",
     channel.open(), basic.publish("", "~missing", expiration="abc"))
case("expiration 0 without a consumer expires at once", "expiration: 0", queue.declare("~q"),
     basic.publish("", "~q", expiration="0"), basic.get("~q"), queue.declare("~q"))

# ---- user_id

case("a user_id of the connection's user is taken", "user_id", queue.declare("~q"),
     basic.publish("", "~q", user_id="guest"), basic.get("~q"))
case("a user_id of somebody else is 406", "user_id: 406", queue.declare("~q"),
     basic.publish("", "~q", user_id="somebody"))
case("an empty user_id is 406", "user_id: 406", queue.declare("~q"),
     basic.publish("", "~q", user_id=""))
case("a user_id of somebody else to a missing exchange: what is checked first",
     "basic.publish: order of checks", basic.publish("~x", "k", user_id="somebody"))
case("a bad user_id and a bad expiration: what is checked first", "basic.publish: order of checks",
     queue.declare("~q"), basic.publish("", "~q", user_id="somebody", expiration="abc"))
case("a bad user_id and a bad CC: what is checked first", "basic.publish: order of checks",
     queue.declare("~q"), basic.publish("", "~q", user_id="somebody", headers={"CC": "x"}))
case("a bad expiration and a bad CC: what is checked first", "basic.publish: order of checks",
     queue.declare("~q"), basic.publish("", "~q", expiration="abc", headers={"CC": "x"}))

# ---- CC and BCC

TWO = [queue.declare("~a"), queue.declare("~b")]
case("CC routes to further queues and stays in the message", "CC: routed like keys; kept", *TWO,
     basic.publish("", "~a", headers={"CC": ["~b"], "h": 1}), basic.get("~a"), basic.get("~b"))
case("BCC routes to further queues and is removed", "BCC: removed before storing", *TWO,
     basic.publish("", "~a", headers={"BCC": ["~b"], "h": 1}), basic.get("~a"), basic.get("~b"))
case("BCC alone in the headers leaves an empty table", "BCC: removed before storing", *TWO,
     basic.publish("", "~a", headers={"BCC": ["~b"]}), basic.get("~a"), basic.get("~b"))
case("CC and BCC together", "CC and BCC", *TWO, queue.declare("~c"),
     basic.publish("", "~a", headers={"CC": ["~b"], "BCC": ["~c"]}), basic.get("~a"),
     basic.get("~b"), basic.get("~c"))
case("a queue named by key, CC and BCC gets one copy", "one copy per queue", queue.declare("~a"),
     basic.publish("", "~a", headers={"CC": ["~a", "~a"], "BCC": ["~a"]}), counted("~a", 1))
case("an empty CC is fine", "CC: an empty array", queue.declare("~a"),
     basic.publish("", "~a", headers={"CC": []}), basic.get("~a"))
case("elements of CC that are no strings are skipped", "CC: other elements are skipped", *TWO,
     basic.publish("", "~a", headers={"CC": [1, "~b", True]}), basic.get("~b"))
case("a CC that is a string is 406", "CC: not an array 406", queue.declare("~a"),
     basic.publish("", "~a", headers={"CC": "~b"}))
case("a BCC that is a table is 406", "CC: not an array 406", queue.declare("~a"),
     basic.publish("", "~a", headers={"BCC": {}}))
case("a CC that is void is 406", "CC: not an array 406", queue.declare("~a"),
     basic.publish("", "~a", headers={"CC": None}))
case("cc in small letters is no CC", "CC", *TWO, basic.publish("", "~a", headers={"cc": ["~b"]}),
     basic.get("~b"))
case("CC works through a direct exchange", "CC: routed through the same exchange", *TWO,
     exchange.declare("~x", "direct"), queue.bind("~a", "~x", "a"), queue.bind("~b", "~x", "b"),
     basic.publish("~x", "a", headers={"CC": ["b"]}), basic.get("~a"), basic.get("~b"))
case("CC works through a topic exchange", "CC: routed through the same exchange",
     queue.declare("~a"), exchange.declare("~x", "topic"), queue.bind("~a", "~x", "a.#"),
     basic.publish("~x", "b", headers={"CC": ["a.c"]}), basic.get("~a"))
case("a delivery names the first key only", "basic.deliver: first key only", queue.declare("~a"),
     basic.publish("", "~missing", headers={"CC": ["~a"]}), basic.get("~a"))
case("a mandatory message that only CC routes is not returned", "mandatory", queue.declare("~a"),
     basic.publish("", "~missing", mandatory=True, headers={"CC": ["~a"]}), counted("~a", 1))

# ---- size

case("a message of the largest size is taken", "message size: 16 MiB", queue.declare("~q"),
     basic.publish("", "~q", b"x" * 16777216), counted("~q", 1), slow=True)
case("a message larger than the limit is 406", "message size: 406", queue.declare("~q"),
     basic.publish("", "~q", b"x" * 16777217), expect("channel.close"),
     queue.declare("~q", channel=2), slow=True)
case("a message larger than the limit to a missing exchange: what is checked first",
     "basic.publish: order of checks", basic.publish("~x", "~q", b"x" * 16777217),
     expect("channel.close"), slow=True)
case("a body of 300000 octets arrives whole", "content", queue.declare("~q"),
     basic.publish("", "~q", b"abcdefghij" * 30000), basic.get("~q"))
case("a body of exactly one frame arrives whole", "content", queue.declare("~q"),
     basic.publish("", "~q", b"y" * 131064), basic.get("~q"))
case("a body of one frame and one octet arrives whole", "content", queue.declare("~q"),
     basic.publish("", "~q", b"y" * 131065), basic.get("~q"))

# ---- one body, several queues

case("each queue gets its own copy", "several queues, one body", *TWO,
     exchange.declare("~x", "fanout"), queue.bind("~a", "~x", ""), queue.bind("~b", "~x", ""),
     basic.publish("~x", "k", b"body"), basic.get("~a"), basic.get("~b"))
case("messages of one channel keep their order", "order", queue.declare("~q"),
     many(20, lambda number: basic.publish("", "~q", str(number))),
     many(20, lambda _: basic.get("~q", no_ack=True)))

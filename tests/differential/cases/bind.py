"""bind and unbind of queues and exchanges; what the exchange types make of bindings."""

from script import Typed, basic, case, counted, exchange, expect, many, queue

NAMED = [queue.declare("~q"), exchange.declare("~x", "direct")]

case("binding twice needs one unbind", "queue.bind: identity; idempotent", *NAMED,
     queue.bind("~q", "~x", "k"), queue.bind("~q", "~x", "k"), queue.unbind("~q", "~x", "k"),
     basic.publish("~x", "k", mandatory=True), expect("basic.return"))
case("two bindings of one queue deliver once", "one delivery per queue", *NAMED,
     queue.bind("~q", "~x", "k"), queue.bind("~q", "~x", "k", arguments={"a": 1}),
     basic.publish("~x", "k"), counted("~q", 1))
case("bindings that differ in their arguments are two", "queue.bind: identity", *NAMED,
     queue.bind("~q", "~x", "k"), queue.bind("~q", "~x", "k", arguments={"a": 1}),
     queue.unbind("~q", "~x", "k"), basic.publish("~x", "k"), counted("~q", 1))
case("the order of arguments does not make another binding", "queue.bind: arguments are sorted",
     *NAMED, queue.bind("~q", "~x", "k", arguments={"a": 1, "b": 2}),
     queue.unbind("~q", "~x", "k", arguments={"b": 2, "a": 1}),
     basic.publish("~x", "k", mandatory=True), expect("basic.return"))
case("unbinding with other arguments leaves the binding", "queue.bind: identity", *NAMED,
     queue.bind("~q", "~x", "k", arguments={"a": 1}), queue.unbind("~q", "~x", "k"),
     basic.publish("~x", "k"), counted("~q", 1))
case("unbinding with an argument of another width", "queue.bind: identity", *NAMED,
     queue.bind("~q", "~x", "k", arguments={"a": 1}),
     queue.unbind("~q", "~x", "k", arguments={"a": Typed("l", 1)}), basic.publish("~x", "k"),
     counted("~q", 1))
case("binding with nowait is not answered", "queue.bind: nowait", *NAMED,
     queue.bind("~q", "~x", "k", nowait=True), basic.publish("~x", "k"), counted("~q", 1))
case("binding a missing queue is 404", "queue.bind: 404", exchange.declare("~x", "direct"),
     queue.bind("~q", "~x", "k"))
case("binding to a missing exchange is 404", "queue.bind: 404", queue.declare("~q"),
     queue.bind("~q", "~x", "k"))
case("binding a missing queue to a missing exchange is 404", "queue.bind: 404",
     queue.bind("~q", "~x", "k"))
case("binding with nowait to a missing exchange is 404", "queue.bind: 404", queue.declare("~q"),
     queue.bind("~q", "~x", "k", nowait=True))
case("binding to the default exchange is 403", "default exchange: bind 403", queue.declare("~q"),
     queue.bind("~q", "", "k"))
case("binding a missing queue to the default exchange: what is checked first",
     "default exchange: bind 403", queue.bind("~q", "", "k"))
case("unbinding from the default exchange is 403", "default exchange: unbind 403",
     queue.declare("~q"), queue.unbind("~q", "", "~q"))
case("unbinding what was never bound is answered with ok", "queue.unbind: missing is ok", *NAMED,
     queue.unbind("~q", "~x", "k"))
case("unbinding from a missing exchange", "queue.unbind: missing is ok", queue.declare("~q"),
     queue.unbind("~q", "~x", "k"))
case("unbinding a missing queue", "queue.unbind: missing is ok", exchange.declare("~x", "direct"),
     queue.unbind("~q", "~x", "k"))
case("unbinding a missing queue from a missing exchange", "queue.unbind: missing is ok",
     queue.unbind("~q", "~x", "k"))
case("a transient queue may be bound to a durable exchange", "queue.bind: semi-durable",
     queue.declare("~q"), queue.bind("~q", "amq.direct", "~k"))
case("a durable queue may be bound to a transient exchange", "queue.bind",
     queue.declare("~q", durable=True), exchange.declare("~x", "direct"),
     queue.bind("~q", "~x", "k"))

# ---- exchange to exchange

PAIR = [exchange.declare("~x", "direct"), exchange.declare("~y", "fanout"), queue.declare("~q"),
        queue.bind("~q", "~y", "")]

case("a bound exchange passes messages on", "exchange.bind", *PAIR, exchange.bind("~y", "~x", "k"),
     basic.publish("~x", "k"), basic.publish("~x", "other"), counted("~q", 1), basic.get("~q"))
case("exchange.unbind is answered with method 51", "exchange.unbind-ok is method 51", *PAIR,
     exchange.bind("~y", "~x", "k"), exchange.unbind("~y", "~x", "k"),
     basic.publish("~x", "k", mandatory=True), expect("basic.return"))
case("exchange.bind and unbind with nowait are not answered", "exchange.bind: nowait", *PAIR,
     exchange.bind("~y", "~x", "k", nowait=True), basic.publish("~x", "k"), counted("~q", 1),
     exchange.unbind("~y", "~x", "k", nowait=True), basic.publish("~x", "k"), counted("~q", 1))
case("exchange.bind with a missing source is 404", "exchange.bind: 404",
     exchange.declare("~y", "fanout"), exchange.bind("~y", "~x", "k"))
case("exchange.bind with a missing destination is 404", "exchange.bind: 404",
     exchange.declare("~x", "direct"), exchange.bind("~y", "~x", "k"))
case("exchange.bind with both missing is 404", "exchange.bind: 404", exchange.bind("~y", "~x", "k"))
case("exchange.bind from the default exchange is 403", "default exchange: bind 403",
     exchange.declare("~y", "fanout"), exchange.bind("~y", "", "k"))
case("exchange.bind to the default exchange is 403", "default exchange: bind 403",
     exchange.declare("~x", "fanout"), exchange.bind("", "~x", "k"))
case("exchange.unbind from the default exchange is 403", "default exchange: unbind 403",
     exchange.declare("~y", "fanout"), exchange.unbind("~y", "", "k"))
case("exchange.unbind of what was never bound is answered with ok",
     "exchange.unbind: missing is ok", *PAIR, exchange.unbind("~y", "~x", "k"))
case("exchange.unbind with both missing is answered with ok", "exchange.unbind: missing is ok",
     exchange.unbind("~y", "~x", "k"))
case("a circle of exchanges delivers once", "exchange.bind: cycles are cut",
     exchange.declare("~x", "fanout"), exchange.declare("~y", "fanout"),
     exchange.bind("~y", "~x", ""), exchange.bind("~x", "~y", ""), queue.declare("~q"),
     queue.bind("~q", "~y", ""), queue.bind("~q", "~x", ""), basic.publish("~x", ""),
     counted("~q", 1))
case("an exchange bound to itself delivers once", "exchange.bind: cycles are cut",
     exchange.declare("~x", "fanout"), exchange.bind("~x", "~x", ""), queue.declare("~q"),
     queue.bind("~q", "~x", ""), basic.publish("~x", ""), counted("~q", 1))
case("two ways to one queue deliver once", "one delivery per queue",
     exchange.declare("~x", "fanout"), exchange.declare("~y", "fanout"),
     exchange.declare("~z", "fanout"), exchange.bind("~y", "~x", ""), exchange.bind("~z", "~x", ""),
     queue.declare("~q"), queue.bind("~q", "~y", ""), queue.bind("~q", "~z", ""),
     basic.publish("~x", ""), counted("~q", 1))
case("the exchange named in a delivery is the one published to",
     "exchange.bind: delivery names the first exchange", *PAIR, exchange.bind("~y", "~x", "k"),
     basic.publish("~x", "k"), basic.get("~q"))

# ---- direct and fanout

case("a direct exchange compares whole keys", "exchange types: direct", *NAMED,
     queue.bind("~q", "~x", "a.*"), basic.publish("~x", "a.b"), basic.publish("~x", "a.*"),
     counted("~q", 1))
case("a fanout exchange ignores keys", "exchange types: fanout", queue.declare("~q"),
     exchange.declare("~x", "fanout"), queue.bind("~q", "~x", "a"), basic.publish("~x", "b"),
     counted("~q", 1))
case("the default exchange routes by queue name", "default exchange", queue.declare("~q"),
     basic.publish("", "~q"), basic.get("~q"))

# ---- topic


def topic(binding, *keys):
    case(f"topic binding {binding!r} and the keys {', '.join(map(repr, keys))}",
         "exchange types: topic", exchange.declare("~x", "topic"), queue.declare("~q"),
         queue.bind("~q", "~x", binding),
         [basic.publish("~x", key, key.encode() or b"(empty)") for key in keys],
         many(len(keys) + 1, lambda _: basic.get("~q", no_ack=True)))


topic("a.b", "a.b", "a", "a.b.c", "A.b", "a.B", "a.*")
topic("a.*", "a.b", "a", "a.", "a.b.c", "b.a")
topic("*", "a", "", "a.b", "*")
topic("#", "", "a", "a.b.c", ".", "..")
topic("a.#", "a", "a.b", "a.b.c", "ab", "b.a", "a.")
topic("#.a", "a", "b.a", "c.b.a", "a.b")
topic("a.#.b", "a.b", "a.c.b", "a.c.d.b", "a", "a.b.c")
topic("", "", "a", ".")
topic(".", ".", "", "a.b", "..")
topic("a..b", "a..b", "a.b", "a.c.b")
topic("*.*", ".", "a.b", "a", "a.b.c", "a.")
topic("*.#", "", "a", "a.b", ".")
topic("#.#", "", "a", "a.b")
topic("#.*", "", "a", "a.b.c")
topic("a.*.#", "a", "a.b", "a.b.c")
topic("#.a.#", "a", "b", "b.a", "a.b", "c.a.b")
topic("#.a.#.b.#", "a.b", "b.a", "x.a.y.b.z", "a")
topic("a*", "a*", "ab", "a.b")
topic("#a", "#a", "ba", "a")
topic("é.ü", "é.ü", "e.u")

case("a queue bound by several matching patterns gets one copy", "one delivery per queue",
     exchange.declare("~x", "topic"), queue.declare("~q"), queue.bind("~q", "~x", "#"),
     queue.bind("~q", "~x", "a.*"), queue.bind("~q", "~x", "a.b"), basic.publish("~x", "a.b"),
     counted("~q", 1))
case("unbinding one pattern leaves the others", "exchange types: topic",
     exchange.declare("~x", "topic"), queue.declare("~q"), queue.bind("~q", "~x", "a.#"),
     queue.bind("~q", "~x", "a.b"), queue.unbind("~q", "~x", "a.#"), basic.publish("~x", "a.b"),
     basic.publish("~x", "a.c"), counted("~q", 1))

# ---- headers


def headers(sentence, arguments, *tables, row="exchange types: headers"):
    case(f"headers binding: {sentence}", row, exchange.declare("~x", "headers"),
         queue.declare("~q"), queue.bind("~q", "~x", "", arguments=arguments),
         [basic.publish("~x", "", str(number).encode(),
                        **({} if table is None else {"headers": table})) for number,
          table in enumerate(tables)],
         many(len(tables) + 1, lambda _: basic.get("~q", no_ack=True)))


headers("all is the default", {"a": 1, "b": 2}, {"a": 1}, {"a": 1, "b": 2},
        {"a": 1, "b": 2, "c": 3}, {}, None)
headers("all", {"x-match": "all", "a": 1}, {"a": 1}, {"a": 2}, {"b": 1}, None)
headers("any", {"x-match": "any", "a": 1, "b": 2}, {"a": 1}, {"b": 2}, {"a": 2, "b": 1}, {"c": 1},
        None)
headers("no arguments match everything", {}, {"a": 1}, {}, None)
headers("all without any other argument matches everything", {"x-match": "all"}, {"a": 1}, {}, None)
headers("any without any other argument matches nothing", {"x-match": "any"}, {"a": 1}, {}, None)
headers("void tests presence", {"a": None}, {"a": 1}, {"a": "x"}, {"a": None}, {"b": 1}, None)
headers("values of another width are equal", {"a": Typed("s", 1)}, {"a": Typed("l", 1)},
        {"a": Typed("B", 1)}, {"a": "1"}, {"a": 1.0}, {"a": True})
headers("strings compare by octets", {"a": "x"}, {"a": "x"}, {"a": "X"}, {"a": b"x"}, {"a": ["x"]})
headers("booleans", {"a": True}, {"a": True}, {"a": False}, {"a": 1})
headers("floats", {"a": 1.5}, {"a": 1.5}, {"a": Typed("f", 1.5)}, {"a": 1})
headers("timestamps and integers", {"a": Typed("T", 5)}, {"a": Typed("T", 5)}, {"a": 5})
headers("x- keys are skipped by all", {"x-match": "all", "x-a": 1}, {"x-a": 1}, {"x-a": 2}, {},
        None)
headers("x- keys are skipped by any", {"x-match": "any", "x-a": 1}, {"x-a": 1}, {}, None)
headers("tables and arrays compare whole", {"a": {"b": 1}, "c": [1, 2]},
        {"a": {"b": 1}, "c": [1, 2]}, {"a": {"b": 2}, "c": [1, 2]}, {"a": {"b": 1}, "c": [2, 1]})
headers("all-with-x counts x- keys", {"x-match": "all-with-x", "x-a": 1}, {"x-a": 1}, {"x-a": 2},
        {}, None, row="x-match: all-with-x")
headers("any-with-x counts x- keys", {"x-match": "any-with-x", "x-a": 1, "b": 2}, {"x-a": 1},
        {"b": 2}, {"x-a": 2}, row="x-match: any-with-x")
case("an unknown x-match is 406", "x-match: other values 406", exchange.declare("~x", "headers"),
     queue.declare("~q"), queue.bind("~q", "~x", "", arguments={"x-match": "some", "a": 1}))
case("an x-match that is no string is 406", "x-match: wrong type 406",
     exchange.declare("~x", "headers"), queue.declare("~q"),
     queue.bind("~q", "~x", "", arguments={"x-match": 1}))
case("an unknown x-match on a direct exchange is ignored",
     "x-match: only headers exchanges look at it", exchange.declare("~x", "direct"),
     queue.declare("~q"), queue.bind("~q", "~x", "k", arguments={"x-match": "some"}))
case("an unknown x-match in exchange.bind is 406", "x-match: other values 406",
     exchange.declare("~x", "headers"), exchange.declare("~y", "fanout"),
     exchange.bind("~y", "~x", "", arguments={"x-match": "some"}))
case("a headers exchange ignores the routing key", "exchange types: headers",
     exchange.declare("~x", "headers"), queue.declare("~q"),
     queue.bind("~q", "~x", "k", arguments={"a": 1}),
     basic.publish("~x", "other", headers={"a": 1}), counted("~q", 1))
case("of a header that stands twice the first counts", "field tables: first match wins",
     exchange.declare("~x", "headers"), queue.declare("~q"),
     queue.bind("~q", "~x", "", arguments={"a": 1}),
     basic.publish("~x", "", b"12",
                   headers=b"\x00\x00\x00\x0e\x01aI\x00\x00\x00\x01\x01aI\x00\x00\x00\x02"),
     basic.publish("~x", "", b"21",
                   headers=b"\x00\x00\x00\x0e\x01aI\x00\x00\x00\x02\x01aI\x00\x00\x00\x01"),
     basic.get("~q"), basic.get("~q"))

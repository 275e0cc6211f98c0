"""Exchange types that RabbitMQ has as plugins: what binds, what is refused, where messages go."""

from script import Typed, basic, case, counted, exchange, many, queue

_HASH = "x-consistent-hash"
_HISTORY = "x-recent-history"


def _bound(type_, key="", arguments=None):
    return [exchange.declare("~x", type_, arguments=arguments or {}), queue.declare("~q"),
            queue.bind("~q", "~x", key)]


for _type in (_HASH, "x-random", _HISTORY, "x-modulus-hash"):
    case(f"declaring and redeclaring an {_type} exchange", f"exchange types: {_type}",
         exchange.declare("~x", _type), exchange.declare("~x", _type))
    case(f"the one binding of an {_type} exchange gets everything", f"exchange types: {_type}",
         _bound(_type, "1"),
         many(3, lambda number: basic.publish("~x", f"key{number}", f"{number}")),
         counted("~q", 3),
         many(3, lambda _: basic.get("~q", no_ack=True)))
    case(f"what comes to an {_type} exchange without bindings is unroutable",
         f"exchange types: {_type}",
         exchange.declare("~x", _type), basic.publish("~x", "k", "m", mandatory=True))
    case(f"an {_type} exchange of which the last binding went routes nothing",
         f"exchange types: {_type}",
         _bound(_type, "1"), queue.unbind("~q", "~x", "1"),
         basic.publish("~x", "k", "m", mandatory=True))

for _weight in ("0", "-1", "", "a", "1.5", "1a"):
    case(f"a weight of '{_weight}' in a consistent-hash exchange", "x-consistent-hash: weights",
         _bound(_HASH, _weight))
case("a consistent-hash exchange by header and property is refused", "x-consistent-hash: arguments",
     exchange.declare("~x", _HASH, arguments={"hash-header": "h", "hash-property": "message_id"}))
case("a consistent-hash exchange by an unknown property is refused", "x-consistent-hash: arguments",
     exchange.declare("~x", _HASH, arguments={"hash-property": "priority"}))
for _property, _values in (("message_id", {"message_id": "a"}),
                           ("correlation_id", {"correlation_id": "a"}),
                           ("timestamp", {"timestamp": 7})):
    case(f"a consistent-hash exchange by {_property}", "x-consistent-hash: hash-property",
         _bound(_HASH, "1", {"hash-property": _property}),
         basic.publish("~x", "k", "with", **_values), basic.publish("~x", "k", "without"),
         counted("~q", 2))
case("a consistent-hash exchange by a header", "x-consistent-hash: hash-header",
     _bound(_HASH, "1", {"hash-header": "h"}),
     basic.publish("~x", "k", "with", headers={"h": "a"}), basic.publish("~x", "k", "without"),
     basic.publish("~x", "k", "a number", headers={"h": 5}), counted("~q", 3))
for _argument in ("hash-header", "hash-property"):
    case(f"redeclaring a consistent-hash exchange with another {_argument}",
         "exchange.declare: equivalence",
         exchange.declare("~x", _HASH, arguments={_argument: "message_id"}),
         exchange.declare("~x", _HASH))

case("a new binding of a recent-history exchange gets the last messages", "x-recent-history",
     exchange.declare("~x", _HISTORY, arguments={"x-recent-history-length": 2}),
     many(3, lambda number: basic.publish("~x", "k", f"{number}")),
     queue.declare("~q"), queue.bind("~q", "~x", "another"), counted("~q", 2),
     many(2, lambda _: basic.get("~q", no_ack=True)))
case("a recent-history exchange keeps twenty messages", "x-recent-history",
     exchange.declare("~x", _HISTORY),
     many(22, lambda number: basic.publish("~x", "k", f"{number}")),
     queue.declare("~q"), queue.bind("~q", "~x"), counted("~q", 20),
     basic.get("~q", no_ack=True))
case("a recent-history exchange hands on what it keeps to an exchange", "x-recent-history",
     exchange.declare("~x", _HISTORY), exchange.declare("~y", "topic"), queue.declare("~q"),
     queue.bind("~q", "~y", "#"), basic.publish("~x", "k", "m"), exchange.bind("~y", "~x"),
     counted("~q", 1), basic.get("~q", no_ack=True))
case("a message may ask not to be kept", "x-recent-history",
     exchange.declare("~x", _HISTORY),
     basic.publish("~x", "k", "not kept", headers={"x-recent-history-no-store": True}),
     basic.publish("~x", "k", "kept", headers={"x-recent-history-no-store": False}),
     queue.declare("~q"), queue.bind("~q", "~x"), counted("~q", 1),
     basic.get("~q", no_ack=True))
for _length, _value in (("-1", -1), ("'five'", "five"), ("true", Typed("t", True))):
    case(f"a recent-history exchange of length {_length} is refused", "x-recent-history",
         exchange.declare("~x", _HISTORY, arguments={"x-recent-history-length": _value}))

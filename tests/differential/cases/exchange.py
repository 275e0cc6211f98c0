"""Class exchange: declare, delete, what is predeclared and what is refused."""

from script import basic, case, exchange, expect, queue

for _type in ("direct", "fanout", "topic", "headers"):
    case(f"declaring a {_type} exchange", f"exchange types: {_type}", exchange.declare("~x", _type))
    case(f"redeclaring a {_type} exchange with equal properties", "exchange.declare: equivalence",
         exchange.declare("~x", _type, durable=True), exchange.declare("~x", _type, durable=True))
case("declaring with nowait is not answered", "exchange.declare: nowait",
     exchange.declare("~x", "direct", nowait=True), exchange.declare("~x", "direct", passive=True))
case("an unknown exchange type", "exchange.declare: unknown type 406",
     exchange.declare("~x", "sideways"))
case("an empty exchange type", "exchange.declare: unknown type 406", exchange.declare("~x", ""))
case("an exchange type in capitals", "exchange.declare: unknown type 406",
     exchange.declare("~x", "DIRECT"))
case("an exchange type that only a plugin has", "exchange.declare: unknown type 406",
     exchange.declare("~x", "x-does-not-exist"))
case("an unknown exchange type in a passive declare of a missing exchange",
     "exchange.declare: passive", exchange.declare("~x", "sideways", passive=True))
case("an unknown exchange type in a passive declare of an existing exchange",
     "exchange.declare: passive", exchange.declare("~x", "direct"),
     exchange.declare("~x", "sideways", passive=True))
case("an unknown exchange type with nowait", "exchange.declare: unknown type 406",
     exchange.declare("~x", "sideways", nowait=True))

case("a passive declare of a missing exchange is 404", "exchange.declare: passive 404",
     exchange.declare("~x", "direct", passive=True))
case("a passive declare ignores type and flags", "exchange.declare: passive",
     exchange.declare("~x", "direct"),
     exchange.declare("~x", "fanout", passive=True, durable=True, auto_delete=True))
case("a passive declare with an empty type", "exchange.declare: passive",
     exchange.declare("~x", "direct"), exchange.declare("~x", "", passive=True))
case("a passive declare with nowait of a missing exchange is 404", "exchange.declare: passive 404",
     exchange.declare("~x", "direct", passive=True, nowait=True))

for _flag in ("durable", "auto_delete", "internal"):
    case(f"redeclaring an exchange with another {_flag} flag is 406",
         "exchange.declare: equivalence", exchange.declare("~x", "direct"),
         exchange.declare("~x", "direct", **{_flag: True}))
    case(f"redeclaring an exchange without its {_flag} flag is 406",
         "exchange.declare: equivalence", exchange.declare("~x", "direct", **{_flag: True}),
         exchange.declare("~x", "direct"))
case("redeclaring an exchange with another type is 406", "exchange.declare: equivalence",
     exchange.declare("~x", "direct"), exchange.declare("~x", "topic"))
case("redeclaring an exchange with everything different: what is named first",
     "exchange.declare: equivalence", exchange.declare("~x", "direct"),
     exchange.declare("~x", "fanout", durable=True, auto_delete=True, internal=True,
                      arguments={"alternate-exchange": "a"}))
case("redeclaring an exchange with all flags different: what is named first",
     "exchange.declare: equivalence", exchange.declare("~x", "direct"),
     exchange.declare("~x", "direct", durable=True, auto_delete=True, internal=True))
case("redeclaring with auto-delete and internal different: what is named first",
     "exchange.declare: equivalence", exchange.declare("~x", "direct"),
     exchange.declare("~x", "direct", auto_delete=True, internal=True))
case("redeclaring with nowait and another flag is 406 all the same",
     "exchange.declare: equivalence", exchange.declare("~x", "direct"),
     exchange.declare("~x", "direct", durable=True, nowait=True))
case("redeclaring with an unknown argument", "exchange.declare: unknown arguments are ignored",
     exchange.declare("~x", "direct"), exchange.declare("~x", "direct", arguments={"x-foo": 1}))
case("redeclaring with another alternate exchange is 406",
     "exchange.declare: equivalence of alternate-exchange",
     exchange.declare("~x", "direct", arguments={"alternate-exchange": "one"}),
     exchange.declare("~x", "direct", arguments={"alternate-exchange": "two"}))
case("redeclaring without the alternate exchange is 406",
     "exchange.declare: equivalence of alternate-exchange",
     exchange.declare("~x", "direct", arguments={"alternate-exchange": "one"}),
     exchange.declare("~x", "direct"))
case("redeclaring with an alternate exchange where there was none is 406",
     "exchange.declare: equivalence of alternate-exchange", exchange.declare("~x", "direct"),
     exchange.declare("~x", "direct", arguments={"alternate-exchange": "one"}))
case("redeclaring with the same alternate exchange",
     "exchange.declare: equivalence of alternate-exchange",
     exchange.declare("~x", "direct", arguments={"alternate-exchange": "one"}),
     exchange.declare("~x", "direct", arguments={"alternate-exchange": "one"}))
case("an alternate exchange that is no string is 406", "exchange.declare: argument types",
     exchange.declare("~x", "direct", arguments={"alternate-exchange": 5}))
case("an alternate exchange that is a table is 406", "exchange.declare: argument types",
     exchange.declare("~x", "direct", arguments={"alternate-exchange": {}}))
case("an empty alternate exchange", "exchange.declare: argument types",
     exchange.declare("~x", "direct", arguments={"alternate-exchange": ""}))

# ---- reserved names and the default exchange

case("creating an exchange named amq. is 403", "reserved names: amq. on creation 403",
     exchange.declare("amq.~mine", "direct"))
case("creating an exchange named amq. with nowait is 403", "reserved names: amq. on creation 403",
     exchange.declare("amq.~mine", "direct", nowait=True))
case("a passive declare of a missing amq. exchange is 404", "reserved names: amq. on creation 403",
     exchange.declare("amq.~mine", "direct", passive=True))
case("an exchange named amq without a dot may be created", "reserved names",
     exchange.declare("amq~mine", "direct"))
case("creating an exchange named AMQ. is allowed", "reserved names",
     exchange.declare("AMQ.~mine", "direct"))
for _name, _type in (("amq.direct", "direct"), ("amq.fanout", "fanout"), ("amq.topic", "topic"),
                     ("amq.headers", "headers"), ("amq.match", "headers")):
    case(f"redeclaring {_name} with equal properties", "predeclared exchanges",
         exchange.declare(_name, _type, durable=True))
    case(f"redeclaring {_name} as transient is 406", "predeclared exchanges",
         exchange.declare(_name, _type))
    case(f"deleting {_name} is 403", "exchange.delete: amq. 403", exchange.delete(_name))
case("amq.rabbitmq.trace is there: topic, durable, internal", "predeclared exchanges",
     exchange.declare("amq.rabbitmq.trace", "topic", durable=True, internal=True))
case("publishing to amq.rabbitmq.trace is 403", "internal exchange: 403",
     basic.publish("amq.rabbitmq.trace", "k"))
case("redeclaring amq.topic as direct is 406", "predeclared exchanges",
     exchange.declare("amq.topic", "direct", durable=True))
case("declaring the default exchange is 403", "default exchange: declare 403",
     exchange.declare("", "direct"))
case("declaring the default exchange with its properties is 403", "default exchange: declare 403",
     exchange.declare("", "direct", durable=True))
case("declaring the default exchange with an unknown type: what is checked first",
     "exchange.declare: order of checks", exchange.declare("", "sideways"))
case("a passive declare of the default exchange", "default exchange: declare 403",
     exchange.declare("", "direct", passive=True))
case("deleting the default exchange is 403", "default exchange: delete 403", exchange.delete(""))
case("a name of nothing but line ends is the default exchange", "CR and LF are removed from names",
     exchange.declare("\r\n", "direct"))
case("line ends are removed from an exchange name", "CR and LF are removed from names",
     exchange.declare("~a\r\nb\n", "direct"), exchange.declare("~ab", "direct", passive=True),
     exchange.delete("~a\nb"), exchange.declare("~ab", "direct", passive=True))
case("line ends are removed from the exchange name of a publish",
     "CR and LF are removed from names", exchange.declare("~ab", "fanout"), queue.declare("~q"),
     queue.bind("~q", "~ab", ""), basic.publish("~a\nb", "k"), basic.get("~q"))
case("exchange names are case-sensitive", "names", exchange.declare("~x", "direct"),
     exchange.declare("~X", "direct", passive=True))
case("exchange and queue names do not meet", "names", exchange.declare("~n", "direct"),
     queue.declare("~n"))

# ---- delete

case("deleting an exchange", "exchange.delete", exchange.declare("~x", "direct"),
     exchange.delete("~x"), exchange.declare("~x", "direct", passive=True))
case("deleting a missing exchange is answered with ok", "exchange.delete: missing is ok",
     exchange.delete("~x"))
case("deleting a missing exchange with if-unused is answered with ok",
     "exchange.delete: missing is ok", exchange.delete("~x", if_unused=True))
case("deleting a missing amq. exchange is 403", "exchange.delete: amq. 403",
     exchange.delete("amq.~mine"))
case("deleting with nowait is not answered", "exchange.delete: nowait",
     exchange.declare("~x", "direct"), exchange.delete("~x", nowait=True),
     exchange.declare("~x", "direct", passive=True))
case("deleting an unused exchange with if-unused", "exchange.delete: if-unused",
     exchange.declare("~x", "direct"), exchange.delete("~x", if_unused=True))
case("deleting a bound exchange with if-unused is 406", "exchange.delete: in use 406",
     exchange.declare("~x", "direct"), queue.declare("~q"), queue.bind("~q", "~x", "k"),
     exchange.delete("~x", if_unused=True))
case("deleting a bound exchange with if-unused and nowait is 406", "exchange.delete: in use 406",
     exchange.declare("~x", "direct"), queue.declare("~q"), queue.bind("~q", "~x", "k"),
     exchange.delete("~x", if_unused=True, nowait=True))
case("if-unused counts bindings to an exchange",
     "exchange.delete: if-unused counts the source side", exchange.declare("~x", "direct"),
     exchange.declare("~y", "direct"), exchange.bind("~y", "~x", "k"),
     exchange.delete("~x", if_unused=True))
case("if-unused does not count bindings where the exchange is the destination",
     "exchange.delete: if-unused counts the source side", exchange.declare("~x", "direct"),
     exchange.declare("~y", "direct"), exchange.bind("~y", "~x", "k"),
     exchange.delete("~y", if_unused=True))
case("deleting an exchange removes its bindings", "exchange.delete: bindings go",
     exchange.declare("~x", "fanout"), queue.declare("~q"), queue.bind("~q", "~x", ""),
     exchange.delete("~x"), exchange.declare("~x", "fanout"),
     basic.publish("~x", "k", mandatory=True), expect("basic.return"))
case("deleting an exchange removes bindings where it is the destination",
     "exchange.delete: bindings go both ways", exchange.declare("~x", "fanout"),
     exchange.declare("~y", "fanout"), queue.declare("~q"), exchange.bind("~y", "~x", ""),
     queue.bind("~q", "~y", ""), exchange.delete("~y"), exchange.declare("~y", "fanout"),
     queue.bind("~q", "~y", ""), basic.publish("~x", "k", mandatory=True), expect("basic.return"))

# ---- auto-delete

case("an auto-delete exchange that was never bound stays", "auto-delete exchange", exchange.declare(
    "~x", "direct", auto_delete=True), exchange.declare("~x", "direct", auto_delete=True))
case("an auto-delete exchange goes with its last binding", "auto-delete exchange",
     exchange.declare("~x", "direct", auto_delete=True), queue.declare("~q"),
     queue.bind("~q", "~x", "a"), queue.bind("~q", "~x", "b"), queue.unbind("~q", "~x", "a"),
     exchange.declare("~x", "", passive=True), queue.unbind("~q", "~x", "b"),
     exchange.declare("~x", "direct", passive=True))
case("an auto-delete exchange goes with its last queue", "auto-delete exchange",
     exchange.declare("~x", "direct", auto_delete=True), queue.declare("~q"),
     queue.bind("~q", "~x", "a"), queue.delete("~q"),
     exchange.declare("~x", "direct", passive=True))
case("an auto-delete exchange does not go with a binding where it is the destination",
     "auto-delete exchange", exchange.declare("~x", "direct"),
     exchange.declare("~y", "direct", auto_delete=True), exchange.bind("~y", "~x", "k"),
     exchange.unbind("~y", "~x", "k"), exchange.declare("~y", "direct", passive=True))
case("auto-delete cascades along a chain of exchanges", "auto-delete cascades",
     exchange.declare("~x", "fanout", auto_delete=True),
     exchange.declare("~y", "fanout", auto_delete=True),
     exchange.declare("~z", "fanout", auto_delete=True), queue.declare("~q"),
     exchange.bind("~y", "~x", ""), exchange.bind("~z", "~y", ""), queue.bind("~q", "~z", ""),
     queue.delete("~q"), exchange.declare("~z", "fanout", passive=True, channel=2),
     exchange.declare("~y", "fanout", passive=True, channel=3),
     exchange.declare("~x", "fanout", passive=True, channel=4))
case("auto-delete cascades when an exchange in the middle is deleted", "auto-delete cascades",
     exchange.declare("~x", "fanout", auto_delete=True), exchange.declare("~y", "fanout"),
     exchange.bind("~y", "~x", ""), exchange.delete("~y"),
     exchange.declare("~x", "fanout", passive=True))

# ---- internal

case("publishing to an internal exchange is 403", "internal exchange: 403",
     exchange.declare("~x", "direct", internal=True), basic.publish("~x", "k"))
case("an internal exchange is reached by bindings", "internal exchange: reachable by bindings",
     exchange.declare("~x", "fanout"), exchange.declare("~y", "fanout", internal=True),
     queue.declare("~q"), exchange.bind("~y", "~x", ""), queue.bind("~q", "~y", ""),
     basic.publish("~x", "k"), basic.get("~q"))
case("an internal exchange is reached as an alternate exchange",
     "internal exchange: reachable as alternate exchange",
     exchange.declare("~y", "fanout", internal=True),
     exchange.declare("~x", "direct", arguments={"alternate-exchange": "~y"}), queue.declare("~q"),
     queue.bind("~q", "~y", ""), basic.publish("~x", "k"), basic.get("~q"))

# ---- alternate exchange

case("an alternate exchange gets what matched no binding", "alternate exchange",
     exchange.declare("~y", "fanout"),
     exchange.declare("~x", "direct", arguments={"alternate-exchange": "~y"}), queue.declare("~q"),
     queue.declare("~r"), queue.bind("~q", "~y", ""), queue.bind("~r", "~x", "here"),
     basic.publish("~x", "here", b"one"), basic.publish("~x", "there", b"two"), basic.get("~q"),
     basic.get("~q"), basic.get("~r"), basic.get("~r"))
case("a missing alternate exchange is skipped", "alternate exchange: missing",
     exchange.declare("~x", "direct", arguments={"alternate-exchange": "~missing"}),
     basic.publish("~x", "k", mandatory=True), expect("basic.return"))
case("alternate exchanges are followed along a chain", "alternate exchange: chain",
     exchange.declare("~z", "fanout"),
     exchange.declare("~y", "direct", arguments={"alternate-exchange": "~z"}),
     exchange.declare("~x", "direct", arguments={"alternate-exchange": "~y"}), queue.declare("~q"),
     queue.bind("~q", "~z", ""), basic.publish("~x", "k", mandatory=True), basic.get("~q"))
case("alternate exchanges in a circle end in a return", "alternate exchange: loops are cut",
     exchange.declare("~y", "direct", arguments={"alternate-exchange": "~x"}),
     exchange.declare("~x", "direct", arguments={"alternate-exchange": "~y"}),
     basic.publish("~x", "k", mandatory=True), expect("basic.return"))
case("an exchange that is its own alternate", "alternate exchange: loops are cut",
     exchange.declare("~x", "direct", arguments={"alternate-exchange": "~x"}),
     basic.publish("~x", "k", mandatory=True), expect("basic.return"))
case("the default exchange as an alternate", "alternate exchange: chain",
     exchange.declare("~x", "direct", arguments={"alternate-exchange": ""}), queue.declare("~q"),
     basic.publish("~x", "~q", mandatory=True), basic.get("~q"))
case("an alternate exchange is used when a bound exchange routes nowhere",
     "alternate exchange: zero bindings", exchange.declare("~alt", "fanout"),
     exchange.declare("~y", "direct"),
     exchange.declare("~x", "fanout", arguments={"alternate-exchange": "~alt"}),
     exchange.bind("~y", "~x", ""), queue.declare("~q"), queue.bind("~q", "~alt", ""),
     basic.publish("~x", "k", mandatory=True), expect("basic.return", patience=1), basic.get("~q"))

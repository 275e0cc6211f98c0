"""Class queue: declare, delete, purge; names and flags. Its x-arguments stand in arguments.py."""

from script import basic, case, channel, counted, exchange, expect, queue, settle

case("declare-ok says the name and two counts", "queue.declare-ok", queue.declare("~q"))
case("declare-ok counts ready messages and consumers", "queue.declare-ok: counts",
     queue.declare("~q"), basic.publish("", "~q"), basic.publish("", "~q"), counted("~q", 2),
     basic.qos(0, 1), basic.consume("~q", "t"), expect("basic.deliver"), queue.declare("~q"))
case("declaring with nowait is not answered", "queue.declare: nowait",
     queue.declare("~q", nowait=True), queue.declare("~q", passive=True))
case("an empty name gets one from the server", "queue.declare: server-named", queue.declare(""))
case("two empty names get two names", "queue.declare: server-named",
     queue.declare("", exclusive=True), queue.declare("", exclusive=True),
     queue.declare("$queue", exclusive=True))
case("a passive declare of a missing queue is 404", "queue.declare: passive 404",
     queue.declare("~q", passive=True))
case("a passive declare with nowait of a missing queue is 404", "queue.declare: passive 404",
     queue.declare("~q", passive=True, nowait=True))
case("a passive declare ignores the flags", "queue.declare: passive", queue.declare("~q"),
     queue.declare("~q", passive=True, durable=True, auto_delete=True))
case("a passive declare ignores the arguments", "queue.declare: passive", queue.declare("~q"),
     queue.declare("~q", passive=True, arguments={"x-max-length": -5}))
case("a passive declare with an empty name and no queue before",
     "queue.declare: passive with an empty name", queue.declare("", passive=True))
case("a passive declare with an empty name takes the last queue",
     "queue.declare: passive with an empty name", queue.declare("~q"),
     queue.declare("", passive=True))
case("creating a queue named amq. is 403", "reserved names: amq. 403", queue.declare("amq.~mine"))
case("creating a queue named amq. with nowait is 403", "reserved names: amq. 403",
     queue.declare("amq.~mine", nowait=True))
case("a passive declare of a missing amq. queue is 404", "reserved names: amq. 403",
     queue.declare("amq.~mine", passive=True))
case("redeclaring a server-named queue by its name", "reserved names: amq. 403 on creation",
     queue.declare("", exclusive=True), queue.declare("$queue", exclusive=True))
case("a queue named amq without a dot may be created", "reserved names", queue.declare("amq~mine"))
case("line ends are removed from a queue name", "CR and LF are removed from names",
     queue.declare("~a\r\nb\n"), queue.declare("~ab", passive=True), queue.delete("~\rab"),
     queue.declare("~ab", passive=True))
case("a name of nothing but line ends", "CR and LF are removed from names", queue.declare("\r\n"))
case("line ends are removed from the names in a bind", "CR and LF are removed from names",
     queue.declare("~q"), queue.bind("~\nq", "amq.direct\r", "~k"),
     basic.publish("amq.direct", "~k"), basic.get("~q"))
for _sentence, _step in (("an unbind", queue.unbind("~q\n", "amq.direct\r", "~k")),
                         ("a get", basic.get("~q\n")), ("a purge", queue.purge("~\nq")),
                         ("a consume", basic.consume("~q\r\n", "t")),
                         ("a publish", basic.publish("", "~q\n", mandatory=True))):
    case(f"line ends in the names of {_sentence}", "CR and LF are removed from names",
         queue.declare("~q"), _step)
case("line ends in a routing key stay", "CR and LF are removed from names", queue.declare("~q"),
     queue.bind("~q", "amq.direct", "~k\n"), basic.publish("amq.direct", "~k"), basic.get("~q"))

# ---- equivalence

for _flag in ("durable", "auto_delete"):
    case(f"redeclaring a queue with another {_flag} flag is 406", "queue.declare: equivalence",
         queue.declare("~q"), queue.declare("~q", **{_flag: True}))
    case(f"redeclaring a queue without its {_flag} flag is 406", "queue.declare: equivalence",
         queue.declare("~q", **{_flag: True}), queue.declare("~q"))
case("redeclaring a queue as exclusive is 405", "exclusive flag on redeclare: 405",
     queue.declare("~q"), queue.declare("~q", exclusive=True))
case("redeclaring an exclusive queue by its owner", "exclusive: redeclare by the owner",
     queue.declare("~q", exclusive=True), queue.declare("~q", exclusive=True))
case("redeclaring an exclusive queue as not exclusive by its owner is 405",
     "exclusive flag on redeclare: 405", queue.declare("~q", exclusive=True), queue.declare("~q"))
case("redeclaring a queue with everything different: what is named first",
     "queue.declare: equivalence", queue.declare("~q"),
     queue.declare("~q", durable=True, exclusive=True, auto_delete=True,
                   arguments={"x-max-length": 1}))
case("redeclaring a queue with both flags different: what is named first",
     "queue.declare: equivalence", queue.declare("~q"),
     queue.declare("~q", durable=True, auto_delete=True))
case("redeclaring with nowait and another flag is 406 all the same", "queue.declare: equivalence",
     queue.declare("~q"), queue.declare("~q", durable=True, nowait=True))
case("a durable exclusive queue may be declared, and again", "exclusive and durable",
     queue.declare("~q", durable=True, exclusive=True),
     queue.declare("~q", durable=True, exclusive=True))
case("a durable exclusive queue redeclared as transient",
     "exclusive queues count as transient since 4.x",
     queue.declare("~q", durable=True, exclusive=True), queue.declare("~q", exclusive=True))
case("a transient exclusive queue redeclared as durable",
     "exclusive queues count as transient since 4.x", queue.declare("~q", exclusive=True),
     queue.declare("~q", durable=True, exclusive=True))
case("a transient queue that is not exclusive is accepted",
     "transient non-exclusive queue: Leveret accepts", queue.declare("~q"))

# ---- exclusive

LOCKED = "exclusive queue of another connection: 405"
case("declaring an exclusive queue of another connection is 405", LOCKED,
     queue.declare("~q", exclusive=True), queue.declare("~q", exclusive=True, connection="b"))
case("declaring an exclusive queue of another connection as shared is 405", LOCKED,
     queue.declare("~q", exclusive=True), queue.declare("~q", connection="b"))
case("a passive declare of an exclusive queue of another connection is 405", LOCKED,
     queue.declare("~q", exclusive=True), queue.declare("~q", passive=True, connection="b"))
case("binding an exclusive queue of another connection is 405", LOCKED,
     queue.declare("~q", exclusive=True), queue.bind("~q", "amq.direct", "k", connection="b"))
case("binding a locked queue to a missing exchange: what is checked first",
     LOCKED, queue.declare("~q", exclusive=True), queue.bind("~q", "~missing", "k", connection="b"))
case("unbinding an exclusive queue of another connection is 405", LOCKED,
     queue.declare("~q", exclusive=True), queue.bind("~q", "amq.direct", "~k"),
     queue.unbind("~q", "amq.direct", "~k", connection="b"))
case("consuming from an exclusive queue of another connection is 405", LOCKED,
     queue.declare("~q", exclusive=True), basic.consume("~q", "t", connection="b"))
case("basic.get from an exclusive queue of another connection is 405", LOCKED,
     queue.declare("~q", exclusive=True), basic.get("~q", connection="b"))
case("purging an exclusive queue of another connection is 405", LOCKED,
     queue.declare("~q", exclusive=True), queue.purge("~q", connection="b"))
case("deleting an exclusive queue of another connection is 405", LOCKED,
     queue.declare("~q", exclusive=True), queue.delete("~q", connection="b"))
case("publishing to an exclusive queue of another connection is allowed",
     "exclusive: publishing is free", queue.declare("~q", exclusive=True),
     basic.publish("", "~q", connection="b"), settle(connection="b"), basic.get("~q"))
case("another channel of the owner may use an exclusive queue", "exclusive: the connection's",
     queue.declare("~q", exclusive=True), basic.publish("", "~q", channel=2),
     basic.get("~q", channel=2), queue.delete("~q", channel=2))

# ---- auto-delete

case("an auto-delete queue that never had a consumer stays", "auto_delete",
     queue.declare("~q", auto_delete=True), channel.close(200, "bye"), channel.open(),
     queue.declare("~q", passive=True))
case("basic.get is no consumer", "auto_delete: basic.get is no consumer",
     queue.declare("~q", auto_delete=True), basic.get("~q"), queue.declare("~q", passive=True))
case("an auto-delete queue goes with its last consumer, before cancel-ok",
     "auto_delete: before cancel-ok", queue.declare("~q", auto_delete=True),
     basic.consume("~q", "a"), basic.consume("~q", "b"), basic.cancel("a"),
     queue.declare("~q", passive=True), basic.cancel("b"), queue.declare("~q", passive=True))
case("an auto-delete queue goes with its last consumer although messages are there", "auto_delete",
     queue.declare("~q", auto_delete=True), basic.publish("", "~q"), basic.consume("~q", "a"),
     expect("basic.deliver"), basic.cancel("a"), queue.declare("~q", passive=True))
case("after an auto-delete queue is gone, acks of its messages are taken", "auto_delete",
     queue.declare("~q", auto_delete=True), basic.publish("", "~q"), basic.consume("~q", "a"),
     expect("basic.deliver"), basic.cancel("a"), basic.ack(1))

# ---- most recently declared queue

LAST = "an empty queue name is the channel's last declared queue"
for _sentence, _step in (("bind", queue.bind("", "amq.direct", "~k")),
                         ("unbind", queue.unbind("", "amq.direct", "~k")),
                         ("purge", queue.purge("")), ("delete", queue.delete("")),
                         ("get", basic.get("")), ("consume", basic.consume("", "t"))):
    case(f"{_sentence} with an empty queue name takes the last declared queue", LAST,
         queue.declare("~q"), _step)
for _sentence, _step in (("bind", queue.bind("", "amq.direct", "~k")),
                         ("unbind", queue.unbind("", "amq.direct", "~k")),
                         ("purge", queue.purge("")), ("delete", queue.delete("")),
                         ("get", basic.get("")), ("consume", basic.consume("", "t"))):
    case(f"{_sentence} with an empty queue name and no declared queue is 404",
         "no previously declared queue: 404", channel.open(), _step)
case("binding with an empty queue name and an empty key binds by the queue's name",
     "queue.bind: an empty key with an empty name becomes the name", queue.declare("~q"),
     queue.bind("", "amq.direct", ""), basic.publish("amq.direct", "~q"), basic.get("~q"))
case("binding with an empty queue name and a key binds by that key",
     "queue.bind: an empty key with an empty name becomes the name", queue.declare("~q"),
     queue.bind("", "amq.direct", "~k"), basic.publish("amq.direct", "~k"), basic.get("~q"))
case("binding with a queue name and an empty key binds by the empty key",
     "queue.bind: an empty key with an empty name becomes the name", queue.declare("~q"),
     exchange.declare("~x", "direct"), queue.bind("~q", "~x", ""), basic.publish("~x", ""),
     basic.get("~q"))
case("a passive declare sets the last declared queue",
     "a passive declare sets the last declared queue", queue.declare("~a"), queue.declare("~b"),
     queue.declare("~a", passive=True), basic.publish("", "~a"), basic.get(""))
case("a nowait declare sets the last declared queue", LAST, queue.declare("~a", nowait=True),
     basic.publish("", "~a"), basic.get(""))
case("the last declared queue is per channel", "the last declared queue is per channel",
     queue.declare("~a"), queue.declare("~b", channel=2), basic.publish("", "~a"), settle(),
     queue.declare("~a"), basic.get("", channel=1), channel.open(channel=3),
     basic.get("", channel=3))
case("the last declared queue, when it has been deleted", LAST, queue.declare("~a"),
     queue.delete("~a"), basic.get(""))
case("an empty name in delete, then again", LAST, queue.declare("~a"), queue.delete(""),
     queue.delete(""))

# ---- delete

case("deleting answers with the count of ready messages", "queue.delete-ok: ready messages",
     queue.declare("~q"), basic.publish("", "~q"), basic.publish("", "~q"), basic.get("~q"),
     queue.delete("~q"))
case("deleting a missing queue is answered with ok and 0", "queue.delete: missing is ok",
     queue.delete("~q"))
case("deleting a missing queue with if-unused and if-empty", "queue.delete: missing is ok",
     queue.delete("~q", if_unused=True, if_empty=True))
case("deleting with nowait is not answered", "queue.delete: nowait", queue.declare("~q"),
     queue.delete("~q", nowait=True), queue.declare("~q", passive=True))
case("deleting with if-empty a queue with messages is 406", "queue.delete: not empty 406",
     queue.declare("~q"), basic.publish("", "~q"), queue.delete("~q", if_empty=True))
case("deleting with if-unused a queue with consumers is 406", "queue.delete: in use 406",
     queue.declare("~q"), basic.consume("~q", "t"), queue.delete("~q", if_unused=True))
case("deleting with if-empty and if-unused: what is tested first",
     "queue.delete: if-empty is tested first", queue.declare("~q"), basic.qos(0, 1),
     basic.consume("~q", "t"), basic.publish("", "~q"), basic.publish("", "~q"),
     expect("basic.deliver"), queue.delete("~q", if_unused=True, if_empty=True))
case("if-empty looks at ready messages only", "queue.delete: unacked do not protect",
     queue.declare("~q"), basic.publish("", "~q"), basic.get("~q"),
     queue.delete("~q", if_empty=True))
case("deleting with if-empty an empty queue", "queue.delete: if-empty", queue.declare("~q"),
     queue.delete("~q", if_empty=True))
case("deleting with if-unused a queue without consumers", "queue.delete: if-unused",
     queue.declare("~q"), basic.publish("", "~q"), queue.delete("~q", if_unused=True))
case("deleting with nowait and if-empty a queue with messages is 406",
     "queue.delete: not empty 406", queue.declare("~q"), basic.publish("", "~q"),
     queue.delete("~q", if_empty=True, nowait=True))
case("deleting a queue removes its bindings", "queue.delete: bindings go", queue.declare("~q"),
     queue.bind("~q", "amq.direct", "~k"), queue.delete("~q"), queue.declare("~q"),
     basic.publish("amq.direct", "~k", mandatory=True), expect("basic.return"))
case("publishing to a deleted queue is unroutable",
     "default exchange: a missing queue is unroutable", queue.declare("~q"), queue.delete("~q"),
     basic.publish("", "~q", mandatory=True), expect("basic.return"))

# ---- purge

case("purging answers with the count of ready messages", "queue.purge: ready only",
     queue.declare("~q"), basic.publish("", "~q"), basic.publish("", "~q"), basic.publish("", "~q"),
     basic.get("~q"), queue.purge("~q"), queue.declare("~q"))
case("purging leaves unacked messages, which come back", "queue.purge: unacked stay",
     queue.declare("~q"), basic.publish("", "~q", b"1"), basic.publish("", "~q", b"2"),
     basic.get("~q"), queue.purge("~q"), basic.reject(1, True), basic.get("~q"))
case("purging an empty queue", "queue.purge", queue.declare("~q"), queue.purge("~q"))
case("purging a missing queue is 404", "queue.purge: 404", queue.purge("~q"))
case("purging with nowait is not answered", "queue.purge: nowait", queue.declare("~q"),
     basic.publish("", "~q"), queue.purge("~q", nowait=True), queue.declare("~q"))
case("purging a missing queue with nowait is 404", "queue.purge: 404",
     queue.purge("~q", nowait=True))

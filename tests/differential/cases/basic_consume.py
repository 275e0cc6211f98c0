"""basic.consume, basic.cancel, basic.qos and deliveries."""

from script import basic, case, channel, counted, expect, expect_closed, many, queue, settle

ONE = [queue.declare("~q"), basic.publish("", "~q", b"1")]
THREE = [queue.declare("~q"), many(3, lambda number: basic.publish("", "~q", str(number)))]

case("consume-ok comes before the first delivery", "consume-ok before the first deliver", *ONE,
     basic.consume("~q", "t"), expect("basic.deliver"))
case("an empty tag gets one from the server", "consumer tag: server-named", queue.declare("~q"),
     basic.consume("~q"))
case("deliveries carry the tag the server made", "consumer tag: server-named", *ONE,
     basic.consume("~q"), expect("basic.deliver"))
case("consuming with nowait is not answered", "basic.consume: nowait", *ONE,
     basic.consume("~q", "t", nowait=True), expect("basic.deliver"))
case("consuming with nowait and an empty tag", "basic.consume: nowait", *ONE,
     basic.consume("~q", "", nowait=True), expect("basic.deliver"))
case("consuming from a missing queue is 404", "basic.consume: 404", basic.consume("~q", "t"))
case("consuming with nowait from a missing queue is 404, without consume-ok",
     "nowait and an error: close only", basic.consume("~q", "t", nowait=True))
case("a tag that is in use ends the connection with 530", "consumer tag reuse: 530",
     queue.declare("~q"), basic.consume("~q", "t"), basic.consume("~q", "t"), expect_closed())
case("a tag that is in use with nowait ends the connection with 530", "consumer tag reuse: 530",
     queue.declare("~q"), basic.consume("~q", "t"), basic.consume("~q", "t", nowait=True),
     expect_closed())
case("a tag that is in use and a missing queue: what is checked first", "consumer tag reuse: 530",
     queue.declare("~q"), basic.consume("~q", "t"), basic.consume("~missing", "t"),
     expect_closed(patience=2))
case("a cancelled tag may be used again", "consumer tag", queue.declare("~q"),
     basic.consume("~q", "t"), basic.cancel("t"), basic.consume("~q", "t"))
case("the same tag on two channels is fine", "consumer tags are per channel", queue.declare("~q"),
     basic.consume("~q", "t"), basic.consume("~q", "t", channel=2))
case("the same tag on two connections is fine", "consumer tags are per channel",
     queue.declare("~q"), basic.consume("~q", "t"), basic.consume("~q", "t", connection="b"))
case("a consumer tag may hold 255 octets", "consumer tag", queue.declare("~q"),
     basic.consume("~q", "t" * 255))
case("a tag like the server's may be chosen", "consumer tag", queue.declare("~q"),
     basic.consume("~q", "amq.ctag-mine"))
case("no_ack deliveries need no ack", "no_ack", *THREE, basic.consume("~q", "t", no_ack=True),
     expect("basic.deliver", 3), queue.declare("~q"))
case("a no_ack delivery cannot be acked", "no_ack; unknown delivery tag: 406", *ONE,
     basic.consume("~q", "t", no_ack=True), expect("basic.deliver"), basic.ack(1))
case("no_local is ignored", "no_local is ignored", *ONE, basic.consume("~q", "t", no_local=True),
     expect("basic.deliver"))
case("deliveries are counted per channel, over its consumers", "delivery tag: per channel",
     queue.declare("~a"), queue.declare("~b"), basic.publish("", "~a", b"1"),
     basic.publish("", "~b", b"2"), basic.publish("", "~a", b"3"), settle(),
     basic.consume("~a", "a"), expect("basic.deliver", 2), basic.consume("~b", "b"),
     expect("basic.deliver"))
case("unknown consumer arguments are ignored", "basic.consume: unknown arguments", *ONE,
     basic.consume("~q", "t", arguments={"x-foo": 1, "y": "z"}), expect("basic.deliver"))
case("a negative x-priority is taken", "x-priority: may be negative", queue.declare("~q"),
     basic.consume("~q", "t", arguments={"x-priority": -5}))
case("an x-priority that is no integer is 406", "x-priority: argument type 406",
     queue.declare("~q"), basic.consume("~q", "t", arguments={"x-priority": "high"}))
case("an x-priority that is a float is 406", "x-priority: argument type 406", queue.declare("~q"),
     basic.consume("~q", "t", arguments={"x-priority": 1.5}))
case("x-stream-offset on a classic queue", "basic.consume: known arguments of another type",
     queue.declare("~q"), basic.consume("~q", "t", arguments={"x-stream-offset": "first"}))
case("x-cancel-on-ha-failover is accepted", "x-cancel-on-ha-failover is accepted",
     queue.declare("~q"), basic.consume("~q", "t", arguments={"x-cancel-on-ha-failover": True}))
case("x-cancel-on-ha-failover that is no boolean", "x-cancel-on-ha-failover is accepted",
     queue.declare("~q"), basic.consume("~q", "t", arguments={"x-cancel-on-ha-failover": "yes"}))
case("of two consumers the one of higher priority gets the messages", "x-priority: higher first",
     queue.declare("~q"), basic.consume("~q", "low", arguments={"x-priority": 1}),
     basic.consume("~q", "high", arguments={"x-priority": 2}),
     many(3, lambda number: basic.publish("", "~q", str(number))), expect("basic.deliver", 3))
case("when the higher one is at its prefetch the lower one gets messages",
     "x-priority: while they have credit", queue.declare("~q"),
     basic.consume("~q", "low", arguments={"x-priority": 1}), basic.qos(0, 1),
     basic.consume("~q", "high", arguments={"x-priority": 2}),
     many(3, lambda number: basic.publish("", "~q", str(number))), expect("basic.deliver", 3))
case("consumers of equal priority take turns", "equal priority: round robin", queue.declare("~q"),
     basic.consume("~q", "a"), basic.consume("~q", "b"),
     many(4, lambda number: basic.publish("", "~q", str(number))), expect("basic.deliver", 4))

# ---- exclusive consumers

EXCLUSIVE = "exclusive consumer: 403"
case("a second consumer beside an exclusive one is 403", EXCLUSIVE, queue.declare("~q"),
     basic.consume("~q", "a", exclusive=True), basic.consume("~q", "b"))
case("an exclusive consumer beside another is 403", EXCLUSIVE, queue.declare("~q"),
     basic.consume("~q", "a"), basic.consume("~q", "b", exclusive=True))
case("two exclusive consumers are 403", EXCLUSIVE, queue.declare("~q"),
     basic.consume("~q", "a", exclusive=True),
     basic.consume("~q", "b", exclusive=True, connection="b"))
case("an exclusive consumer with nowait beside another is 403", EXCLUSIVE, queue.declare("~q"),
     basic.consume("~q", "a"), basic.consume("~q", "b", exclusive=True, nowait=True))
case("after an exclusive consumer is cancelled another may come", EXCLUSIVE, queue.declare("~q"),
     basic.consume("~q", "a", exclusive=True), basic.cancel("a"), basic.consume("~q", "b"))
case("basic.get beside an exclusive consumer is allowed", "basic.get ignores an exclusive consumer",
     queue.declare("~q"), basic.qos(0, 1), basic.consume("~q", "a", exclusive=True),
     basic.publish("", "~q", b"1"), basic.publish("", "~q", b"2"), expect("basic.deliver"),
     basic.get("~q"))

# ---- single active consumer

SINGLE = {"x-single-active-consumer": True}
case("of a single active consumer's queue only the first gets messages", "single active consumer",
     queue.declare("~q", arguments=SINGLE), basic.consume("~q", "a"), basic.consume("~q", "b"),
     many(3, lambda number: basic.publish("", "~q", str(number))), expect("basic.deliver", 3))
case("cancelling the active consumer activates the next, which gets what is ready",
     "single active consumer", queue.declare("~q", arguments=SINGLE), basic.qos(0, 1),
     basic.consume("~q", "a"), basic.consume("~q", "b"),
     many(2, lambda number: basic.publish("", "~q", str(number))), expect("basic.deliver"),
     basic.cancel("a"), expect("basic.deliver", patience=1), settle())
case("after the active consumer is cancelled, the next gets what is published",
     "single active consumer", queue.declare("~q", arguments=SINGLE), basic.consume("~q", "a"),
     basic.consume("~q", "b"), basic.publish("", "~q", b"1"), expect("basic.deliver"),
     basic.cancel("a"), basic.publish("", "~q", b"2"), expect("basic.deliver"), basic.ack(1),
     basic.ack(2))
case("when the active consumer's channel closes its unacked are delivered to the next",
     "single active consumer: requeued before the next is activated",
     queue.declare("~q", arguments=SINGLE), basic.consume("~q", "a"),
     basic.consume("~q", "b", connection="b"),
     many(2, lambda number: basic.publish("", "~q", str(number))), expect("basic.deliver", 2),
     channel.close(200, "bye"), expect("basic.deliver", 2, connection="b"))
case("an exclusive consumer of a single active consumer's queue is 403",
     "single active consumer: exclusive 403", queue.declare("~q", arguments=SINGLE),
     basic.consume("~q", "a", exclusive=True))
case("basic.get from a single active consumer's queue",
     "single active consumer: classic allows get", queue.declare("~q", arguments=SINGLE),
     basic.consume("~q", "a"), basic.get("~q"))

# ---- cancel

case("cancel-ok carries the tag", "basic.cancel", queue.declare("~q"), basic.consume("~q", "t"),
     basic.cancel("t"))
case("cancelling an unknown tag is answered with ok", "basic.cancel: unknown tag", channel.open(),
     basic.cancel("nobody"))
case("cancelling the empty tag is answered with ok", "basic.cancel: unknown tag", channel.open(),
     basic.cancel(""))
case("cancelling with nowait is not answered", "basic.cancel: nowait", queue.declare("~q"),
     basic.consume("~q", "t"), basic.cancel("t", nowait=True), basic.publish("", "~q"), settle(),
     counted("~q", 1))
case("after cancel-ok nothing is delivered", "cancel-ok after the last deliver",
     queue.declare("~q"), basic.consume("~q", "t"), basic.cancel("t"), basic.publish("", "~q"),
     settle(), counted("~q", 1))
case("unacked deliveries of a cancelled consumer stay with the channel",
     "basic.cancel: unacked stay", *ONE, basic.consume("~q", "t"), expect("basic.deliver"),
     basic.cancel("t"), queue.declare("~q"), basic.ack(1), settle(), queue.declare("~q"))
case("unacked deliveries of a cancelled consumer may be rejected", "basic.cancel: unacked stay",
     *ONE, basic.consume("~q", "t"), expect("basic.deliver"), basic.cancel("t"),
     basic.reject(1, True), basic.get("~q"))
case("cancelling a consumer of another channel leaves it", "consumer tags are per channel",
     queue.declare("~q"), basic.consume("~q", "t"), basic.cancel("t", channel=2),
     basic.publish("", "~q"), expect("basic.deliver"))

# ---- cancel by the server

case("deleting a queue cancels its consumers", "basic.cancel from the server", queue.declare("~q"),
     basic.consume("~q", "t"), queue.delete("~q", channel=2), expect("basic.cancel"))
case("deleting a queue on the consumer's own channel", "basic.cancel from the server",
     queue.declare("~q"), basic.consume("~q", "t"), queue.delete("~q"), expect("basic.cancel"),
     unordered=True)
case("deleting a queue cancels the consumers of other connections", "basic.cancel from the server",
     queue.declare("~q"), basic.consume("~q", "t", connection="b"), queue.delete("~q"),
     expect("basic.cancel", connection="b"))
case("a client without the capability is sent no basic.cancel", "basic.cancel only by capability",
     queue.declare("~q"), basic.consume("~q", "t"), queue.delete("~q", channel=2), settle(),
     connect={"properties": {"product": "old"}})
case("a client whose capability is false is sent no basic.cancel",
     "basic.cancel only by capability", queue.declare("~q"), basic.consume("~q", "t"),
     queue.delete("~q", channel=2), settle(),
     connect={"properties": {"capabilities": {"consumer_cancel_notify": False}}})
case("after the server's cancel the tag may be used again", "basic.cancel from the server",
     queue.declare("~q"), basic.consume("~q", "t"), queue.delete("~q", channel=2),
     expect("basic.cancel"), queue.declare("~q"), basic.consume("~q", "t"))
case("after the server's cancel, unacked deliveries may be acked", "basic.cancel from the server",
     *ONE, basic.consume("~q", "t"), expect("basic.deliver"), queue.delete("~q", channel=2),
     expect("basic.cancel"), basic.ack(1))

# ---- qos

case("qos with a prefetch count", "basic.qos", basic.qos(0, 10))
case("qos with a prefetch size is 540 and ends the connection", "prefetch_size: 540",
     basic.qos(1, 0), expect_closed())
case("qos with global", "basic.qos: global", basic.qos(0, 10, True))
case("prefetch bounds the unacked deliveries of a consumer", "basic.qos", *THREE, basic.qos(0, 2),
     basic.consume("~q", "t"), expect("basic.deliver", 2), settle(), basic.ack(1),
     expect("basic.deliver"))
case("prefetch 0 is no limit", "basic.qos: 0 is unlimited", *THREE, basic.qos(0, 1),
     basic.qos(0, 0), basic.consume("~q", "t"), expect("basic.deliver", 3))
case("prefetch does not bind no_ack consumers", "basic.qos", *THREE, basic.qos(0, 1),
     basic.consume("~q", "t", no_ack=True), expect("basic.deliver", 3))
case("prefetch is of new consumers only", "basic.qos: new consumers", *THREE,
     basic.consume("~q", "t"), expect("basic.deliver", 3), basic.qos(0, 1),
     basic.publish("", "~q", b"4"), expect("basic.deliver"))
case("each consumer of a channel has the prefetch to itself", "basic.qos: separately to each",
     *THREE, basic.qos(0, 1), basic.consume("~q", "a"), basic.consume("~q", "b"),
     expect("basic.deliver", 2))
case("a global prefetch is shared by the consumers of a channel",
     "basic.qos global: Leveret accepts", *THREE, basic.qos(0, 1, True), basic.consume("~q", "a"),
     basic.consume("~q", "b"), expect("basic.deliver"), settle(), basic.ack(1),
     expect("basic.deliver"), settle())
case("a global prefetch binds consumers that are there already",
     "basic.qos global: Leveret accepts", queue.declare("~q"), basic.consume("~q", "a"),
     basic.qos(0, 1, True), many(3, lambda number: basic.publish("", "~q", str(number))),
     expect("basic.deliver"), settle())
case("a global prefetch raised lets more come", "basic.qos global: Leveret accepts", *THREE,
     basic.qos(0, 1, True), basic.consume("~q", "a"), expect("basic.deliver"), settle(),
     basic.qos(0, 2, True), expect("basic.deliver"), settle())
case("basic.get does not respect the prefetch", "basic.get: no prefetch", *THREE, basic.qos(0, 1),
     basic.get("~q"), basic.get("~q"), basic.get("~q"))
case("an ack of several frees that many", "basic.qos", queue.declare("~q"),
     many(5, lambda number: basic.publish("", "~q", str(number))), basic.qos(0, 2),
     basic.consume("~q", "t"), expect("basic.deliver", 2), settle(), basic.ack(2, True),
     expect("basic.deliver", 2), settle())

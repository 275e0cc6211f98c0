"""The x-arguments of queues: taken, refused, compared on redeclare; and what they do."""

from script import (Typed, basic, case, confirm, counted, expect, expect_closed, many, queue,
                    settle, until_unroutable)

TOO_LARGE = 315360000001


def shown(value):
    return f"{value.letter}:{value.value!r}" if isinstance(value, Typed) else repr(value)


def declares(arguments, row, **flags):
    listed = ", ".join(f"{key}={shown(value)}" for key, value in arguments.items())
    case(f"declaring{''.join(f' {flag}' for flag in flags)} with {listed}", row,
         queue.declare("~q", arguments=arguments, **flags))


INTEGERS = {"x-expires": "x-expires: 1 to ten years",
            "x-message-ttl": "x-message-ttl: 0 to ten years",
            "x-max-length": "x-max-length: not negative",
            "x-max-length-bytes": "x-max-length-bytes: not negative",
            "x-max-priority": "x-max-priority: 1 to 255"}
for _key, _row in INTEGERS.items():
    declares({_key: 100}, _row)
    declares({_key: 0}, _row)
    declares({_key: -1}, _row)
    declares({_key: "100"}, _row)
    declares({_key: 1.0}, _row)
    declares({_key: True}, _row)
    declares({_key: None}, _row)
    declares({_key: Typed("l", 100)}, "argument type leniency: any integer width")
declares({"x-expires": TOO_LARGE}, INTEGERS["x-expires"])
declares({"x-expires": TOO_LARGE - 1}, INTEGERS["x-expires"])
declares({"x-message-ttl": TOO_LARGE}, INTEGERS["x-message-ttl"])
declares({"x-message-ttl": TOO_LARGE - 1}, INTEGERS["x-message-ttl"])
declares({"x-max-priority": 255}, INTEGERS["x-max-priority"])
declares({"x-max-priority": 256}, INTEGERS["x-max-priority"])
declares({"x-max-length": 2**40}, INTEGERS["x-max-length"])
for _letter in "bBsuIiL":
    declares({"x-message-ttl": Typed(_letter, 100)}, "argument type leniency: any integer width")
declares({"x-message-ttl": Typed("D", (0, 5))}, "argument type leniency: any integer width")
declares({"x-message-ttl": Typed("T", 5)}, "argument type leniency: any integer width")

declares({"x-overflow": "drop-head"}, "x-overflow")
declares({"x-overflow": "reject-publish"}, "x-overflow")
declares({"x-overflow": "reject-publish-dlx"}, "x-overflow")
declares({"x-overflow": "drop-tail"}, "x-overflow")
declares({"x-overflow": ""}, "x-overflow")
declares({"x-overflow": 1}, "x-overflow")
declares({"x-dead-letter-exchange": "~dlx"}, "x-dead-letter-exchange")
declares({"x-dead-letter-exchange": ""}, "x-dead-letter-exchange")
declares({"x-dead-letter-exchange": 5}, "x-dead-letter-exchange")
declares({"x-dead-letter-exchange": "~dlx", "x-dead-letter-routing-key": "k"},
         "x-dead-letter-routing-key")
declares({"x-dead-letter-routing-key": "k"}, "x-dead-letter-routing-key without exchange: 406")
declares({"x-dead-letter-exchange": "~dlx", "x-dead-letter-routing-key": 5},
         "x-dead-letter-routing-key")
declares({"x-single-active-consumer": True}, "x-single-active-consumer")
declares({"x-single-active-consumer": False}, "x-single-active-consumer")
declares({"x-single-active-consumer": "true"}, "x-single-active-consumer")
declares({"x-single-active-consumer": 1}, "x-single-active-consumer")
declares({"x-queue-type": "classic"}, "x-queue-type")
declares({"x-queue-type": "mirrored"}, "x-queue-type: unknown 406")
declares({"x-queue-type": ""}, "x-queue-type: empty is the default")
declares({"x-queue-type": "undefined"}, "x-queue-type: undefined is the default")
declares({"x-queue-type": "Classic"}, "x-queue-type: unknown 406")
declares({"x-queue-type": 5}, "x-queue-type: wrong type")
declares({"x-queue-type": True}, "x-queue-type: wrong type")
declares({"x-queue-type": "stream"}, "x-queue-type: no streams yet", durable=True)
declares({"x-queue-mode": "lazy"}, "x-queue-mode: Leveret accepts")
declares({"x-queue-mode": "default"}, "x-queue-mode: Leveret accepts")
declares({"x-queue-mode": "eager"}, "x-queue-mode: Leveret accepts")
declares({"x-queue-mode": 1}, "x-queue-mode: Leveret accepts")
declares({"x-queue-version": 1}, "x-queue-version: Leveret accepts")
declares({"x-queue-version": 2}, "x-queue-version: Leveret accepts")
declares({"x-queue-version": 3}, "x-queue-version")
declares({"x-queue-version": "2"}, "x-queue-version")
declares({"x-queue-master-locator": "min-masters"}, "x-queue-master-locator: Leveret accepts")
declares({"x-queue-master-locator": "nonsense"}, "x-queue-master-locator: Leveret accepts")
declares({"x-queue-master-locator": 5}, "x-queue-master-locator: Leveret accepts")
declares({"x-queue-leader-locator": "client-local"}, "x-queue-leader-locator")
declares({"x-queue-leader-locator": "balanced"}, "x-queue-leader-locator")
declares({"x-queue-leader-locator": "random"}, "x-queue-leader-locator")
declares({"x-queue-leader-locator": "least-leaders"}, "x-queue-leader-locator")
declares({"x-queue-leader-locator": "nonsense"}, "x-queue-leader-locator")
declares({"x-delivery-limit": 5}, "x-delivery-limit on a classic queue: Leveret accepts")
declares({"x-delivery-limit": "5"}, "x-delivery-limit on a classic queue: Leveret accepts")
declares({"x-quorum-initial-group-size": 3}, "quorum arguments on a classic queue: Leveret accepts")
declares({"x-max-in-memory-length": 3}, "quorum arguments on a classic queue: Leveret accepts")
declares({"x-max-in-memory-bytes": 3}, "quorum arguments on a classic queue: Leveret accepts")
declares({"x-dead-letter-strategy": "at-least-once"},
         "x-dead-letter-strategy on a classic queue: Leveret accepts")
declares({"x-consumer-timeout": 60000}, "x-consumer-timeout on a classic queue: Leveret accepts")
declares({"x-delayed-retry-type": "all", "x-delayed-retry-min": 100},
         "x-delayed-retry on a classic queue: Leveret accepts")
declares({"x-initial-cluster-size": 3}, "quorum arguments on a classic queue: Leveret accepts")
declares({"x-max-age": "1D"}, "stream arguments on a queue that is no stream: 406")
declares({"x-stream-max-segment-size-bytes": 1000},
         "stream arguments on a queue that is no stream: 406")
declares({"x-stream-filter-size-bytes": 32}, "stream arguments on a queue that is no stream: 406")
declares({"x-foo": 1, "y": ["z"]}, "unknown arguments are stored and ignored")
declares({"x-message-ttl": -1, "x-expires": 0}, "two bad arguments: which one is named")
declares({"x-max-length": -1, "x-expires": 0, "x-message-ttl": "a"},
         "two bad arguments: which one is named")
case("a bad argument on an exclusive queue of another connection: what is checked first",
     "queue.declare: order of checks", queue.declare("~q", exclusive=True),
     queue.declare("~q", arguments={"x-max-length": -1}, connection="b"))
case("a bad argument and a reserved name: what is checked first", "queue.declare: order of checks",
     queue.declare("amq.~mine", arguments={"x-max-length": -1}))
case("a bad argument on redeclare: what is checked first", "queue.declare: order of checks",
     queue.declare("~q"), queue.declare("~q", arguments={"x-max-length": -1}))
case("a bad argument and another flag on redeclare: what is checked first",
     "queue.declare: order of checks", queue.declare("~q"),
     queue.declare("~q", durable=True, arguments={"x-max-length": -1}))

# ---- quorum queues

QUORUM = {"x-queue-type": "quorum"}
declares(QUORUM, "quorum queue", durable=True)
declares(QUORUM, "quorum: transient 406")
declares(QUORUM, "quorum: exclusive 406", durable=True, exclusive=True)
declares(QUORUM, "quorum: auto-delete 406", durable=True, auto_delete=True)
declares({**QUORUM, "x-max-priority": 5}, "x-max-priority on a quorum queue: Leveret accepts",
         durable=True)
declares({**QUORUM, "x-delivery-limit": 5}, "x-delivery-limit", durable=True)
declares({**QUORUM, "x-delivery-limit": -1}, "x-delivery-limit: -1 is unlimited", durable=True)
declares({**QUORUM, "x-queue-mode": "lazy"}, "x-queue-mode: Leveret accepts", durable=True)
declares({**QUORUM, "x-message-ttl": 1000}, "quorum: message TTL", durable=True)
declares({**QUORUM, "x-overflow": "reject-publish-dlx"}, "quorum: reject-publish-dlx", durable=True)
declares({**QUORUM, "x-single-active-consumer": True}, "quorum: single active consumer",
         durable=True)
declares({**QUORUM, "x-max-age": "1D"}, "stream arguments on a queue that is no stream: 406",
         durable=True)
declares({**QUORUM, "x-quorum-initial-group-size": 0}, "quorum arguments are type-checked",
         durable=True)
declares({**QUORUM, "x-quorum-initial-group-size": "x"}, "quorum arguments are type-checked",
         durable=True)
case("a quorum queue with a name of the server's", "quorum: server-named 406",
     queue.declare("", durable=True, arguments=QUORUM))
DECLARED = [queue.declare("~q", durable=True, arguments=QUORUM)]
case("redeclaring a quorum queue as classic is 406", "equivalence: x-queue-type", *DECLARED,
     queue.declare("~q", durable=True))
case("redeclaring a classic queue as quorum is 406", "equivalence: x-queue-type",
     queue.declare("~q", durable=True), queue.declare("~q", durable=True, arguments=QUORUM))
case("deleting a quorum queue with if-unused",
     "queue.delete on a quorum queue: Leveret honours the flags", *DECLARED,
     queue.delete("~q", if_unused=True))
case("deleting a quorum queue with if-empty",
     "queue.delete on a quorum queue: Leveret honours the flags", *DECLARED,
     queue.delete("~q", if_empty=True))
case("deleting a quorum queue with messages and if-empty",
     "queue.delete on a quorum queue: Leveret honours the flags", *DECLARED, confirm.select(),
     basic.publish("", "~q", delivery_mode=2), expect("basic.ack"),
     queue.delete("~q", if_empty=True))
case("deleting a consumed quorum queue with if-unused",
     "queue.delete on a quorum queue: Leveret honours the flags", *DECLARED,
     basic.consume("~q", "t"), queue.delete("~q", if_unused=True))
case("a message through a quorum queue", "quorum queue", *DECLARED, confirm.select(),
     basic.publish("", "~q", b"body", delivery_mode=2), expect("basic.ack"), basic.get("~q"),
     basic.ack(1))
case("a message requeued on a quorum queue counts its deliveries",
     "x-delivery-count appears from the second", *DECLARED, confirm.select(),
     basic.publish("", "~q", b"body"), expect("basic.ack"), basic.consume("~q", "t"),
     expect("basic.deliver"), basic.nack(1, requeue=True), expect("basic.deliver"),
     basic.reject(2, True), expect("basic.deliver"), basic.ack(3))
case("a global prefetch and a quorum queue is 540", "global qos on a quorum queue: 540", *DECLARED,
     basic.qos(0, 1, True), basic.consume("~q", "t"), expect_closed(patience=2))
case("basic.get from a single active consumer's quorum queue is 405",
     "single active consumer: quorum get 405",
     queue.declare("~q", durable=True, arguments={**QUORUM, "x-single-active-consumer": True}),
     basic.get("~q"))
case("an exclusive consumer of a quorum queue", "exclusive consumer", *DECLARED,
     basic.consume("~q", "a", exclusive=True), basic.consume("~q", "b"))
case("purging a quorum queue", "queue.purge", *DECLARED, confirm.select(), basic.publish("", "~q"),
     expect("basic.ack"), queue.purge("~q"))

# ---- equivalence


def redeclared(sentence, first, second, **flags):
    case(f"redeclaring: {sentence}", "equivalence on redeclare: arguments",
         queue.declare("~q", arguments=first, **flags),
         queue.declare("~q", arguments=second, **flags))


for _key, _one, _other in (("x-message-ttl", 1000, 2000), ("x-expires", 100000, 200000),
                           ("x-max-length", 1, 2), ("x-max-length-bytes", 1, 2),
                           ("x-max-priority", 1, 2), ("x-overflow", "drop-head", "reject-publish"),
                           ("x-single-active-consumer", True, False),
                           ("x-queue-mode", "lazy", "default")):
    redeclared(f"{_key} with another value", {_key: _one}, {_key: _other})
    redeclared(f"{_key} left out", {_key: _one}, {})
    redeclared(f"{_key} added", {}, {_key: _one})
    redeclared(f"{_key} the same", {_key: _one}, {_key: _one})
redeclared("x-dead-letter-exchange with another value", {"x-dead-letter-exchange": "a"},
           {"x-dead-letter-exchange": "b"})
redeclared("x-dead-letter-routing-key with another value",
           {"x-dead-letter-exchange": "a", "x-dead-letter-routing-key": "a"},
           {"x-dead-letter-exchange": "a", "x-dead-letter-routing-key": "b"})
redeclared("an integer of another width", {"x-message-ttl": Typed("I", 1000)},
           {"x-message-ttl": Typed("l", 1000)})
redeclared("an integer of one octet", {"x-max-priority": Typed("I", 5)},
           {"x-max-priority": Typed("B", 5)})
redeclared("an unknown argument with another value", {"x-foo": 1}, {"x-foo": 2})
redeclared("an unknown argument added", {}, {"x-foo": 1})
redeclared("an unknown argument left out", {"x-foo": 1}, {})
redeclared("x-queue-type classic added", {}, {"x-queue-type": "classic"})
redeclared("x-queue-type classic left out", {"x-queue-type": "classic"}, {})
redeclared("two arguments differ: which one is named", {"x-message-ttl": 1, "x-max-length": 1},
           {"x-message-ttl": 2, "x-max-length": 2})
redeclared("x-queue-master-locator with another value", {"x-queue-master-locator": "client-local"},
           {"x-queue-master-locator": "min-masters"})
redeclared("x-single-active-consumer false where there was none", {},
           {"x-single-active-consumer": False})

# ---- what they do

case("x-max-length drops from the head", "x-max-length: drop-head",
     queue.declare("~q", arguments={"x-max-length": 2}),
     many(3, lambda number: basic.publish("", "~q", str(number))), counted("~q", 2),
     basic.get("~q"))
case("x-max-length counts ready messages only", "x-max-length: ready only",
     queue.declare("~q", arguments={"x-max-length": 1}), basic.publish("", "~q", b"1"),
     basic.get("~q"), basic.publish("", "~q", b"2"), counted("~q", 1), basic.reject(1, True),
     counted("~q", 1), basic.get("~q"))
case("x-max-length 0 lets nothing wait", "x-max-length: 0 is legal",
     queue.declare("~q", arguments={"x-max-length": 0}), basic.publish("", "~q"),
     queue.declare("~q", passive=True))
case("x-max-length 0 lets a waiting consumer have the message", "x-max-length: 0 is legal",
     queue.declare("~q", arguments={"x-max-length": 0}), basic.consume("~q", "t"),
     basic.publish("", "~q"), expect("basic.deliver"))
case("x-max-length-bytes counts bodies", "x-max-length-bytes: body octets",
     queue.declare("~q", arguments={"x-max-length-bytes": 10}), basic.publish("", "~q", b"12345"),
     basic.publish("", "~q", b"12345"), counted("~q", 2), basic.publish("", "~q", b"1"), settle(),
     counted("~q", 2), basic.get("~q"))
case("a message larger than x-max-length-bytes is dropped", "x-max-length-bytes: too big",
     queue.declare("~q", arguments={"x-max-length-bytes": 3}), basic.publish("", "~q", b"four"),
     queue.declare("~q", passive=True))
case("reject-publish without confirms drops silently", "reject-publish",
     queue.declare("~q", arguments={"x-max-length": 1, "x-overflow": "reject-publish"}),
     basic.publish("", "~q", b"1"), basic.publish("", "~q", b"2"), settle(), counted("~q", 1),
     basic.get("~q"))
case("a priority queue delivers the highest first, each level in order",
     "x-max-priority: strict per level", queue.declare("~q", arguments={"x-max-priority": 10}),
     [basic.publish("", "~q", body, priority=level) for body,
      level in ((b"1a", 1), (b"5a", 5), (b"1b", 1), (b"9", 9), (b"5b", 5))],
     basic.publish("", "~q", b"none"), settle(), many(6, lambda _: basic.get("~q", no_ack=True)))
case("a priority above the queue's is that of the queue", "x-max-priority: above max is capped",
     queue.declare("~q", arguments={"x-max-priority": 5}),
     basic.publish("", "~q", b"first", priority=5),
     basic.publish("", "~q", b"second", priority=200),
     basic.publish("", "~q", b"third", priority=5), settle(),
     many(3, lambda _: basic.get("~q", no_ack=True)))
case("a queue without priorities ignores them", "x-max-priority", queue.declare("~q"),
     basic.publish("", "~q", b"1", priority=1), basic.publish("", "~q", b"9", priority=9),
     basic.get("~q"))
case("x-message-ttl 0 expires at once what no consumer takes", "x-message-ttl: 0",
     queue.declare("~q", arguments={"x-message-ttl": 0}), basic.publish("", "~q"), basic.get("~q"))
case("x-message-ttl 0 delivers to a waiting consumer", "x-message-ttl: 0",
     queue.declare("~q", arguments={"x-message-ttl": 0}), basic.consume("~q", "t"),
     basic.publish("", "~q"), expect("basic.deliver"))
case("an unused queue expires, although it is published to",
     "x-expires: publishing does not refresh", queue.declare("~q", arguments={"x-expires": 200}),
     until_unroutable("~q"), queue.declare("~q", passive=True))
case("a queue with a consumer does not expire", "x-expires: a consumer is use",
     queue.declare("~q", arguments={"x-expires": 100}), basic.consume("~q", "t"),
     queue.declare("~other", arguments={"x-expires": 300}), until_unroutable("~other"),
     queue.declare("~q", passive=True))
case("a message expires at the head of its queue", "x-message-ttl",
     queue.declare("~q", arguments={"x-message-ttl": 100}), basic.publish("", "~q"),
     basic.publish("", "~q"), queue.declare("~other", arguments={"x-expires": 300}),
     until_unroutable("~other"), queue.declare("~q", passive=True))
case("the lower of queue and message TTL counts", "x-message-ttl: the lower of both",
     queue.declare("~q", arguments={"x-message-ttl": 60000}),
     basic.publish("", "~q", expiration="100"),
     queue.declare("~other", arguments={"x-expires": 300}), until_unroutable("~other"),
     queue.declare("~q", passive=True))
case("an expired message behind an unexpired head stays", "x-message-ttl: the head only",
     queue.declare("~q"), basic.publish("", "~q", b"1", expiration="60000"),
     basic.publish("", "~q", b"2", expiration="100"),
     queue.declare("~other", arguments={"x-expires": 300}), until_unroutable("~other"),
     queue.declare("~q", passive=True), basic.get("~q"), basic.get("~q"))

"""basic.get."""

from script import basic, case, exchange, expect, many, queue

case("getting from an empty queue", "basic.get: get-empty", queue.declare("~q"), basic.get("~q"))
case("get-ok counts what is left", "basic.get: remaining count", queue.declare("~q"),
     many(3, lambda number: basic.publish("", "~q", str(number))), basic.get("~q"), basic.get("~q"),
     basic.get("~q"), basic.get("~q"))
case("getting from a missing queue is 404", "basic.get: 404", basic.get("~q"))
case("get-ok names exchange and routing key", "basic.get", queue.declare("~q"),
     exchange.declare("~x", "direct"), queue.bind("~q", "~x", "the.key"),
     basic.publish("~x", "the.key", b"body", content_type="a/b"), basic.get("~q"))
case("getting with no_ack", "basic.get: no_ack", queue.declare("~q"), basic.publish("", "~q"),
     basic.get("~q", no_ack=True), queue.declare("~q"), basic.ack(1))
case("tags of get and deliver are counted together", "delivery tag: shared with get",
     queue.declare("~a"), queue.declare("~b"), basic.publish("", "~a"), basic.publish("", "~b"),
     basic.get("~a"), basic.consume("~b", "t"), expect("basic.deliver"), basic.publish("", "~a"),
     basic.get("~a"), basic.ack(3, True))
case("a tag of a no_ack get is counted too", "delivery tag: shared with get", queue.declare("~q"),
     basic.publish("", "~q"), basic.publish("", "~q"), basic.get("~q", no_ack=True),
     basic.get("~q"), basic.ack(2))
case("a message got and rejected is redelivered", "redelivered", queue.declare("~q"),
     basic.publish("", "~q"), basic.get("~q"), basic.reject(1, True), basic.get("~q"),
     basic.reject(2, True), basic.get("~q"))
case("getting what a consumer holds", "basic.get", queue.declare("~q"), basic.publish("", "~q"),
     basic.consume("~q", "t"), expect("basic.deliver"), basic.get("~q"))

"""Publisher confirms."""

from script import (basic, case, channel, confirm, connection, counted, exchange, expect, queue,
                    settle, tx)

ON = [confirm.select()]

case("confirm.select is answered", "confirm.select", *ON)
case("confirm.select twice", "confirm.select: repeat is ok", *ON, *ON)
case("confirm.select with nowait is not answered", "confirm.select: nowait",
     confirm.select(nowait=True), basic.publish("", "~missing"), expect("basic.ack"))
case("confirm.select on a tx channel is 406", "tx to confirm: 406", tx.select(), confirm.select())
case("confirm.select with nowait on a tx channel is 406", "tx to confirm: 406", tx.select(),
     confirm.select(nowait=True))
case("a routed message is acked", "confirms: acked when routed", *ON, queue.declare("~q"),
     basic.publish("", "~q"), expect("basic.ack"))
case("an unroutable message is acked", "confirms: unroutable is acked", *ON,
     basic.publish("", "~missing"), expect("basic.ack"))
case("numbers start at 1 at the first publish after select", "confirms: numbers from 1",
     queue.declare("~q"), basic.publish("", "~q"), basic.publish("", "~q"), *ON,
     basic.publish("", "~q"), expect("basic.ack"))
case("a second confirm.select does not restart the numbers", "confirm.select: repeat is ok", *ON,
     basic.publish("", "~m"), expect("basic.ack"), *ON, basic.publish("", "~m"),
     expect("basic.ack"))
case("numbers are per channel", "confirms: per channel", *ON, confirm.select(channel=2),
     basic.publish("", "~m"), expect("basic.ack"), basic.publish("", "~m", channel=2),
     expect("basic.ack", channel=2))
case("numbers start at 1 on a channel opened again", "confirms: per channel", *ON,
     basic.publish("", "~m"), expect("basic.ack"), channel.close(200, "bye"), *ON,
     basic.publish("", "~m"), expect("basic.ack"))
case("without confirm.select nothing is acked", "confirms", queue.declare("~q"),
     basic.publish("", "~q"), settle())
case("a return comes before its ack", "return before ack", *ON,
     basic.publish("", "~missing", mandatory=True), expect("basic.ack"))
case("returns and acks of several messages", "return before ack", *ON, queue.declare("~q"),
     basic.publish("", "~missing", b"1", mandatory=True), expect("basic.ack"),
     basic.publish("", "~q", b"2"), expect("basic.ack"),
     basic.publish("", "~missing", b"3", mandatory=True), expect("basic.ack"))
case("a persistent message in a durable queue is acked", "confirms: persistent", *ON,
     queue.declare("~q", durable=True), basic.publish("", "~q", delivery_mode=2),
     expect("basic.ack"))
case("a persistent message in several durable queues is acked once", "confirms: persistent", *ON,
     queue.declare("~a", durable=True), queue.declare("~b", durable=True),
     exchange.declare("~x", "fanout"), queue.bind("~a", "~x", ""), queue.bind("~b", "~x", ""),
     basic.publish("~x", "", delivery_mode=2), expect("basic.ack"), settle())
case("a message consumed and acked before its confirm is confirmed", "confirms", *ON,
     queue.declare("~q", durable=True), basic.consume("~q", "t", no_ack=True),
     basic.publish("", "~q", delivery_mode=2), expect("basic.deliver"), expect("basic.ack"))
case("publishing to a missing exchange on a confirming channel closes it",
     "basic.publish: missing exchange 404", *ON, basic.publish("~x", "k"), expect("channel.close"))
case("a message refused by reject-publish is nacked", "reject-publish: nack", *ON,
     queue.declare("~q", arguments={"x-max-length": 1, "x-overflow": "reject-publish"}),
     basic.publish("", "~q", b"1"), expect("basic.ack"), basic.publish("", "~q", b"2"),
     expect("basic.nack"), counted("~q", 1))
case("one refusing queue of several nacks the publish", "reject-publish: one nack for all", *ON,
     queue.declare("~a", arguments={"x-max-length": 0, "x-overflow": "reject-publish"}),
     queue.declare("~b"), exchange.declare("~x", "fanout"), queue.bind("~a", "~x", ""),
     queue.bind("~b", "~x", ""), basic.publish("~x", ""), expect("basic.nack"), counted("~b", 1))
case("a message dropped by drop-head is acked", "drop-head: acked", *ON,
     queue.declare("~q", arguments={"x-max-length": 0}), basic.publish("", "~q"),
     expect("basic.ack"))
case("a client's basic.ack is of deliveries, not of publishes", "unknown delivery tag: 406", *ON,
     basic.publish("", "~m"), expect("basic.ack"), basic.ack(1))
case("a queue deleted while a confirm is outstanding: the publish is acked",
     "confirms: a deleted queue acks", *ON, queue.declare("~q", durable=True),
     basic.publish("", "~q", b"x" * 100000, delivery_mode=2), queue.delete("~q", channel=2),
     expect("basic.ack"))
case("an exclusive queue gone with its connection: later publishes are acked",
     "confirms: unroutable is acked", *ON, queue.declare("~q", exclusive=True, connection="b"),
     connection.close(200, "bye", connection="b"), basic.publish("", "~q", mandatory=True),
     expect("basic.ack"))

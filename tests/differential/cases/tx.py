"""Class tx."""

import wire
from script import (basic, case, channel, confirm, counted, expect, many, octets, payload, queue,
                    settle, tx)

case("tx.select is answered", "tx.select", tx.select())
case("tx.select twice", "tx.select: repeat is ok", tx.select(), tx.select())
case("tx.select on a confirming channel is 406", "confirm to tx: 406", confirm.select(),
     tx.select())
case("commit without select is 406", "not transactional: 406", channel.open(), tx.commit())
case("rollback without select is 406", "not transactional: 406", channel.open(), tx.rollback())
case("commit on a confirming channel is 406", "not transactional: 406", confirm.select(),
     tx.commit())
case("an empty commit and an empty rollback", "tx.commit", tx.select(), tx.commit(), tx.rollback(),
     tx.commit())
case("a publish is seen after the commit", "tx: publishes are buffered", queue.declare("~q"),
     tx.select(), basic.publish("", "~q"), queue.declare("~q"), tx.commit(), queue.declare("~q"))
case("a publish is gone after the rollback", "tx.rollback", queue.declare("~q"), tx.select(),
     basic.publish("", "~q"), tx.rollback(), queue.declare("~q"), tx.commit(), queue.declare("~q"))
case("an ack is seen after the commit", "tx: acks are buffered", queue.declare("~q"),
     basic.publish("", "~q"), tx.select(), basic.get("~q"), basic.ack(1), tx.commit(),
     channel.close(200, "bye"), channel.open(), counted("~q", 0))
case("an ack that was not committed is undone by channel.close", "tx: acks are buffered",
     queue.declare("~q"), basic.publish("", "~q"), tx.select(), basic.get("~q"), basic.ack(1),
     channel.close(200, "bye"), channel.open(), counted("~q", 1))
case("a publish that was not committed is undone by channel.close", "tx: publishes are buffered",
     queue.declare("~q"), tx.select(), basic.publish("", "~q"), channel.close(200, "bye"),
     channel.open(), queue.declare("~q"))
case("after a rollback, acked deliveries are unacked again",
     "tx.rollback: back to unacked, not requeued", queue.declare("~q"), basic.publish("", "~q"),
     tx.select(), basic.get("~q"), basic.ack(1), tx.rollback(), queue.declare("~q"), basic.ack(1),
     tx.commit(), channel.close(200, "bye"), channel.open(), queue.declare("~q"))
case("a reject in a transaction is buffered", "tx: rejects are buffered", queue.declare("~q"),
     basic.publish("", "~q"), tx.select(), basic.get("~q"), basic.reject(1, True),
     queue.declare("~q"), tx.commit(), counted("~q", 1))
case("a nack without requeue in a transaction is buffered", "tx: rejects are buffered",
     queue.declare("~q"), basic.publish("", "~q"), tx.select(), basic.get("~q"),
     basic.nack(1, requeue=False), tx.commit(), channel.close(200, "bye"), channel.open(),
     queue.declare("~q"))
case("an ack of several in a transaction", "tx: acks are buffered", queue.declare("~q"),
     many(3, lambda number: basic.publish("", "~q", str(number))), tx.select(),
     many(3, lambda _: basic.get("~q")), basic.ack(2, True), tx.commit(), channel.close(200, "bye"),
     channel.open(), counted("~q", 1))
case("an ack of an unknown tag in a transaction is 406 at once", "unknown delivery tag: 406",
     tx.select(), basic.ack(1))
case("a second ack of one tag in a transaction is 406", "unknown delivery tag: 406",
     queue.declare("~q"), basic.publish("", "~q"), tx.select(), basic.get("~q"), basic.ack(1),
     basic.ack(1))
case("an ack of tag 0 with multiple in a transaction with nothing unacked",
     "basic.ack: tag 0 with multiple", tx.select(), basic.ack(0, True), tx.commit())
case("publishing to a missing exchange in a transaction is 404 at once",
     "basic.publish: missing exchange 404", tx.select(), basic.publish("~x", "k"),
     expect("channel.close"))
case("a failed publish undoes the transaction", "basic.publish: missing exchange 404",
     queue.declare("~q"), tx.select(), basic.publish("", "~q"), basic.publish("~x", "k"),
     expect("channel.close"), queue.declare("~q", channel=2))
case("an unroutable mandatory publish is returned", "tx: mandatory", tx.select(),
     basic.publish("", "~missing", mandatory=True), settle(), tx.commit(), expect("basic.return"))
case("an unroutable mandatory publish rolled back", "tx: mandatory", tx.select(),
     basic.publish("", "~missing", mandatory=True), settle(), tx.rollback())
case("publishes of several messages keep their order", "tx: order", queue.declare("~q"),
     tx.select(), many(3, lambda number: basic.publish("", "~q", str(number))), tx.commit(),
     many(3, lambda _: basic.get("~q")))
case("persistent messages in a transaction", "tx.commit: commit-ok after all are stored",
     queue.declare("~q", durable=True), tx.select(), basic.publish("", "~q", delivery_mode=2),
     tx.commit(), queue.declare("~q", durable=True))
case("a nack of the queue in a transaction is 406", "partial tx completion: 406",
     queue.declare("~q", arguments={"x-max-length": 0, "x-overflow": "reject-publish"}),
     tx.select(), basic.publish("", "~q"), tx.commit())
case("a delivery is not part of a transaction", "tx: consumption is not part of it",
     queue.declare("~q"), basic.publish("", "~q"), tx.select(), basic.consume("~q", "t"),
     expect("basic.deliver"), tx.rollback(), basic.ack(1), tx.commit(), queue.declare("~q"))
case("declares in a transaction are done at once", "tx: only publishes and acks", tx.select(),
     queue.declare("~q"), tx.rollback(), queue.declare("~q", passive=True))
case("a queue deleted before the commit", "tx: routed at commit or at publish", queue.declare("~q"),
     tx.select(), basic.publish("", "~q", mandatory=True), settle(), queue.delete("~q", channel=2),
     tx.commit(), settle())
case("a queue declared before the commit", "tx: routed at commit or at publish", tx.select(),
     basic.publish("", "~q", mandatory=True), settle(), queue.declare("~q", channel=2), tx.commit(),
     settle(), queue.declare("~q", channel=2))
case("a recover in a transaction", "tx: recover", queue.declare("~q"), basic.publish("", "~q"),
     tx.select(), basic.get("~q"), basic.recover(True), basic.get("~q"), tx.commit())
case("a recover in a transaction with a buffered ack", "tx: recover", queue.declare("~q"),
     many(2, lambda number: basic.publish("", "~q", str(number))), tx.select(), basic.get("~q"),
     basic.get("~q"), basic.ack(1), basic.recover(True), basic.get("~q"), tx.commit(),
     channel.close(200, "bye"), channel.open(), counted("~q", 1))
case("a method behind a commit that is not yet through", "command while tx.commit is pending: 504",
     queue.declare("~q", durable=True), tx.select(), basic.publish("", "~q", delivery_mode=2),
     octets(wire.frame(wire.FRAME_METHOD, 1, payload("tx.commit")) +
            wire.frame(wire.FRAME_METHOD, 1, payload("basic.qos", prefetch_count=1))),
     expect("basic.qos-ok"))
case("a commit of many messages", "tx.commit", queue.declare("~q"), tx.select(),
     many(50, lambda number: basic.publish("", "~q", str(number))), tx.commit(), queue.purge("~q"))

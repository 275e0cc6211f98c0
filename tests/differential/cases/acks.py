"""basic.ack, basic.reject, basic.nack, basic.recover."""

from script import basic, case, channel, counted, expect, many, queue, ready, settle

THREE = [queue.declare("~q"), many(3, lambda number: basic.publish("", "~q", str(number)))]
HELD = THREE + [basic.consume("~q", "t"), expect("basic.deliver", 3), basic.cancel("t")]


def left(count):
    """What is in the queue when the channel is gone."""
    return [channel.close(200, "bye"), channel.open(), counted("~q", count)]


case("an ack takes the message away", "basic.ack", *HELD, basic.ack(2), left(2))
case("an ack of several takes all up to the tag", "basic.ack: multiple", *HELD, basic.ack(2, True),
     left(1))
case("an ack of tag 0 with multiple takes all", "basic.ack: tag 0 with multiple", *HELD,
     basic.ack(0, True), left(0))
case("an ack of tag 0 with multiple and nothing unacked", "basic.ack: tag 0 with multiple",
     channel.open(), basic.ack(0, True))
UNKNOWN = "unknown delivery tag: 406"
case("an ack of tag 0 is 406", UNKNOWN, *HELD, basic.ack(0))
case("an ack of a tag that was never given is 406", UNKNOWN, channel.open(), basic.ack(1))
case("an ack of several up to a tag that was never given is 406", UNKNOWN, channel.open(),
     basic.ack(5, True))
case("an ack of several up to a tag beyond the last is 406", UNKNOWN, *HELD, basic.ack(4, True))
case("an ack of the largest tag is 406", UNKNOWN, channel.open(), basic.ack(2**64 - 1))
case("a second ack of one tag is 406", UNKNOWN, *HELD, basic.ack(1), basic.ack(1))
case("an ack behind an ack of several is 406", UNKNOWN, *HELD, basic.ack(3, True), basic.ack(2))
case("an ack of several below the smallest unacked", UNKNOWN, *HELD, basic.ack(1),
     basic.ack(1, True))
case("an ack of several up to a tag already acked, with older ones unacked", UNKNOWN, *HELD,
     basic.ack(2), basic.ack(2, True), left(2))
case("an ack on another channel is 406", UNKNOWN, *HELD, basic.ack(1, channel=2))
case("acks out of order", "basic.ack", *HELD, basic.ack(3), basic.ack(1), basic.ack(2), left(0))
case("a reject of an unknown tag is 406", UNKNOWN, channel.open(), basic.reject(1, True))
case("a nack of an unknown tag is 406", UNKNOWN, channel.open(), basic.nack(1))
case("a nack of several of an unknown tag is 406", UNKNOWN, channel.open(),
     basic.nack(3, multiple=True))
case("a nack of tag 0 is 406", UNKNOWN, *HELD, basic.nack(0))
case("a nack of tag 0 with multiple and nothing unacked", "basic.nack: tag 0 with multiple",
     channel.open(), basic.nack(0, multiple=True))
case("a reject after an ack is 406", UNKNOWN, *HELD, basic.ack(1), basic.reject(1, False))
case("after a failed ack the unacked are back in the queue", UNKNOWN, *HELD, basic.ack(9),
     expect("channel.close"), counted("~q", 3, channel=2))
case("acks on a channel the server has closed are ignored", "acks on a closing channel are ignored",
     *HELD, queue.declare("~missing", passive=True), basic.ack(1), basic.ack(1), basic.ack(77),
     channel.close_ok(), channel.open(), counted("~q", 3), answers_closes=False)

case("a reject without requeue drops the message", "basic.reject", *HELD, basic.reject(2, False),
     left(2))
case("a reject with requeue puts the message back in its place", "requeue position: the original",
     *HELD, basic.reject(2, True), basic.get("~q"))
case("a nack without requeue drops the message", "basic.nack", *HELD, basic.nack(2, requeue=False),
     left(2))
case("a nack of several with requeue puts them back in order", "requeue position: 1..n again",
     *HELD, basic.nack(3, multiple=True, requeue=True), many(3, lambda _: basic.get("~q")))
case("a nack of tag 0 with multiple and requeue puts all back", "requeue position: 1..n again",
     *HELD, basic.nack(0, multiple=True, requeue=True), many(3, lambda _: basic.get("~q")))
case("rejects with requeue in reverse order put back in the original order",
     "requeue position: the original", *HELD, basic.reject(3, True), basic.reject(2, True),
     basic.reject(1, True), many(3, lambda _: basic.get("~q")))
case("rejects with requeue in order put back in the original order",
     "requeue position: the original", *HELD, basic.reject(1, True), basic.reject(2, True),
     basic.reject(3, True), many(3, lambda _: basic.get("~q")))
case("a requeued message stands before those that came later", "requeue position: the original",
     queue.declare("~q"), basic.publish("", "~q", b"1"), basic.get("~q"),
     basic.publish("", "~q", b"2"), settle(), basic.reject(1, True), basic.get("~q"),
     basic.get("~q"))
case("a requeued message goes to another consumer, marked redelivered", "redelivered", *THREE[:1],
     basic.qos(0, 1), basic.consume("~q", "a"), basic.publish("", "~q"), expect("basic.deliver"),
     basic.consume("~q", "b", connection="b"), basic.cancel("a"), basic.reject(1, True),
     expect("basic.deliver", connection="b"))
case("a message requeued to its only consumer comes again", "redelivered", queue.declare("~q"),
     basic.publish("", "~q"), basic.consume("~q", "t"), expect("basic.deliver"),
     basic.nack(1, requeue=True), expect("basic.deliver"), basic.ack(2))
case("messages of a prefetching consumer that it never looked at are redelivered as well",
     "redelivered is per delivery", *HELD, channel.close(200, "bye"), channel.open(),
     ready("~q", 3), many(3, lambda _: basic.get("~q")))

# ---- recover

case("recover with requeue puts all back, then answers", "basic.recover", *HELD,
     basic.recover(True), many(3, lambda _: basic.get("~q")))
case("recover with requeue and a consumer delivers again", "basic.recover", *THREE,
     basic.consume("~q", "t"), expect("basic.deliver", 3), basic.recover(True),
     expect("basic.deliver", 3), basic.ack(0, True))
case("recover with nothing unacked", "basic.recover", channel.open(), basic.recover(True))
case("recover without requeue is 540", "basic.recover: requeue=false 540", *HELD,
     basic.recover(False))
case("recover-async with requeue is not answered", "basic.recover-async", *HELD,
     basic.recover_async(True), many(3, lambda _: basic.get("~q")))
case("recover-async without requeue is 540", "basic.recover-async: requeue=false 540", *HELD,
     basic.recover_async(False), expect("connection.close", channel=0))

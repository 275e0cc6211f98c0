"""Direct reply-to."""

from script import basic, case, channel, confirm, expect, expect_closed, queue, settle

NAME = "amq.rabbitmq.reply-to"
ASKING = [basic.consume(NAME, "t", no_ack=True), queue.declare("~q"),
          basic.publish("", "~q", b"question", reply_to=NAME), basic.get("~q")]

case("consuming for replies", "direct reply-to: consume", basic.consume(NAME, "t", no_ack=True))
case("consuming for replies with an empty tag", "direct reply-to: consume",
     basic.consume(NAME, "", no_ack=True))
case("consuming for replies with nowait", "direct reply-to: consume",
     basic.consume(NAME, "t", no_ack=True, nowait=True))
case("consuming for replies with acks is 406", "reply consumer cannot acknowledge: 406",
     basic.consume(NAME, "t"))
case("a second consumer for replies is 406", "reply consumer already set: 406",
     basic.consume(NAME, "t", no_ack=True), basic.consume(NAME, "u", no_ack=True))
case("a second consumer for replies by the same tag is 530", "consumer tag reuse: 530",
     basic.consume(NAME, "t", no_ack=True), basic.consume(NAME, "t", no_ack=True),
     expect_closed(patience=2))
case("an ordinary consumer by the tag of the reply consumer", "consumer tag reuse: 530",
     queue.declare("~q"), basic.consume(NAME, "t", no_ack=True), basic.consume("~q", "t"),
     expect_closed(patience=2))
case("cancelling the reply consumer", "direct reply-to: cancel",
     basic.consume(NAME, "t", no_ack=True), basic.cancel("t"),
     basic.consume(NAME, "t", no_ack=True))
case("exclusive is ignored", "direct reply-to: consume",
     basic.consume(NAME, "t", no_ack=True, exclusive=True))
case("publishing with reply_to without the consumer is 406",
     "fast reply consumer does not exist: 406", queue.declare("~q"),
     basic.publish("", "~q", reply_to=NAME), expect("channel.close"))
case("publishing with reply_to after cancelling is 406", "fast reply consumer does not exist: 406",
     queue.declare("~q"), basic.consume(NAME, "t", no_ack=True), basic.cancel("t"),
     basic.publish("", "~q", reply_to=NAME), expect("channel.close"))
case("publishing with reply_to on another channel is 406",
     "fast reply consumer does not exist: 406", queue.declare("~q"),
     basic.consume(NAME, "t", no_ack=True), basic.publish("", "~q", reply_to=NAME, channel=2),
     expect("channel.close", channel=2))
case("reply_to without the consumer to a missing exchange: what is checked first",
     "basic.publish: order of checks", basic.publish("~x", "~q", reply_to=NAME),
     expect("channel.close"))
case("reply_to without the consumer, and a bad expiration: what is checked first",
     "basic.publish: order of checks", queue.declare("~q"),
     basic.publish("", "~q", reply_to=NAME, expiration="abc"), expect("channel.close"))
case("reply_to is rewritten", "direct reply-to: rewritten", *ASKING)
case("reply_to of another name is left alone", "direct reply-to: exact string only",
     basic.consume(NAME, "t", no_ack=True), queue.declare("~q"),
     basic.publish("", "~q", reply_to="amq.rabbitmq.reply-to.none"), basic.get("~q"))
case("a reply arrives", "replies arrive with exchange '' and the reply name as key", *ASKING,
     basic.publish("", "$reply_to", b"answer", correlation_id="c"), expect("basic.deliver"))
case("a reply from another connection arrives", "direct reply-to: from any connection", *ASKING,
     basic.publish("", "$reply_to", b"answer", connection="b"), expect("basic.deliver"))
case("several replies arrive, with tags in order", "direct reply-to", *ASKING,
     basic.publish("", "$reply_to", b"1"), basic.publish("", "$reply_to", b"2"),
     expect("basic.deliver", 2))
case("a mandatory reply is not returned", "direct reply-to: mandatory", *ASKING,
     basic.publish("", "$reply_to", b"answer", mandatory=True), expect("basic.deliver"), settle())
case("a confirmed reply is acked", "direct reply-to: confirms", *ASKING,
     confirm.select(connection="b"), basic.publish("", "$reply_to", b"answer", connection="b"),
     expect("basic.deliver"), expect("basic.ack", connection="b"))
case("a mandatory reply when the asker is gone",
     "direct reply-to: mandatory replies count as routed", *ASKING, channel.close(200, "bye"),
     confirm.select(connection="b"),
     basic.publish("", "$reply_to", b"answer", mandatory=True, connection="b"),
     expect("basic.ack", connection="b"))
case("a reply after the consumer was cancelled", "direct reply-to", *ASKING, basic.cancel("t"),
     basic.publish("", "$reply_to", b"answer"), settle())
case("a reply to a made-up name with mandatory", "direct reply-to", confirm.select(),
     basic.publish("", "amq.rabbitmq.reply-to.g1h2AA", b"answer", mandatory=True),
     expect("basic.ack"))
case("a passive declare of a live reply name", "direct reply-to: probe", *ASKING,
     queue.declare("$reply_to", passive=True, connection="b"))
case("a declare of a live reply name that is not passive", "direct reply-to: probe", *ASKING,
     queue.declare("$reply_to", connection="b"))
case("a passive declare of a reply name that is gone is 404", "direct reply-to: probe", *ASKING,
     channel.close(200, "bye"), queue.declare("$reply_to", passive=True, connection="b"))
case("a declare of the name itself", "direct reply-to: probe", queue.declare(NAME))
case("a passive declare of the name itself", "direct reply-to: probe",
     queue.declare(NAME, passive=True))
case("basic.get of the name itself", "direct reply-to: basic.get 540", basic.get(NAME))
case("basic.get of a live reply name", "direct reply-to: basic.get 540", *ASKING,
     basic.get("$reply_to"))
case("binding the name itself", "direct reply-to: bind 403", queue.bind(NAME, "amq.direct", "~k"))
case("purging the name itself", "direct reply-to: no queue record", queue.purge(NAME))
case("deleting the name itself", "direct reply-to: no queue record", queue.delete(NAME))

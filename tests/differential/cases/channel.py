"""Class channel (and the one method of access): open, close, flow, what follows an error."""

from script import (access, basic, case, channel, content_body, content_header, counted, exchange,
                    expect, expect_closed, publish_method, queue, ready)

case("open-ok carries an empty long string", "channel.open-ok: reserved long string",
     channel.open())
case("opening an open channel is 504 and ends the connection",
     "channel.open on an open channel: 504", channel.open(), channel.open())
case("a method on a channel that was never opened is 504", "method before channel.open: 504",
     queue.declare("~q", opens=False))
case("basic.publish without its content on a channel that was never opened",
     "method before channel.open: 504", publish_method("", "~q", opens=False), expect_closed(),
     barrier=False)
case("basic.publish and its content on a channel that was never opened is 504",
     "method before channel.open: 504", basic.publish("", "~q", opens=False), expect_closed())
case("a content header on a channel that was never opened", "frame before channel.open",
     content_header(1, opens=False), expect_closed(patience=3), barrier=False)
case("channel.close on a channel that was never opened", "method before channel.open: 504",
     channel.close(200, "bye", opens=False))
case("channel.close-ok on a channel that was never opened", "method before channel.open: 504",
     channel.close_ok(), expect_closed(patience=2))
case("channel.close is answered with close-ok", "channel.close", channel.open(),
     channel.close(200, "bye"))
case("channel.close with an error code is answered the same", "channel.close",
     channel.open(), channel.close(406, "no", 60, 80))
case("a closed channel may be opened again", "channel.close: reopen of the number",
     channel.open(), channel.close(200, "bye"), channel.open(), queue.declare("~q"))
case("a method on a closed channel is 504", "method on a channel that is not open: 504",
     channel.open(), channel.close(200, "bye"), queue.declare("~q", opens=False))
case("a close-ok nobody asked for on an open channel is refused",
     "unimplemented method on an open channel: 503", channel.open(), channel.close_ok(),
     expect_closed(patience=3))
case("channel numbers need not be in order", "channel numbers", channel.open(channel=7),
     channel.open(channel=3), channel.open(channel=2047))
case("a channel number above channel_max", "channel_max counts open channels, not numbers",
     channel.open(channel=3), connect={"channel_max": 2})
case("a channel number far above channel_max", "channel_max counts open channels, not numbers",
     channel.open(channel=65535))
case("more channels than channel_max are refused", "channel_max: too many channels 530",
     channel.open(), channel.open(channel=2), channel.open(channel=3),
     expect("connection.close", channel=0), connect={"channel_max": 2})
case("a closed channel makes room for another", "channel_max counts open channels, not numbers",
     channel.open(), channel.open(channel=2), channel.close(200, "bye"), channel.open(),
     connect={"channel_max": 2})
case("two channels are independent", "channel.close: other channels go on", channel.open(channel=2),
     exchange.declare("~missing", "direct", passive=True), queue.declare("~q", channel=2))

# ---- after an error

case("after a soft error, methods are discarded until close-ok",
     "after channel.close, frames are discarded", queue.declare("~missing", passive=True),
     queue.declare("~q", waits=False), basic.consume("~q", waits=False), channel.close_ok(),
     channel.open(), queue.declare("~q", passive=True), answers_closes=False)
case("after a soft error, content is discarded until close-ok",
     "after channel.close, frames are discarded", queue.declare("~q"),
     queue.declare("~missing", passive=True), basic.publish("", "~q"), channel.close_ok(),
     channel.open(), queue.declare("~q", passive=True), answers_closes=False)
case("after a soft error, a content header and body alone are discarded",
     "after channel.close, frames are discarded", queue.declare("~missing", passive=True),
     content_header(1), content_body(b"x"), channel.close_ok(), channel.open(),
     answers_closes=False)
case("a channel.close crossing the server's is answered with close-ok", "crossing channel.close",
     queue.declare("~missing", passive=True), channel.close(200, "bye"), channel.close_ok(),
     channel.open(), queue.declare("~q"), answers_closes=False)
case("a channel.close crossing the server's, without a close-ok after it", "crossing channel.close",
     queue.declare("~missing", passive=True), channel.close(200, "bye"), channel.open(),
     expect_closed(patience=2), answers_closes=False, barrier=False)
case("channel.open before close-ok is discarded or refused", "reopen only after close-ok",
     queue.declare("~missing", passive=True), channel.open(waits=False), channel.close_ok(),
     expect_closed(patience=2), answers_closes=False, barrier=False)
case("a channel may be opened right behind close-ok", "reopen only after close-ok",
     queue.declare("~missing", passive=True), channel.close_ok(), channel.open(),
     queue.declare("~q"), answers_closes=False)
case("methods sent behind one that fails have no effect",
     "after channel.close, frames are discarded", channel.open(),
     queue.declare("~missing", passive=True, waits=False), queue.declare("~q", waits=False),
     queue.declare("~q2", waits=False), expect("channel.close"),
     queue.declare("~q", passive=True, channel=2))
case("an error on a channel ends its consumers and requeues what is unacked",
     "channel.close: unacked requeued", queue.declare("~q"), basic.publish("", "~q"),
     basic.consume("~q", "t"), expect("basic.deliver"), queue.declare("~missing", passive=True),
     counted("~q", 1, channel=2), basic.get("~q", channel=2))
case("channel.close requeues what is unacked, marked redelivered",
     "channel.close: unacked requeued", queue.declare("~q"), basic.publish("", "~q"),
     basic.get("~q"), channel.close(200, "bye"), channel.open(), ready("~q", 1), basic.get("~q"))
case("channel.close does not delete an exclusive queue", "exclusive: the connection's",
     queue.declare("~q", exclusive=True), channel.close(200, "bye"), channel.open(),
     queue.declare("~q", passive=True))
case("an auto-delete queue is gone when channel.close-ok arrives",
     "auto-delete queues go before close-ok", queue.declare("~q", auto_delete=True),
     basic.consume("~q", "t"), channel.close(200, "bye"), channel.open(),
     queue.declare("~q", passive=True))
case("delivery tags start at 1 again on a channel opened again",
     "delivery tag: per channel, from 1", queue.declare("~q"), basic.publish("", "~q"),
     basic.get("~q"), channel.close(200, "bye"), channel.open(), ready("~q", 1), basic.get("~q"))
case("a hard error on one channel ends all of them", "hard errors close the connection",
     channel.open(channel=2), basic.qos(1, 1), expect_closed())

# ---- flow

case("flow with active=true is answered", "channel.flow: active", channel.open(),
     channel.flow(True))
case("flow with active=false is 540", "channel.flow: active=false 540", channel.open(),
     channel.flow(False))

# ---- access

case("access.request is answered with ticket 1", "access.request",
     access.request("/data", active=True, write=True))
case("access.request with every bit set", "access.request",
     access.request("/data", exclusive=True, passive=True, active=True, write=True, read=True))
case("access.request of an empty realm", "access.request", access.request(""))
case("a ticket other than 1 is ignored", "reserved short: ignored", queue.declare("~q", _ticket=77))

"""From the protocol header to connection.open, and the closing of connections."""

from script import (Typed, basic, case, channel, connection, drop, exchange, expect, expect_closed,
                    heartbeat, many, octets, pause, protocol_header, queue, ready, start_ok,
                    until_gone, up_to_open, up_to_tune)

MODERN = {"authentication_failure_close": True, "consumer_cancel_notify": True}


def refused_header(header):
    return [protocol_header(header), expect_closed(patience=4)]


# ---- protocol header

case("the header of 0-9-1 is answered with connection.start",
     "protocol header: 0-9-1; connection.start: version, properties, mechanisms, locales",
     protocol_header(), expect("connection.start", channel=0), raw=True)

case("the header of 0-9 is taken as 0-9-1", "protocol header: AMQP 1 1 0 9 is 0-9-1",
     protocol_header(b"AMQP\x01\x01\x00\x09"), expect("connection.start", channel=0), raw=True)

case("a header that comes octet by octet is a header", "protocol header: 0-9-1",
     [octets(bytes([octet])) for octet in b"AMQP\x00\x00\x09\x01"],
     expect("connection.start", channel=0), raw=True)

for _name, _header in (("0-8", b"AMQP\x01\x01\x08\x00"),
                       ("0-9-1 written the old way", b"AMQP\x01\x01\x09\x01"),
                       ("0-9-0", b"AMQP\x00\x00\x09\x00"), ("0-10", b"AMQP\x01\x01\x00\x0a"),
                       ("0-9-2", b"AMQP\x00\x00\x09\x02"), ("0-10-1", b"AMQP\x00\x00\x0a\x01"),
                       ("protocol 9", b"AMQP\x09\x00\x09\x01"), ("255", b"AMQP\xff\xff\xff\xff"),
                       ("1.0", b"AMQP\x00\x01\x00\x00"), ("1.0 over SASL", b"AMQP\x03\x01\x00\x00"),
                       ("1.0 over TLS", b"AMQP\x02\x01\x00\x00")):
    case(f"the header of AMQP {_name}",
         "protocol header: any other is answered with the wanted one", *refused_header(_header),
         raw=True)

case("eight octets that are no AMQP header are refused",
     "protocol header: any other is answered with the wanted one", *refused_header(b"HELLO123"),
     raw=True)
case("an HTTP request on the AMQP port is refused", "wrong-protocol detection: HTTP",
     *refused_header(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), raw=True)
case("a TLS ClientHello on the plain port is refused", "wrong-protocol detection: TLS",
     *refused_header(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x11" * 40), raw=True)

# ---- start-ok

case("a client that logs in by PLAIN gets connection.tune", "connection.tune: 131072, 2047, 60",
     *up_to_tune(), raw=True)
case("the authzid of PLAIN is ignored", "SASL PLAIN: authzid is ignored",
     *up_to_tune(response="somebody\0guest\0guest"), raw=True)
case("a client that logs in by AMQPLAIN gets connection.tune", "SASL AMQPLAIN",
     *up_to_tune(mechanism="AMQPLAIN",
                 response=b"\x05LOGINS\x00\x00\x00\x05guest\x08PASSWORDS\x00\x00\x00\x05guest"),
     raw=True)
case("AMQPLAIN takes its keys in any order, beside unknown ones", "SASL AMQPLAIN",
     *up_to_tune(mechanism="AMQPLAIN", response=b"\x03FOOt\x01\x08PASSWORDS\x00\x00\x00\x05guest"
                                                b"\x05LOGINS\x00\x00\x00\x05guest"), raw=True)


def login(*, capable=True, **options):
    return [protocol_header(), expect("connection.start", channel=0),
            start_ok(capabilities=MODERN if capable else None, **options),
            expect("connection.tune", channel=0, patience=8), expect_closed()]


def refused_login(name, row, **options):
    case(f"{name}, of a client that announced authentication_failure_close", row,
         *login(**options), raw=True, slow=True, patience=8)
    case(f"{name}, of a client that announced nothing", row,
         *login(capable=False, **options), raw=True, slow=True, patience=8)


refused_login("a wrong password", "login failure: 403 by capability", response="\0guest\0wrong")
refused_login("an unknown user", "login failure: the same for unknown users",
              response="\0nobody\0guest")
refused_login("an empty password", "login failure: 403 by capability", response="\0guest\0")
refused_login("a mechanism the server did not offer", "unknown SASL mechanism: 503",
              mechanism="SCRAM-SHA-256")
refused_login("the mechanism EXTERNAL without TLS", "unknown SASL mechanism: 503",
              mechanism="EXTERNAL")
refused_login("the mechanism ANONYMOUS", "SASL ANONYMOUS: off by default", mechanism="ANONYMOUS",
              response="")
refused_login("an empty mechanism", "unknown SASL mechanism: 503", mechanism="")
refused_login("a mechanism in small letters", "unknown SASL mechanism: 503", mechanism="plain")
refused_login("a PLAIN response without separators", "malformed SASL response: 502",
              response="guest")
refused_login("an empty PLAIN response", "malformed SASL response: 502", response="")
refused_login("a PLAIN response with one separator", "malformed SASL response: 502",
              response="\0guest")
refused_login("a PLAIN response with four parts", "malformed SASL response: 502",
              response="\0guest\0guest\0more")
refused_login("an AMQPLAIN response that is no table", "malformed SASL response: 502",
              mechanism="AMQPLAIN", response=b"\xff\x01\x02")
refused_login("an empty AMQPLAIN response", "malformed SASL response: 502", mechanism="AMQPLAIN",
              response=b"")
refused_login("an AMQPLAIN response without a password", "malformed SASL response: 502",
              mechanism="AMQPLAIN", response=b"\x05LOGINS\x00\x00\x00\x05guest")
refused_login("an AMQPLAIN response with a number as password", "malformed SASL response: 502",
              mechanism="AMQPLAIN",
              response=b"\x05LOGINS\x00\x00\x00\x05guest\x08PASSWORDI\x00\x00\x00\x05")

case("any locale is taken", "connection.start: locale en_US", *up_to_tune(locale="de_DE"), raw=True)
case("an empty locale is taken", "connection.start: locale en_US", *up_to_tune(locale=""), raw=True)
case("client properties of every type are taken", "client properties: the table is kept",
     *up_to_tune(octet=Typed("b", -1), unsigned=Typed("B", 255), short=Typed("s", -2),
                 word=Typed("u", 65535), long=Typed("I", -3), dword=Typed("i", 4),
                 longlong=Typed("l", 5), old=Typed("L", 6), double=Typed("d", 1.5),
                 single=Typed("f", 1.5), decimal=Typed("D", (2, 314)), time=Typed("T", 1),
                 table={"a": {"b": "c"}}, array=[1, "two", [3]], void=None, octets=b"\x00\xff"),
     raw=True)
case("capabilities that are no table do not end the login", "client capabilities",
     *up_to_tune(capabilities="everything"), raw=True)
case("a capability that is no boolean does not end the login", "client capabilities",
     *up_to_tune(capabilities={"consumer_cancel_notify": 1}), raw=True)
case("a connection name that is no string does not end the login", "connection name",
     *up_to_tune(connection_name=5), raw=True)
case("a malformed table of client properties is refused", "method fields: unknown table type",
     protocol_header(), expect("connection.start", channel=0),
     connection.start_ok(b"\x00\x00\x00\x04\x01aZ\x00", "PLAIN", "\0guest\0guest", "en_US"),
     expect_closed(), raw=True, slow=True)

for _octets in (4096, 6000, 8192, 10000):
    case(f"a start-ok of about {_octets} octets",
         "a smaller frame limit applies before tuning: 8192",
         *up_to_tune(filling="x" * (_octets - 100)), expect_closed(patience=1), raw=True, slow=True)

# ---- tune-ok and open


def tuned(channel_max, frame_max, heartbeat_=0, open_after=True):
    steps = up_to_tune(capabilities=MODERN) + [connection.tune_ok(channel_max, frame_max,
                                                                  heartbeat_)]
    return steps + ([connection.open("/")] if open_after else []) + [expect("connection.open-ok",
                                                                            channel=0)]


for _sentence, _row, _values in (("smaller limits than proposed are taken",
                                  "tune-ok: the client's values", (100, 8192)),
                                 ("channel_max 0 where the server has a limit is refused",
                                  "tune-ok: channel_max 0", (0, 131072)),
                                 ("channel_max above the server's is refused",
                                  "tune-ok: channel_max over the limit", (2048, 131072)),
                                 ("channel_max 1 is taken", "tune-ok: the client's values",
                                  (1, 131072)),
                                 ("channel_max 65535 is refused",
                                  "tune-ok: channel_max over the limit", (65535, 131072)),
                                 ("frame_max 0 where the server has a limit is refused",
                                  "tune-ok: frame_max 0", (2047, 0)),
                                 ("frame_max above the server's is refused",
                                  "tune-ok: frame_max over the limit", (2047, 131073)),
                                 ("frame_max 4096 is taken",
                                  "frame_max 4096 to 8191: Leveret accepts", (2047, 4096)),
                                 ("frame_max 8191 is taken",
                                  "frame_max 4096 to 8191: Leveret accepts", (2047, 8191)),
                                 ("frame_max 4095 is refused",
                                  "tune-ok: frame_max below the minimum", (2047, 4095)),
                                 ("frame_max 1 is refused", "tune-ok: frame_max below the minimum",
                                  (2047, 1)),
                                 ("a heartbeat longer than proposed is taken",
                                  "heartbeats: the client decides", (2047, 131072, 600)),
                                 ("a heartbeat of 65535 s is taken",
                                  "heartbeats: the client decides", (2047, 131072, 65535)),
                                 ("a heartbeat of 0 is taken", "heartbeats: 0 disables",
                                  (2047, 131072, 0))):
    case(_sentence, _row, *tuned(*_values), raw=True, slow="refused" in _sentence)

case("channel_max and frame_max both out of bounds: which one is named", "tune-ok: order of checks",
     *tuned(65535, 1), raw=True, slow=True)

case("open-ok carries an empty string", "connection.open: open-ok", *up_to_open(), raw=True)


def opened(virtual_host):
    return up_to_tune(capabilities=MODERN) + [connection.tune_ok(2047, 131072, 0),
                                              connection.open(virtual_host), expect_closed()]


case("opening a vhost that is missing is 530", "connection.open: missing vhost 530",
     *opened("nowhere"), raw=True, slow=True)
case("opening the vhost of the empty name is 530", "connection.open: missing vhost 530",
     *opened(""), raw=True, slow=True)
case("a vhost name is not URL-decoded", "connection.open: vhost names are not decoded",
     *opened("%2F"), raw=True, slow=True)
case("a vhost name of 255 octets gives a text cut to 255 octets", "reply text: at most 255 octets",
     *opened("v" * 255), raw=True, slow=True)
case("a vhost name in UTF-8 is cut on a border of characters", "reply text: stays valid UTF-8",
     *opened("é" * 127), raw=True, slow=True)
case("a vhost name that is not UTF-8 is refused", "shortstr: malformed UTF-8", *opened(b"\xff\xfe"),
     raw=True, slow=True)

# ---- methods out of order


def out_of_order(name, *steps, **options):
    case(name, "method not legal in the state of the connection", *steps, expect_closed(patience=5),
         raw=True, slow=True, **options)


AFTER_START = [protocol_header(), expect("connection.start", channel=0)]

out_of_order("connection.open before start-ok is refused", *AFTER_START,
             connection.open("/", waits=False))
out_of_order("connection.tune-ok before start-ok is refused", *AFTER_START,
             connection.tune_ok(2047, 131072, 0))
out_of_order("channel.open before start-ok is refused", *AFTER_START, channel.open(waits=False))
out_of_order("a second start-ok is refused", *up_to_tune(), start_ok())
out_of_order("connection.open before tune-ok is refused", *up_to_tune(),
             connection.open("/", waits=False))
out_of_order("channel.open before tune-ok is refused", *up_to_tune(), channel.open(waits=False))
out_of_order("channel.open before connection.open is refused", *up_to_tune(),
             connection.tune_ok(2047, 131072, 0), channel.open(waits=False))
out_of_order("a second connection.open is refused", *up_to_open(),
             connection.open("/", waits=False))
out_of_order("a second tune-ok is refused", *up_to_open(), connection.tune_ok(2047, 131072, 0))
out_of_order("start-ok on an open connection is refused", *up_to_open(), start_ok())
out_of_order("secure-ok nobody asked for is refused", *up_to_tune(), connection.secure_ok("x"))
out_of_order("secure-ok on an open connection is refused", *up_to_open(), connection.secure_ok("x"))
out_of_order("connection.start from a client is refused", *up_to_open(),
             connection.start(0, 9, {}, "PLAIN", "en_US"))
out_of_order("connection.tune from a client is refused", *up_to_open(), connection.tune(1, 4096, 0))
out_of_order("connection.open-ok from a client is refused", *up_to_open(), connection.open_ok(""))
out_of_order("connection.blocked from a client is refused", *up_to_open(),
             connection.blocked("by me"))
out_of_order("connection.unblocked from a client is refused", *up_to_open(), connection.unblocked())
out_of_order("update-secret-ok from a client is refused", *up_to_open(),
             connection.update_secret_ok())
out_of_order("a close-ok nobody asked for is refused", *up_to_open(), connection.close_ok())
out_of_order("a heartbeat before start-ok", *AFTER_START, heartbeat())
out_of_order("a second protocol header on an open connection is refused", *up_to_open(),
             protocol_header())

# ---- closing

case("connection.close is answered with close-ok", "connection.close: close-ok",
     *up_to_open(), connection.close(200, "bye"), raw=True)
case("connection.close before tune-ok", "connection.close: close-ok",
     *up_to_tune(), connection.close(200, "bye"), raw=True, slow=True)
case("connection.close before connection.open", "connection.close: close-ok", *up_to_tune(),
     connection.tune_ok(2047, 131072, 0), connection.close(200, "bye"), raw=True, slow=True)
case("connection.close before start-ok", "connection.close: close-ok",
     *AFTER_START, connection.close(200, "bye"), raw=True, slow=True)
case("connection.close with open channels closes them without a word", "connection.close: close-ok",
     queue.declare("~q"), basic.publish("", "~q"), basic.consume("~q", "t"),
     expect("basic.deliver"), connection.close(200, "bye"))
case("exclusive queues are gone when close-ok arrives",
     "exclusive and auto-delete queues go before close-ok", queue.declare("~q", exclusive=True),
     connection.close(200, "bye"), queue.declare("~q", passive=True, connection="b"))
case("a server-named exclusive queue is gone when close-ok arrives",
     "exclusive and auto-delete queues go before close-ok", queue.declare("", exclusive=True),
     connection.close(200, "bye"), queue.declare("$queue", passive=True, connection="b"))
case("an auto-delete queue is gone when close-ok arrives",
     "exclusive and auto-delete queues go before close-ok", queue.declare("~q", auto_delete=True),
     basic.consume("~q", "t"), connection.close(200, "bye"),
     queue.declare("~q", passive=True, connection="b"))
case("unacked messages are back in the queue when close-ok arrives",
     "connection.close: channels shut before close-ok", queue.declare("~q"),
     basic.publish("", "~q"), basic.get("~q"), connection.close(200, "bye"),
     ready("~q", 1, connection="b"), basic.get("~q", connection="b"))
case("exclusive queues go when the socket is cut", "exclusive: deleted at connection close",
     queue.declare("~q", exclusive=True), drop(), until_gone("~q"),
     queue.declare("~q", passive=True, connection="b"))
case("a client's close with an error code is answered the same", "connection.close: close-ok",
     *up_to_open(), connection.close(541, "I broke", 60, 40), raw=True)
case("a client's close crossing the server's is answered with close-ok",
     "crossing closes: both answer", *up_to_open(), channel.open(), channel.open(waits=False),
     expect("connection.close", channel=0), connection.close(200, "bye"), raw=True,
     answers_closes=False)
case("after the server's close, frames are ignored until close-ok", "crossing closes",
     channel.open(), channel.open(waits=False), expect("connection.close", channel=0),
     queue.declare("~q", waits=False), queue.declare("~q", channel=2, opens=False, waits=False),
     connection.close_ok(), expect_closed(), queue.declare("~q", passive=True, connection="b"),
     answers_closes=False)

# ---- update-secret

case("update-secret with the right password is answered with ok", "connection.update-secret",
     *up_to_open(), connection.update_secret("guest", "rotation"), raw=True)
case("update-secret with another secret for a plain user", "connection.update-secret: plain users",
     *up_to_open(), connection.update_secret("other", "rotation"),
     expect("connection.update-secret-ok", channel=0), raw=True, slow=True)
case("update-secret before connection.open is refused", "connection.update-secret", *up_to_tune(),
     connection.update_secret("guest", "rotation", waits=False), expect_closed(), raw=True,
     slow=True)

# ---- heartbeats

case("the server sends heartbeats at half the interval",
     "heartbeats: sent at half the interval when idle", *up_to_open(heartbeat_=1),
     expect("heartbeat", channel=0, patience=6), raw=True, keep_heartbeats=True, slow=True)
case("a client that stays silent for two intervals is dropped",
     "heartbeats: dropped after two silent intervals", *up_to_open(heartbeat_=1),
     expect_closed(patience=8), raw=True, slow=True)
case("a client that sends any octets is not dropped", "heartbeats: any received octets count",
     *up_to_open(heartbeat_=2), channel.open(),
     many(8, lambda _: [pause(0.7), exchange.declare("amq.direct", "direct", passive=True)]),
     raw=True, slow=True)
case("a client that never says a word is closed after the handshake timeout",
     "handshake timeout: 10 s", protocol_header(b""), expect_closed(patience=14), raw=True,
     slow=True)
case("a client that stops after the protocol header is closed after the handshake timeout",
     "handshake timeout: 10 s", protocol_header(), expect("connection.start", channel=0),
     expect_closed(patience=14), raw=True, slow=True)

"""Where Leveret answers otherwise than RabbitMQ 3.10, on purpose. The only place for it.

An entry whose case no longer differs fails the run, and so does a difference without an entry.
"""

ENTRIES = []


def not_yet(cases, why):
    """Cases of what Leveret does not do yet. An entry goes when its case no longer differs."""
    for case in cases:
        ENTRIES.append({"case": case, "leveret": [], "why": why, "not_yet": True})


def wanted(cases, rabbitmq, leveret, why):
    """One reason for one case or several, by title.

    rabbitmq: what RabbitMQ 3.10 does. leveret: pieces of lines that must stand in Leveret's
    transcript, so that one difference cannot hide another. why: the row of the behaviour reference
    behind it, and the reason.
    """
    for case in [cases] if isinstance(cases, str) else cases:
        ENTRIES.append({"case": case, "rabbitmq": rabbitmq, "leveret": leveret, "why": why,
                        "not_yet": False})


def by_case():
    """The entries by the title of their case; two for one case are a mistake."""
    names = [entry["case"] for entry in ENTRIES]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SystemExit(f"two wanted differences for one case: {twice}")
    return {entry["case"]: entry for entry in ENTRIES}


def close(code, class_id=0, method_id=0, kind="connection"):
    """The pieces of a close: its code and the method it names."""
    return [f"{kind}.close reply_code={code} ", f" class_id={class_id} method_id={method_id}"]


OPEN = "connection still open"
GONE = "connection closed by the server"
ACCEPTED = ["queue.declare-ok queue='~q'", OPEN]

# ---- handshake

wanted(["handshake: the header of AMQP 0-8",
        "handshake: the header of AMQP 0-9-1 written the old way"],
       "speaks AMQP 0-8", [r"protocol header b'AMQP\x00\x00\t\x01'", GONE],
       "protocol header: 0-9-1 and 0-9 only; 4.x has dropped 0-8")
wanted("handshake: the authzid of PLAIN is ignored",
       "takes the response for malformed and drops the socket", ["connection.tune ", OPEN],
       "SASL PLAIN: the authzid is ignored")
for _mechanism in ("a mechanism the server did not offer", "the mechanism EXTERNAL without TLS",
                   "the mechanism ANONYMOUS", "an empty mechanism", "a mechanism in small letters"):
    for _client in ("authentication_failure_close", "nothing"):
        wanted(f"handshake: {_mechanism}, of a client that announced {_client}",
               "drops the socket after 3 s", close(503, 10, 11) + [GONE],
               "unknown SASL mechanism: 503 is sent, so that the client learns why")
for _response in ("a PLAIN response without separators", "an empty PLAIN response",
                  "a PLAIN response with one separator", "a PLAIN response with four parts",
                  "an AMQPLAIN response that is no table", "an empty AMQPLAIN response",
                  "an AMQPLAIN response without a password",
                  "an AMQPLAIN response with a number as password"):
    for _client in ("authentication_failure_close", "nothing"):
        wanted(f"handshake: {_response}, of a client that announced {_client}",
               "drops the socket after 3 s, or refuses the login", close(502, 10, 11) + [GONE],
               "malformed SASL response: 502")
wanted("handshake: a malformed table of client properties is refused",
       "drops the socket", close(501, 10, 11) + [GONE],
       "field tables: unknown type 501; a close says what was wrong")
wanted(["handshake: a start-ok of about 6000 octets", "handshake: a start-ok of about 8192 octets"],
       "takes 4096 octets before tuning", ["connection.tune ", OPEN],
       "frame limit before tuning: 8192 since 4.1, so that tokens fit")
wanted("handshake: a start-ok of about 10000 octets", "drops the socket",
       close(501) + ["frame_too_large", GONE],
       "frame limit before tuning: 8192; over frame_max is 501")
wanted(["handshake: channel_max 0 where the server has a limit is refused",
        "handshake: channel_max above the server's is refused",
        "handshake: channel_max 65535 is refused",
        "handshake: frame_max 0 where the server has a limit is refused",
        "handshake: frame_max above the server's is refused",
        "handshake: frame_max 4095 is refused", "handshake: frame_max 1 is refused",
        "handshake: channel_max and frame_max both out of bounds: which one is named"],
       "drops the socket after 3 s", close(530, 10, 31) + ["NOT_ALLOWED - negotiated ", GONE],
       "tune-ok out of bounds: 530")
wanted(["handshake: connection.open before start-ok is refused",
        "handshake: connection.open before tune-ok is refused"],
       "drops the socket after 3 s",
       close(504, 10, 40) + ["unexpected method in connection state", GONE],
       "method not legal in the state of the connection: 504")
wanted("handshake: connection.tune-ok before start-ok is refused", "drops the socket after 3 s",
       close(504, 10, 31) + ["unexpected method in connection state", GONE],
       "method not legal in the state of the connection: 504")
wanted("handshake: a second start-ok is refused", "drops the socket after 3 s",
       close(504, 10, 11) + ["unexpected method in connection state", GONE],
       "method not legal in the state of the connection: 504")
wanted("handshake: secure-ok nobody asked for is refused", "drops the socket after 3 s",
       close(504, 10, 21) + ["unexpected method in connection state", GONE],
       "method not legal in the state of the connection: 504")
wanted("handshake: update-secret before connection.open is refused", "drops the socket after 3 s",
       close(504, 10, 70) + ["unexpected method in connection state", GONE],
       "method not legal in the state of the connection: 504")
wanted(["handshake: channel.open before start-ok is refused",
        "handshake: channel.open before tune-ok is refused",
        "handshake: channel.open before connection.open is refused"],
       "drops the socket, or says 505 with the octets of the frame as an Erlang term",
       close(505) + [GONE], "frame before running: 505; texts of malformed frames are our own")
wanted(["handshake: connection.close before tune-ok",
        "handshake: connection.close before connection.open",
        "handshake: connection.close before start-ok"],
       "drops the socket, or says 504", ["connection.close-ok"],
       "connection.close: answered with close-ok, whenever it comes")
wanted("handshake: a second protocol header on an open connection is refused",
       "looks at the size before the type", close(501) + [GONE],
       "unknown frame type: 501; texts of malformed frames are our own")

# ---- frames

wanted([f"frames: frame type {kind} is refused" for kind in (0, 4, 5, 6, 7, 9, 255)] +
       ["frames: a heartbeat with a payload is refused"],
       "reads the payload before it looks at the type, and quotes it",
       close(501) + ["unknown_frame", GONE],
       "unknown frame type: 501; ours looks at the type before it takes the payload")
wanted([f"frames: a method frame of {count} octets is refused" for count in range(4)],
       "quotes the octets as an Erlang term", close(501) + [GONE],
       "method payload too short: 501; texts of malformed frames are our own")
for _cases, _ids in (
        (["a method without its arguments is refused", "a method cut in a short string is refused",
          "a method cut in its table is refused", "a method with surplus octets is refused"],
         (40, 10)),
        (["a method without arguments, with surplus octets, is refused"], (90, 10)),
        (["basic.ack cut short is refused"], (60, 80)),
        (["basic.publish cut short is refused"], (60, 40)),
        (["a table longer than the method is refused",
          "a table shorter than its last value is refused"], (50, 10))):
    wanted([f"frames: {case}" for case in _cases], "quotes the octets as an Erlang term",
           close(501, *_ids) + ["FRAME_ERROR - cannot decode ", GONE],
           "method payload too short or too long: 501; texts of malformed frames are our own")
for _case, _ids in (("an unknown class is refused", (99, 10)),
                    ("an unknown method of a known class is refused", (50, 99)),
                    ("an unknown method on channel 0 is refused", (10, 99))):
    wanted(f"frames: {_case}", "drops the socket", close(503, *_ids) + [GONE],
           "unknown class or method: 503 COMMAND_INVALID")
wanted("frames: an unknown method on a channel that is not open is refused", "drops the socket",
       ["connection.close reply_code=50", " class_id=99 method_id=10", GONE],
       "unknown class or method: 503; any method on a channel that is not open: 504")
wanted(["frames: a content header on channel 0 is refused",
        "frames: a content body on channel 0 is refused"],
       "quotes the octets as an Erlang term", close(505) + [GONE],
       "header or body out of order: 505; texts of malformed frames are our own")
wanted("frames: basic.credit from a client is refused", "looks for the consumer tag: 406",
       close(503, 60, 200) + [GONE], "basic.credit: refused as unimplemented")
for _case, _ids in (("basic.credit-ok", (60, 201)), ("basic.credit-drained", (60, 202))):
    wanted(f"frames: {_case} from a client is refused", "knows the method, does not implement it",
           close(503, *_ids) + [GONE], "basic.credit: ids of an extension we have not; 503")
wanted("frames: basic.cancel-ok from a client is legal", "says 503", [OPEN],
       "basic.cancel from the server: the client may answer with cancel-ok")
wanted("frames: channel.flow-ok from a client", "says 503", [OPEN],
       "channel.flow-ok: sent by both sides")
for _case, _ids in (("a queue name that is not UTF-8 is 501", (50, 10)),
                    ("an exchange name that is not UTF-8 is 501", (40, 10)),
                    ("an exchange type that is not UTF-8", (40, 10)),
                    ("a routing key that is not UTF-8 is 501", (50, 20)),
                    ("a consumer tag that is not UTF-8", (60, 20))):
    wanted(f"frames: {_case}", "names no method",
           close(501, *_ids) + ["Malformed UTF-8 in shortstr", GONE],
           "shortstr: malformed UTF-8 501; class and method ids name the offending method")
wanted("frames: a text is cut on a border of characters", "cuts a character in two",
       close(404, 50, 10, "channel") + ["é...", OPEN],
       "reply text: cut to 255 octets, valid UTF-8")
wanted("frames: a text with four-octet characters is cut on a border", "cuts a character in two",
       close(404, 50, 10, "channel") + ["🐇...", OPEN],
       "reply text: cut to 255 octets, valid UTF-8")
wanted([f"frames: {case}" for case in (
        "a table with an unknown type is refused", "a table cut in a key is refused",
        "a table cut in a value is refused", "a string longer than its table is refused",
        "an array longer than its table is refused",
        "an inner table longer than its table is refused", "a key without a type is refused",
        "an array with an unknown type is refused")],
       "drops the socket", close(501, 50, 10) + [GONE],
       "method fields with an unknown table type: 501; a close says what was wrong")
wanted("frames: a table nested 1000 deep", "takes any depth", close(501, 50, 10) + [GONE],
       "field tables: nesting has a bound, since every reader of them recurses")
wanted("frames: a content header with a weight is refused", "takes it for no content header",
       close(505, 60, 40) + ["weight", GONE],
       "content weight must be 0; texts of malformed frames are our own")
wanted(["frames: a content header cut short is refused",
        "frames: an empty content header is refused"],
       "takes it for an unknown frame and names no method", close(501, 60, 40) + [GONE],
       "content header too short: 501; texts of malformed frames are our own")
wanted([f"frames: {case}" for case in (
        "a content header without property flags is refused",
        "property flags that announce a second flags word are refused",
        "a property list cut short is refused", "a property list without its values is refused",
        "a property list with surplus octets is refused",
        "a headers table of an unknown type is refused",
        "a headers table that is too long is refused")],
       "fails inside: 541", close(502, 60, 40) + [GONE],
       "basic properties: malformed ones are refused with 502")
wanted(["frames: a body longer than announced is 501",
        "frames: a second body frame that makes the body too long is 501"],
       "waits for a body that never ends", close(501, 60, 40) + [GONE],
       "body frame longer than announced: 501")
wanted(["frames: a body of more than 512 MiB is refused at its header",
        "frames: a body of 2^63 octets is refused at its header"],
       "waits for the body", close(501, 60, 40) + [GONE], "body size hard cap: 512 MiB, 501")

# ---- channel

wanted("channel: basic.publish without its content on a channel that was never opened",
       "waits for the content first", close(504, 60, 40) + ["expected 'channel.open'", GONE],
       "any method on a channel that is not open: 504")
wanted("channel: after a soft error, a content header and body alone are discarded", "says 505",
       ["channel.open-ok", OPEN],
       "after channel.close from the server, frames including content are discarded")

# ---- exchange

wanted([f"exchange: {case}" for case in (
        "an unknown exchange type", "an empty exchange type", "an exchange type in capitals",
        "an exchange type that only a plugin has", "an unknown exchange type with nowait",
        "declaring the default exchange with an unknown type: what is checked first")],
       "503, which ends the connection",
       close(406, 40, 10, "channel") + ["unknown exchange type '", OPEN],
       "exchange.declare: unknown type 406 since 4.x, of the channel; checked first")
wanted("exchange: the default exchange as an alternate",
       "finds no binding of the default exchange, which has none in its tables",
       ["basic.get-ok delivery_tag=1 redelivered=False exchange='~x' routing_key='~q'", OPEN],
       "default exchange: implicit binding of every queue by its name; alternate exchanges chain")

# ---- queue

wanted("queue: binding a locked queue to a missing exchange: what is checked first",
       "looks for the exchange first", close(405, 50, 20, "channel"),
       "queue.bind: the exclusivity check runs before others")

# ---- arguments

wanted(["arguments: declaring with x-queue-type=''",
        "arguments: declaring with x-queue-type='undefined'"],
       "406", ACCEPTED, "x-queue-type: empty and 'undefined' are the default")
for _type in ("mirrored", "Classic"):
    wanted(f"arguments: declaring with x-queue-type='{_type}'", "says it inside 'invalid arg …'",
           close(406, 50, 10, "channel") + [f"unsupported queue type '{_type}'", OPEN],
           "x-queue-type: unknown 406 `unsupported queue type 'x'`")
wanted("arguments: declaring durable with x-queue-type='stream'", "declares a stream",
       close(406, 50, 10, "channel") + ["unsupported queue type 'stream'", OPEN],
       "x-queue-type stream: refused until streams exist")
wanted(["arguments: declaring with x-queue-mode='eager'",
        "arguments: declaring with x-queue-mode=1",
        "arguments: declaring with x-queue-version=3",
        "arguments: declaring with x-queue-version='2'"],
       "406", ACCEPTED, "x-queue-mode, x-queue-version: accepted, no effect")
wanted(["arguments: declaring with x-queue-master-locator='nonsense'",
        "arguments: declaring with x-queue-master-locator=5"],
       "541", ACCEPTED, "x-queue-master-locator: accepted, no effect")
wanted([f"arguments: declaring with x-queue-leader-locator='{value}'"
        for value in ("client-local", "balanced", "random", "least-leaders")],
       "406 on a classic queue", ACCEPTED, "x-queue-leader-locator: accepted, validated, no effect")
wanted("arguments: declaring with x-queue-leader-locator='nonsense'", "refuses it for the type",
       close(406, 50, 10, "channel") + ["invalid arg 'x-queue-leader-locator'", OPEN],
       "x-queue-leader-locator: validated on every type")
wanted(["arguments: declaring with x-delivery-limit=5",
        "arguments: declaring with x-dead-letter-strategy='at-least-once'"],
       "406 on a classic queue", ACCEPTED,
       "x-delivery-limit, x-dead-letter-strategy on a classic queue: they work")
wanted("arguments: declaring with x-delivery-limit='5'", "refuses it for the type",
       close(406, 50, 10, "channel") + ["expected integer, got longstr", OPEN],
       "x-delivery-limit on a classic queue: works, so its type is checked")
wanted([f"arguments: declaring with {key}=3" for key in (
        "x-quorum-initial-group-size", "x-max-in-memory-length", "x-max-in-memory-bytes",
        "x-initial-cluster-size")],
       "406 on a classic queue", ACCEPTED,
       "quorum arguments on a classic queue: type-checked, no effect")
wanted("arguments: declaring with x-stream-filter-size-bytes=32",
       "does not know the argument", close(406, 50, 10, "channel") + [OPEN],
       "x-stream-* on a queue that is no stream: 406")
wanted("arguments: declaring durable with x-queue-type='quorum', x-max-priority=5", "406", ACCEPTED,
       "x-max-priority on a quorum queue: priorities as on a classic queue")
wanted("arguments: declaring durable with x-queue-type='quorum', x-queue-mode='lazy'", "406",
       ACCEPTED, "x-queue-mode: accepted, no effect")
wanted(["arguments: deleting a quorum queue with if-unused",
        "arguments: deleting a quorum queue with if-empty"],
       "540, which ends the connection", ["queue.delete-ok message_count=0", OPEN],
       "queue.delete with if-unused or if-empty on a quorum queue: honoured")
wanted("arguments: deleting a quorum queue with messages and if-empty",
       "540, which ends the connection", close(406, 50, 40, "channel") + ["not empty", OPEN],
       "queue.delete with if-unused or if-empty on a quorum queue: honoured")
wanted("arguments: deleting a consumed quorum queue with if-unused",
       "540, which ends the connection", close(406, 50, 40, "channel") + ["in use", OPEN],
       "queue.delete with if-unused or if-empty on a quorum queue: honoured")
wanted("arguments: a message through a quorum queue", "adds x-delivery-count 0 to what is got",
       ["content header class_id=60 weight=0 body_size=4 delivery_mode=2", OPEN],
       "x-delivery-count: absent on the first delivery")
wanted("arguments: an exclusive consumer of a quorum queue", "ignores exclusive on quorum queues",
       close(403, 60, 20, "channel") + ["in exclusive use", OPEN],
       "exclusive consumer: any other consume 403")
wanted([f"arguments: redeclaring: x-queue-mode {how}"
        for how in ("with another value", "left out", "added")] +
       ["arguments: redeclaring: x-queue-master-locator with another value"],
       "406", ACCEPTED, "x-queue-mode, x-queue-master-locator: accepted, no effect")
wanted(["arguments: declaring with x-message-ttl=-1, x-expires=0",
        "arguments: declaring with x-max-length=-1, x-expires=0, x-message-ttl='a'"],
       "names the first in the order of its own list",
       close(406, 50, 10, "channel") + ["invalid arg 'x-m", OPEN],
       "bad argument: 406; of several, ours names the first in the order sent")

# ---- basic.publish

wanted([f"basic_publish: delivery_mode {mode} arrives as published" for mode in (0, 3, 255)],
       "406", ["basic.get-ok", " delivery_mode=", OPEN],
       "delivery_mode other than 1 and 2: transient; delivered as published")
wanted(["basic_publish: a double that is not a number", "basic_publish: a double that is infinite"],
       "fails inside: 541", ["headers={a=d:", OPEN], "field tables survive a round trip unchanged")
wanted(["basic_publish: a bad user_id and a bad expiration: what is checked first"],
       "looks at user_id first",
       close(406, 60, 40, "channel") + ["invalid expiration 'abc'", OPEN],
       "basic.publish, order of checks: expiration, CC and BCC, user_id")
wanted(["basic_publish: a bad user_id and a bad CC: what is checked first"],
       "looks at user_id first", close(406, 60, 40, "channel") + ["\"CC\"", OPEN],
       "basic.publish, order of checks: expiration, CC and BCC, user_id")

# ---- basic.consume

wanted("basic_consume: cancelling the active consumer activates the next, which gets what is ready",
       "activates the next one when something else happens to the queue",
       ["basic.cancel-ok consumer_tag='a'",
        "basic.deliver consumer_tag='b' delivery_tag=2 redelivered=False", OPEN],
       "single active consumer: on cancel the next is activated")

# ---- bind

wanted("bind: headers binding: values of another width are equal", "1 equals 1.0",
       ["content body 1 octets b'0'", "content body 1 octets b'1'", OPEN],
       "headers exchange: 1 equals 1 of another width, not \"1\" nor 1.0")

# ---- direct reply-to

wanted("reply_to: a second consumer for replies by the same tag is 530",
       "does not count the reply consumer among the tags: 406",
       close(530, 60, 20) + ["attempt to reuse consumer tag 't'", GONE],
       "direct reply-to: tag reuse 530")
wanted("reply_to: an ordinary consumer by the tag of the reply consumer",
       "does not count the reply consumer among the tags",
       close(530, 60, 20) + ["attempt to reuse consumer tag 't'", GONE],
       "direct reply-to: tag reuse 530")
wanted("reply_to: several replies arrive, with tags in order",
       "gives every reply the same delivery tag",
       ["delivery_tag=2 ", "delivery_tag=3 ", OPEN], "delivery tags: per channel, each its own")
wanted("reply_to: a mandatory reply is not returned", "returns what it has delivered",
       ["basic.deliver consumer_tag='t'", OPEN],
       "direct reply-to: mandatory replies count as routed since 4.2")
wanted("reply_to: a mandatory reply when the asker is gone", "returns it", ["basic.ack", OPEN],
       "direct reply-to: mandatory replies count as routed even if the requester is gone")
wanted("reply_to: a reply to a made-up name with mandatory", "returns it", ["basic.ack", OPEN],
       "direct reply-to: mandatory replies count as routed even if the requester is gone")
wanted(["reply_to: basic.get of the name itself", "reply_to: basic.get of a live reply name"],
       "404", close(540, 60, 70) + [GONE], "direct reply-to: basic.get 540")
wanted("reply_to: binding the name itself", "404", close(403, 50, 20, "channel") + [OPEN],
       "direct reply-to as the target of a binding: 403 since 4.3")

wanted("bind: headers binding: timestamps and integers",
       "compares the bare numbers: a timestamp of 5 equals an integer of 5",
       ["basic.get-empty", OPEN],
       "header values: equal by value within one kind; a timestamp is no integer")

# ---- full queues, and quorum queues

wanted(["confirm: a message refused by reject-publish is nacked",
        "confirm: one refusing queue of several nacks the publish"],
       "answers with multiple and requeue set, although one publish is meant",
       ["basic.nack delivery_tag=", " multiple=False requeue=False"],
       "reject-publish: the publisher gets one nack")
wanted("arguments: a message requeued on a quorum queue counts its deliveries",
       "knows x-delivery-count only",
       ["x-delivery-count=l:2, x-acquired-count=l:2"],
       "redelivery headers: since 4.0 all deliveries are counted as well")

# ---- exchange types

for _argument in ("hash-header", "hash-property"):
    wanted(f"exchange_types: redeclaring a consistent-hash exchange with another {_argument}",
           "does not look at it", close(406, 40, 10, "channel") + [f"inequivalent arg '{_argument}'"],
           "exchange.declare: equivalence compares it since 4.x: what is hashed would not be what "
           "was asked for")

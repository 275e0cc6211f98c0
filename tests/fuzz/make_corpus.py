#!/usr/bin/env python3
"""Writes the seeds of the protocol fuzzers into corpus/<name>/: sound inputs to start from.

Run it after a change of an input format; the files are checked in.
"""
import pathlib
import struct

HERE = pathlib.Path(__file__).parent


def short(text):
    return bytes([len(text)]) + text


def long(octets):
    return struct.pack(">I", len(octets)) + octets


TABLE = b"".join(
    short(name) + value
    for name, value in [
        (b"void", b"V"),
        (b"bool", b"t\x01"),
        (b"byte", b"b\x80"),
        (b"ubyte", b"B\xff"),
        (b"short", b"s\x80\x00"),
        (b"ushort", b"u\xff\xff"),
        (b"int", b"I" + struct.pack(">i", -5)),
        (b"uint", b"i" + struct.pack(">I", 5)),
        (b"long", b"l" + struct.pack(">q", -7)),
        (b"Long", b"L" + struct.pack(">q", 7)),
        (b"float", b"f" + struct.pack(">f", 1.5)),
        (b"double", b"d" + struct.pack(">d", -1.5)),
        (b"decimal", b"D\x02" + struct.pack(">I", 314)),
        (b"time", b"T" + struct.pack(">Q", 1700000000)),
        (b"text", b"S" + long(b"text")),
        (b"bytes", b"x" + long(b"\x00\xff")),
        (b"array", b"A" + long(b"Vt\x00S" + long(b"in"))),
        (b"table", b"F" + long(short(b"k") + b"A" + long(b"F" + long(b"")))),
        (b"text", b"S" + long(b"again")),
    ]
)


def frame(kind, channel, payload):
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"


def method(class_id, method_id, fields=b""):
    return struct.pack(">HH", class_id, method_id) + fields


PUBLISH = b"\0\0" + short(b"exchange") + short(b"key") + b"\x01"

METHODS = {
    "start_ok": method(10, 11, long(TABLE) + short(b"PLAIN") + long(b"\0guest\0guest") + short(b"en_US")),
    "tune_ok": method(10, 31, struct.pack(">HIH", 2047, 131072, 60)),
    "open": method(10, 40, short(b"/") + short(b"") + b"\0"),
    "close": method(10, 50, struct.pack(">H", 200) + short(b"bye") + b"\0\0\0\0"),
    "queue_declare": method(50, 10, b"\0\0" + short(b"q") + b"\x02" + long(TABLE)),
    "exchange_bind": method(40, 30, b"\0\0" + short(b"d") + short(b"s") + short(b"k") + b"\0" + long(b"")),
    "consume": method(60, 20, b"\0\0" + short(b"q") + short(b"tag") + b"\x0a" + long(b"")),
    "publish": method(60, 40, PUBLISH),
    "deliver": method(60, 60, short(b"tag") + struct.pack(">Q", 1) + b"\0" + short(b"e") + short(b"k")),
    "get_ok": method(60, 71, struct.pack(">Q", 1) + b"\x01" + short(b"e") + short(b"k") + b"\0\0\0\x05"),
    "nack": method(60, 120, struct.pack(">Q", 1) + b"\x03"),
    "open_ok": method(20, 11, long(b"")),
    "unbind_ok": method(40, 51),
}


def header(body_octets, properties):
    return struct.pack(">HHQ", 60, 0, body_octets) + properties


ALL_PROPERTIES = (
    struct.pack(">H", 0xFFFC)
    + short(b"text/plain") + short(b"gzip") + long(TABLE) + b"\x02\x09"
    + short(b"correlation") + short(b"reply") + short(b"60000") + short(b"message")
    + struct.pack(">Q", 1700000000)
    + short(b"type") + short(b"user") + short(b"app") + short(b"cluster")
)


def piece(kind, payload):
    return struct.pack(">BH", kind, len(payload)) + payload


def step(what, where=1, payload=b""):
    return struct.pack(">BBH", what, where, len(payload)) + payload


OTHER = 0x80 + 1  # channel 1 of the other client
TIME, ALARM, ALARM_ENDS, STOP_READING, READ, READ_ON, HOLD_TURNS, TURNS, HOLD_STORE, RELEASE, LOSE = range(17, 28)
PUBLISH_Q = method(60, 40, b"\0\0" + short(b"") + short(b"q") + b"\x01")
CONFIRM = step(1, OTHER, method(85, 10, b"\0"))


def publish(where=OTHER, properties=b"\x10\x00\x02", body=b"body"):
    return step(1, where, PUBLISH_Q) + step(2, where, header(len(body), properties)) + step(3, where, body)


def declare(name, flags=b"\0", arguments=b""):
    return method(50, 10, b"\0\0" + short(name) + flags + long(arguments))


CONNECTION = {
    "publish_and_ack": publish() + step(1, 1, method(60, 80, struct.pack(">Q", 1) + b"\0")),
    "publish_all_properties": publish(properties=ALL_PROPERTIES.replace(b"\x04user", b"\x05guest")),
    "nack_and_close": publish() + publish() + step(1, 1, method(60, 120, struct.pack(">Q", 0) + b"\x03"))
    + step(1, 1, method(20, 40, struct.pack(">H", 200) + short(b"") + b"\0\0\0\0")),
    "get_and_recover": step(1, 1, method(60, 30, short(b"t") + b"\0")) + publish()
    + step(1, OTHER, method(60, 70, b"\0\0" + short(b"q") + b"\0")) + step(1, OTHER, method(60, 110, b"\x01")),
    "confirms_held": step(HOLD_STORE) + CONFIRM + publish() * 3 + step(RELEASE, 0, b"1") + step(RELEASE, 0, b"12"),
    "transaction": step(1, 1, method(90, 10)) + publish(1) + step(1, 1, method(90, 20)) + publish(1)
    + step(1, 1, method(90, 30)),
    "exclusive_and_lost": step(1, OTHER, declare(b"mine", b"\x04")) + step(1, OTHER, method(
        60, 20, b"\0\0" + short(b"mine") + short(b"c") + b"\0" + long(b""))) + step(LOSE, OTHER),
    "auto_delete": step(1, 1, declare(b"a", b"\x08")) + step(1, 1, method(
        60, 20, b"\0\0" + short(b"a") + short(b"c") + b"\x02" + long(b""))) + step(1, 1, method(
            60, 30, short(b"c") + b"\0")),
    "reply_to": step(1, OTHER, method(60, 20, b"\0\0" + short(b"amq.rabbitmq.reply-to") + short(b"r") + b"\x02"
                                      + long(b""))) + publish(properties=struct.pack(">H", 0x0200)
                                                              + short(b"amq.rabbitmq.reply-to")),
    "slow_reader": step(STOP_READING, 1) + publish(body=b"x" * 4000) * 4 + step(READ, 1, b"x" * 5000)
    + step(READ_ON, 1),
    "alarm": step(ALARM) + publish() + step(ALARM_ENDS) + publish() + step(TIME, 0, b"x" * 29),
    "one_turn": step(HOLD_TURNS) + CONFIRM + publish() * 2 + step(1, 1, method(50, 40, b"\0\0" + short(b"q") + b"\0"))
    + step(TURNS),
    "delete_and_purge": publish() + step(1, OTHER, method(50, 30, b"\0\0" + short(b"q") + b"\0"))
    + step(1, OTHER, method(50, 40, b"\0\0" + short(b"q") + b"\0")),
    "exchanges": step(1, 1, method(40, 10, b"\0\0" + short(b"x") + short(b"headers") + b"\x04" + long(
        short(b"alternate-exchange") + b"S" + long(b"y")))) + step(1, 1, method(
            40, 30, b"\0\0" + short(b"x") + short(b"amq.topic") + short(b"#.a") + b"\0" + long(b""))),
    "qos_global": step(1, OTHER, method(60, 10, struct.pack(">IH", 0, 1) + b"\x01")) + publish() * 2,
    "raw": step(16, 1, frame(1, 1, declare(b"r")) + frame(8, 0, b"") + b"\x01\x00"),
}

GREETING = b"AMQP\0\0\x09\x01"
LOGIN = frame(1, 0, METHODS["start_ok"]) + frame(1, 0, METHODS["tune_ok"]) + frame(1, 0, METHODS["open"])
HANDSHAKE = {
    "login": b"\xff\x00" + GREETING + LOGIN,
    "octet_by_octet": b"\x00\x00" + GREETING + LOGIN,
    "from_elsewhere": b"\xff\x01" + GREETING + LOGIN,
    "amqplain": b"\x20\x00" + GREETING + frame(1, 0, method(10, 11, long(b"") + short(b"AMQPLAIN") + long(
        short(b"LOGIN") + b"S" + long(b"guest") + short(b"PASSWORD") + b"S" + long(b"guest")) + short(b"en_US"))),
    "declare_and_close": b"\x40\x00" + GREETING + LOGIN + frame(1, 1, method(20, 10, short(b"")))
    + frame(1, 1, declare(b"q")) + frame(1, 0, METHODS["close"]),
    "publish": b"\x40\x00" + GREETING + LOGIN + frame(1, 9, method(20, 10, short(b""))) + frame(1, 9, declare(b"q"))
    + frame(1, 9, PUBLISH_Q) + frame(2, 9, header(4, b"\0\0")) + frame(3, 9, b"body"),
    "http": b"\xff\x00GET / HTTP/1.1\r\n",
    "tls": b"\xff\x00\x16\x03\x01\x00\xf1\x01",
    "amqp_1_0": b"\xff\x00AMQP\x03\x01\x00\x00",
}

SEEDS = {
    "connection": CONNECTION,
    "handshake": HANDSHAKE,
    "field_table": {
        "every_type": TABLE,
        "empty": b"",
        "nested": short(b"a") + b"F" + long(short(b"b") + b"F" + long(short(b"c") + b"A" + long(b"V"))),
    },
    "method": METHODS,
    "frame": {
        "one_of_each": b"\x05\x00" + frame(1, 1, METHODS["publish"]) + frame(2, 1, header(4, b"\0\0"))
        + frame(3, 1, b"body") + frame(8, 0, b""),
        "limited": b"\x10\x04" + frame(3, 1, b"x" * 64) + frame(3, 1, b"x" * 65),
        "bad_end": b"\x00\x00" + frame(1, 0, b"method")[:-1] + b"\x00",
    },
    "content": {
        "no_body": piece(0, PUBLISH) + piece(1, header(0, b"\0\0")),
        "one_body": piece(0, PUBLISH) + piece(1, header(4, b"\x10\x00\x02")) + piece(2, b"body"),
        "two_bodies": piece(0, PUBLISH) + piece(1, header(104, ALL_PROPERTIES)) + piece(2, b"body")
        + piece(2, b"x" * 100),
        "out_of_order": piece(0, PUBLISH) + piece(3, b"") + piece(1, header(1, b"\0\0")) + piece(2, b"x"),
    },
}

for name, seeds in SEEDS.items():
    folder = HERE / "corpus" / name
    folder.mkdir(parents=True, exist_ok=True)
    for seed, octets in seeds.items():
        (folder / seed).write_bytes(octets)

#!/usr/bin/python3
"""What only a client without manners can see: limits, heartbeats, logins, order of frames."""

import struct
import time

import harness
from harness import case, expect, fresh_name, require, wait_until
from raw_amqp import (BASIC_ACK, BASIC_CANCEL, BASIC_DELIVER, BASIC_GET, BASIC_GET_OK,
                      BASIC_RETURN, CHANNEL_CLOSE, CHANNEL_CLOSE_OK, CHANNEL_OPEN,
                      CHANNEL_OPEN_OK, CONNECTION_CLOSE, CONNECTION_OPEN_OK, CONNECTION_START,
                      CONNECTION_TUNE, HEARTBEAT, UPDATE_SECRET, UPDATE_SECRET_OK, RawConnection,
                      SocketClosed, frame, long_string, method_frame, publish_frames,
                      short_string, table)


def expect_end(connection):
    try:
        got = connection.next_frame()
    except SocketClosed:
        return
    raise AssertionError(f"{got} instead of the end of the socket")


@case("10,000 channels open and close, one after the other, on one connection", alone=True)
def many_channels():
    close = struct.pack(">H", 200) + b"\0" + b"\0\0\0\0"
    with RawConnection() as connection:
        for i in range(10_000):
            channel = 2 + i % 2000
            connection.call(channel, CHANNEL_OPEN, b"\0", CHANNEL_OPEN_OK)
            connection.call(channel, CHANNEL_CLOSE, close, CHANNEL_CLOSE_OK)
        connection.close()


@case("1,000 connections at once publish and are confirmed", alone=True)
def many_connections():
    queue = fresh_name()
    with RawConnection() as observer:
        observer.declare(queue)
        connections = [RawConnection(login=False) for _ in range(1000)]
        try:
            # In step: every connection is in the same state before the next one is entered.
            for connection in connections:
                connection.send_protocol_header()
            for connection in connections:
                connection.expect(CONNECTION_START, seconds=30)
                connection.send_start_ok()
            for connection in connections:
                connection.expect(CONNECTION_TUNE, seconds=30)
                connection.send_open()
            for connection in connections:
                connection.expect(CONNECTION_OPEN_OK, seconds=30)
                connection.send_method(1, CHANNEL_OPEN, b"\0")
            for connection in connections:
                connection.expect(CHANNEL_OPEN_OK, seconds=30)
                connection.confirm_select()
                connection.send(publish_frames(queue, b"one of a thousand"))
            for connection in connections:
                expect(connection.expect(BASIC_ACK, seconds=30).delivery_tag(), 1)
            expect(observer.declare(queue, passive=True), 1000, "messages")
        finally:
            for connection in connections:
                connection.drop()
        observer.delete(queue)
        observer.close()


@case("exclusive queues are gone when close-ok arrives")
def exclusive_after_close():
    queue = fresh_name()
    for _ in range(20):
        connection = RawConnection()
        connection.declare(queue, exclusive=True)  # 405 if that of the last round still lived
        connection.close()


@case("an exclusive queue can be declared again soon after its owner's socket dropped")
def exclusive_after_drop():
    queue = fresh_name()
    owner = RawConnection()
    owner.declare(queue, exclusive=True)
    owner.drop()

    def declared():
        with RawConnection() as heir:
            try:
                heir.declare(queue, exclusive=True)
            except AssertionError as refused:
                if "RESOURCE_LOCKED" in str(refused):
                    return False
                raise
            return True
    wait_until(declared, "the exclusive queue is free", seconds=5)


@case("an unacked message goes back when its consumer's socket drops")
def unacked_after_drop():
    queue = fresh_name()
    with RawConnection() as observer:
        observer.declare(queue)
        taker = RawConnection()
        observer.send(publish_frames(queue, b"sticky"))
        taker.consume(queue)
        taker.expect(BASIC_DELIVER)
        observer.consume(queue, no_ack=True)
        taker.drop()
        delivery = observer.expect(BASIC_DELIVER)
        redelivered = delivery.payload[5 + delivery.payload[4] + 8]
        expect((redelivered, observer.content()[1]), (1, b"sticky"))
        with RawConnection() as cleaner:
            cleaner.delete(queue)


@case("a consumer that negotiated frame_max 4096 gets no larger frame")
def small_frames():
    queue = fresh_name()
    sizes = [0, 1, 4087, 4088, 4089, 4097, 131064, 1 << 24]
    with RawConnection() as publisher, RawConnection(frame_max=4096) as consumer:
        consumer.declare(queue, exclusive=True)
        consumer.consume(queue, no_ack=True)
        for size in sizes:
            publisher.send(publish_frames(queue, bytes([size % 251]) * size))
        for size in sizes:
            consumer.expect(BASIC_DELIVER)
            require(consumer.content()[1] == bytes([size % 251]) * size, f"body of {size}")


@case("bodies around frame_max pass in frames of their publisher's choice")
def odd_body_frames():
    queue = fresh_name()
    with RawConnection() as connection:
        connection.declare(queue, exclusive=True)
        connection.consume(queue, no_ack=True)
        for step in (1, 4095, 131064):  # octets in a body frame
            body = bytes(range(256)) * 512 if step > 1 else b"octet by octet"
            connection.send(publish_frames(queue, body, frame_max=step + 8))
            connection.expect(BASIC_DELIVER)
            require(connection.content()[1] == body, f"body in frames of {step}")


@case("headers of every type come back octet for octet")
def every_header_type():
    pair = short_string("in") + b"S" + long_string(b"side")
    headers = table(
        ("bool", b"t\1"), ("int8", b"b\x80"), ("uint8", b"B\xff"), ("int16", b"s\x80\0"),
        ("uint16", b"u\xff\xff"), ("int32", b"I\x80\0\0\0"), ("uint32", b"i\xff\xff\xff\xff"),
        ("int64", b"l\x80" + bytes(7)), ("float", b"f" + struct.pack(">f", 1.5)),
        ("double", b"d" + struct.pack(">d", -1e300)), ("decimal", b"D\2" + b"\0\0\1\x3a"),
        ("longstr", b"S" + long_string("Grüße\0".encode())), ("octets", b"x\0\0\0\2\0\xff"),
        ("time", b"T" + struct.pack(">Q", 1_700_000_000)), ("void", b"V"),
        ("table", b"F" + long_string(pair)),
        ("array", b"A" + long_string(b"t\0" + b"V" + b"F" + long_string(pair))), ("", b"t\1"))
    properties = struct.pack(">H", 0x2000) + headers
    queue = fresh_name()
    with RawConnection() as connection:
        connection.declare(queue)
        connection.send(publish_frames(queue, b"x", properties=properties))
        connection.call(1, BASIC_GET, b"\0\0" + short_string(queue) + b"\1", BASIC_GET_OK)
        expect(connection.content()[0], properties, "properties")
        connection.delete(queue)


@case("a mandatory message without a queue is returned before it is acked")
def return_before_ack():
    with RawConnection() as connection:
        connection.confirm_select()
        connection.send(publish_frames(fresh_name(), b"back to me", mandatory=True) * 3)
        acked = 0
        for returned in range(1, 4):
            got = connection.next_frame()
            while got.method == BASIC_ACK:
                acked = got.delivery_tag()
                got = connection.next_frame()
            expect(got.method, BASIC_RETURN, "method")
            require(acked < returned, "the ack waits for the return")
            expect(got.reply(), (312, "NO_ROUTE"))
            expect(connection.content()[1], b"back to me")
        while acked < 3:
            acked = connection.expect(BASIC_ACK).delivery_tag()


@case("a consumer whose queue is deleted gets basic.cancel if it said it understands it")
def cancel_notify():
    queue = fresh_name()
    with RawConnection() as able, RawConnection(capabilities=()) as unable:
        able.declare(queue)
        able.consume(queue)
        unable.consume(queue)
        with RawConnection() as other:
            other.delete(queue)
        able.expect(BASIC_CANCEL)
        # The answer to the next method shows that nothing was sent before it.
        unable.call(2, CHANNEL_OPEN, b"\0", CHANNEL_OPEN_OK)


@case("who deletes a queue hears queue.delete-ok first, then that its own consumer is cancelled")
def cancel_after_delete_ok():
    queue = fresh_name()
    with RawConnection() as connection:
        connection.declare(queue)
        connection.consume(queue)
        # py-amqp raises ConsumerCancelled while it waits for the answer, if the order is the other.
        connection.delete(queue)
        connection.expect(BASIC_CANCEL)


@case("update-secret with the password that is valid is answered")
def update_secret():
    with RawConnection() as connection:
        connection.call(0, UPDATE_SECRET,
                        long_string(harness.PASSWORD.encode()) + short_string("rotation"),
                        UPDATE_SECRET_OK)
        connection.declare(fresh_name(), exclusive=True)


@case("the server's heartbeats come about every half interval")
def server_heartbeats():
    with RawConnection(heartbeat=1) as connection:
        begin = time.monotonic()
        for _ in range(5):
            got = connection.next_frame(seconds=1.5)
            expect((got.kind, got.channel, got.payload), (HEARTBEAT, 0, b""), "frame")
            connection.send(frame(HEARTBEAT, 0, b""))
        require(time.monotonic() - begin > 1, "not more often than needed")
        connection.declare(fresh_name(), exclusive=True)


@case("a client that goes silent is dropped after two heartbeat intervals")
def silent_client():
    with RawConnection(heartbeat=1) as connection:
        begin = time.monotonic()
        try:
            while True:
                got = connection.next_frame(seconds=8)
                expect(got.kind, HEARTBEAT, "kind of frame")
        except SocketClosed:
            pass
        require(time.monotonic() - begin >= 1.5, "the client has time")


@case("any octets keep a connection alive, not only heartbeats")
def traffic_is_life():
    with RawConnection(heartbeat=1) as connection:
        end = time.monotonic() + 4
        while time.monotonic() < end:
            connection.send(publish_frames(fresh_name(), b"to nowhere"))
            try:
                connection.next_frame(seconds=0.4)
            except TimeoutError:
                pass
        connection.close()


@case("heartbeat 0 means that nobody is dropped and nothing is sent")
def no_heartbeats():
    with RawConnection(heartbeat=0) as connection:
        try:
            got = connection.next_frame(seconds=3)
        except TimeoutError:
            got = None
        expect(got, None, "frame")
        connection.close()


@case("a refused login is a 403 for a client that asked to be told")
def login_refused_with_close():
    with RawConnection(login=False) as connection:
        connection.send_protocol_header()
        connection.expect(CONNECTION_START)
        connection.send_start_ok(password="wrong")
        expect(connection.expect(CONNECTION_CLOSE).reply(),
               (403, "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. "
                     "For details see the broker logfile."))


@case("a refused login is the end of the socket for a client that did not ask")
def login_refused_in_silence():
    with RawConnection(login=False) as connection:
        connection.send_protocol_header()
        connection.expect(CONNECTION_START)
        connection.send_start_ok(user="nobody", capabilities=())
        expect_end(connection)


@case("another protocol's header is answered with ours")
def wrong_header():
    with RawConnection(login=False) as connection:
        connection.send(b"AMQP\0\2\0\0")
        answer = b""
        while len(answer) < 8:
            octets = connection.socket.recv(8)
            if not octets:
                break
            answer += octets
        expect(answer[:4], b"AMQP")
        expect(len(answer), 8, "octets before the end")
        expect_end(connection)


@case("a frame with a wrong end octet is a 501")
def bad_frame_end():
    with RawConnection() as connection:
        connection.send(method_frame(1, CHANNEL_OPEN, b"\0")[:-1] + b"\xcf")
        expect(connection.expect(CONNECTION_CLOSE).reply()[0], 501)


if __name__ == "__main__":
    harness.main()

#!/usr/bin/python3
"""SIGTERM as clients see it. Ends the broker of BROKER_PID, so tests/interop/run starts it last,
and only for a broker of its own."""

import os
import signal
import socket

import pika
import pika.exceptions

import harness
from harness import case, expect, fresh_name, require, wait_until
from raw_amqp import (BASIC_ACK, CONNECTION_CLOSE, CONNECTION_CLOSE_OK, RawConnection,
                      SocketClosed, publish_frames)

CONNECTION_FORCED = 320
STUCK_MESSAGES = 16  # of 1 MiB: more than an outbox and the kernel's buffers take


def expect_forced(connection):
    closing = connection.expect(CONNECTION_CLOSE)
    code, text = closing.reply()
    expect(code, CONNECTION_FORCED, text)
    require(text.startswith("CONNECTION_FORCED - "), text)
    try:
        connection.send_method(0, CONNECTION_CLOSE_OK)
        got = connection.next_frame()
    except (SocketClosed, ConnectionError):  # a broker in a hurry does not wait for close-ok
        return
    raise AssertionError(f"{got} instead of the end of the socket")


@case("SIGTERM closes an idle connection with 320", alone=True)
def idle():
    expect_forced(idle_connection)


@case("SIGTERM closes a consuming connection with 320", alone=True)
def consuming():
    expect_forced(consuming_connection)


@case("pika sees SIGTERM as ConnectionClosedByBroker 320", alone=True)
def pika_sees_it():
    try:
        pika_connection.process_data_events(harness.PATIENCE)
    except pika.exceptions.ConnectionClosedByBroker as closed:
        expect(closed.reply_code, CONNECTION_FORCED, closed.reply_text)
    else:
        raise AssertionError("the connection was not closed")


@case("after SIGTERM nobody new gets in", alone=True)
def nobody_new():
    def refused():
        try:
            socket.create_connection((harness.HOST, harness.PORT), timeout=1).close()
        except OSError:
            return True
        return False
    wait_until(refused, "the port is closed", seconds=20)


if __name__ == "__main__":
    idle_connection = RawConnection()
    consuming_connection = RawConnection()
    shutdown_queue = fresh_name()
    consuming_connection.declare(shutdown_queue, exclusive=True)
    consuming_connection.consume(shutdown_queue)
    pika_connection = pika.BlockingConnection(pika.ConnectionParameters(
        harness.HOST, harness.PORT,
        credentials=pika.PlainCredentials(harness.USER, harness.PASSWORD)))
    pika_connection.channel()
    # A client that reads nothing of what waits for it: the broker must not wait for it to the end.
    stuck_connection = RawConnection(receive_buffer=64 << 10)
    stuck_queue = fresh_name("stuck")
    stuck_connection.declare(stuck_queue, exclusive=True)
    stuck_connection.consume(stuck_queue, no_ack=True)
    consuming_connection.confirm_select()
    consuming_connection.send(publish_frames(stuck_queue, bytes(1 << 20)) * STUCK_MESSAGES)
    while consuming_connection.expect(BASIC_ACK).delivery_tag() < STUCK_MESSAGES:
        pass
    os.kill(harness.BROKER_PID, signal.SIGTERM)
    harness.main()

#!/usr/bin/python3
"""The broker as a service: what it tells systemd, its log files, Unix sockets, SIGHUP."""

import base64
import http.client
import os
import re
import socket
import stat
import subprocess
import tempfile

import pika

import harness
from harness import case, expect, require, wait_until
from own_broker import LEVERET, OwnBroker
from raw_amqp import RawConnection


def amqp(broker):
    return pika.BlockingConnection(pika.ConnectionParameters(
        "127.0.0.1", broker.ports["amqp"], credentials=pika.PlainCredentials("guest", "guest")))


class LocalClient(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)


@case("systemd is told when the broker is ready, reads its configuration again and stops")
def notify():
    with tempfile.TemporaryDirectory() as directory, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        path = os.path.join(directory, "notify")
        manager.bind(path)
        manager.settimeout(harness.PATIENCE)
        broker = OwnBroker(variables={"NOTIFY_SOCKET": path})
        expect(manager.recv(1000), b"READY=1\n")
        amqp(broker).close()
        broker.hang_up()
        told = manager.recv(1000).decode()
        require(re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+\n", told), told)
        expect(manager.recv(1000), b"READY=1\n", "when it is done")
        expect(broker.stop(), 0, "exit code")
        expect(manager.recv(1000), b"STOPPING=1\n")


@case("a socket of the service manager without a file is told as well")
def notify_abstract():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        name = harness.fresh_name("notify")
        manager.bind("\0" + name)
        manager.settimeout(harness.PATIENCE)
        broker = OwnBroker(variables={"NOTIFY_SOCKET": "@" + name})
        expect(manager.recv(1000), b"READY=1\n")
        expect(broker.stop(), 0, "exit code")


@case("a log file is put aside when it is full, no more of them than log.keep, and no line is lost")
def rotation():
    broker = OwnBroker('[log]\nfile = "{home}/log"\nmax_size = 2048\nkeep = 3\n')
    log = os.path.join(broker.home, "log")
    try:
        for _ in range(60):
            amqp(broker).close()
        wait_until(lambda: os.path.exists(log + ".3"), "the third file that was put aside")
        wait_until(lambda: "closed by the client" in open(log, encoding="utf-8").read()
                   or os.path.getsize(log) < 2048, "the last line is written")
        files = sorted(name for name in os.listdir(broker.home) if name.startswith("log"))
        expect(files, ["log", "log.1", "log.2", "log.3"])
        for name in files:
            require(os.path.getsize(os.path.join(broker.home, name)) <= 2048, f"{name} is small")
        ports = re.findall(r"127\.0\.0\.1:(\d+) -> \S+ closed by the client", "".join(
            open(os.path.join(broker.home, name), encoding="utf-8").read()
            for name in reversed(files)))
        require(len(ports) > 10 and len(ports) == len(set(ports)), "each line once")
    finally:
        expect(broker.stop(), 0, "exit code")


@case("SIGHUP opens the log file again and takes its level from the file")
def hang_up():
    broker = OwnBroker('[log]\nfile = "{home}/log"\nlevel = "info"\nformat = "json"\n')
    log = os.path.join(broker.home, "log")

    def text():
        return open(log, encoding="utf-8").read() if os.path.exists(log) else ""
    try:
        amqp(broker).close()
        wait_until(lambda: "closed by the client" in text(), "a line of the level info")
        os.rename(log, log + ".moved")
        broker.write_config('[log]\nfile = "{home}/log"\nlevel = "warning"\nformat = "json"\n')
        broker.hang_up()

        def only_warnings():
            connection = amqp(broker)
            connection._impl._get_write_buffer_size()  # pylint: disable=protected-access
            socket_ = connection._impl._transport._sock  # pylint: disable=protected-access
            socket_.close()  # the client leaves without closing: a warning
            return "left without closing" in text()
        wait_until(only_warnings, "warnings in the new file")
        amqp(broker).close()
        warnings = text().count("left without closing")
        wait_until(lambda: only_warnings() and text().count("left without closing") > warnings,
                   "a warning after that")
        require("closed by the client" not in text(), "nothing below the new level")
        broker.write_config("[log]\nlevel = \"loud\"\n")
        broker.hang_up()
        wait_until(lambda: "the configuration stays as it was" in text(), "the fault is told")
        require("loud" in text(), "what was wrong")
    finally:
        expect(broker.stop(), 0, "exit code")


@case("SIGHUP moves the limit of the memory alarm: publishers are blocked, and go on")
def alarms():
    broker = OwnBroker("[memory]\nhigh_watermark = 0.6\n")
    try:
        connection = amqp(broker)
        blocked, unblocked = [], []
        connection.add_on_connection_blocked_callback(lambda *_: blocked.append(True))
        connection.add_on_connection_unblocked_callback(lambda *_: unblocked.append(True))
        channel = connection.channel()
        broker.write_config("[memory]\nhigh_watermark = \"1MiB\"\n")
        broker.hang_up()

        def publish_until(what):
            def step():
                if not blocked:
                    channel.basic_publish("", "nowhere", b"x")
                connection.process_data_events(0.05)
                return what
            return step
        wait_until(publish_until(blocked), "connection.blocked")
        broker.write_config("[memory]\nhigh_watermark = 0.6\n")
        broker.hang_up()
        wait_until(publish_until(unblocked), "connection.unblocked")
        connection.close()
    finally:
        expect(broker.stop(), 0, "exit code")


@case("Unix sockets of AMQP and HTTP: mode 0660, everybody logs in, guest may")
def unix_sockets():
    path, of_http = ("/tmp/" + harness.fresh_name("sock") for _ in range(2))
    broker = OwnBroker(flags=["--amqp-listen", f"unix:{path},127.0.0.1:0",
                              "--http-listen", f"unix:{of_http}"])
    try:
        for one in (path, of_http):
            expect(stat.S_IMODE(os.stat(one).st_mode), 0o660, "mode")
        with RawConnection(user="guest", password="guest", path=path) as client:
            client.declare(harness.fresh_name())
        client = LocalClient(of_http)
        basic = base64.b64encode(b"guest:guest").decode()
        client.request("GET", "/api/overview", headers={"authorization": f"Basic {basic}"})
        expect(client.getresponse().status, 200)
        client.close()
        client.request("GET", "/api/overview")
        expect(client.getresponse().status, 401, "a password is asked for")
        client.close()
        second = subprocess.run(
            [LEVERET, "serve", "--amqp-listen", f"unix:{path}", "--http-listen=",
             "--data-dir", os.path.join(broker.home, "second")],
            capture_output=True, text=True, timeout=30, check=False)
        expect(second.returncode, 1, "a second broker on the same socket")
        require("another process listens there" in second.stdout + second.stderr, second.stderr)
        broker.process.kill()
        broker.process.wait()
        require(os.path.exists(path), "the killed one has left it")
        heir = OwnBroker(flags=["--amqp-listen", f"unix:{path}"])
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
        expect(heir.stop(), 0, "exit code")
        require(not os.path.exists(path), "an orderly end removes it")
    finally:
        if broker.process.poll() is None:
            broker.process.kill()


@case("ctl.sock: mode 0600, and the broker's own user needs no password")
def ctl_socket():
    broker = OwnBroker()
    path = os.path.join(broker.home, "data", "ctl.sock")
    try:
        expect(stat.S_IMODE(os.stat(path).st_mode), 0o600, "mode")
        client = LocalClient(path)
        client.request("GET", "/api/overview")
        expect(client.getresponse().status, 200)
        client.close()
    finally:
        expect(broker.stop(), 0, "exit code")


if __name__ == "__main__":
    harness.main()

"""The binary under test on a directory of its own, and small clients for what it serves."""

import base64
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import urllib.parse

import pika

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LEVERET = os.environ.get("LEVERET", str(ROOT / "build" / "leveret"))
STOP_SECONDS = 30
ANSWER_SECONDS = 30


def quote(text):
    return urllib.parse.quote(text, safe="")


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Answer:
    """Status, fields and body of an answer."""

    def __init__(self, response, body):
        self.status = response.status
        self.fields = {name.lower(): value for name, value in response.getheaders()}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


class Broker:
    """One broker; its ports are free ones."""

    def __init__(self, *flags):
        self.home = tempfile.mkdtemp(prefix="api-test-")
        self.data_dir = os.path.join(self.home, "data")
        self.flags = flags
        self.process = None
        self.amqp_port = self.http_port = 0

    def start(self):
        self.process = subprocess.Popen(
            [LEVERET, "serve", "--amqp-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0",
             "--data-dir", self.data_dir, "--log-level", "info",
             "--log-file", os.path.join(self.home, "log"), *self.flags],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"amqp 127\.0\.0\.1:(\d+), http 127\.0\.0\.1:(\d+)", line)
        if not found:
            raise AssertionError(f"the broker does not start: {line!r}\n{self.log()}")
        self.amqp_port, self.http_port = int(found[1]), int(found[2])
        return self

    def log(self):
        path = pathlib.Path(self.home, "log")
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def stop(self):
        """Returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process.stdout.close()
        return code

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def memory_octets(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * int(re.search(r"RssAnon:\s+(\d+)", status)[1])

    # Clients

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=ANSWER_SECONDS)

    def ask(self, method, path, body=None, fields=None, user="guest", password="guest"):
        """One request; a body that is no text or octets goes as JSON. `user=None`: nobody."""
        fields = dict(fields or {})
        if user is not None:
            fields.setdefault("authorization", basic(user, password))
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        connection = self.connection()
        try:
            connection.request(method, path, body, fields)
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def put(self, path, body=None, **more):
        return self.ask("PUT", path, {} if body is None else body, **more)

    def post(self, path, body=None, **more):
        return self.ask("POST", path, {} if body is None else body, **more)

    def delete(self, path, **more):
        return self.ask("DELETE", path, **more)

    def amqp(self, name=None):
        properties = {"connection_name": name} if name else None
        return pika.BlockingConnection(pika.ConnectionParameters(
            "127.0.0.1", self.amqp_port, client_properties=properties))

    def ctl(self, *words, environment=None):
        """Runs `leveret ctl`; returns its exit code, output and errors."""
        done = subprocess.run(
            [LEVERET, "ctl", *words, *([] if environment else ["--data-dir", self.data_dir])],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=ANSWER_SECONDS,
            env={**os.environ, **(environment or {})}, check=False)
        return done.returncode, done.stdout, done.stderr


class WebSocket:
    """A WebSocket, as far as the feed needs one."""

    def __init__(self, broker, fields=None, path="/api/x/events"):
        self.socket = socket.create_connection(("127.0.0.1", broker.http_port), ANSWER_SECONDS)
        lines = {"Host": f"localhost:{broker.http_port}", "Upgrade": "websocket",
                 "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                 "Sec-WebSocket-Protocol": "console.v1",
                 "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
                 **({"authorization": basic("guest", "guest")} if fields is None else fields)}
        request = f"GET {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items())
        self.socket.sendall(request.encode() + b"\r\n")
        self.octets = b""
        while b"\r\n\r\n" not in self.octets:
            more = self.socket.recv(65536)
            if not more:
                break
            self.octets += more
        head, _, self.octets = self.octets.partition(b"\r\n\r\n")
        self.status = int(head.split(b" ")[1])
        self.head = head.decode()

    def send(self, message):
        self.send_text(json.dumps(message))

    def send_text(self, text, opcode=1):
        data = text.encode()
        mask = os.urandom(4)
        if len(data) < 126:
            head = struct.pack(">BB", 0x80 | opcode, 0x80 | len(data))
        elif len(data) < 65536:
            head = struct.pack(">BBH", 0x80 | opcode, 0x80 | 126, len(data))
        else:
            head = struct.pack(">BBQ", 0x80 | opcode, 0x80 | 127, len(data))
        self.socket.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def _take(self, count):
        while len(self.octets) < count:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError
            self.octets += more
        taken, self.octets = self.octets[:count], self.octets[count:]
        return taken

    def frame(self):
        """The next frame's opcode and octets."""
        first, second = self._take(2)
        length = second & 0x7F
        if length == 126:
            length = struct.unpack(">H", self._take(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", self._take(8))[0]
        return first & 0x0F, self._take(length)

    def receive(self):
        """The next message; a close is `("close", code)`."""
        while True:
            try:
                opcode, octets = self.frame()
            except EOFError:
                return ("close", None)
            if opcode == 1:
                return json.loads(octets)
            if opcode == 8:
                return ("close", struct.unpack(">H", octets[:2])[0] if octets else None)
            if opcode == 9:
                self.send_text(octets.decode(errors="replace"), opcode=10)

    def receive_until(self, wanted):
        """The next message for which `wanted` is true."""
        end = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < end:
            message = self.receive()
            if isinstance(message, tuple):
                raise AssertionError(f"the socket was closed: {message}")
            if wanted(message):
                return message
        raise AssertionError("the message did not come")

    def hello(self, **more):
        self.send({"op": "hello", **more})
        return self.receive()

    def close(self):
        self.socket.close()

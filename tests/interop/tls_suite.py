#!/usr/bin/python3
"""TLS over the real binary: pika and amqplib, certificates good and bad, HTTPS, and what an
operator may exchange while clients work."""

import base64
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse

import pika
import pika.exceptions

import harness
from certificates import Authority
from harness import case, expect, fresh_name, require, wait_until
from own_broker import OwnBroker

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = tempfile.mkdtemp(prefix="leveret-tls-")
OURS = Authority(WORK, "ours")
THEIRS = Authority(WORK, "theirs")
SERVER = OURS.issue("server", "/O=leveret/CN=server")
OTHER_HOST = OURS.issue("other", "/O=leveret/CN=other", "DNS:other.example")
EXPIRED_SERVER = OURS.issue("expired-server", "/CN=server", days=-1)
CLIENT = OURS.issue("client", "/O=leveret/CN=alice", "DNS:alice.example,DNS:guest")
EXPIRED = OURS.issue("expired", "/O=leveret/CN=alice", days=-1)
UNKNOWN = THEIRS.issue("unknown", "/O=leveret/CN=alice")
NAMES_GUEST = OURS.issue("guest", "/CN=guest")

LISTEN = """
[amqp]
tls_listen = ["127.0.0.1:0"]
[http]
tls_listen = ["127.0.0.1:0"]
"""


def toml(certificate=SERVER, verify="none", more=""):
    return LISTEN + f"""tls_verify = "none"
[tls]
cert = "{certificate[0]}"
key = "{certificate[1]}"
ca = "{OURS.certificate}"
verify = "{verify}"
{more}
"""


def client_context(certificate=None, trusted=OURS):
    context = ssl.create_default_context(cafile=trusted.certificate)
    if certificate:
        context.load_cert_chain(*certificate)
    return context


def connect(broker, certificate=None, trusted=OURS, host="localhost", external=False):
    credentials = (pika.credentials.ExternalCredentials() if external
                   else pika.PlainCredentials("guest", "guest"))
    return pika.BlockingConnection(pika.ConnectionParameters(
        "127.0.0.1", broker.ports["amqp/ssl"], credentials=credentials,
        ssl_options=pika.SSLOptions(client_context(certificate, trusted), host)))


def works(connection, octets=1_000_000):
    """Sends itself a message through many records, and gets the same octets back."""
    channel = connection.channel()
    queue = channel.queue_declare("", exclusive=True).method.queue
    body = os.urandom(1024) * (octets // 1024)
    channel.confirm_delivery()
    channel.basic_publish("", queue, body)
    got = channel.basic_get(queue, auto_ack=True)[2]
    require(got == body, "the same octets come back")


def refused(broker, **how):
    """The connection must not come to be; returns why, as the client sees it."""
    try:
        connect(broker, **how).close()
    except (pika.exceptions.AMQPConnectionError, ssl.SSLError, ConnectionError, OSError) as error:
        return repr(error)
    raise AssertionError("the client was let in")


def node(*arguments):
    process = subprocess.run([shutil.which("node") or "node", "tls_client.mjs", *arguments],
                             cwd=HERE, capture_output=True, text=True, timeout=30, check=False)
    return (process.stdout + process.stderr).strip()


def api(broker, path, certificate=None, method="GET", body=None):
    client = http.client.HTTPSConnection("localhost", broker.ports["https"],
                                         context=client_context(certificate), timeout=10)
    client.request(method, path, body=body, headers={
        "authorization": "Basic " + base64.b64encode(b"guest:guest").decode()})
    answer = client.getresponse()
    octets = answer.read()
    client.close()
    return answer.status, octets, dict(answer.getheaders())


@case("pika sends and gets messages of many records over TLS")
def pika_works():
    with connect(plain) as connection:
        works(connection)
        works(connection, 10 << 20)


@case("amqplib sends and gets messages over TLS")
def amqplib_works():
    expect(node(f"amqps://guest:guest@localhost:{plain.ports['amqp/ssl']}", OURS.certificate),
           "got 300000")


@case("a client that does not know our authority does not come in, and the log says what it said")
def unknown_authority():
    require("CERTIFICATE_VERIFY_FAILED" in refused(plain, trusted=THEIRS), "pika refuses")
    plain.says("the client gave up: ")
    said = node(f"amqps://guest:guest@localhost:{plain.ports['amqp/ssl']}", THEIRS.certificate)
    require(said.startswith("refused: "), said)


@case("a client finds out that the certificate is of another host")
def wrong_host():
    require("mismatch" in refused(plain, host="elsewhere.example"), "pika refuses")


@case("a client that asks for another of our hosts is shown that one's certificate")
def server_name():
    with connect(plain, host="other.example") as connection:
        works(connection, 2048)


@case("a client finds out that the certificate has expired")
def expired_server():
    broker = OwnBroker(toml(EXPIRED_SERVER))
    try:
        require("expired" in refused(broker), "pika refuses")
    finally:
        expect(broker.stop(), 0, "exit code")


@case("with verify = \"required\" nobody comes in without a certificate that we trust")
def required():
    require(refused(strict), "without a certificate")
    strict.says("peer did not return a certificate")
    require(refused(strict, certificate=EXPIRED), "with an expired one")
    strict.says("the client's certificate is refused: certificate has expired")
    require(refused(strict, certificate=UNKNOWN), "with one of an unknown authority")
    strict.says("is refused: unable to get local issuer certificate")
    with connect(strict, certificate=CLIENT) as connection:
        works(connection)
    url = f"amqps://guest:guest@localhost:{strict.ports['amqp/ssl']}"
    require(node(url, OURS.certificate, *UNKNOWN).startswith("refused: "), "amqplib, unknown")
    require(node(url, OURS.certificate, *EXPIRED).startswith("refused: "), "amqplib, expired")
    expect(node(url, OURS.certificate, *CLIENT), "got 300000", "amqplib")


@case("with verify = \"optional\" a client may have none, but none that we do not trust")
def optional():
    with connect(asking) as connection:
        works(connection, 2048)
    require(refused(asking, certificate=UNKNOWN), "with one of an unknown authority")


@case("the API shows the encryption of a connection and its certificate")
def shown():
    with connect(strict, certificate=CLIENT):
        def named():
            status, octets, _ = api(strict, "/api/connections")
            expect(status, 200, octets)
            return [one for one in json.loads(octets) if one.get("peer_cert_subject")]
        one = wait_until(named, "the connection is listed")[0]
    expect(one["ssl"], True, "ssl")
    expect(one["ssl_protocol"], "tlsv1.3", "ssl_protocol")
    expect(one["ssl_key_exchange"], "any", "ssl_key_exchange")
    expect(one["ssl_cipher"], "aes_256_gcm", "ssl_cipher")
    expect(one["ssl_hash"], "aead", "ssl_hash")
    expect(one["peer_cert_subject"], "CN=alice,O=leveret", "subject")
    expect(one["peer_cert_issuer"], "CN=ours,O=leveret", "issuer")
    require(len(one["peer_cert_validity"]) == len("2026-01-01T00:00:00Z - 2027-01-01T00:00:00Z"),
            one["peer_cert_validity"])
    status, octets, _ = api(strict, "/api/overview")
    listeners = {(one["protocol"], one["tls"]) for one in json.loads(octets)["listeners"]}
    require(("amqp/ssl", True) in listeners and ("amqp", False) in listeners, listeners)
    require(("https", True) in listeners, listeners)


@case("HTTPS serves the API, big answers and big requests alike")
def https():
    status, octets, fields = api(plain, "/api/overview")
    expect(status, 200, octets)
    require("strict-transport-security" in fields, fields)
    status, octets, _ = api(plain, "/api/exchanges/%2F/interop.tls", method="PUT",
                            body=json.dumps({"type": "fanout"}))
    require(status in (201, 204), octets)
    publish = json.dumps({"properties": {}, "routing_key": "", "payload": "y" * 3_000_000,
                          "payload_encoding": "string"})
    status, octets, _ = api(plain, "/api/exchanges/%2F/interop.tls/publish", method="POST",
                            body=publish)
    expect(status, 200, octets)


@case("AMQP without TLS on TLS's port, HTTP on it and noise: the log names what it was")
def wrong_protocol_on_tls():
    for octets, words in ((b"AMQP\0\0\x09\x01", "this is AMQP without TLS"),
                          (b"GET / HTTP/1.1\r\n\r\n", "this is HTTP without TLS"),
                          (b"hello, is there anybody", "this is not TLS")):
        begin = len(plain.lines)
        with socket.create_connection(("127.0.0.1", plain.ports["amqp/ssl"]), 10) as client:
            client.sendall(octets)
            try:
                expect(client.recv(100), b"", "an answer")
            except ConnectionError:  # it had not read all of it
                pass
        plain.says(words, after=begin)


@case("TLS on the port of plain AMQP and on that of plain HTTP: the log names the right one")
def tls_on_plain():
    for port, words in (("amqp", "amqp.tls_listen"), ("http", "http.tls_listen")):
        begin = len(plain.lines)
        with socket.create_connection(("127.0.0.1", plain.ports[port]), 10) as client:
            try:
                client_context().wrap_socket(client, server_hostname="localhost")
            except (ssl.SSLError, ConnectionError):
                pass
        plain.says(words, after=begin)


@case("versions below tls.min_version are refused")
def versions():
    context = client_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.1", newest.ports["amqp/ssl"]), 10) as client:
        try:
            context.wrap_socket(client, server_hostname="localhost")
        except ssl.SSLError as error:
            require("PROTOCOL_VERSION" in str(error).upper().replace(" ", "_"), str(error))
        else:
            raise AssertionError("TLS 1.2 was spoken")
    with connect(newest) as connection:
        works(connection, 2048)


@case("the ciphers that are named are the ones that are spoken")
def ciphers():
    context = client_context()
    with socket.create_connection(("127.0.0.1", newest.ports["amqp/ssl"]), 10) as client:
        with context.wrap_socket(client, server_hostname="localhost") as encrypted:
            expect(encrypted.cipher()[0], "TLS_CHACHA20_POLY1305_SHA256", "cipher")


@case("a handshake of TLS that does not go on is cut after tls.handshake_timeout, while another "
      "client works")
def slow_handshake():
    started = time.monotonic()
    slow = [socket.create_connection(("127.0.0.1", newest.ports["amqp/ssl"]), 10)
            for _ in range(200)]
    slow += [socket.create_connection(("127.0.0.1", newest.ports["https"]), 10)
             for _ in range(50)]
    for number, one in enumerate(slow):
        one.sendall(b"\x16\x03\x01\x02\x00"[:1 + number % 5])  # a record that never ends
    ended = []

    def wait_for_the_end():
        for one in slow:
            one.settimeout(20)
            try:
                while one.recv(100):
                    pass
            except ConnectionError:
                pass
            ended.append(time.monotonic())
            one.close()
    waiter = threading.Thread(target=wait_for_the_end)
    waiter.start()
    with connect(newest) as connection:
        while waiter.is_alive():
            works(connection, 2048)
    waiter.join()
    expect(len(ended), len(slow), "sockets that were cut")
    require(ended[0] - started >= 0.5, "they are given their time")
    newest.says("the handshake of TLS took too long (tls.handshake_timeout)")


@case("octets that come one by one make a handshake as well")
def dribble():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = client_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", plain.ports["amqp/ssl"]), 10) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                session.do_handshake()
                break
            except ssl.SSLWantReadError:
                for octet in outgoing.read():
                    client.sendall(bytes([octet]))
                incoming.write(client.recv(1 << 16))
        session.write(b"AMQP\0\0\x09\x01")
        for octet in outgoing.read():
            client.sendall(bytes([octet]))
        incoming.write(client.recv(1 << 16))
        expect(session.read(1), b"\x01", "connection.start")


def served_subject(port):
    """The CN of the certificate that a new client is shown."""
    context = client_context()
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        with context.wrap_socket(client, server_hostname="localhost") as encrypted:
            return dict(part[0] for part in encrypted.getpeercert()["subject"])["commonName"]


@case("SIGHUP: new clients are shown the new certificate, those that work lose nothing",
      alone=True)
def reload():
    renewed = OURS.issue("renewed", "/O=leveret/CN=renewed")
    live = os.path.join(WORK, "live.pem"), os.path.join(WORK, "live.key")
    for source, target in zip(SERVER, live):
        shutil.copy(source, target)
    broker = OwnBroker(toml(live))
    try:
        connection = connect(broker)
        channel = connection.channel()
        channel.confirm_delivery()
        queue = channel.queue_declare("", exclusive=True).method.queue
        stop, sent = threading.Event(), []

        def publish():
            while not stop.is_set():
                channel.basic_publish("", queue, str(len(sent)).encode())
                sent.append(True)
        publisher = threading.Thread(target=publish)
        publisher.start()
        expect(served_subject(broker.ports["amqp/ssl"]), "server")
        wait_until(lambda: len(sent) > 50, "there is traffic")
        for source, target in zip(renewed, live):
            shutil.copy(source, target)
        broker.hang_up()
        broker.says("configuration read again")
        for port in ("amqp/ssl", "https"):
            wait_until(lambda p=port: served_subject(broker.ports[p]) == "renewed", "the new one")
        seen = len(sent)
        wait_until(lambda: len(sent) > seen + 50, "the traffic goes on")

        with open(live[0], "w", encoding="ascii") as file:
            file.write("no certificate\n")
        broker.hang_up()
        broker.says("tls.cert: ")
        expect(served_subject(broker.ports["amqp/ssl"]), "renewed", "after a bad file")
        stop.set()
        publisher.join()
        expect(channel.queue_declare(queue, passive=True).method.message_count, len(sent),
               "messages")
        connection.close()
    finally:
        expect(broker.stop(), 0, "exit code")


@case("a broker that cannot use its certificate does not start, and says why", alone=True)
def bad_certificate():
    for certificate, words in (((SERVER[0], OTHER_HOST[1]), "tls.key"),
                               (("/nowhere.pem", SERVER[1]), "tls.cert"),
                               (("/nowhere.pem", SERVER[1]), "No such file")):
        try:
            OwnBroker(toml(certificate)).stop()
        except AssertionError as error:
            require(words in str(error), str(error))
        else:
            raise AssertionError("it started")


@case("a connection over TLS costs at most 128 KiB", alone=True)
def memory():
    number = 300
    broker = OwnBroker(toml())
    context = client_context()
    try:
        def resident():
            with open(f"/proc/{broker.process.pid}/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

        def one():
            client = socket.create_connection(("127.0.0.1", broker.ports["amqp/ssl"]), 10)
            encrypted = context.wrap_socket(client, server_hostname="localhost")
            encrypted.sendall(b"AMQP\0\0\x09\x01")
            require(encrypted.recv(1) == b"\x01", "connection.start")
            return encrypted
        warm = [one() for _ in range(20)]
        before = resident()
        clients = [one() for _ in range(number)]
        each = (resident() - before) // number
        harness.say(f"# {each // 1024} KiB for each connection over TLS")
        require(each <= 128 * 1024, f"{each} octets for each connection")
        for client in warm + clients:
            client.close()
    finally:
        expect(broker.stop(), 0, "exit code")


if __name__ == "__main__":
    plain = OwnBroker(toml((SERVER[0], SERVER[1])).replace(
        f'cert = "{SERVER[0]}"', f'cert = ["{SERVER[0]}", "{OTHER_HOST[0]}"]').replace(
        f'key = "{SERVER[1]}"', f'key = ["{SERVER[1]}", "{OTHER_HOST[1]}"]'))
    strict = OwnBroker(toml(verify="required"))
    asking = OwnBroker(toml(verify="optional"))
    newest = OwnBroker(toml(more='min_version = "1.3"\nhandshake_timeout = "1s"\n'
                                 'ciphers = ["TLS_CHACHA20_POLY1305_SHA256"]'))
    try:
        harness.main()
    finally:
        codes = [broker.stop() for broker in (plain, strict, asking, newest)]
        shutil.rmtree(WORK, ignore_errors=True)
        if any(codes):
            harness.say(f"FAILED brokers end with exit code 0: {codes}")

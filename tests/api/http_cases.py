"""The transport: bodies, headers, compression, limits, connections."""

import gzip
import json
import socket

from cases import case, expect, require


def talk(broker, octets):
    """Sends octets, returns all that comes until the end of the connection."""
    with socket.create_connection(("127.0.0.1", broker.http_port), 30) as client:
        client.sendall(octets)
        answer = b""
        while True:
            more = client.recv(65536)
            if not more:
                return answer
            answer += more


@case("every answer forbids a browser to do anything with it")
def _(broker):
    for path, user in (("/api/overview", "guest"), ("/api/overview", None), ("/api/nothing", "guest"),
                       ("/", None), ("/ui/queues", None), ("/no/such/file.js", None),
                       ("/api/queues/%zz", "guest")):
        fields = broker.get(path, user=user).fields
        require("default-src 'none'" in fields["content-security-policy"], path)
        expect((fields["x-content-type-options"], fields["referrer-policy"], fields["x-frame-options"]),
               ("nosniff", "no-referrer", "DENY"), path)
    head = talk(broker, b"NONSENSE\r\n\r\n").decode().lower()
    require(head.startswith("http/1.1 400 ") and "content-security-policy" in head, head)


@case("JSON is read whatever the body is called, and nothing is an empty object")
def _(broker):
    for index, kind in enumerate(("text/plain", "application/x-www-form-urlencoded", "")):
        answer = broker.put(f"/api/queues/%2F/http.body{index}", b'{"durable":true}',
                            fields={"content-type": kind})
        expect(answer.status, 201, kind)
    for index, body in enumerate((b"", b"null", b"undefined", b"{}")):
        expect(broker.put(f"/api/queues/%2F/http.empty{index}", body).status, 201, body)
    for body, reason in ((b"{", "not_json"), (b"[]", "the body must be a JSON object"),
                         (b"[" * 100 + b"]" * 100, "JSON is nested deeper than 64")):
        answer = broker.put("/api/queues/%2F/http.bad", body)
        expect((answer.status, answer.json), (400, {"error": "bad_request", "reason": reason}))
    answer = broker.put("/api/queues/%2F/http.bad", json.dumps('{"durable":true}'))
    expect(answer.status, 400)
    require("encoded twice" in answer.json["reason"], answer.body)


@case("a body is bounded, less so for who has not logged in")
def _(broker):
    answer = broker.ask("POST", "/api/exchanges/%2F/amq.default/publish", b"x" * 20_000_001)
    expect((answer.status, answer.json["reason"]), (400, "Exceeded HTTP request body size limit"))
    answer = broker.ask("POST", "/api/login", b"x" * 9000, user=None)
    expect((answer.status, answer.json["reason"]), (400, "Exceeded HTTP request body size limit"))
    chunked = (b"POST /api/login HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
               + b"2000\r\n" + b"x" * 0x2000 + b"\r\n" + b"2000\r\n" + b"x" * 0x2000 + b"\r\n0\r\n\r\n")
    require(talk(broker, chunked).startswith(b"HTTP/1.1 400 "), "chunks are counted")


@case("a compressed request is refused, a head that is too long as well")
def _(broker):
    expect(broker.put("/api/queues/%2F/http.gz", b"x", fields={"content-encoding": "gzip"}).status, 415)
    answer = talk(broker, b"GET /api/overview HTTP/1.1\r\nx: " + b"y" * 40_000 + b"\r\n\r\n")
    require(answer.startswith(b"HTTP/1.1 431 "), answer[:100])


@case("long answers are compressed for who takes gzip, and are the same")
def _(broker):
    for path in ("/api/overview", "/api/exchanges"):
        plain = broker.get(path, fields={"accept-encoding": "identity"})
        packed = broker.get(path, fields={"accept-encoding": "gzip"})
        expect(packed.fields.get("content-encoding"), "gzip", path)
        expect(set(json.loads(gzip.decompress(packed.body))[0] if path.endswith("s") else
                   json.loads(gzip.decompress(packed.body))), set(plain.json[0] if path.endswith("s")
                                                                  else plain.json))
        require(len(packed.body) < len(plain.body) / 2, path)
    short = broker.get("/api/whoami", fields={"accept-encoding": "gzip"})
    expect(short.fields.get("content-encoding"), None)


@case("who takes no JSON gets 406, who asks for BERT first gets JSON")
def _(broker):
    expect(broker.get("/api/overview", fields={"accept": "text/html"}).status, 406)
    for accept in ("*/*", "application/json", "application/bert, application/json;q=0.1"):
        expect(broker.get("/api/overview", fields={"accept": accept}).status, 200, accept)


@case("a connection serves one request after the other, also after refusals with a body")
def _(broker):
    connection = broker.connection()
    for method, path, body, status in (("GET", "/api/overview", None, 401),
                                       ("PUT", "/api/queues/%2F/x", b"y" * 10_000, 401),
                                       ("GET", "/api/auth", None, 200),
                                       ("GET", "/api/nothing", None, 404)):
        connection.request(method, path, body)
        response = connection.getresponse()
        response.read()
        expect(response.status, status, path)
        require(connection.sock is not None, f"still open after {path}")
    connection.close()


@case("requests that come in pieces or at once are answered in order")
def _(broker):
    one = b"GET /api/auth HTTP/1.1\r\nhost: x\r\n\r\n"
    last = b"GET /api/auth HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    answer = talk(broker, one * 3 + last)
    expect(answer.count(b"HTTP/1.1 200 OK"), 4)
    with socket.create_connection(("127.0.0.1", broker.http_port), 30) as client:
        for octet in last:
            client.sendall(bytes([octet]))
        require(client.recv(100).startswith(b"HTTP/1.1 200 OK"), "octet by octet")


@case("a client of HTTP/1.0 gets a whole list and the end of the connection")
def _(broker):
    answer = talk(broker, b"GET /api/health/checks/is-in-service HTTP/1.0\r\n\r\n")
    require(answer.endswith(b'{"status":"ok"}'), answer)
    require(b"transfer-encoding" not in answer, answer)


@case("/api leads to the reference, / to the console or to words about it")
def _(broker):
    answer = broker.get("/api", user=None)
    expect((answer.status, answer.fields["location"]), (301, "/api/index.html"))
    root = broker.get("/", user=None)
    if root.status == 200:
        require(b"without its console" in root.body, root.body)
    else:
        expect((root.status, root.fields["location"]), (302, "ui/"))
        page = broker.get("/ui/queues/%2F/q", user=None, fields={"accept": "text/html"})
        require(page.status == 200 and page.body.startswith(b"<!doctype html"), page.body[:80])
        expect(page.fields["cache-control"], "no-cache")
        again = broker.get("/ui/", user=None, fields={"accept": "text/html",
                                                      "if-none-match": page.fields["etag"]})
        expect((again.status, again.body), (304, b""))
    expect(broker.get("/ui/no-such-file.js", user=None).status, 404)
    expect(broker.post("/ui/", user=None).status, 405)


@case("a stopped reader of a long list costs a bounded amount of memory")
def _(broker):
    for n in range(500):
        broker.put(f"/api/queues/%2F/http.many{n}")
    before = broker.memory_octets()
    readers = []
    for _ in range(20):
        client = socket.create_connection(("127.0.0.1", broker.http_port), 30)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(b"GET /api/queues HTTP/1.1\r\nhost: x\r\nauthorization: Basic Z3Vlc3Q6Z3Vlc3Q="
                       b"\r\n\r\n")
        client.recv(10)
        readers.append(client)
    grown = broker.memory_octets() - before
    require(grown < 64 << 20, f"grown by {grown >> 20} MiB")
    expect(broker.get("/api/whoami").status, 200)
    for client in readers:
        client.close()
    for n in range(500):
        broker.delete(f"/api/queues/%2F/http.many{n}")

"""Who may log in and from where, sessions, and what pages from elsewhere may cause."""

import urllib.parse

from broker import Broker, WebSocket
from cases import case, expect, require


def log_in(broker, fields=None):
    form = urllib.parse.urlencode({"username": "guest", "password": "guest"})
    answer = broker.ask("POST", "/api/login", form, user=None, fields={
        "content-type": "application/x-www-form-urlencoded", **(fields or {})})
    expect(answer.status, 200, answer.body)
    cookie = answer.fields["set-cookie"]
    return cookie, {"cookie": cookie.split(";")[0]}, answer.json


@case("the password is asked for, and a wrong one says no more than that")
def _(broker):
    for user, password in (("guest", "wrong"), ("nobody", "guest"), ("", ""), ("guest", "")):
        answer = broker.get("/api/whoami", user=user, password=password)
        expect((answer.status, answer.json), (401, {"error": "not_authorized", "reason": "Login failed"}))
        require("www-authenticate" in answer.fields, "a challenge")
    for header in ("Basic", "Basic !!!", "Bearer x", "Basic Z3Vlc3Q="):
        answer = broker.get("/api/whoami", user=None, fields={"authorization": header})
        expect((answer.status, answer.body), (401, b""), header)
    expect(broker.get("/api/whoami").json["tags"], ["administrator"])


@case("the console's requests are never challenged: no browser opens its own dialog")
def _(broker):
    for fields in ({"x-requested-with": "console"}, {"cookie": f"leveret-{broker.http_port}=ended"}):
        answer = broker.get("/api/whoami", user=None, fields=fields)
        expect(answer.status, 401)
        require("www-authenticate" not in answer.fields, answer.fields)
    # With this header only the cookie counts.
    expect(broker.get("/api/whoami", fields={"x-requested-with": "console"}).status, 401)


@case("guest comes from this machine only, and from no page whose name was made to lead here")
def _(broker):
    for fields in ({"x-forwarded-for": "10.0.0.1"}, {"forwarded": "for=10.0.0.1"},
                   {"host": "rebound.example:15672"}):
        answer = broker.get("/api/whoami", fields=fields)
        expect((answer.status, answer.json["reason"]),
               (401, "User can only log in via localhost"), fields)


@case("a session's cookie is no script's, and stands for its user until it ends")
def _(broker):
    cookie, fields, answer = log_in(broker)
    require(cookie.startswith(f"leveret-{broker.http_port}="), cookie)
    for attribute in ("HttpOnly", "SameSite=Strict", "Path=/"):
        require(attribute in cookie, cookie)
    expect(answer["user"]["name"], "guest")
    session = broker.get("/api/x/session", user=None, fields=fields).json
    expect((session["user"]["name"], session["csrf"], session["default_password"]),
           ("guest", answer["csrf"], True))
    require(session["expires_at"] > session["idle_at"] > 0, session)
    mine = broker.get("/api/x/sessions", user=None, fields=fields).json
    expect([s["current"] for s in mine].count(True), 1)
    expect(broker.ask("DELETE", "/api/login", user=None, fields=fields).status, 401)
    ended = broker.ask("DELETE", "/api/login", user=None, fields={**fields, "x-csrf-token": answer["csrf"]})
    expect(ended.status, 204)
    require("Max-Age=0" in ended.fields["set-cookie"], ended.fields)
    expect(broker.get("/api/whoami", user=None, fields=fields).status, 401)


@case("other sessions can be ended, one or all")
def _(broker):
    _, first, _ = log_in(broker)
    _, second, _ = log_in(broker)
    _, third, answer = log_in(broker)
    token = {"x-csrf-token": answer["csrf"]}
    all_mine = broker.get("/api/x/sessions", user=None, fields=third).json
    newest_other = [s for s in all_mine if not s["current"]][0]
    require(all(set(s) == {"id", "current", "created_at", "used_at", "address", "agent"} for s in all_mine),
            all_mine)
    expect(broker.ask("DELETE", f"/api/x/sessions/{newest_other['id']}", user=None,
                      fields={**third, **token}).status, 204)
    expect(broker.ask("DELETE", "/api/x/sessions", user=None, fields={**third, **token}).status, 204)
    for fields in (first, second):
        expect(broker.get("/api/whoami", user=None, fields=fields).status, 401)
    expect(broker.get("/api/whoami", user=None, fields=third).status, 200)
    expect(broker.ask("DELETE", "/api/x/sessions/none", user=None, fields={**third, **token}).status, 404)


@case("a change in a session needs its token")
def _(broker):
    _, fields, answer = log_in(broker)
    for token, status in ((None, 401), ("wrong", 401), (answer["csrf"], 201)):
        more = {} if token is None else {"x-csrf-token": token}
        got = broker.ask("PUT", "/api/queues/%2F/login.csrf", b"{}", user=None, fields={**fields, **more})
        expect(got.status, status, token)
        if status == 401:
            expect(got.json["reason"], "CSRF token missing or wrong")
    broker.delete("/api/queues/%2F/login.csrf")


@case("a page from elsewhere changes nothing, with a password or a session")
def _(broker):
    _, cookie, answer = log_in(broker)
    own = f"http://127.0.0.1:{broker.http_port}"
    for origin in ({"origin": "http://localhost:8080"}, {"origin": "null"}, {"sec-fetch-site": "same-site"},
                   {"origin": own, "sec-fetch-site": "cross-site"}):
        for who in ({"user": "guest"}, {"user": None, "more": {**cookie, "x-csrf-token": answer["csrf"]}}):
            got = broker.ask("PUT", "/api/queues/%2F/login.evil", b"{}", user=who["user"],
                             fields={**origin, **who.get("more", {})})
            expect((got.status, got.json["reason"]), (401, "Cross-site request refused"), origin)
        expect(broker.ask("POST", "/api/login", b"username=guest&password=guest", user=None,
                          fields=origin).status, 401)
        socket = WebSocket(broker, {**origin, **cookie})
        expect(socket.status, 401, origin)
        socket.close()
    expect(broker.get("/api/queues/%2F/login.evil").status, 404)
    own_page = {"origin": own, "sec-fetch-site": "same-origin"}
    expect(broker.ask("PUT", "/api/queues/%2F/login.own", b"{}", fields=own_page).status, 201)
    broker.delete("/api/queues/%2F/login.own")


@case("a configured origin may read and change, and no other may")
def _(_broker):
    broker = Broker("--http-cors-origins", "https://tools.example").start()
    try:
        fields = {"origin": "https://tools.example", "sec-fetch-site": "cross-site"}
        answer = broker.ask("PUT", "/api/queues/%2F/cors", b"{}", fields=fields)
        expect((answer.status, answer.fields["access-control-allow-origin"]),
               (201, "https://tools.example"))
        answer = broker.ask("OPTIONS", "/api/queues", user=None, fields=fields)
        expect(answer.fields["access-control-max-age"], "1800")
        answer = broker.get("/api/overview", fields={"origin": "https://evil.example"})
        require("access-control-allow-origin" not in answer.fields, answer.fields)
    finally:
        broker.end()


@case("behind a path prefix everything is where it should be")
def _(_broker):
    broker = Broker("--http-path-prefix", "/rabbit").start()
    try:
        expect(broker.get("/rabbit/api/overview").status, 200)
        expect(broker.get("/rabbit/api", user=None).fields["location"], "/rabbit/api/index.html")
        expect(broker.get("/rabbits/api/overview").status, 404)
    finally:
        broker.end()

"""Users, permissions, vhosts and limits of users."""

import base64
import hashlib

import pika

from cases import case, expect, require
from operation_cases import fresh


def make_user(broker, name, tags="", **more):
    expect(broker.put(f"/api/users/{name}", {"password": "secret", "tags": tags, **more}).status, 201)


def grant(broker, user, vhost="%2F", configure=".*", write=".*", read=".*"):
    return broker.put(f"/api/permissions/{vhost}/{user}", {"configure": configure, "write": write, "read": read})


def connect(broker, user, vhost="/", password="secret"):
    return pika.BlockingConnection(pika.ConnectionParameters(
        "127.0.0.1", broker.amqp_port, vhost, pika.PlainCredentials(user, password)))


@case("a user is made, shown, changed and deleted")
def _(broker):
    name = fresh("user")
    make_user(broker, name, "monitoring,policymaker")
    shown = broker.get(f"/api/users/{name}").json
    expect((shown["name"], shown["tags"], shown["limits"], shown["hashing_algorithm"]),
           (name, ["monitoring", "policymaker"], {}, "rabbit_password_hashing_sha256"))
    octets = base64.b64decode(shown["password_hash"])
    expect(hashlib.sha256(octets[:4] + b"secret").digest(), octets[4:])
    require(shown in broker.get("/api/users").json, "it is listed")
    require(shown in broker.get("/api/users/without-permissions").json, "it may do nothing")
    expect(broker.get("/api/whoami", user=name, password="secret").json["tags"], ["monitoring", "policymaker"])
    expect(broker.put(f"/api/users/{name}", {"password": "other", "tags": []}).status, 204)
    expect(broker.get("/api/whoami", user=name, password="secret").status, 401)
    expect(broker.delete(f"/api/users/{name}").status, 204)
    expect((broker.get(f"/api/users/{name}").status, broker.delete(f"/api/users/{name}").status), (404, 404))


@case("a password hash goes in and out unchanged, and logs in; without one nobody logs in")
def _(broker):
    name = fresh("user")
    hashed = base64.b64encode(b"salt" + hashlib.sha512(b"salt" + b"secret").digest()).decode()
    body = {"password_hash": hashed, "hashing_algorithm": "rabbit_password_hashing_sha512", "tags": "management"}
    expect(broker.put(f"/api/users/{name}", body).status, 201)
    shown = broker.get(f"/api/users/{name}").json
    expect((shown["password_hash"], shown["hashing_algorithm"]), (hashed, "rabbit_password_hashing_sha512"))
    expect(broker.get("/api/whoami", user=name, password="secret").status, 200)
    expect(broker.put(f"/api/users/{name}", {"tags": "management"}).status, 204)
    expect(broker.get(f"/api/users/{name}").json["password_hash"], "")
    expect(broker.get("/api/whoami", user=name, password="").status, 401)


@case("a user that cannot be is refused with what is wrong")
def _(broker):
    path = f"/api/users/{fresh('user')}"
    for body, words in (({"password": "x"}, "tags"), ({"tags": 5}, "tags"),
                        ({"tags": "", "password_hash": "?"}, "hash"),
                        ({"tags": "", "password": "x", "hashing_algorithm": "rot13"}, "hashing_algorithm"),
                        ({"tags": "", "password": "x", "hashing_algorithm": "rabbit_password_hashing_md5"}, "MD5")):
        answer = broker.put(path, body)
        expect(answer.status, 400, str(body))
        require(words in answer.json["reason"], answer.json)
    expect(broker.get(path).status, 404)


@case("users are deleted together, all or none")
def _(broker):
    names = [fresh("user"), fresh("user")]
    for name in names:
        make_user(broker, name)
    answer = broker.post("/api/users/bulk-delete", {"users": [names[0], "nobody-of-that-name"]})
    expect(answer.status, 400)
    require("no_such_user" in answer.json["reason"], answer.json)
    expect(broker.get(f"/api/users/{names[0]}").status, 200)
    expect(broker.post("/api/users/bulk-delete", {"users": names}).status, 204)
    expect([broker.get(f"/api/users/{name}").status for name in names], [404, 404])


@case("permissions are set, hold for open connections at once, and go")
def _(broker):
    name = fresh("user")
    make_user(broker, name)
    path = f"/api/permissions/%2F/{name}"
    expect(grant(broker, name, configure="^mine-").status, 201)
    expect(grant(broker, name, configure="^mine-").status, 204)
    wanted = {"user": name, "vhost": "/", "configure": "^mine-", "write": ".*", "read": ".*"}
    expect(broker.get(path).json, wanted)
    for listed in ("/api/permissions", "/api/vhosts/%2F/permissions", f"/api/users/{name}/permissions"):
        require(wanted in broker.get(listed).json, listed)
    connection = connect(broker, name)
    queue = f"mine-{name}"
    channel = connection.channel()
    channel.queue_declare(queue, exclusive=True)
    channel.basic_publish("", queue, b"1")
    expect(grant(broker, name, configure="^mine-", write="").status, 204)
    channel.basic_publish("", queue, b"2")
    try:
        channel.basic_get(queue)
        raise AssertionError("publishing was not refused")
    except pika.exceptions.ChannelClosedByBroker as closed:
        expect(closed.reply_code, 403)
    connection.close()
    expect(broker.delete(path).status, 204)
    expect((broker.get(path).status, broker.delete(path).status), (404, 404))
    for body in ({"configure": "", "write": ""}, {"configure": "(", "write": "", "read": ""}):
        expect(broker.put(path, body).status, 400, str(body))
    expect(grant(broker, "nobody-of-that-name").status, 404)
    expect(broker.get("/api/vhosts/nowhere/permissions").status, 404)


@case("topic permissions are set for one exchange each, and go one by one or together")
def _(broker):
    name = fresh("user")
    make_user(broker, name)
    path = f"/api/topic-permissions/%2F/{name}"
    expect(broker.get(path).status, 404)
    for exchange in ("amq.topic", "events"):
        expect(broker.put(path, {"exchange": exchange, "write": "^a", "read": ".*"}).status, 201)
    expect([one["exchange"] for one in broker.get(path).json], ["amq.topic", "events"])
    expect(broker.delete(path + "/events").status, 204)
    expect(broker.get(path).json,
           [{"user": name, "vhost": "/", "exchange": "amq.topic", "write": "^a", "read": ".*"}])
    expect(broker.delete(path).status, 204)
    expect(broker.get(path).status, 404)


@case("a vhost is made, described, protected and deleted, with what is in it")
def _(broker):
    name = fresh("vhost")
    path = f"/api/vhosts/{name}"
    expect(broker.put(path, {"description": "for tests", "tags": "a,b", "default_queue_type": "quorum"}).status, 201)
    shown = broker.get(path).json
    expect((shown["description"], shown["tags"], shown["default_queue_type"], shown["protected_from_deletion"]),
           ("for tests", ["a", "b"], "quorum", False))
    expect(broker.put(path, {"description": "changed"}).status, 204)
    expect((broker.get(path).json["description"], broker.get(path).json["tags"]), ("changed", ["a", "b"]))
    expect(broker.get(f"/api/permissions/{name}/guest").json["configure"], ".*")
    expect(broker.put(f"/api/queues/{name}/q", {"durable": True}).status, 201)
    expect(broker.get(f"/api/queues/{name}/q").json["type"], "quorum")
    expect(broker.post(path + "/deletion/protection").status, 204)
    expect(broker.delete(path).status, 412)
    expect(broker.delete(path + "/deletion/protection").status, 204)
    expect(broker.delete(path).status, 204)
    expect((broker.get(path).status, broker.get(f"/api/queues/{name}").status, broker.delete(path).status),
           (404, 404, 404))
    expect(broker.put(f"/api/vhosts/{name}", {"default_queue_type": "planet"}).status, 400)


@case("who has no right to a vhost sees nothing of it, and no accounts")
def _(broker):
    name, vhost = fresh("user"), fresh("vhost")
    make_user(broker, name, "management")
    expect(broker.put(f"/api/vhosts/{vhost}").status, 201)
    as_user = {"user": name, "password": "secret"}
    expect(broker.get("/api/vhosts", **as_user).json, [])
    expect(broker.get(f"/api/queues/{vhost}", **as_user).status, 401)
    expect(grant(broker, name, vhost).status, 201)
    expect([one["name"] for one in broker.get("/api/vhosts", **as_user).json], [vhost])
    expect(broker.get(f"/api/queues/{vhost}", **as_user).status, 200)
    for path in ("/api/users", f"/api/users/{name}", "/api/permissions", "/api/definitions", "/api/user-limits"):
        expect(broker.get(path, **as_user).status, 401, path)
    expect(broker.get(f"/api/user-limits/{name}", **as_user).json, [])
    expect(broker.put(f"/api/vhosts/{vhost}.more", **as_user).status, 401)
    expect(broker.delete(f"/api/vhosts/{vhost}").status, 204)


@case("limits of a user are set, hold, and are lifted")
def _(broker):
    name = fresh("user")
    make_user(broker, name)
    grant(broker, name)
    expect(broker.put(f"/api/user-limits/{name}/max-connections", {"value": 1}).status, 204)
    wanted = {"user": name, "value": {"max-connections": 1}}
    expect(broker.get(f"/api/user-limits/{name}").json, [wanted])
    require(wanted in broker.get("/api/user-limits").json, "it is listed")
    connection = connect(broker, name)
    try:
        connect(broker, name)
        raise AssertionError("a second connection was let in")
    except pika.exceptions.AMQPConnectionError:
        pass
    expect(broker.delete(f"/api/user-limits/{name}/max-connections").status, 204)
    expect(broker.get(f"/api/user-limits/{name}").json, [])
    connect(broker, name).close()
    connection.close()
    expect(broker.put(f"/api/user-limits/{name}/max-planets", {"value": 1}).status, 400)
    expect(broker.put("/api/user-limits/nobody-of-that-name/max-channels", {"value": 1}).status, 404)

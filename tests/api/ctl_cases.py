"""`leveret ctl` over the broker's own socket, and over a URL."""

import json
import os
import stat

from broker import Broker
from cases import case, expect, require
from operation_cases import fresh, publish


def lines(broker, *words):
    code, out, errors = broker.ctl(*words)
    expect((code, errors), (0, ""), " ".join(words))
    return out.splitlines()


@case("ctl: the socket is its owner's only, and needs no password")
def _(broker):
    mode = os.stat(os.path.join(broker.data_dir, "ctl.sock")).st_mode
    expect((stat.S_ISSOCK(mode), stat.S_IMODE(mode)), (True, 0o600))
    expect(lines(broker, "ping"), ["Ping succeeded"])


@case("ctl: status says what the broker is and how it is")
def _(broker):
    text = "\n".join(lines(broker, "status"))
    for words in ("Leveret", str(broker.process.pid), "Memory alarm", f"http 127.0.0.1:{broker.http_port}"):
        require(words in text, f"{words} in {text}")
    require(json.loads(broker.ctl("status", "--formatter", "json")[1])["product_name"] == "Leveret", "JSON")


@case("ctl: lists have rabbitmqctl's columns, those asked for, or JSON")
def _(broker):
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}", {"arguments": {"x-max-length": 5}})
    publish(broker, "amq.default", queue)
    shown = lines(broker, "list_queues")
    expect(shown[:2], ["Listing queues for vhost / ...", "name\tmessages"])
    require(f"{queue}\t1" in shown, shown)
    shown = lines(broker, "list_queues", "-q", "messages", "name", "arguments")
    require(f"1\t{queue}\t{{\"x-max-length\":5}}" in shown, shown)
    rows = json.loads(broker.ctl("list_queues", "name", "durable", "--formatter=json")[1])
    require({"name": queue, "durable": False} in rows, rows)
    require("amq.topic\ttopic" in lines(broker, "list_exchanges"), "exchanges")
    broker.post(f"/api/bindings/%2F/e/amq.topic/q/{queue}", {"routing_key": "k.#"})
    require(f"amq.topic\t{queue}\tqueue\tk.#\t{{}}" in lines(broker, "list_bindings"), "bindings")
    connection = broker.amqp()
    channel = connection.channel()
    tag = channel.basic_consume(queue, lambda *_: None)
    require(any(line.startswith("guest\t127.0.0.1\t") and line.endswith("\trunning")
                for line in lines(broker, "list_connections")), "connections")
    require(any(line.endswith("(1)\tguest\t1\t1") for line in lines(broker, "list_channels")), "channels")
    require(any(line.startswith(f"{queue}\t") and tag in line for line in lines(broker, "list_consumers")),
            "consumers")
    connection.close()


@case("ctl: queues are looked into, purged and deleted")
def _(broker):
    queue = fresh()
    broker.put(f"/api/queues/%2F/{queue}")
    for n in range(3):
        publish(broker, "amq.default", queue, f"m{n}\tx")
    shown = lines(broker, "peek", queue, "--count", "2", "-q")
    expect(len(shown), 3)
    require(shown[1].endswith("m0\\x09x"), shown)
    rows = json.loads(broker.ctl("peek", queue, "--filter", 'body contains "m2"', "--formatter", "json")[1])
    expect([row["payload"] for row in rows], ["m2\tx"])
    expect(lines(broker, "purge_queue", queue, "--count", "1"), [f"Purged queue '{queue}' in vhost '/'"])
    expect(broker.ctl("delete_queue", queue, "--if-empty")[0], 1)
    require(queue in "\n".join(lines(broker, "top", "--once")), "top")
    lines(broker, "purge_queue", queue)
    expect(lines(broker, "delete_queue", queue, "--if-empty"), [f"Deleted queue '{queue}' in vhost '/'"])
    code, _, errors = broker.ctl("delete_queue", queue)
    require(code == 1 and queue in errors, errors)


@case("ctl: a URL with a password works, a wrong one is refused")
def _(broker):
    url = f"http://guest:guest@127.0.0.1:{broker.http_port}"
    expect(broker.ctl("ping", environment={"LEVERET_URL": url})[0], 0)
    code, _, errors = broker.ctl("list_queues", "--url", url.replace("guest@", "wrong@"))
    require(code == 1 and "Login failed" in errors, errors)
    secret = os.path.join(broker.home, "password")
    with open(secret, "w", encoding="utf-8") as file:
        file.write("guest\n")
    code, _, errors = broker.ctl("list_queues", "--url", f"http://127.0.0.1:{broker.http_port}", "--user",
                                 "guest", "--password-file", secret)
    expect((code, errors), (0, ""))


@case("ctl: wrong usage, an unknown command and an absent broker have exit codes of their own")
def _(broker):
    expect(broker.ctl("dance")[0], 2)
    expect(broker.ctl("list_queues", "--dance")[0], 2)
    expect(broker.ctl("purge_queue")[0], 2)
    expect(broker.ctl("ping", "--url", "ftp://x")[0], 2)
    code, _, errors = broker.ctl("ping", environment={"LEVERET_URL": "http://127.0.0.1:1"})
    require(code == 69 and "127.0.0.1:1" in errors, errors)
    absent = Broker()
    code, _, errors = absent.ctl("ping")
    require(code == 69 and "ctl.sock" in errors, errors)
    absent.end()


@case("ctl: help teaches, as a whole and for each command")
def _(broker):
    code, out, _ = broker.ctl("--help")
    expect(code, 0)
    for command in ("status", "ping", "list_queues", "list_exchanges", "list_bindings", "list_connections",
                    "list_channels", "list_consumers", "purge_queue", "delete_queue", "peek", "top"):
        require(command in out, command)
        code, more, _ = broker.ctl(command, "--help")
        require(code == 0 and more.startswith(f"leveret ctl {command}"), more[:80])


@case("ctl: users, permissions, vhosts, policies and limits with rabbitmqctl's words")
def _(broker):
    user, vhost = fresh("user"), fresh("vhost")
    expect(lines(broker, "add_user", user, "secret"), [f'Adding user "{user}" ...'])
    expect(broker.ctl("add_user", user, "secret")[0], 1)
    lines(broker, "set_user_tags", user, "management", "policymaker")
    require(f'{user}\t["management","policymaker"]' in lines(broker, "list_users", "-q"), "users")
    expect(broker.get("/api/whoami", user=user, password="secret").status, 200)
    lines(broker, "change_password", user, "other")
    expect(broker.get("/api/whoami", user=user, password="other").json["tags"], ["management", "policymaker"])
    lines(broker, "add_vhost", vhost, "--description", "made by hand", "--tags", "a,b")
    expect(broker.get(f"/api/vhosts/{vhost}").json["tags"], ["a", "b"])
    require(f"{vhost}\tmade by hand" in lines(broker, "list_vhosts", "-q", "name", "description"), "vhosts")
    lines(broker, "set_permissions", "-p", vhost, user, "^c", "^w", "^r")
    expect(lines(broker, "list_user_permissions", "-q", user), ["vhost\tconfigure\twrite\tread", f"{vhost}\t^c\t^w\t^r"])
    require(f"{user}\t^c\t^w\t^r" in lines(broker, "list_permissions", "-p", vhost), "permissions")
    lines(broker, "set_topic_permissions", "-p", vhost, user, "amq.topic", "^w", "^r")
    require(f"{user}\tamq.topic\t^w\t^r" in lines(broker, "list_topic_permissions", "-p", vhost), "topics")
    lines(broker, "clear_topic_permissions", "-p", vhost, user)
    lines(broker, "clear_permissions", "-p", vhost, user)
    lines(broker, "set_policy", "-p", vhost, "short", "^q", '{"max-length": 3}', "--priority", "4", "--apply-to", "queues")
    expect(broker.get(f"/api/policies/{vhost}/short").json["priority"], 4)
    lines(broker, "clear_policy", "-p", vhost, "short")
    lines(broker, "set_vhost_limits", "-p", vhost, '{"max-queues": 4}')
    expect(broker.get(f"/api/vhost-limits/{vhost}").json, [{"vhost": vhost, "value": {"max-queues": 4}}])
    lines(broker, "clear_vhost_limits", "-p", vhost)
    lines(broker, "set_user_limits", user, '{"max-channels": 4}')
    require(f'{user}\t{{"max-channels":4}}' in lines(broker, "list_user_limits"), "limits of users")
    lines(broker, "clear_user_limits", user, "all")
    lines(broker, "set_global_parameter", "where", '"here"')
    require('where\there' in lines(broker, "list_global_parameters"), "global parameters")
    lines(broker, "clear_global_parameter", "where")
    lines(broker, "delete_vhost", vhost)
    lines(broker, "delete_user", user)
    expect(broker.ctl("delete_user", user)[0], 1)
    expect(broker.ctl("set_permissions", user)[0], 2)


@case("ctl: definitions go out into a file and come in from it")
def _(broker):
    path = os.path.join(broker.home, "definitions.json")
    lines(broker, "export_definitions", path)
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    queue = fresh("q")
    document["queues"].append({"name": queue, "vhost": "/"})
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file)
    require("created     1" in lines(broker, "import_definitions", path, "--dry-run"), "a dry run")
    expect(broker.get(f"/api/queues/%2F/{queue}").status, 404)
    require("created     1" in lines(broker, "import_definitions", path), "brought in")
    expect(broker.get(f"/api/queues/%2F/{queue}").status, 200)
    expect(broker.ctl("import_definitions", path + ".missing")[0], 2)

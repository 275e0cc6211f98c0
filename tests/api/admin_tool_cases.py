"""rabbitmqadmin, the script that comes with RabbitMQ, against our API."""

import json
import os
import subprocess

from cases import case, expect, require

TOOL = "/usr/bin/rabbitmqadmin"


def tool(broker, *words):
    require(os.path.exists(TOOL), "rabbitmq-server is installed")
    done = subprocess.run(
        ["/usr/bin/python3", TOOL, "--host", "127.0.0.1", "--port", str(broker.http_port), *words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    expect(done.returncode, 0, f"{' '.join(words)}: {done.stdout} {done.stderr}")
    return done.stdout


def rows(broker, *words):
    return json.loads(tool(broker, "-f", "raw_json", *words))


@case("rabbitmqadmin declares, lists, publishes, gets, purges and deletes")
def _(broker):
    tool(broker, "declare", "queue", "name=tool.q", "durable=true", 'arguments={"x-max-length": 10}')
    tool(broker, "declare", "queue", "name=tool.q2", "durable=false", "auto_delete=false")
    tool(broker, "declare", "exchange", "name=tool.x", "type=topic", "durable=true")
    tool(broker, "declare", "binding", "source=tool.x", "destination=tool.q", "destination_type=queue",
         "routing_key=a.#")
    queues = {q["name"]: q for q in rows(broker, "list", "queues", "name", "durable", "arguments")}
    expect((queues["tool.q"]["durable"], queues["tool.q2"]["durable"]), (True, False))
    expect(queues["tool.q"]["arguments"], {"x-max-length": 10})
    require("tool.x" in [x["name"] for x in rows(broker, "list", "exchanges")], "the exchange is listed")
    bound = [b for b in rows(broker, "list", "bindings") if b["source"] == "tool.x"]
    expect([(b["destination"], b["routing_key"], b["properties_key"]) for b in bound],
           [("tool.q", "a.#", "a.%23")])
    expect(tool(broker, "publish", "exchange=tool.x", "routing_key=a.b", "payload=hello",
                'properties={"delivery_mode": 2}').strip(), "Message published")
    require("NOT routed" in tool(broker, "publish", "exchange=tool.x", "routing_key=z", "payload=x"),
            "what reaches nobody")
    got = rows(broker, "get", "queue=tool.q", "count=5", "ackmode=ack_requeue_true")
    expect([(m["payload"], m["redelivered"]) for m in got], [("hello", False)])
    got = rows(broker, "get", "queue=tool.q", "count=1", "ackmode=ack_requeue_false")
    expect([(m["payload"], m["redelivered"]) for m in got], [("hello", True)])
    tool(broker, "publish", "routing_key=tool.q", "exchange=amq.default", "payload=again")
    tool(broker, "purge", "queue", "name=tool.q")
    expect(rows(broker, "get", "queue=tool.q", "ackmode=ack_requeue_false"), [])
    tool(broker, "delete", "binding", "source=tool.x", "destination=tool.q", "destination_type=queue",
         "properties_key=a.%23")
    tool(broker, "delete", "exchange", "name=tool.x")
    tool(broker, "delete", "queue", "name=tool.q")
    tool(broker, "delete", "queue", "name=tool.q2")
    require("tool.q" not in [q["name"] for q in rows(broker, "list", "queues", "name")], "gone")


@case("rabbitmqadmin shows tables of everything that it lists")
def _(broker):
    connection = broker.amqp()
    channel = connection.channel()
    channel.queue_declare("tool.shown")
    channel.basic_consume("tool.shown", lambda *_: None)
    for words in (("show", "overview"), ("list", "nodes"), ("list", "vhosts"), ("list", "connections"),
                  ("list", "channels"), ("list", "consumers"), ("list", "exchanges"), ("list", "queues"),
                  ("list", "bindings")):
        require(tool(broker, *words).startswith("+--"), " ".join(words))
    name = rows(broker, "list", "connections", "name")[0]["name"]
    tool(broker, "close", "connection", f"name={name}")
    try:
        connection.close()
    except Exception:  # pylint: disable=broad-except: it was closed already
        pass

"""Policies, operator policies, parameters and limits of vhosts."""

import json

from cases import case, expect, require
from operation_cases import fresh

QUEUES = "/api/queues/%2F/"


def effective(broker, queue):
    return {one["key"]: (one["value"], one["from"], one.get("by"))
            for one in broker.get(f"/api/x/queues/%2F/{queue}").json["effective"]}


@case("a policy is set, applies to queues that are there and that come, and goes")
def _(broker):
    queue, name = fresh(), fresh("policy")
    broker.put(QUEUES + queue)
    path = f"/api/policies/%2F/{name}"
    policy = {"pattern": f"^{queue}", "definition": {"max-length": 7}, "priority": 3, "apply-to": "queues"}
    expect(broker.put(path, policy).status, 201)
    expect(broker.put(path, policy).status, 204)
    expect(broker.get(path).json, {"vhost": "/", "name": name, **policy})
    require(broker.get(path).json in broker.get("/api/policies/%2F").json, "it is listed")
    broker.put(QUEUES + queue + ".late")
    for one in (queue, queue + ".late"):
        shown = broker.get(QUEUES + one).json
        expect((shown["policy"], shown["operator_policy"], shown["effective_policy_definition"]),
               (name, None, {"max-length": 7}))
        expect(effective(broker, one), {"max-length": (7, "policy", name)})
    expect(broker.delete(path).status, 204)
    shown = broker.get(QUEUES + queue).json
    expect((shown["policy"], shown["effective_policy_definition"]), (None, {}))
    expect((broker.get(path).status, broker.delete(path).status), (404, 404))


@case("an operator's policy limits what the user's and the arguments ask for")
def _(broker):
    queue, name = fresh(), fresh("policy")
    broker.put(QUEUES + queue, {"arguments": {"x-max-length": 50, "x-overflow": "reject-publish"}})
    policy = {"pattern": f"^{queue}$", "definition": {"max-length": 20, "message-ttl": 60000}}
    expect(broker.put(f"/api/policies/%2F/{name}", policy).status, 201)
    policy["definition"] = {"max-length": 10}
    expect(broker.put(f"/api/operator-policies/%2F/{name}.op", policy).status, 201)
    shown = broker.get(QUEUES + queue).json
    expect((shown["policy"], shown["operator_policy"]), (name, name + ".op"))
    expect(effective(broker, queue),
           {"max-length": (10, "operator policy", name + ".op"), "message-ttl": (60000, "policy", name),
            "overflow": ("reject-publish", "argument", None)})
    for path in (f"/api/policies/%2F/{name}", f"/api/operator-policies/%2F/{name}.op"):
        expect(broker.delete(path).status, 204)


@case("a policy that cannot be is refused with what is wrong, and changes nothing")
def _(broker):
    path = f"/api/policies/%2F/{fresh('policy')}"
    good = {"pattern": "^no-such-queue", "definition": {"max-length": 1}}
    for change, words in (({"pattern": None}, "pattern"), ({"definition": None}, "definition"),
                          ({"pattern": "("}, "Validation failed"), ({"definition": {}}, "Validation failed"),
                          ({"definition": {"no-such-key": 1}}, "Validation failed"),
                          ({"definition": {"max-length": -1}}, "Validation failed"),
                          ({"apply-to": "planets"}, "Validation failed"),
                          ({"priority": "high"}, "priority"), ({"priority": 1 << 40}, "priority")):
        answer = broker.put(path, {key: value for key, value in {**good, **change}.items() if value is not None})
        expect(answer.status, 400, json.dumps(change))
        require(words in answer.json["reason"], f"{change}: {answer.json}")
    expect(broker.get(path).status, 404)


def lift_limits(broker):
    for limit in ("max-queues", "max-connections"):
        broker.delete("/api/vhost-limits/%2F/" + limit)


@case("limits of a vhost are set and lifted, and hold")
def _(broker):
    lift_limits(broker)
    try:
        limit_queues(broker)
    finally:
        lift_limits(broker)
    expect(broker.get("/api/vhost-limits").json, [])
    expect(broker.put(QUEUES + fresh()).status, 201)


def limit_queues(broker):
    count = len(broker.get("/api/queues/%2F").json)
    expect(broker.put("/api/vhost-limits/%2F/max-queues", {"value": count}).status, 204)
    expect(broker.get("/api/vhost-limits").json, [{"vhost": "/", "value": {"max-queues": count}}])
    expect(broker.get("/api/vhost-limits/%2F").json, [{"vhost": "/", "value": {"max-queues": count}}])
    answer = broker.put(QUEUES + fresh())
    expect(answer.status, 400)
    require("limit" in answer.json["reason"], answer.json)
    expect(broker.put("/api/vhost-limits/%2F/max-moons", {"value": 1}).status, 400)
    expect(broker.put("/api/vhost-limits/%2F/max-queues", {}).status, 400)
    expect(broker.delete("/api/vhost-limits/%2F/max-queues").status, 204)


@case("global parameters hold any JSON; those of a vhost are their component's")
def _(broker):
    path = "/api/global-parameters/" + fresh("parameter")
    for value in ({"a": [1, "x", True, None]}, "text", 7, [1.5]):
        expect(broker.put(path, {"value": value}).status in (201, 204), True)
        expect(broker.get(path).json["value"], value)
    require(broker.get(path).json in broker.get("/api/global-parameters").json, "it is listed")
    expect(broker.put(path, {}).status, 400)
    expect((broker.delete(path).status, broker.get(path).status), (204, 404))
    lift_limits(broker)
    expect(broker.get("/api/parameters").json, [])
    expect(broker.get("/api/parameters/no-such-component").json, [])
    expect(broker.get("/api/parameters/vhost-limits/no-such-vhost").status, 404)
    limits = "/api/parameters/vhost-limits/%2F/limits"
    expect(broker.put(limits, {"value": {"max-connections": 1000}}).status, 201)
    expect(broker.get(limits).json, {"value": {"max-connections": 1000}, "vhost": "/",
                                     "component": "vhost-limits", "name": "limits"})
    expect(broker.delete(limits).status, 204)
    answer = broker.put("/api/parameters/no-such-component/%2F/x", {"value": {}})
    expect(answer.status, 400)
    require("component no-such-component not found" in answer.json["reason"], answer.json)

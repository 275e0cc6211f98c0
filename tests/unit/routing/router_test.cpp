// From an exchange to the queues: types, exchange to exchange, alternate exchanges, several keys.

#include "routing/router.hpp"

#include <string>
#include <vector>

#include "protocol/amqp/protocol_error.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/routing/routing_world.hpp"

namespace leveret::routing {

using namespace std::string_literals;

namespace {

FieldTable alternate(const std::string& name) { return {{"alternate-exchange", name}}; }

Names passed(const Route& route) {
    Names names;
    for (const auto& each : route.passed) names.push_back(each.exchange->name());
    return names;
}

}  // namespace

TEST_CASE("a direct exchange compares keys octet by octet", "[routing][direct]") {
    RoutingWorld world;
    auto& exchange = world.exchange("x", "direct");
    exchange.bind(world.queue("q"), "key", {});
    exchange.bind(world.queue("r"), "key", {});
    exchange.bind(world.queue("empty"), "", {});
    exchange.bind(world.queue("star"), "*", {});
    CHECK(world.route(exchange, "key") == Names{"q", "r"});
    CHECK(world.route(exchange, "Key").empty());
    CHECK(world.route(exchange, "").size() == 1);
    CHECK(world.route(exchange, "*") == Names{"star"});
}

TEST_CASE("a fanout exchange ignores keys", "[routing][fanout]") {
    RoutingWorld world;
    auto& exchange = world.exchange("x", "fanout");
    exchange.bind(world.queue("q"), "key", {});
    exchange.bind(world.queue("r"), "", {});
    CHECK(world.route(exchange, "another") == Names{"q", "r"});
}

TEST_CASE("the default exchange knows every queue by its name", "[routing][default]") {
    RoutingWorld world;
    Exchange& exchange = *world.find_exchange("");
    world.queue("q");
    world.queue("r");
    CHECK(world.route(exchange, "q") == Names{"q"});
    CHECK(world.route(exchange, "nowhere").empty());
    CHECK(world.route(exchange, "q", {"r", "q", "nowhere"}) == Names{"q", "r"});
    CHECK(world.last().passed.at(0).matches == 3);
}

TEST_CASE("a queue gets one copy, however many of its bindings match", "[routing]") {
    RoutingWorld world;
    auto& exchange = world.exchange("x", "topic");
    auto& queue = world.queue("q");
    for (const auto* key : {"a.b", "a.*", "#", "a.#"}) exchange.bind(queue, key, {});
    CHECK(world.route(exchange, "a.b", {"a.b", "a.c"}) == Names{"q"});
    CHECK(world.last().bindings.size() == 4);
    CHECK(world.last().passed.at(0).matches == 4);
}

TEST_CASE("CC and BCC keys are routed like the message's own", "[routing][cc]") {
    RoutingWorld world;
    const auto type = GENERATE("direct"s, "topic"s);
    auto& exchange = world.exchange("x", type);
    exchange.bind(world.queue("a"), "a", {});
    exchange.bind(world.queue("b"), "b", {});
    exchange.bind(world.queue("c"), "c", {});
    CHECK(world.route(exchange, "a", {"b", "a"}) == Names{"a", "b"});
    CHECK(world.route(exchange, "nowhere", {"c"}) == Names{"c"});
}

TEST_CASE("further keys go along from exchange to exchange", "[routing][cc]") {
    RoutingWorld world;
    auto& start = world.exchange("start", "direct");
    auto& next = world.exchange("next", "direct");
    start.bind(next, "a", {});
    next.bind(world.queue("q"), "b", {});
    CHECK(world.route(start, "a", {"b"}) == Names{"q"});
    CHECK(world.route(start, "a").empty());
}

TEST_CASE("each exchange is passed once, so cycles end and a diamond gives one copy",
          "[routing][exchange-to-exchange]") {
    RoutingWorld world;
    auto& top = world.exchange("top");
    auto& left = world.exchange("left");
    auto& right = world.exchange("right");
    auto& bottom = world.exchange("bottom");
    top.bind(left, "", {});
    top.bind(right, "", {});
    left.bind(bottom, "", {});
    right.bind(bottom, "", {});
    bottom.bind(top, "", {});
    bottom.bind(bottom, "", {});
    bottom.bind(world.queue("q"), "", {});
    top.bind(*world.find_queue("q"), "", {});
    CHECK(world.route(top, "") == Names{"q"});
    CHECK(passed(world.last()) == Names{"top", "left", "right", "bottom"});
}

TEST_CASE("an alternate exchange gets what matched no binding, and only that",
          "[routing][alternate-exchange]") {
    RoutingWorld world;
    auto& exchange = world.exchange("x", "direct", alternate("other"));
    world.exchange("other").bind(world.queue("lost"), "", {});
    exchange.bind(world.queue("q"), "k", {});
    CHECK(world.route(exchange, "k") == Names{"q"});
    CHECK(world.route(exchange, "nowhere") == Names{"lost"});
    CHECK(world.route(exchange, "nowhere", {"k"}) == Names{"q"});
}

TEST_CASE("a binding that leads nowhere new is a match all the same",
          "[routing][alternate-exchange]") {
    RoutingWorld world;
    auto& exchange = world.exchange("x", "direct", alternate("other"));
    auto& empty = world.exchange("empty");
    world.exchange("other").bind(world.queue("lost"), "", {});
    exchange.bind(exchange, "self", {});
    exchange.bind(empty, "empty", {});
    CHECK(world.route(exchange, "self").empty());
    CHECK(world.route(exchange, "empty").empty());
}

TEST_CASE("alternate exchanges form chains, with loops cut and missing ones passed over",
          "[routing][alternate-exchange]") {
    RoutingWorld world;
    auto& first = world.exchange("first", "direct", alternate("second"));
    world.exchange("second", "direct", alternate("third"));
    SECTION("a chain") {
        world.exchange("third").bind(world.queue("lost"), "", {});
        CHECK(world.route(first, "k") == Names{"lost"});
        CHECK(passed(world.last()) == Names{"first", "second", "third"});
    }
    SECTION("a loop") {
        world.exchange("third", "direct", alternate("first"));
        CHECK(world.route(first, "k").empty());
        CHECK(world.last().passed.size() == 3);
    }
    SECTION("itself") {
        CHECK(world.route(world.exchange("own", "direct", alternate("own")), "k").empty());
    }
    SECTION("a missing one") { CHECK(world.route(first, "k").empty()); }
    SECTION("one that comes later") {
        CHECK(world.route(first, "k").empty());
        world.exchange("third").bind(world.queue("lost"), "", {});
        CHECK(world.route(first, "k") == Names{"lost"});
    }
    SECTION("the default exchange") {
        world.queue("k");
        CHECK(world.route(world.exchange("x", "direct", alternate("")), "k") == Names{"k"});
    }
}

TEST_CASE("an exchange in the midst of a route has its alternate exchange too",
          "[routing][alternate-exchange][exchange-to-exchange]") {
    RoutingWorld world;
    auto& start = world.exchange("start");
    auto& middle = world.exchange("middle", "direct", alternate("other"));
    world.exchange("other").bind(world.queue("lost"), "", {});
    start.bind(middle, "", {});
    start.bind(world.queue("q"), "", {});
    CHECK(world.route(start, "k") == Names{"lost", "q"});
}

TEST_CASE("a route may be remembered unless headers, CC or BCC had a say", "[routing]") {
    RoutingWorld world;
    auto& topic = world.exchange("topic", "topic");
    topic.bind(world.queue("q"), "#", {});
    world.route(topic, "k");
    CHECK(world.last().may_be_remembered);
    world.route(topic, "k", {"l"});
    CHECK_FALSE(world.last().may_be_remembered);
    auto& headers = world.exchange("headers", "headers");
    topic.bind(headers, "k", {});
    world.route(topic, "l");
    CHECK(world.last().may_be_remembered);
    world.route(topic, "k");
    CHECK_FALSE(world.last().may_be_remembered);
    auto& direct = world.exchange("direct", "direct", alternate("headers"));
    world.route(direct, "k");
    CHECK_FALSE(world.last().may_be_remembered);
}

TEST_CASE("a route counts at the exchanges and bindings it passed, when told to", "[routing]") {
    RoutingWorld world;
    auto& start = world.exchange("start");
    auto& next = world.exchange("next", "direct");
    auto& queue = world.queue("q");
    start.bind(next, "", {});
    start.bind(queue, "", {});
    next.bind(queue, "k", {});
    next.bind(queue, "l", {});
    world.route(start, "k");
    CHECK(start.counters().publish_in == 0);
    world.last().count();
    world.last().count();
    CHECK(start.counters().publish_in == 2);
    CHECK(start.counters().publish_out == 4);
    CHECK(next.counters().publish_in == 2);
    CHECK(next.counters().publish_out == 2);
    CHECK(next.find_binding(queue, "k", {})->messages == 2);
    CHECK(next.find_binding(queue, "l", {})->messages == 0);
    world.route(*world.find_exchange(""), "q");
    world.last().count();
    CHECK(world.find_exchange("")->counters().publish_out == 1);
}

TEST_CASE("malformed headers are told, not routed by", "[routing][headers]") {
    RoutingWorld world;
    auto& exchange = world.exchange("x", "headers");
    Router router(world);
    Route route;
    RoutedMessage message("k", "\x01");
    router.route(exchange, message, route);  // nobody asks for them
    CHECK(route.queues.empty());
    exchange.bind(world.queue("q"), "", {});
    CHECK_THROWS_AS(router.route(exchange, message, route), protocol::amqp::ProtocolError);
    CHECK(world.route(exchange, "k") == Names{"q"});
}

}  // namespace leveret::routing

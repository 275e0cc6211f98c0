// Exchanges that choose one binding: how evenly, how steadily, and what they refuse.
#include <map>
#include <string>
#include <vector>

#include "protocol/amqp/properties.hpp"
#include "protocol/amqp/protocol_error.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/routing/routing_world.hpp"

using namespace leveret::routing;
using namespace leveret::protocol::amqp;

namespace {

constexpr int keys = 10'000;

/// Where each of many keys goes.
std::vector<std::string> routes(RoutingWorld& world, Exchange& exchange) {
    std::vector<std::string> all;
    for (int i = 0; i < keys; ++i) {
        const Names names = world.route(exchange, "key" + std::to_string(i));
        REQUIRE(names.size() == 1);
        all.push_back(names.front());
    }
    return all;
}

std::map<std::string, int> counts(const std::vector<std::string>& routes) {
    std::map<std::string, int> all;
    for (const std::string& queue : routes) ++all[queue];
    return all;
}

void bind(RoutingWorld& world, Exchange& exchange, const std::string& queue, const char* key) {
    exchange.bind(world.queue(queue), key, {});
}

}  // namespace

TEST_CASE("a consistent-hash exchange gives each queue its weight's share", "[consistent-hash]") {
    RoutingWorld world;
    Exchange& exchange = world.exchange("x", "x-consistent-hash");
    bind(world, exchange, "a", "1");
    bind(world, exchange, "b", "2");
    bind(world, exchange, "c", "7");
    auto share = counts(routes(world, exchange));
    CHECK(share["a"] == Approx(0.1 * keys).epsilon(0.1));
    CHECK(share["b"] == Approx(0.2 * keys).epsilon(0.1));
    CHECK(share["c"] == Approx(0.7 * keys).epsilon(0.1));
}

TEST_CASE(
    "a consistent-hash exchange routes alike in another process, in whatever order queues came",
    "[consistent-hash]") {
    RoutingWorld first;
    Exchange& exchange = first.exchange("x", "x-consistent-hash");
    for (const char* queue : {"a", "b", "c"}) bind(first, exchange, queue, "1");
    RoutingWorld second;
    Exchange& other = second.exchange("another", "x-consistent-hash");
    for (const char* queue : {"c", "gone", "a", "b"}) bind(second, other, queue, "1");
    second.drop_queue("gone");
    CHECK(routes(first, exchange) == routes(second, other));
    // What is written here holds for ever: it was seen once, and a restart must find the same.
    CHECK(first.route(exchange, "order-1") == Names{"c"});
    CHECK(first.route(exchange, "order-2") == Names{"c"});
    CHECK(first.route(exchange, "order-3") == Names{"b"});
}

TEST_CASE("a new queue takes its share from all and moves nothing between the others",
          "[consistent-hash]") {
    RoutingWorld world;
    Exchange& exchange = world.exchange("x", "x-consistent-hash");
    for (const char* queue : {"a", "b", "c"}) bind(world, exchange, queue, "1");
    const auto before = routes(world, exchange);
    bind(world, exchange, "new", "1");
    const auto after = routes(world, exchange);
    int moved = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (before[i] == after[i]) continue;
        ++moved;
        REQUIRE(after[i] == "new");
    }
    CHECK(moved == Approx(0.25 * keys).epsilon(0.1));
    world.drop_queue("new");
    CHECK(routes(world, exchange) == before);
}

TEST_CASE("of several weights of one queue the first counts, until it goes", "[consistent-hash]") {
    RoutingWorld world;
    Exchange& exchange = world.exchange("x", "x-consistent-hash");
    TestQueue& queue = world.queue("a");
    exchange.bind(queue, "1", {});
    exchange.bind(queue, "9", {});
    bind(world, exchange, "b", "1");
    CHECK(counts(routes(world, exchange))["a"] == Approx(0.5 * keys).epsilon(0.1));
    exchange.unbind(queue, "1", {});
    CHECK(counts(routes(world, exchange))["a"] == Approx(0.9 * keys).epsilon(0.1));
    exchange.unbind(queue, "9", {});
    CHECK(counts(routes(world, exchange))["b"] == keys);
}

TEST_CASE("a consistent-hash exchange may look at a header instead of the key",
          "[consistent-hash]") {
    RoutingWorld world;
    Exchange& exchange =
        world.exchange("x", "x-consistent-hash", {{"hash-header", std::string("customer")}});
    for (const char* queue : {"a", "b", "c", "d"}) bind(world, exchange, queue, "1");
    const auto by = [&](std::string_view key, const FieldValue& customer) {
        return world.route(exchange, key, {}, FieldTable{{"customer", customer}});
    };
    std::map<Names, int> seen;
    for (int i = 0; i < 100; ++i) {
        const Names names = by("k", std::string("c") + std::to_string(i));
        CHECK(by("another", std::string("c") + std::to_string(i)) == names);
        ++seen[names];
    }
    CHECK(seen.size() == 4);
    CHECK(by("k", std::int8_t{7}) == by("k", std::int64_t{7}));
    // Without the header the empty text is what is hashed.
    CHECK(world.route(exchange, "k") == by("k", std::string()));
    CHECK_FALSE(world.last().may_be_remembered);
}

TEST_CASE("what a consistent-hash exchange refuses", "[consistent-hash]") {
    RoutingWorld world;
    Exchange& exchange = world.exchange("x", "x-consistent-hash");
    for (const char* weight : {"", "a", "1.5", "0", "-1", "1a", "99999999999999999999"}) {
        CAPTURE(weight);
        CHECK_THROWS_AS(exchange.bind(world.queue("q"), weight, {}), ProtocolError);
    }
    const auto made = [](FieldTable arguments) {
        return make_exchange({.type = "x-consistent-hash", .arguments = std::move(arguments)});
    };
    CHECK_THROWS_AS(
        made({{"hash-header", std::string("h")}, {"hash-property", std::string("message_id")}}),
        ProtocolError);
    CHECK_THROWS_AS(made({{"hash-property", std::string("priority")}}), ProtocolError);
    CHECK_THROWS_AS(made({{"hash-header", true}}), ProtocolError);
    CHECK(made({{"hash-property", std::string("timestamp")}}) != nullptr);
}

TEST_CASE("a modulus-hash exchange spreads keys evenly, and alike after a restart",
          "[modulus-hash]") {
    RoutingWorld first;
    Exchange& exchange = first.exchange("x", "x-modulus-hash");
    for (const char* queue : {"a", "b", "c"}) bind(first, exchange, queue, "");
    RoutingWorld second;
    Exchange& other = second.exchange("x", "x-modulus-hash");
    for (const char* queue : {"b", "c", "a"}) bind(second, other, queue, "");
    const auto all = routes(first, exchange);
    CHECK(all == routes(second, other));
    for (const auto& [queue, count] : counts(all)) CHECK(count == Approx(keys / 3).epsilon(0.1));
    CHECK(first.last().may_be_remembered);
}

TEST_CASE("a random exchange takes any binding, about evenly", "[random]") {
    const std::string type = GENERATE("x-random", "x-local-random");
    RoutingWorld world;
    Exchange& exchange = world.exchange("x", type);
    for (const char* queue : {"a", "b", "c", "d"}) bind(world, exchange, queue, "");
    CHECK(world.route(exchange, "k").size() == 1);
    CHECK_FALSE(world.last().may_be_remembered);
    world.drop_queue("b");
    auto share = counts(routes(world, exchange));
    CHECK(share.size() == 3);
    for (const auto& [queue, count] : share) CHECK(count == Approx(keys / 3).epsilon(0.15));
    world.drop_queue("a");
    world.drop_queue("c");
    world.drop_queue("d");
    CHECK(world.route(exchange, "k").empty());
}

TEST_CASE("a local random exchange takes no binding with a key", "[random]") {
    RoutingWorld world;
    CHECK_THROWS_AS(world.exchange("x", "x-local-random").bind(world.queue("q"), "k", {}),
                    ProtocolError);
    CHECK(world.exchange("y", "x-random").bind(world.queue("q"), "k", {}));
}

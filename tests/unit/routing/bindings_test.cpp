// Bindings: when two are the same, and that either end can go at any time.

#include <cmath>
#include <string>
#include <vector>

#include "protocol/amqp/protocol_error.hpp"
#include "routing/exchange.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/routing/routing_world.hpp"

namespace leveret::routing {

using protocol::amqp::ProtocolError;
using namespace std::string_literals;

TEST_CASE("a binding made twice is one, and needs one unbind", "[routing][bindings]") {
    RoutingWorld world;
    const auto type = GENERATE("direct"s, "fanout"s, "topic"s, "headers"s);
    CAPTURE(type);
    auto& exchange = world.exchange("x", type);
    auto& queue = world.queue("q");
    CHECK(exchange.bind(queue, "k", {}));
    CHECK_FALSE(exchange.bind(queue, "k", {}));
    CHECK(exchange.binding_count() == 1);
    CHECK(queue.incoming().size() == 1);
    CHECK(world.route(exchange, "k") == Names{"q"});
    CHECK(exchange.unbind(queue, "k", {}));
    CHECK_FALSE(exchange.unbind(queue, "k", {}));
    CHECK(exchange.binding_count() == 0);
    CHECK(queue.incoming().empty());
    CHECK(world.route(exchange, "k").empty());
    CHECK(exchange.had_binding());
}

TEST_CASE("destination, key and arguments tell bindings apart; the arguments' order does not",
          "[routing][bindings]") {
    RoutingWorld world;
    auto& exchange = world.exchange("x", "topic");
    auto& queue = world.queue("q");
    const FieldTable one_two{{"a", "1"s}, {"b", std::int32_t{2}}};
    const FieldTable two_one{{"b", std::int32_t{2}}, {"a", "1"s}};
    CHECK(exchange.bind(queue, "k", one_two));
    CHECK_FALSE(exchange.bind(queue, "k", two_one));
    CHECK(exchange.bind(queue, "k", {}));
    CHECK(exchange.bind(queue, "k", {{"a", "1"s}, {"b", std::int16_t{2}}}));
    CHECK(exchange.bind(queue, "k.k", one_two));
    CHECK(exchange.bind(world.queue("r"), "k", one_two));
    CHECK(exchange.binding_count() == 5);
    CHECK(exchange.find_binding(queue, "k", two_one)->arguments == one_two);
    CHECK(exchange.find_binding(queue, "l", {}) == nullptr);
    CHECK(exchange.unbind(queue, "k", two_one));
    CHECK(exchange.binding_count() == 4);
    CHECK(world.route(exchange, "k") == Names{"q", "r"});
}

TEST_CASE("of two arguments of one name the first stays first", "[routing][bindings]") {
    RoutingWorld world;
    auto& exchange = world.exchange("x", "direct");
    auto& queue = world.queue("q");
    const FieldTable arguments{{"b", "2"s}, {"a", "1"s}, {"b", "1"s}};
    exchange.bind(queue, "k", arguments);
    const FieldTable sorted{{"a", "1"s}, {"b", "2"s}, {"b", "1"s}};
    CHECK(exchange.outgoing().front().arguments == sorted);
}

TEST_CASE("a binding whose argument is not a number can be found and unbound",
          "[routing][bindings]") {
    RoutingWorld world;
    auto& exchange = world.exchange("x", "headers");
    auto& queue = world.queue("q");
    const FieldTable arguments{{"a", std::nan("")}};
    CHECK(exchange.bind(queue, "", arguments));
    CHECK_FALSE(exchange.bind(queue, "", arguments));
    CHECK(exchange.unbind(queue, "", arguments));
    CHECK(exchange.binding_count() == 0);
}

TEST_CASE("bindings are listed in the order they were made", "[routing][bindings]") {
    RoutingWorld world;
    auto& exchange = world.exchange("x", "direct");
    auto& queue = world.queue("q");
    for (const auto* key : {"c", "a", "b"}) exchange.bind(queue, key, {});
    Names outgoing, incoming;
    for (const Binding& binding : exchange.outgoing()) outgoing.push_back(binding.routing_key);
    for (const Binding& binding : queue.incoming()) incoming.push_back(binding.routing_key);
    CHECK(outgoing == Names{"c", "a", "b"});
    CHECK(incoming == Names{"c", "a", "b"});
}

TEST_CASE("unbinding a destination tells which exchanges lost their last binding",
          "[routing][bindings]") {
    RoutingWorld world;
    auto& emptied = world.exchange("emptied");
    auto& used = world.exchange("used");
    auto& queue = world.queue("q");
    emptied.bind(queue, "1", {});
    emptied.bind(queue, "2", {});
    used.bind(queue, "1", {});
    used.bind(world.queue("r"), "1", {});
    CHECK(queue.unbind_incoming() == std::vector<Exchange*>{&emptied});
    CHECK(queue.incoming().empty());
    CHECK(used.binding_count() == 1);
    CHECK(queue.unbind_incoming().empty());
}

TEST_CASE("an exchange bound to itself does not count as emptied by its own end",
          "[routing][bindings]") {
    RoutingWorld world;
    auto& exchange = world.exchange("x");
    exchange.bind(exchange, "", {});
    CHECK(exchange.unbind_incoming().empty());
    CHECK(exchange.binding_count() == 0);
    exchange.bind(exchange, "", {});
    exchange.unbind_outgoing();
    CHECK(exchange.incoming().empty());
    exchange.bind(exchange, "", {});  // goes with the exchange
}

TEST_CASE("either end of a binding may be destroyed first", "[routing][bindings]") {
    const auto type = GENERATE("direct"s, "fanout"s, "topic"s, "headers"s);
    CAPTURE(type);
    RoutingWorld world;
    auto& first = world.exchange("first", type);
    auto& second = world.exchange("second", type);
    auto& queue = world.queue("q");
    first.bind(second, "k", {});
    second.bind(first, "k", {});
    first.bind(queue, "k", {});
    second.bind(queue, "k", {});
    SECTION("the queue") {
        world.drop_queue("q");
        CHECK(first.binding_count() == 1);
        CHECK(world.route(first, "k").empty());
    }
    SECTION("an exchange") {
        world.drop_exchange("second");
        CHECK(first.binding_count() == 1);
        CHECK(first.incoming().empty());
        CHECK(queue.incoming().size() == 1);
        CHECK(world.route(first, "k") == Names{"q"});
    }
}

TEST_CASE("a hundred thousand bindings come and go", "[routing][bindings]") {
    const auto type = GENERATE("direct"s, "fanout"s, "topic"s, "headers"s);
    const bool same_key = GENERATE(false, true);
    CAPTURE(type, same_key);
    RoutingWorld world;
    auto& exchange = world.exchange("x", type);
    std::vector<TestQueue*> queues;
    const int per_queue = same_key ? 1 : 1000;
    const int queue_count = 100'000 / per_queue;
    for (int q = 0; q < queue_count; ++q) {
        queues.push_back(&world.queue(std::to_string(q)));
        for (int i = 0; i < per_queue; ++i) {
            exchange.bind(*queues.back(), "key." + std::to_string(same_key ? 0 : q * 1000 + i), {});
        }
    }
    CHECK(exchange.binding_count() == 100'000);
    for (int q = queue_count - 1; q > 0; --q) {
        CHECK(queues[static_cast<std::size_t>(q)]->unbind_incoming().empty());
    }
    CHECK(exchange.binding_count() == static_cast<std::size_t>(per_queue));
    CHECK(queues[0]->unbind_incoming() == std::vector<Exchange*>{&exchange});
}

TEST_CASE("the default exchange refuses bindings", "[routing][bindings][default]") {
    RoutingWorld world;
    auto& queue = world.queue("q");
    Exchange& exchange = *world.find_exchange("");
    CHECK_THROWS_WITH(exchange.bind(queue, "k", {}),
                      "ACCESS_REFUSED - operation not permitted on the default exchange");
    CHECK_FALSE(exchange.unbind(queue, "q", {}));
    CHECK(exchange.properties().durable);
    CHECK(exchange.type() == "direct");
}

TEST_CASE("an exchange is made of its properties, unless its type is unknown", "[routing]") {
    for (const auto type : exchange_types()) {
        CAPTURE(type);
        CHECK(is_exchange_type(type));
        const auto exchange = make_exchange({.name = "x",
                                             .type = std::string(type),
                                             .durable = true,
                                             .auto_delete = true,
                                             .internal = true,
                                             .arguments = {{"x-delayed-type", "topic"s}}});
        REQUIRE(exchange != nullptr);
        CHECK(exchange->name() == "x");
        CHECK(exchange->type() == type);
        CHECK(exchange->kind() == Destination::Kind::exchange);
        CHECK(exchange->properties().internal);
        CHECK_FALSE(exchange->had_binding());
    }
    for (const auto* type : {"", "Direct", "x-unknown", "direct "}) {
        CHECK_FALSE(is_exchange_type(type));
        CHECK(make_exchange({.name = "x", .type = type}) == nullptr);
    }
}

TEST_CASE("the alternate exchange comes from the argument, else from the policy", "[routing]") {
    RoutingWorld world;
    auto& plain = world.exchange("plain");
    CHECK(plain.alternate_exchange() == std::nullopt);
    plain.set_policy_alternate_exchange("policy");
    CHECK(plain.alternate_exchange() == "policy");
    plain.set_policy_alternate_exchange(std::nullopt);
    CHECK(plain.alternate_exchange() == std::nullopt);
    auto& argued = world.exchange("argued", "fanout", {{"alternate-exchange", "argument"s}});
    argued.set_policy_alternate_exchange("policy");
    CHECK(argued.alternate_exchange() == "argument");
}

}  // namespace leveret::routing

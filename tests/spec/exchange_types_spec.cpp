// Exchange types beyond those of the specification, through a whole broker.
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;

namespace {

struct World {
    void declare_queue(std::string_view name) {
        channel.queue_declare({.queue = name, .durable = true});
    }
    void publish(std::string_view body, const BasicProperties& properties = {}) {
        channel.publish({.exchange = "x", .routing_key = "k"}, body, properties);
    }
    std::string drain(std::string_view queue) {
        std::string all;
        while (channel.queue_probe(queue).message_count != 0) {
            all += channel.get(queue, true).body();
        }
        return all;
    }

    TestBroker broker;
    TestChannel channel = broker.connect().open_channel();
};

}  // namespace

TEST_CASE("a recent-history exchange gives a new binding the last messages", "[recent-history]") {
    World world;
    world.channel.exchange_declare({.exchange = "x",
                                    .type = "x-recent-history",
                                    .arguments = Arguments{{"x-recent-history-length", 3}}});
    world.declare_queue("early");
    world.channel.queue_bind({.queue = "early", .exchange = "x"});
    for (const char* body : {"1", "2", "3", "4", "5"}) world.publish(body);
    CHECK(world.drain("early") == "12345");
    world.declare_queue("late");
    SECTION("a queue") {
        world.channel.queue_bind({.queue = "late", .exchange = "x"});
        CHECK(world.drain("late") == "345");
        world.channel.queue_bind({.queue = "late", .exchange = "x"});  // it is bound already
        CHECK(world.drain("late").empty());
    }
    SECTION("an exchange") {
        world.channel.exchange_declare({.exchange = "y", .type = "fanout"});
        world.channel.queue_bind({.queue = "late", .exchange = "y"});
        world.channel.exchange_bind({.destination = "y", .source = "x"});
        CHECK(world.drain("late") == "345");
    }
}

TEST_CASE("a message may ask not to be kept by a recent-history exchange", "[recent-history]") {
    World world;
    world.channel.exchange_declare({.exchange = "x", .type = "x-recent-history"});
    world.publish("1");
    const Arguments not_kept{{"x-recent-history-no-store", true}};
    world.publish("2", with_headers(not_kept));
    world.publish("3");
    world.declare_queue("q");
    world.channel.queue_bind({.queue = "q", .exchange = "x"});
    CHECK(world.drain("q") == "13");
}

TEST_CASE("a recent-history exchange also keeps what comes through another exchange",
          "[recent-history]") {
    World world;
    world.channel.exchange_declare({.exchange = "y", .type = "fanout"});
    world.channel.exchange_declare({.exchange = "x", .type = "x-recent-history"});
    world.channel.exchange_bind({.destination = "x", .source = "y"});
    for (const char* body : {"1", "2"}) world.channel.publish({.exchange = "y"}, body);
    world.declare_queue("q");
    world.channel.queue_bind({.queue = "q", .exchange = "x"});
    CHECK(world.drain("q") == "12");
}

TEST_CASE("a recent-history exchange keeps a number of messages", "[recent-history]") {
    World world;
    world.channel.send(exchange::Declare{.exchange = "x",
                                         .type = "x-recent-history",
                                         .arguments = Arguments{{"x-recent-history-length", -1}}});
    CHECK(world.channel.closed_with(
        406,
        "PRECONDITION_FAILED - Invalid argument -1, 'x-recent-history-length' must be a positive "
        "integer"));
}

TEST_CASE("a consistent-hash exchange may look at a property", "[consistent-hash]") {
    World world;
    world.channel.exchange_declare(
        {.exchange = "x",
         .type = "x-consistent-hash",
         .arguments = Arguments{{"hash-property", std::string("message_id")}}});
    for (const char* queue : {"a", "b"}) {
        world.declare_queue(queue);
        world.channel.queue_bind({.queue = queue, .exchange = "x", .routing_key = "1"});
    }
    for (int i = 0; i < 50; ++i) {
        const std::string id = std::to_string(i);
        BasicProperties properties;
        properties.set(property::message_id, &BasicProperties::message_id, std::string_view(id));
        world.publish("m", properties);
        world.publish("m", properties);
    }
    const std::size_t a = world.drain("a").size();
    CHECK(a + world.drain("b").size() == 100);
    CHECK(a % 2 == 0);  // two of one id stay together
    CHECK(a > 20);
    CHECK(a < 80);
}

TEST_CASE("what is hashed must be the same when the exchange is declared again",
          "[consistent-hash]") {
    World world;
    const Arguments by_header{{"hash-header", std::string("h")}};
    world.channel.exchange_declare(
        {.exchange = "x", .type = "x-consistent-hash", .arguments = by_header});
    world.channel.exchange_declare(
        {.exchange = "x", .type = "x-consistent-hash", .arguments = by_header});
    world.channel.send(exchange::Declare{.exchange = "x", .type = "x-consistent-hash"});
    CHECK(world.channel.closed_with(
        406,
        "PRECONDITION_FAILED - inequivalent arg 'hash-header' for exchange 'x' in vhost '/': "
        "received none but current is the value 'h' of type 'longstr'"));
}

TEST_CASE("a weight that is none closes the channel", "[consistent-hash]") {
    World world;
    world.channel.exchange_declare({.exchange = "x", .type = "x-consistent-hash"});
    world.declare_queue("q");
    world.channel.send(queue::Bind{.queue = "q", .exchange = "x", .routing_key = "0"});
    CHECK(world.channel.closed_with(
        406, "PRECONDITION_FAILED - The binding key must be greater than 0"));
}

TEST_CASE("a local random exchange takes classic queues only", "[random]") {
    World world;
    world.channel.exchange_declare({.exchange = "x", .type = "x-local-random"});
    world.declare_queue("classic");
    world.channel.queue_bind({.queue = "classic", .exchange = "x"});
    world.channel.queue_declare({.queue = "quorum",
                                 .durable = true,
                                 .arguments = Arguments{{"x-queue-type", std::string("quorum")}}});
    world.channel.send(queue::Bind{.queue = "quorum", .exchange = "x"});
    CHECK(world.channel.closed_with(406,
                                    "PRECONDITION_FAILED - only classic queues can be bound to an "
                                    "exchange of type x-local-random"));
}

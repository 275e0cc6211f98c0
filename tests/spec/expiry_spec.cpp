// Messages and queues that time ends: x-message-ttl, expiration, x-expires.
#include <chrono>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using namespace std::chrono_literals;

namespace {

struct World {
    void declare(const Arguments& arguments) {
        channel.queue_declare({.queue = "q", .arguments = arguments});
    }
    void publish(std::string_view body, std::string_view expiration) {
        BasicProperties properties;
        properties.set(property::expiration, &BasicProperties::expiration, expiration);
        channel.publish({.routing_key = "q"}, body, properties);
    }
    std::uint32_t count() { return channel.queue_probe("q").message_count; }

    TestBroker broker;
    TestChannel channel = broker.connect().open_channel();
};

}  // namespace

TEST_CASE("a message leaves when its queue's TTL has passed", "[ttl]") {
    World world;
    world.declare({{"x-message-ttl", 1000}});
    world.channel.publish_to("q", "one");
    world.broker.advance(999ms);
    CHECK(world.count() == 1);
    world.channel.publish_to("q", "two");
    world.broker.advance(1ms);
    CHECK(world.count() == 1);
    CHECK(world.channel.get("q", true).body() == "two");
}

TEST_CASE("the shorter of the queue's and the message's time counts", "[ttl]") {
    World world;
    world.declare({{"x-message-ttl", 1000}});
    SECTION("the message's") {
        world.publish("one", "10");
        world.broker.advance(10ms);
    }
    SECTION("the queue's") {
        world.publish("one", "100000");
        world.broker.advance(1000ms);
    }
    CHECK(world.count() == 0);
}

TEST_CASE("what has expired behind a message that has not stays until that has left", "[ttl]") {
    World world;
    world.declare({});
    world.publish("long", "100000");
    world.publish("short", "10");
    world.broker.advance(1s);
    CHECK(world.count() == 2);
    CHECK(world.channel.get("q", true).body() == "long");
    CHECK(world.count() == 0);
}

TEST_CASE("a message that comes back to the head expires there", "[ttl]") {
    World world;
    world.declare({{"x-message-ttl", 1000}});
    world.channel.publish_to("q", "one");
    const auto got = world.channel.get("q");
    world.broker.advance(2s);
    world.channel.reject(static_cast<std::uint64_t>(got.delivery_tag), true);
    CHECK(world.count() == 0);
}

TEST_CASE("a TTL of 0 lets a message through to whoever waits, and to nobody else", "[ttl]") {
    World world;
    world.declare({{"x-message-ttl", 0}});
    world.channel.publish_to("q", "lost");
    CHECK(world.count() == 0);
    world.channel.consume({.queue = "q", .no_ack = true});
    world.channel.publish_to("q", "taken");
    CHECK(world.channel.next_delivery().body() == "taken");
}

TEST_CASE("an expiration of more than 49 days is not forgotten", "[ttl]") {
    World world;
    world.declare({});
    world.publish("one", "8640000000");  // 100 days
    world.broker.clock().advance(99 * 24h);
    CHECK(world.channel.get("q").body() == "one");
}

TEST_CASE("a message of 100 days expires after 100 days", "[ttl]") {
    World world;
    world.declare({});
    world.publish("one", "8640000000");
    world.broker.clock().advance(100 * 24h);
    CHECK(world.channel.get_is_empty("q"));
}

TEST_CASE("an expired message is dead-lettered without its expiration", "[ttl][dead-letter]") {
    World world;
    world.channel.queue_declare({.queue = "dead"});
    world.declare({{"x-dead-letter-exchange", std::string("")},
                   {"x-dead-letter-routing-key", std::string("dead")}});
    world.publish("one", "10");
    world.broker.advance(1s);
    const auto letter = world.channel.get("dead", true);
    CHECK(letter.body() == "one");
    CHECK_FALSE(letter.properties().has(property::expiration));
}

TEST_CASE("an unused queue expires; declaring it and getting from it are uses", "[x-expires]") {
    World world;
    world.declare({{"x-expires", 1000}});
    world.broker.advance(900ms);
    SECTION("a declaration") { world.channel.queue_probe("q"); }
    SECTION("a get") { world.channel.get_is_empty("q"); }
    world.broker.advance(900ms);
    CHECK(world.broker.vhost().find_named_queue("q") != nullptr);
    world.broker.advance(100ms);
    CHECK(world.broker.vhost().find_named_queue("q") == nullptr);
}

TEST_CASE("publishing is no use", "[x-expires]") {
    World world;
    world.declare({{"x-expires", 1000}});
    world.broker.advance(900ms);
    world.channel.publish_to("q", "one");
    world.broker.advance(100ms);
    CHECK(world.broker.vhost().find_named_queue("q") == nullptr);
}

TEST_CASE("a consumer keeps its queue; when it has left the time begins", "[x-expires]") {
    World world;
    world.declare({{"x-expires", 1000}});
    world.channel.consume({.queue = "q", .consumer_tag = "c"});
    world.broker.advance(10s);
    CHECK(world.broker.vhost().find_named_queue("q") != nullptr);
    world.channel.cancel("c");
    world.broker.advance(999ms);
    CHECK(world.broker.vhost().find_named_queue("q") != nullptr);
    world.broker.advance(1ms);
    CHECK(world.broker.vhost().find_named_queue("q") == nullptr);
}

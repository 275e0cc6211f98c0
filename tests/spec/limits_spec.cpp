// Queues at their limit (x-max-length, x-max-length-bytes, x-overflow), and those that deliver by
// priority or to a single active consumer.
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;

namespace {

struct World {
    void declare(const Arguments& arguments) {
        channel.queue_declare({.queue = "q", .durable = true, .arguments = arguments});
    }
    void publish(std::string_view bodies) {
        for (const char body : bodies) channel.publish_to("q", {&body, 1});
    }
    void publish_with_priority(std::string_view body, std::uint8_t priority) {
        BasicProperties properties;
        properties.set(property::priority, &BasicProperties::priority, priority);
        channel.publish({.routing_key = "q"}, body, properties);
    }
    std::uint32_t count(std::string_view queue = "q") {
        return channel.queue_probe(queue).message_count;
    }
    std::string drain(std::string_view queue = "q") {
        std::string all;
        while (count(queue) != 0) all += channel.get(queue, true).body();
        return all;
    }

    TestBroker broker;
    TestChannel channel = broker.connect().open_channel();
};

}  // namespace

TEST_CASE("a full queue drops its first messages", "[max-length]") {
    World world;
    SECTION("by count") { world.declare({{"x-max-length", 3}}); }
    SECTION("by octets") { world.declare({{"x-max-length-bytes", 3}}); }
    world.publish("12345");
    CHECK(world.drain() == "345");
}

TEST_CASE("a message larger than the limit drops all and itself", "[max-length]") {
    World world;
    world.declare({{"x-max-length-bytes", 3}});
    world.publish("12");
    world.channel.publish_to("q", "large");
    CHECK(world.count() == 0);
}

TEST_CASE("only ready messages count; one that comes back pushes the first out", "[max-length]") {
    World world;
    world.declare({{"x-max-length", 2}});
    world.publish("12");
    const auto first = world.channel.get("q");
    world.publish("3");
    CHECK(world.count() == 2);
    world.channel.reject(static_cast<std::uint64_t>(first.delivery_tag), true);
    CHECK(world.drain() == "23");
}

TEST_CASE("what a consumer can take is not dropped, whatever came in one turn", "[max-length]") {
    World world;
    world.declare({{"x-max-length", 1}});
    world.channel.qos({.prefetch_count = 3});
    world.channel.consume({.queue = "q"});
    world.broker.hold_turns();
    world.publish("123456");
    world.broker.release_turns();
    CHECK(world.channel.next_bodies(3) == std::vector<std::string>{"1", "2", "3"});
    CHECK(world.count() == 1);
}

TEST_CASE("a limit of 0 lets through what a consumer takes", "[max-length]") {
    World world;
    world.declare({{"x-max-length", 0}});
    world.publish("1");
    CHECK(world.count() == 0);
    world.channel.consume({.queue = "q", .no_ack = true});
    world.publish("2");
    CHECK(world.channel.next_bodies(1) == std::vector<std::string>{"2"});
}

TEST_CASE("dropped messages are dead-lettered as maxlen", "[max-length][dead-letter]") {
    World world;
    world.channel.queue_declare({.queue = "dead"});
    world.declare({{"x-max-length", 1},
                   {"x-dead-letter-exchange", std::string("")},
                   {"x-dead-letter-routing-key", std::string("dead")}});
    world.publish("12");
    const auto letter = world.channel.get("dead", true);
    CHECK(letter.body() == "1");
    const FieldTable headers = FieldTable::parse(letter.properties().headers);
    CHECK(*headers.find("x-last-death-reason") == FieldValue(std::string("maxlen")));
}

TEST_CASE("a queue that rejects at its limit nacks and keeps what it has", "[overflow]") {
    World world;
    world.declare({{"x-max-length", 2}, {"x-overflow", std::string("reject-publish")}});
    world.channel.confirm_select();
    world.publish("12");
    CHECK(world.channel.next<basic::Ack>().delivery_tag == DeliveryTag{1});
    CHECK(world.channel.next<basic::Ack>().delivery_tag == DeliveryTag{2});
    world.publish("3");
    CHECK(world.channel.next<basic::Nack>().delivery_tag == DeliveryTag{3});
    CHECK(world.drain() == "12");
}

TEST_CASE("one queue that refuses is a nack, though another took the message", "[overflow]") {
    World world;
    world.declare({{"x-max-length", 0}, {"x-overflow", std::string("reject-publish")}});
    world.channel.queue_declare({.queue = "other"});
    for (const char* queue : {"q", "other"}) {
        world.channel.queue_bind({.queue = queue, .exchange = "amq.fanout"});
    }
    world.channel.confirm_select();
    world.channel.publish({.exchange = "amq.fanout"}, "1", persistent());
    CHECK(world.channel.next<basic::Nack>().delivery_tag == DeliveryTag{1});
    CHECK(world.drain("other") == "1");
}

TEST_CASE("reject-publish-dlx dead-letters what it refuses", "[overflow][dead-letter]") {
    World world;
    world.channel.queue_declare({.queue = "dead"});
    world.declare({{"x-max-length", 1},
                   {"x-overflow", std::string("reject-publish-dlx")},
                   {"x-dead-letter-exchange", std::string("")},
                   {"x-dead-letter-routing-key", std::string("dead")}});
    world.channel.confirm_select();
    world.publish("12");
    CHECK(world.channel.next<basic::Ack>().delivery_tag == DeliveryTag{1});
    CHECK(world.channel.next<basic::Nack>().delivery_tag == DeliveryTag{2});
    CHECK(world.drain("dead") == "2");
    CHECK(world.drain() == "1");
}

TEST_CASE("higher priorities leave first, equals in order; too high ones are capped",
          "[priority]") {
    World world;
    world.declare({{"x-max-priority", 5}});
    world.publish_with_priority("a", 1);
    world.publish_with_priority("b", 5);
    world.channel.publish_to("q", "c");
    world.publish_with_priority("d", 200);
    world.publish_with_priority("e", 1);
    CHECK(world.count() == 5);
    CHECK(world.drain() == "bdaec");
}

TEST_CASE("without x-max-priority the property is nothing to the queue", "[priority]") {
    World world;
    world.declare({});
    world.publish_with_priority("a", 1);
    world.publish_with_priority("b", 5);
    CHECK(world.drain() == "ab");
}

TEST_CASE("a message that comes back keeps its place within its priority", "[priority]") {
    World world;
    world.declare({{"x-max-priority", 5}});
    for (const char* body : {"a", "b"}) world.publish_with_priority(body, 1);
    const auto first = world.channel.get("q");
    world.publish_with_priority("c", 5);
    world.channel.reject(static_cast<std::uint64_t>(first.delivery_tag), true);
    CHECK(world.drain() == "cab");
}

TEST_CASE("at its limit a priority queue drops what would be delivered next", "[priority]") {
    World world;
    world.declare({{"x-max-priority", 5}, {"x-max-length", 2}});
    world.publish_with_priority("a", 0);
    world.publish_with_priority("b", 5);
    world.publish_with_priority("c", 0);
    CHECK(world.drain() == "ac");
}

TEST_CASE("one consumer is active; when it leaves, the next one takes over", "[single-active]") {
    World world;
    world.declare({{"x-single-active-consumer", true}});
    auto other = world.broker.connect().open_channel();
    world.channel.consume({.queue = "q", .consumer_tag = "first", .no_ack = true});
    other.consume({.queue = "q", .consumer_tag = "second", .no_ack = true});
    world.publish("12");
    CHECK(world.channel.next_bodies(2) == std::vector<std::string>{"1", "2"});
    CHECK(other.silent());
    world.channel.cancel("first");
    world.publish("3");
    CHECK(other.next_bodies(1) == std::vector<std::string>{"3"});
}

TEST_CASE("the active consumer without credit is waited for", "[single-active]") {
    World world;
    world.declare({{"x-single-active-consumer", true}});
    auto other = world.broker.connect().open_channel();
    world.channel.qos({.prefetch_count = 1});
    world.channel.consume({.queue = "q"});
    other.consume({.queue = "q"});
    world.publish("12");
    CHECK(world.channel.next_bodies(1) == std::vector<std::string>{"1"});
    CHECK(other.silent());
    SECTION("it acks") {
        world.channel.ack(1);
        CHECK(world.channel.next_bodies(1) == std::vector<std::string>{"2"});
    }
    SECTION("it goes: what it held comes first") {
        world.channel.close();
        CHECK(other.next_bodies(2) == std::vector<std::string>{"1", "2"});
    }
}

TEST_CASE("nobody can be exclusive on a queue with a single active consumer", "[single-active]") {
    World world;
    world.declare({{"x-single-active-consumer", true}});
    world.channel.send(basic::Consume{.queue = "q", .exclusive = true});
    CHECK(
        world.channel.closed_with(403, "ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use"));
}

// Tracing: what is published and delivered in a vhost is told to amq.rabbitmq.trace.
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;

namespace {

/// A queue `traces` that gets all that is told, and a queue `q`.
struct World {
    World() {
        channel.queue_declare({.queue = "traces"});
        channel.queue_declare({.queue = "q"});
        channel.queue_bind(
            {.queue = "traces", .exchange = "amq.rabbitmq.trace", .routing_key = "#"});
    }
    std::uint32_t told() { return channel.queue_probe("traces").message_count; }
    FieldTable next(std::string_view key, std::string_view body = "m") {
        const auto got = channel.get("traces", true);
        CHECK(got.exchange.str() == "amq.rabbitmq.trace");
        CHECK(got.routing_key.str() == key);
        CHECK(got.body() == body);
        return FieldTable::parse(got.properties().headers);
    }

    TestBroker broker;
    TestChannel channel = broker.connect().open_channel();
};

std::string text_of(const FieldTable& table, std::string_view name) {
    return std::string(*as_string(*table.find(name)));
}

}  // namespace

TEST_CASE("nothing is told unless tracing is on", "[tracing]") {
    World world;
    world.channel.publish_to("q", "m");
    CHECK(world.told() == 0);
    world.broker.vhost().set_tracing(true);
    world.channel.publish_to("q", "m");
    CHECK(world.told() == 1);
    world.broker.vhost().set_tracing(false);
    (void)world.channel.get("q", true);
    CHECK(world.told() == 1);
}

TEST_CASE("a publish is told with who did it and where it went", "[tracing]") {
    World world;
    world.broker.vhost().set_tracing(true);
    const Arguments headers{{"CC", FieldArray{{std::string("traces")}}}};
    BasicProperties properties = persistent();
    properties.set(property::headers, &BasicProperties::headers, std::string_view(headers));
    world.channel.publish({.exchange = "amq.direct", .routing_key = "q"}, "m", properties);
    const FieldTable told = world.next("publish.amq.direct");
    CHECK(text_of(told, "exchange_name") == "amq.direct");
    CHECK(*told.find("routing_keys") ==
          FieldValue(FieldArray{{std::string("q"), std::string("traces")}}));
    const FieldTable& kept = *as_table(*told.find("properties"));
    CHECK(as_integer(*kept.find("delivery_mode")) == 2);
    CHECK(kept.contains("headers"));
    CHECK(text_of(told, "vhost") == "/");
    CHECK(text_of(told, "user") == "guest");
    CHECK(as_integer(*told.find("channel")) == 1);
    CHECK(told.contains("connection"));
    CHECK(told.contains("node"));
    CHECK(*told.find("routed_queues") == FieldValue(FieldArray{}));
    world.channel.publish_to("q", "m");
    CHECK(*world.next("publish.").find("routed_queues") ==
          FieldValue(FieldArray{{std::string("q")}}));
}

TEST_CASE("deliveries and gets are told with their queue", "[tracing]") {
    World world;
    world.channel.publish_to("q", "m");
    world.broker.vhost().set_tracing(true);
    SECTION("a delivery") {
        world.channel.consume({.queue = "q", .consumer_tag = "t"});
        (void)world.channel.next_delivery();
    }
    SECTION("a get") { (void)world.channel.get("q"); }
    const FieldTable told = world.next("deliver.q");
    CHECK(as_integer(*told.find("redelivered")) == 0);
    CHECK(text_of(told, "exchange_name").empty());
    CHECK_FALSE(told.contains("routed_queues"));
    CHECK(world.told() == 0);
}

TEST_CASE("a redelivery is told as one", "[tracing]") {
    World world;
    world.channel.publish_to("q", "m");
    world.channel.nack(static_cast<std::uint64_t>(world.channel.get("q").delivery_tag), false,
                       true);
    world.broker.vhost().set_tracing(true);
    (void)world.channel.get("q");
    CHECK(as_integer(*world.next("deliver.q").find("redelivered")) == 1);
}

TEST_CASE("what is told may come to the traced queue itself, full as it may be", "[tracing]") {
    World world;
    world.channel.queue_declare({.queue = "both", .arguments = Arguments{{"x-max-length", 2}}});
    world.channel.queue_bind(
        {.queue = "both", .exchange = "amq.rabbitmq.trace", .routing_key = "#"});
    auto consumer = world.broker.connect().open_channel();
    consumer.consume({.queue = "both", .consumer_tag = "t", .no_ack = true});
    world.broker.vhost().set_tracing(true);
    world.broker.hold_turns();
    for (int i = 0; i < 100; ++i) world.channel.publish_to("both", "m");
    world.broker.release_turns();
    std::size_t deliveries = 0;
    while (consumer.waiting() != 0) {
        (void)consumer.next_delivery();
        ++deliveries;
    }
    CHECK(deliveries >= 100);
    CHECK(world.told() >= 200);
}

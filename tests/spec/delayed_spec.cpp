// Exchanges that delay: what waits, for how long, in what order it comes, and what a restart finds.
#include <chrono>
#include <string>

#include "broker/recovery.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using namespace std::chrono_literals;
namespace storage = leveret::storage;

namespace {

/// A delaying exchange `x` that routes as a direct one, and a queue `q` bound to it by `k`.
struct World {
    World() {
        channel.exchange_declare(
            {.exchange = "x",
             .type = "x-delayed-message",
             .durable = true,
             .arguments = Arguments{{"x-delayed-type", std::string("direct")}}});
        channel.queue_declare({.queue = "q", .durable = true});
        channel.queue_bind({.queue = "q", .exchange = "x", .routing_key = "k"});
    }
    void publish(std::string_view body, const FieldValue& delay, std::string_view exchange = "x") {
        const Arguments headers{{"x-delay", delay}};
        BasicProperties properties = persistent();
        properties.set(property::headers, &BasicProperties::headers, std::string_view(headers));
        channel.publish({.exchange = exchange, .routing_key = "k"}, body, properties);
    }
    std::uint32_t count(std::string_view queue = "q") {
        return channel.queue_probe(queue).message_count;
    }
    std::string drain(std::string_view queue = "q") {
        std::string all;
        while (count(queue) != 0) all += channel.get(queue, true).body();
        return all;
    }
    std::size_t delayed() { return broker.vhost().find_delay_queue("x")->delayed()->count(); }

    TestBroker broker;
    TestChannel channel = broker.connect().open_channel();
};

}  // namespace

TEST_CASE("a message waits as long as x-delay says, and not longer", "[delayed]") {
    World world;
    const auto delay = GENERATE(10ms, 400ms, 600ms, 5000ms, 90'000ms);
    world.publish("m", std::int64_t{delay.count()});
    CHECK(world.delayed() == 1);
    world.broker.advance(delay - 1ms);
    CHECK(world.count() == 0);
    world.broker.advance(1ms);
    CHECK(world.drain() == "m");
    CHECK(world.delayed() == 0);
}

TEST_CASE("messages come by their times; those of one time as they were published", "[delayed]") {
    World world;
    world.publish("3", 3000);
    world.publish("1", 1000);
    world.publish("a", 2000);
    world.publish("b", 2000);
    world.publish("0", 100);
    world.broker.advance(10s);
    CHECK(world.drain() == "01ab3");
}

TEST_CASE("without a delay, or with one that is none, a message is routed now", "[delayed]") {
    World world;
    SECTION("absent") { world.channel.publish({.exchange = "x", .routing_key = "k"}, "m"); }
    SECTION("zero") { world.publish("m", 0); }
    SECTION("negative") { world.publish("m", -5); }
    SECTION("no number") { world.publish("m", std::string("soon")); }
    SECTION("too long") { world.publish("m", std::int64_t{1} << 32); }
    CHECK(world.drain() == "m");
}

TEST_CASE("who gets a delayed message sees how long it has waited", "[delayed]") {
    World world;
    const auto [sent, seen] = GENERATE(table<FieldValue, FieldValue>(
        {{std::int8_t{100}, std::int8_t{-100}},
         {std::int32_t{1000}, std::int32_t{-1000}},
         {std::int64_t{1000}, std::int64_t{-1000}},
         {std::uint16_t{1000}, std::int64_t{-1000}}}));  // without a sign in its own type
    world.publish("m", sent);
    world.broker.advance(1s);
    const auto got = world.channel.get("q", true);
    const FieldTable headers = FieldTable::parse(got.properties().headers);
    CHECK(*headers.find("x-delay") == seen);
    CHECK(got.exchange == "x");
    CHECK(got.routing_key == "k");
}

TEST_CASE("a delayed message reaches whom its BCC names, who is not seen", "[delayed]") {
    World world;
    world.channel.queue_declare({.queue = "audit", .durable = true});
    world.channel.queue_bind({.queue = "audit", .exchange = "x", .routing_key = "audit"});
    const Arguments headers{{"x-delay", 1000}, {"BCC", FieldArray{{std::string("audit")}}}};
    BasicProperties properties = persistent();
    properties.set(property::headers, &BasicProperties::headers, std::string_view(headers));
    world.channel.publish({.exchange = "x", .routing_key = "k"}, "m", properties);
    CHECK(world.count("audit") == 0);
    world.broker.advance(1s);
    for (const char* queue : {"q", "audit"}) {
        const auto got = world.channel.get(queue, true);
        CHECK(got.body() == "m");
        CHECK_FALSE(FieldTable::parse(got.properties().headers).contains("BCC"));
    }
}

TEST_CASE("a dead letter waits behind an exchange that has the name of its queue", "[delayed]") {
    World world;
    world.channel.queue_declare(
        {.queue = "x",
         .durable = true,
         .arguments = Arguments{{"x-message-ttl", 100},
                                {"x-dead-letter-exchange", std::string("x")},
                                {"x-dead-letter-routing-key", std::string("k")}}});
    const Arguments headers{{"x-delay", 500}};
    BasicProperties properties = persistent();
    properties.set(property::headers, &BasicProperties::headers, std::string_view(headers));
    world.channel.publish({.routing_key = "x"}, "m", properties);
    world.broker.advance(1s);
    CHECK(world.drain() == "m");
}

TEST_CASE("a delayed message is confirmed, and not returned", "[delayed][confirm.select]") {
    World world;
    world.channel.confirm_select();
    const Arguments headers{{"x-delay", 1000}};
    BasicProperties properties = persistent();
    properties.set(property::headers, &BasicProperties::headers, std::string_view(headers));
    world.channel.publish({.exchange = "x", .routing_key = "nowhere", .mandatory = true}, "m",
                          properties);
    CHECK(world.channel.next<basic::Ack>() == basic::Ack{.delivery_tag = DeliveryTag{1}});
    CHECK(world.channel.silent());
}

TEST_CASE("what is waiting is held by the store until it has moved on", "[delayed]") {
    World world;
    world.publish("m", 1000);
    const storage::QueueId waiting = world.broker.vhost().find_delay_queue("x")->id();
    const storage::QueueId target = world.broker.queue("q").id();
    CHECK(world.broker.store().entries(waiting) == 1);
    const std::size_t transactions = world.broker.store().transactions();
    world.broker.advance(1s);
    CHECK(world.broker.store().entries(waiting) == 0);
    CHECK(world.broker.store().entries(target) == 1);
    CHECK(world.broker.store().transactions() == transactions + 1);
}

TEST_CASE("an exchange that delays does so for dead letters and for other exchanges", "[delayed]") {
    World world;
    world.channel.exchange_declare({.exchange = "front", .type = "fanout"});
    world.channel.exchange_bind({.destination = "x", .source = "front"});
    world.channel.queue_declare({.queue = "also", .durable = true});
    world.channel.queue_bind({.queue = "also", .exchange = "front"});
    world.publish("m", 1000, "front");
    CHECK(world.drain("also") == "m");
    CHECK(world.count() == 0);
    world.broker.advance(1s);
    CHECK(world.drain() == "m");

    world.channel.queue_declare(
        {.queue = "dying",
         .durable = true,
         .arguments = Arguments{{"x-dead-letter-exchange", std::string("x")},
                                {"x-dead-letter-routing-key", std::string("k")}}});
    const Arguments headers{{"x-delay", 500}};
    world.channel.publish({.routing_key = "dying"}, "d", with_headers(headers));
    world.channel.reject(static_cast<std::uint64_t>(world.channel.get("dying").delivery_tag),
                         false);
    CHECK(world.count() == 0);
    world.broker.advance(500ms);
    CHECK(world.drain() == "d");
}

TEST_CASE("an expiration counts from when the delay is over", "[delayed]") {
    World world;
    const Arguments headers{{"x-delay", 1000}};
    BasicProperties properties = with_headers(headers);
    properties.set(property::expiration, &BasicProperties::expiration, std::string_view("200"));
    world.channel.publish({.exchange = "x", .routing_key = "k"}, "m", properties);
    world.broker.advance(1s);
    CHECK(world.count() == 1);
    world.broker.advance(201ms);
    CHECK(world.count() == 0);
}

TEST_CASE("a delaying exchange names the type it routes as", "[delayed]") {
    World world;
    const auto refused = [&](const Arguments& arguments) {
        auto channel = world.broker.connect().open_channel();
        channel.send(exchange::Declare{
            .exchange = "y", .type = "x-delayed-message", .arguments = arguments});
        return channel.closed_with(406,
                                   "PRECONDITION_FAILED - Invalid argument, 'x-delayed-type' must "
                                   "be an existing exchange type");
    };
    CHECK(refused({}));
    CHECK(refused({{"x-delayed-type", std::string("nonsense")}}));
    CHECK(refused({{"x-delayed-type", std::string("x-delayed-message")}}));
    CHECK(refused({{"x-delayed-type", 5}}));
    world.channel.send(
        exchange::Declare{.exchange = "x",
                          .type = "x-delayed-message",
                          .durable = true,
                          .arguments = Arguments{{"x-delayed-type", std::string("topic")}}});
    CHECK(world.channel.closed_with(406,
                                    "PRECONDITION_FAILED - inequivalent arg 'x-delayed-type' for "
                                    "exchange 'x' in vhost '/': received 'topic' but current is "
                                    "'direct'"));
}

TEST_CASE("with its exchange go the messages that wait behind it", "[delayed]") {
    World world;
    world.publish("m", 1000);
    const storage::QueueId waiting = world.broker.vhost().find_delay_queue("x")->id();
    world.channel.exchange_delete({.exchange = "x"});
    CHECK(world.broker.store().entries(waiting) == 0);
    world.broker.advance(2s);
    CHECK(world.count() == 0);
}

TEST_CASE("many messages that are due far from now are on disk meanwhile", "[delayed]") {
    World world;
    world.broker.expect_paging();
    std::string expected;
    for (int i = 0; i < 100; ++i) {
        const char body = static_cast<char>('A' + i % 26);
        expected.push_back(body);
        world.publish({&body, 1}, 10'000);
    }
    world.broker.advance(9s);
    const std::size_t before = world.broker.store().pages();
    world.broker.advance(1s);
    CHECK(world.broker.store().pages() > before);
    CHECK(world.drain() == expected);
}

TEST_CASE("what waits survives a restart, and what was due meanwhile comes at once", "[delayed]") {
    World before;
    const storage::QueueId id = before.broker.vhost().find_delay_queue("x")->id();

    TestBroker after(TestBroker::Bare{});
    after.expect_unknown_queues();
    after.clock().advance(60s);
    leveret::broker::Recovery recovery(after.core());
    for (const auto& definition : before.broker.store().definitions()) {
        recovery.definition(definition);
    }
    leveret::broker::Queue* const waiting = after.vhost().find_delay_queue("x");
    REQUIRE(waiting != nullptr);
    REQUIRE(waiting->id() == id);
    const leveret::broker::UnixTime now = after.clock().unix_now();
    std::vector<storage::RecoveredEntry> entries;
    for (const auto& [sequence, sent, delay] :
         {std::tuple{1u, now - 30s, 5000ms}, std::tuple{2u, now - 1s, 3000ms}}) {
        const auto message = Message::make("x", "k", BasicProperties{}, "m");
        const storage::Entry entry{id, storage::Sequence{sequence}};
        after.store().publish(message, {&entry, 1},
                              {.enqueued = sent, .expiry = delay, .delayed = true}, {});
        storage::RecoveredEntry recovered;
        recovered.sequence = entry.sequence;
        recovered.enqueued = sent;
        recovered.expiry = delay;
        recovered.delayed = true;
        entries.push_back(recovered);
    }
    recovery.entries(id, entries);
    recovery.done({});
    CHECK(waiting->delayed()->count() == 2);
    after.advance(1ms);
    CHECK(after.queue("q").ready_count() == 1);
    after.advance(1998ms);
    CHECK(after.queue("q").ready_count() == 1);
    after.advance(2ms);
    CHECK(after.queue("q").ready_count() == 2);
}

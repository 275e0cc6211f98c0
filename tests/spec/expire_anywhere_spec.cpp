// Expired messages leave from wherever they stand: x-expire-anywhere and the policy.
#include <chrono>
#include <string>
#include <vector>

#include "broker/recovery.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using namespace std::chrono_literals;
namespace broker = leveret::broker;
namespace storage = leveret::storage;

namespace {

constexpr auto sweep = broker::limits::expiry_sweep;

struct World {
    void declare(Arguments more = {}) {
        FieldTable arguments = FieldTable::parse(std::string_view(more));
        if (!arguments.contains("x-expire-anywhere")) arguments.set("x-expire-anywhere", true);
        const std::string encoded = arguments.encoded();
        (void)channel.queue_declare({.queue = "q", .durable = true, .arguments = {encoded}});
    }
    void declare_with_dead_letters() {
        channel.queue_declare({.queue = "dead", .durable = true});
        declare({{"x-dead-letter-exchange", std::string()},
                 {"x-dead-letter-routing-key", std::string("dead")}});
    }
    void publish(std::string_view body, std::string_view expiration = {}) {
        BasicProperties properties = persistent();
        if (!expiration.empty()) {
            properties.set(property::expiration, &BasicProperties::expiration, expiration);
        }
        channel.publish({.routing_key = "q"}, body, properties);
    }
    std::uint32_t count(std::string_view queue = "q") {
        return channel.queue_probe(queue).message_count;
    }

    TestBroker broker;
    TestChannel channel = broker.connect().open_channel();
};

}  // namespace

TEST_CASE("an expired message leaves from behind one that has not expired", "[expire-anywhere]") {
    World world;
    world.declare();
    world.publish("stays");
    world.publish("leaves", "1000");
    world.publish("long", "100000");
    world.broker.advance(999ms);
    CHECK(world.count() == 3);
    world.broker.advance(1ms + sweep);
    CHECK(world.count() == 2);
    CHECK(world.channel.get("q", true).body() == "stays");
    CHECK(world.channel.get("q", true).body() == "long");
}

TEST_CASE("many that expire in the midst leave together, and in all priorities",
          "[expire-anywhere]") {
    World world;
    world.declare({{"x-max-priority", 5}});
    for (int i = 0; i < 3000; ++i) world.publish("m", i % 3 == 0 ? "1000" : "");
    world.broker.advance(1s + 5 * sweep);
    CHECK(world.count() == 2000);
}

TEST_CASE("what expires in the midst is dead-lettered once", "[expire-anywhere][dead-letter]") {
    World world;
    world.declare_with_dead_letters();
    world.publish("stays");
    world.publish("leaves", "1000");
    world.broker.advance(5s);
    CHECK(world.count("dead") == 1);
    CHECK(world.channel.get("dead", true).body() == "leaves");
    CHECK(world.count() == 1);
}

TEST_CASE("a message that is out when it expires, expires when it comes back",
          "[expire-anywhere]") {
    World world;
    world.declare();
    world.publish("leaves", "1000");
    world.publish("stays");
    world.publish("first");
    auto got = world.channel.get("q");
    world.broker.advance(2s);
    CHECK(world.count() == 2);
    world.channel.nack(static_cast<std::uint64_t>(got.delivery_tag), false, true);
    world.broker.advance(sweep);
    CHECK(world.count() == 2);
    CHECK(world.channel.get("q", true).body() == "stays");
}

TEST_CASE("messages on disk expire from anywhere, too", "[expire-anywhere][paging]") {
    World world;
    world.declare_with_dead_letters();
    const std::string body(100'000, 'b');
    for (int i = 0; i < 100; ++i) world.publish(body, i % 2 == 0 ? "" : "10000");
    world.broker.advance(5s);
    REQUIRE(world.broker.core().residency().octets() < 4'000'000);
    SECTION("as dead letters") {
        world.broker.advance(5s + 10 * sweep);
        CHECK(world.count() == 50);
        CHECK(world.count("dead") == 50);
    }
    SECTION("unless they are purged before") {
        CHECK(world.channel.queue_purge("q").message_count == 100);
        world.broker.advance(20s);
        CHECK(world.count("dead") == 0);
    }
    for (std::uint32_t left = world.count(); left != 0; --left) {
        CHECK(world.channel.get("q", true).body() == body);
    }
    CHECK(world.broker.store().entries(world.broker.queue("q").id()) == 0);
}

TEST_CASE("a policy turns it on and off", "[expire-anywhere][policy]") {
    World world;
    world.channel.queue_declare({.queue = "q", .durable = true});
    world.publish("stays");
    world.publish("leaves", "1000");
    world.broker.vhost().set_policies(
        broker::PolicyKind::user,
        {{.name = "p", .pattern = "^q$", .definition = {{"expire-anywhere", true}}}});
    world.broker.end_turn();
    const bool off = GENERATE(true, false);
    if (off) (void)world.broker.vhost().clear_policy(broker::PolicyKind::user, "p");
    world.broker.end_turn();
    world.broker.advance(2s);
    CHECK(world.count() == (off ? 2 : 1));
}

TEST_CASE("messages that a restart finds expire from anywhere", "[expire-anywhere][paging]") {
    World before;
    before.declare();
    TestBroker after(TestBroker::Bare{});
    after.expect_unknown_queues();
    broker::Recovery recovery(after.core());
    for (const auto& definition : before.broker.store().definitions()) {
        recovery.definition(definition);
    }
    const storage::QueueId id = before.broker.queue("q").id();
    std::vector<storage::RecoveredEntry> entries;
    for (std::uint64_t number = 1; number <= 3; ++number) {
        const auto message = Message::make("", "q", persistent(), std::to_string(number));
        const storage::Entry entry{id, storage::Sequence{number}};
        storage::RecoveredEntry recovered;
        recovered.sequence = entry.sequence;
        recovered.enqueued = after.clock().unix_now();
        recovered.body_octets = 1;
        if (number == 2) recovered.expiry = 1000ms;
        after.store().publish(message, {&entry, 1},
                              {.enqueued = recovered.enqueued, .expiry = recovered.expiry}, {});
        entries.push_back(recovered);
    }
    recovery.entries(id, entries);
    recovery.done({});
    CHECK(after.queue("q").ready_count() == 3);
    after.advance(2s);
    CHECK(after.queue("q").ready_count() == 2);
    CHECK(after.store().entries(id) == 2);
}

TEST_CASE("what was taken before it expired is forgotten", "[expire-anywhere]") {
    World world;
    world.declare();
    for (int i = 0; i < 5000; ++i) {
        world.publish("m", "10000");
        (void)world.channel.get("q", true);
    }
    world.publish("stays");
    world.broker.advance(20s);
    CHECK(world.count() == 1);
}

// Dead letters through a whole broker: why messages die, where they go, and what is stored when.
#include <chrono>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using namespace std::chrono_literals;

namespace {

/// A broker with a queue `dead` behind the fanout exchange `dlx`.
struct World {
    World() {
        channel.exchange_declare({.exchange = "dlx", .type = "fanout"});
        channel.queue_declare({.queue = "dead", .durable = true});
        channel.queue_bind({.queue = "dead", .exchange = "dlx"});
    }
    void declare(const Arguments& arguments, bool durable = false) {
        channel.queue_declare({.queue = "q", .durable = durable, .arguments = arguments});
    }
    [[nodiscard]] FieldTable first_death() {
        const auto letter = channel.get("dead", true);
        headers = FieldTable::parse(letter.properties().headers);
        body = letter.body();
        return std::get<FieldTable>(std::get<FieldArray>(*headers.find("x-death")).values.at(0));
    }
    [[nodiscard]] std::string reason() {
        return std::string(*as_string(*first_death().find("reason")));
    }
    std::uint32_t count(std::string_view queue) { return channel.queue_probe(queue).message_count; }

    TestBroker broker;
    TestChannel channel = broker.connect().open_channel();
    FieldTable headers;
    std::string body;
};

}  // namespace

TEST_CASE("a rejected message goes to the dead-letter exchange", "[dead-letter]") {
    World world;
    world.declare({{"x-dead-letter-exchange", std::string("dlx")}});
    world.channel.publish_to("q", "one");
    const auto got = world.channel.get("q");
    SECTION("by reject") {
        world.channel.reject(static_cast<std::uint64_t>(got.delivery_tag), false);
    }
    SECTION("by nack") {
        world.channel.nack(static_cast<std::uint64_t>(got.delivery_tag), false, false);
    }
    CHECK(world.reason() == "rejected");
    CHECK(world.body == "one");
    CHECK(world.count("q") == 0);
}

TEST_CASE("the letter tells exchange, key and queue of its death", "[dead-letter]") {
    World world;
    world.declare({{"x-dead-letter-exchange", std::string("dlx")},
                   {"x-dead-letter-routing-key", std::string("grave")}});
    world.channel.queue_bind({.queue = "q", .exchange = "amq.topic", .routing_key = "a.*"});
    world.channel.publish({.exchange = "amq.topic", .routing_key = "a.b"}, "x");
    world.channel.reject(static_cast<std::uint64_t>(world.channel.get("q").delivery_tag), false);
    const auto letter = world.channel.get("dead");
    CHECK(letter.exchange == "dlx");
    CHECK(letter.routing_key == "grave");
    const FieldTable headers = FieldTable::parse(letter.properties().headers);
    const FieldTable death =
        std::get<FieldTable>(std::get<FieldArray>(*headers.find("x-death")).values.at(0));
    CHECK(*death.find("exchange") == FieldValue(std::string("amq.topic")));
    CHECK(*death.find("routing-keys") == FieldValue(FieldArray{{std::string("a.b")}}));
    CHECK(*death.find("queue") == FieldValue(std::string("q")));
}

TEST_CASE("without a dead-letter exchange, or with a missing one, messages are gone",
          "[dead-letter]") {
    World world;
    SECTION("none") { world.declare({}); }
    SECTION("missing") { world.declare({{"x-dead-letter-exchange", std::string("nowhere")}}); }
    world.channel.publish_to("q", "one");
    world.channel.reject(static_cast<std::uint64_t>(world.channel.get("q").delivery_tag), false);
    CHECK(world.count("q") == 0);
    CHECK(world.count("dead") == 0);
}

TEST_CASE("a move is one transaction of the store", "[dead-letter]") {
    World world;
    world.declare({{"x-dead-letter-exchange", std::string("dlx")}}, true);
    world.channel.publish({.routing_key = "q"}, "one", persistent());
    const std::size_t before = world.broker.store().transactions();
    world.channel.reject(static_cast<std::uint64_t>(world.channel.get("q").delivery_tag), false);
    CHECK(world.broker.store().transactions() == before + 1);
    CHECK(world.broker.store().entries(world.broker.queue("q").id()) == 0);
    CHECK(world.broker.store().entries(world.broker.queue("dead").id()) == 1);
}

TEST_CASE("a rejection within tx.commit moves within its transaction", "[dead-letter]") {
    World world;
    world.declare({{"x-dead-letter-exchange", std::string("dlx")}}, true);
    world.channel.publish({.routing_key = "q"}, "one", persistent());
    world.channel.tx_select();
    world.channel.reject(static_cast<std::uint64_t>(world.channel.get("q").delivery_tag), false);
    CHECK(world.broker.queue("dead").ready_count() == 0);
    const std::size_t before = world.broker.store().transactions();
    world.channel.tx_commit();
    CHECK(world.broker.store().transactions() == before + 1);
    CHECK(world.reason() == "rejected");
}

TEST_CASE("a queue that expires into itself drops the message: no endless loop", "[dead-letter]") {
    World world;
    world.declare({{"x-dead-letter-exchange", std::string("")},
                   {"x-dead-letter-routing-key", std::string("q")},
                   {"x-message-ttl", 10}});
    world.channel.publish_to("q", "one");
    world.broker.advance(1s);
    CHECK(world.count("q") == 0);
}

TEST_CASE("a loop through a rejection is a retry and goes on", "[dead-letter]") {
    World world;
    world.declare({{"x-dead-letter-exchange", std::string("")},
                   {"x-dead-letter-routing-key", std::string("wait")}});
    world.channel.queue_declare(
        {.queue = "wait",
         .arguments = Arguments{{"x-dead-letter-exchange", std::string("")},
                                {"x-dead-letter-routing-key", std::string("q")},
                                {"x-message-ttl", 100}}});
    world.channel.publish_to("q", "one");
    for (int attempt = 1; attempt <= 3; ++attempt) {
        const auto got = world.channel.get("q");
        world.channel.reject(static_cast<std::uint64_t>(got.delivery_tag), false);
        CHECK(world.count("wait") == 1);
        world.broker.advance(1s);
        CHECK(world.count("wait") == 0);
        CHECK(world.count("q") == 1);
    }
    const FieldTable headers = FieldTable::parse(world.channel.get("q").properties().headers);
    const auto& deaths = std::get<FieldArray>(*headers.find("x-death")).values;
    REQUIRE(deaths.size() == 2);
    CHECK(*std::get<FieldTable>(deaths[0]).find("queue") == FieldValue(std::string("wait")));
    CHECK(*std::get<FieldTable>(deaths[0]).find("count") == FieldValue(std::int64_t{3}));
    CHECK(*std::get<FieldTable>(deaths[1]).find("count") == FieldValue(std::int64_t{3}));
}

TEST_CASE("a long chain of full queues passes a message on", "[dead-letter]") {
    constexpr int length = 300;
    World world;
    for (int i = 0; i < length; ++i) {
        const std::string next = i + 1 < length ? "c" + std::to_string(i + 1) : "dead";
        world.channel.queue_declare(
            {.queue = "c" + std::to_string(i),
             .arguments = Arguments{{"x-max-length", 0},
                                    {"x-dead-letter-exchange", std::string("")},
                                    {"x-dead-letter-routing-key", next}}});
    }
    world.channel.publish_to("c0", "far");
    CHECK(world.count("dead") == 1);
}

TEST_CASE("purging and deleting a queue does not dead-letter", "[dead-letter]") {
    World world;
    world.declare({{"x-dead-letter-exchange", std::string("dlx")}});
    world.channel.publish_to("q", "one");
    SECTION("purge") { world.channel.queue_purge("q"); }
    SECTION("delete") { world.channel.queue_delete({.queue = "q"}); }
    CHECK(world.count("dead") == 0);
}

TEST_CASE("a quorum queue dead-letters after its delivery limit and counts deliveries",
          "[dead-letter][delivery-limit]") {
    World world;
    world.declare({{"x-queue-type", std::string("quorum")},
                   {"x-delivery-limit", 2},
                   {"x-dead-letter-exchange", std::string("dlx")}},
                  true);
    world.channel.publish({.routing_key = "q"}, "one", persistent());
    for (int attempt = 0; attempt < 3; ++attempt) {
        const auto got = world.channel.get("q");
        const BasicProperties properties = got.properties();
        if (attempt == 0) {
            CHECK_FALSE(properties.has(property::headers));
        } else {
            CHECK(*FieldTable::parse(properties.headers).find("x-delivery-count") ==
                  FieldValue(std::int64_t{attempt}));
        }
        world.channel.reject(static_cast<std::uint64_t>(got.delivery_tag), true);
    }
    CHECK(world.count("q") == 0);
    CHECK(world.reason() == "delivery_limit");
}

TEST_CASE("a classic queue without a limit delivers again and again", "[delivery-limit]") {
    World world;
    world.declare({});
    world.channel.publish_to("q", "one");
    for (int attempt = 0; attempt < 30; ++attempt) {
        const auto got = world.channel.get("q");
        CHECK_FALSE(got.properties().has(property::headers));
        world.channel.reject(static_cast<std::uint64_t>(got.delivery_tag), true);
    }
    CHECK(world.count("q") == 1);
}

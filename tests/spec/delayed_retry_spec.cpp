// What comes back is tried again after a while: x-delayed-retry-type, -min, -max and -backoff.
#include <chrono>
#include <string>

#include "broker/recovery.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using namespace std::chrono_literals;
namespace broker = leveret::broker;
namespace storage = leveret::storage;

namespace {

struct World {
    void declare(std::string type, Arguments more = {}) {
        FieldTable arguments = FieldTable::parse(std::string_view(more));
        arguments.set("x-delayed-retry-type", std::move(type));
        if (!arguments.contains("x-delayed-retry-min")) {
            arguments.set("x-delayed-retry-min", std::int64_t{1000});
        }
        const std::string encoded = arguments.encoded();
        (void)channel.queue_declare({.queue = "q", .durable = true, .arguments = {encoded}});
    }
    void publish(std::string_view body, const BasicProperties& properties = persistent()) {
        channel.publish({.routing_key = "q"}, body, properties);
    }
    /// Takes the first message and gives it back.
    void fail(bool by_reject = true) {
        const auto got = channel.get("q");
        const auto tag = static_cast<std::uint64_t>(got.delivery_tag);
        if (by_reject) {
            channel.reject(tag, true);
        } else {
            channel.nack(tag, false, true);
        }
    }
    std::uint32_t ready() { return channel.queue_probe("q").message_count; }
    std::size_t waiting() {
        const auto* const delayed = broker.queue("q").delayed();
        return delayed == nullptr ? 0 : delayed->count();
    }

    TestBroker broker;
    TestChannel channel = broker.connect().open_channel();
};

}  // namespace

TEST_CASE("a delivery that failed is tried again later, each time later", "[delayed-retry]") {
    World world;
    const bool is_persistent = GENERATE(true, false);
    world.declare("all");
    world.publish("m", is_persistent ? persistent() : BasicProperties{});
    for (std::int64_t failures = 1; failures <= 3; ++failures) {
        world.fail();
        CHECK(world.ready() == 0);
        CHECK(world.waiting() == 1);
        world.broker.advance(failures * 1000ms - 1ms);
        CHECK(world.ready() == 0);
        world.broker.advance(1ms);
        CHECK(world.ready() == 1);
        CHECK(world.waiting() == 0);
    }
    const auto got = world.channel.get("q", true);
    CHECK(got.redelivered);
    CHECK(got.body() == "m");
    const FieldTable headers = FieldTable::parse(got.properties().headers);
    CHECK(as_integer(*headers.find("x-delivery-count")) == 3);
}

TEST_CASE("the wait is never longer than x-delayed-retry-max", "[delayed-retry]") {
    World world;
    world.declare("all", {{"x-delayed-retry-max", std::int64_t{1500}}});
    world.publish("m");
    world.fail();
    world.broker.advance(1000ms);
    world.fail();
    world.broker.advance(1499ms);
    CHECK(world.ready() == 0);
    world.broker.advance(1ms);
    CHECK(world.ready() == 1);
}

TEST_CASE("only the kind of return that the type names waits", "[delayed-retry]") {
    World world;
    const std::string type = GENERATE("failed", "returned", "all");
    const bool by_reject = GENERATE(true, false);
    CAPTURE(type, by_reject);
    world.declare(type);
    world.publish("m");
    world.fail(by_reject);
    const bool waits = type == "all" || (type == "failed") == by_reject;
    CHECK(world.waiting() == (waits ? 1 : 0));
    CHECK(world.ready() == (waits ? 0 : 1));
}

TEST_CASE("a lost connection counts as a failure", "[delayed-retry]") {
    World world;
    world.declare("failed");
    world.publish("m");
    auto other = world.broker.connect().open_channel();
    (void)other.get("q");
    other.connection().lose();
    CHECK(world.ready() == 0);
    world.broker.advance(1000ms);
    CHECK(world.ready() == 1);
}

TEST_CASE("others overtake what waits, which comes back to its old place", "[delayed-retry]") {
    World world;
    world.declare("all");
    for (const char* body : {"1", "2", "3"}) world.publish(body);
    world.fail();
    CHECK(world.channel.get("q", true).body() == "2");
    world.broker.advance(1000ms);
    CHECK(world.channel.get("q", true).body() == "1");
    CHECK(world.channel.get("q", true).body() == "3");
}

TEST_CASE("exponential waits double, less up to a quarter", "[delayed-retry]") {
    World world;
    world.declare("all", {{"x-delayed-retry-backoff", std::string("exponential")}});
    world.publish("m");
    for (const auto whole : {1000ms, 2000ms, 4000ms, 8000ms}) {
        world.fail();
        world.broker.advance(whole * 3 / 4 - 1ms);
        CHECK(world.ready() == 0);
        world.broker.advance(whole / 4 + 1ms);
        CHECK(world.ready() == 1);
    }
}

TEST_CASE("a delivery limit ends the retries with a dead letter", "[delayed-retry][dead-letter]") {
    World world;
    world.channel.queue_declare({.queue = "dead", .durable = true});
    world.declare("all", {{"x-delivery-limit", std::int64_t{1}},
                          {"x-dead-letter-exchange", std::string()},
                          {"x-dead-letter-routing-key", std::string("dead")}});
    world.publish("m");
    world.fail();
    world.broker.advance(1000ms);
    world.fail();
    CHECK(world.waiting() == 0);
    CHECK(world.channel.get("dead", true).body() == "m");
}

TEST_CASE("a purge drops what waits as well, a deletion too", "[delayed-retry]") {
    World world;
    world.declare("all");
    for (const char* body : {"1", "2"}) world.publish(body);
    world.fail();
    SECTION("purge") {
        CHECK(world.channel.queue_purge("q").message_count == 2);
        CHECK(world.waiting() == 0);
        CHECK(world.broker.store().entries(world.broker.queue("q").id()) == 0);
        world.broker.advance(2s);
        CHECK(world.ready() == 0);
    }
    SECTION("deletion") {
        (void)world.channel.queue_delete({.queue = "q"});
        world.broker.advance(2s);
        CHECK(world.channel.silent());
    }
}

TEST_CASE("of policy and arguments the policy's type counts, and the shorter times",
          "[delayed-retry][policy]") {
    World world;
    world.declare("disabled", {{"x-delayed-retry-min", std::int64_t{1000}}});
    world.broker.vhost().set_policies(
        broker::PolicyKind::user, {{.name = "p",
                                    .pattern = "^q$",
                                    .definition = {{"delayed-retry-type", std::string("all")},
                                                   {"delayed-retry-min", std::int64_t{5000}}}}});
    world.broker.end_turn();
    world.publish("m");
    world.fail();
    CHECK(world.waiting() == 1);
    world.broker.advance(1000ms);
    CHECK(world.ready() == 1);
}

TEST_CASE("a retry that says too little or contradicts itself is refused", "[delayed-retry]") {
    World world;
    const Arguments arguments =
        GENERATE(Arguments({{"x-delayed-retry-type", std::string("all")}}),
                 Arguments({{"x-delayed-retry-min", 5}, {"x-delayed-retry-max", 4}}),
                 Arguments({{"x-delayed-retry-backoff", std::string("cubic")}}),
                 Arguments({{"x-delayed-retry-type", std::string("some")}}));
    world.channel.send(queue::Declare{.queue = "q", .arguments = arguments});
    CHECK(world.channel.next<channel::Close>().reply_code == 406);
}

TEST_CASE("what waits does not stay in memory when it is on disk", "[delayed-retry][paging]") {
    World world;
    world.broker.expect_paging();
    world.declare("all", {{"x-delayed-retry-min", std::int64_t{60'000}}});
    const std::string body(100'000, 'b');
    for (int i = 0; i < 50; ++i) world.publish(body);
    for (int i = 0; i < 50; ++i) world.fail();
    world.broker.advance(5s);
    CHECK(world.waiting() == 50);
    CHECK(world.broker.core().residency().octets() < 200'000);
    world.broker.advance(56s);
    CHECK(world.ready() == 50);
    for (int i = 0; i < 50; ++i) CHECK(world.channel.get("q", true).body() == body);
}

TEST_CASE("a damaged message that waits is dropped, and from the store too",
          "[delayed-retry][paging]") {
    World world;
    world.declare("all", {{"x-delayed-retry-min", std::int64_t{60'000}}});
    world.publish("m");
    world.fail();
    world.broker.advance(5s);
    world.broker.store().damage(world.broker.queue("q").id());
    world.broker.advance(60s);
    CHECK(world.waiting() == 0);
    CHECK(world.ready() == 0);
    CHECK(world.broker.store().entries(world.broker.queue("q").id()) == 0);
}

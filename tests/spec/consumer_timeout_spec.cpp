// Acks that do not come in time: x-consumer-timeout of a queue or a consumer, and the policy.
#include <chrono>
#include <optional>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using namespace std::chrono_literals;

namespace {

constexpr auto a_bit = 2 * leveret::broker::limits::tick;

struct World {
    explicit World(const Login& login = {},
                   const leveret::broker::Config& config = TestBroker::default_config())
        : broker(config), channel(broker.connect(login).open_channel()) {}

    void declare(const Arguments& arguments = {}) {
        other.queue_declare({.queue = "q", .durable = true, .arguments = arguments});
    }
    std::uint32_t ready() { return other.queue_probe("q").message_count; }

    TestBroker broker;
    TestChannel channel;
    TestChannel other = broker.connect().open_channel();
};

Login without_cancels() {
    Login login;
    login.capabilities = {"basic.nack", "publisher_confirms"};
    return login;
}

}  // namespace

TEST_CASE("a delivery whose ack is overdue goes back, and its consumer is cancelled",
          "[consumer-timeout]") {
    World world;
    world.declare({{"x-consumer-timeout", 5000}});
    world.other.publish_to("q", "m");
    world.channel.consume({.queue = "q", .consumer_tag = "t"});
    CHECK_FALSE(world.channel.next_delivery().redelivered);
    world.broker.advance(4900ms);
    CHECK(world.ready() == 0);
    CHECK(world.channel.silent());
    world.broker.advance(100ms + a_bit);
    CHECK(world.channel.next<basic::Cancel>() ==
          basic::Cancel{.consumer_tag = "t", .no_wait = true});
    CHECK(world.ready() == 1);
    CHECK(world.other.queue_probe("q").consumer_count == 0);
    CHECK(world.other.get("q", true).redelivered);
}

TEST_CASE("an ack in time is in time, and the next delivery has its own", "[consumer-timeout]") {
    World world;
    world.declare({{"x-consumer-timeout", 5000}});
    world.channel.consume({.queue = "q", .consumer_tag = "t"});
    for (std::uint64_t tag = 1; tag <= 3; ++tag) {
        world.other.publish_to("q", "m");
        (void)world.channel.next_delivery();
        world.broker.advance(4s);
        world.channel.ack(tag);
    }
    world.broker.advance(20s);
    CHECK(world.channel.silent());
    CHECK(world.other.queue_probe("q").consumer_count == 1);
}

TEST_CASE("only what is overdue goes back; the rest may still be acked", "[consumer-timeout]") {
    World world;
    world.declare({{"x-consumer-timeout", 5000}});
    world.channel.consume({.queue = "q", .consumer_tag = "t"});
    world.other.publish_to("q", "early");
    (void)world.channel.next_delivery();
    world.broker.advance(3s);
    world.other.publish_to("q", "late");
    (void)world.channel.next_delivery();
    world.broker.advance(3s);
    (void)world.channel.next<basic::Cancel>();
    CHECK(world.other.get("q", true).body() == "early");
    world.channel.ack(2);
    world.broker.advance(10s);
    CHECK(world.ready() == 0);
    CHECK(world.channel.silent());
}

TEST_CASE("an ack that comes too late changes nothing", "[consumer-timeout]") {
    World world;
    world.declare({{"x-consumer-timeout", 1000}});
    world.channel.consume({.queue = "q", .consumer_tag = "t"});
    for (const char* body : {"1", "2", "3"}) {
        world.other.publish_to("q", body);
        (void)world.channel.next_delivery();
    }
    world.broker.advance(1s + a_bit);
    (void)world.channel.next<basic::Cancel>();
    SECTION("one by one") {
        world.channel.ack(2);
        world.channel.ack(1);
        world.channel.nack(3, false, true);
    }
    SECTION("all up to one") { world.channel.ack(3, true); }
    SECTION("all there are") { world.channel.ack(0, true); }
    SECTION("with its channel") { (void)world.channel.call<channel::CloseOk>(channel::Close{}); }
    CHECK(world.ready() == 3);
}

TEST_CASE("a late ack is known once", "[consumer-timeout]") {
    World world;
    world.declare({{"x-consumer-timeout", 1000}});
    world.channel.consume({.queue = "q", .consumer_tag = "t"});
    world.other.publish_to("q", "m");
    (void)world.channel.next_delivery();
    world.broker.advance(1s + a_bit);
    (void)world.channel.next<basic::Cancel>();
    world.channel.ack(1);
    CHECK(world.channel.silent());
    world.channel.ack(1);
    CHECK(world.channel.closed_with(406, "PRECONDITION_FAILED - unknown delivery tag 1"));
}

TEST_CASE("a client that does not understand cancels loses its channel", "[consumer-timeout]") {
    World world(without_cancels());
    world.declare({{"x-consumer-timeout", 5000}});
    world.other.publish_to("q", "m");
    world.channel.consume({.queue = "q", .consumer_tag = "t"});
    (void)world.channel.next_delivery();
    world.broker.advance(5s + a_bit);
    CHECK(world.channel.closed_with(406,
                                    "PRECONDITION_FAILED - delivery acknowledgement on channel 1 "
                                    "timed out. Timeout value used: 5000 ms"));
    CHECK(world.ready() == 1);
}

TEST_CASE("a message that basic.get took closes the channel when its ack is overdue",
          "[consumer-timeout]") {
    World world;
    world.declare({{"x-consumer-timeout", 5000}});
    world.other.publish_to("q", "m");
    (void)world.channel.get("q", false);
    world.broker.advance(5s + a_bit);
    CHECK(world.channel.closed_with(406,
                                    "PRECONDITION_FAILED - delivery acknowledgement on channel 1 "
                                    "timed out. Timeout value used: 5000 ms"));
    CHECK(world.ready() == 1);
}

TEST_CASE("the limit for acks comes from the consumer, else from the queue or a policy",
          "[consumer-timeout][policy]") {
    World world;
    const auto set_policy = [&](std::int64_t timeout) {
        world.broker.vhost().set_policies(
            leveret::broker::PolicyKind::user,
            {{.name = "p", .pattern = "", .definition = {{"consumer-timeout", timeout}}}});
        world.broker.end_turn();
    };
    const auto consume = [&](const Arguments& arguments = {}) {
        world.other.publish_to("q", "m");
        world.channel.consume({.queue = "q", .consumer_tag = "t", .arguments = arguments});
        (void)world.channel.next_delivery();
    };
    SECTION("the consumer's") {
        world.declare({{"x-consumer-timeout", 60'000}});
        consume({{"x-consumer-timeout", 2000}});
    }
    SECTION("the queue's, whatever the policy") {
        world.declare({{"x-consumer-timeout", 2000}});
        set_policy(1);
        consume();
    }
    SECTION("the policy's, also for what is out already") {
        world.declare();
        consume();
        set_policy(2000);
    }
    world.broker.advance(1900ms);
    CHECK(world.channel.silent());
    world.broker.advance(100ms + a_bit);
    CHECK(world.channel.next<basic::Cancel>().consumer_tag == "t");
    CHECK(world.ready() == 1);
}

TEST_CASE("the node's limit for acks holds where nothing else says one", "[consumer-timeout]") {
    leveret::broker::Config config = TestBroker::default_config();
    config.limits.consumer_timeout = 5s;
    World world({}, config);
    const bool own = GENERATE(false, true);
    world.declare(own ? Arguments{{"x-consumer-timeout", 60'000}} : Arguments{});
    world.other.publish_to("q", "m");
    world.channel.consume({.queue = "q", .consumer_tag = "t"});
    (void)world.channel.next_delivery();
    world.broker.advance(5s + a_bit);
    CHECK(world.ready() == (own ? 0 : 1));
}

TEST_CASE("who lets too many acks become overdue loses the channel", "[consumer-timeout]") {
    World world;
    world.declare({{"x-consumer-timeout", 5000}});
    world.channel.consume({.queue = "q", .consumer_tag = "t"});
    const auto count = static_cast<std::uint32_t>(leveret::broker::limits::overdue_tags_kept + 1);
    for (std::uint32_t i = 0; i < count; ++i) {
        world.other.publish_to("q", "m");
        (void)world.channel.next_delivery();
    }
    world.broker.advance(5s + a_bit);
    CHECK(world.channel.next<leveret::protocol::amqp::channel::Close>().reply_code == 406);
    CHECK(world.ready() == count);
}

TEST_CASE("without a limit a delivery may wait for ever", "[consumer-timeout]") {
    World world;
    world.declare();
    world.other.publish_to("q", "m");
    world.channel.consume({.queue = "q", .consumer_tag = "t"});
    (void)world.channel.next_delivery();
    world.broker.advance(24h);
    CHECK(world.channel.silent());
    world.channel.ack(1);
    CHECK(world.ready() == 0);
}

TEST_CASE("a limit for acks that is none is refused", "[consumer-timeout]") {
    World world;
    world.declare();
    const std::int64_t timeout = GENERATE(as<std::int64_t>{}, 0, -1, std::int64_t{1} << 60);
    const Arguments arguments{{"x-consumer-timeout", timeout}};
    world.channel.send(basic::Consume{.queue = "q", .arguments = arguments});
    CHECK(world.channel.next<leveret::protocol::amqp::channel::Close>().reply_code == 406);
}

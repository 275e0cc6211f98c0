// Settling deliveries: ack, nack, reject and recover.
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;

using Bodies = std::vector<std::string>;

namespace {

/// A channel that consumes `q` and has this many deliveries unacked, with bodies from 1.
TestChannel with_unacked(TestBroker& broker, int count) {
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q", .durable = true});
    for (int i = 1; i <= count; ++i) {
        channel.publish({.routing_key = "q"}, std::to_string(i), persistent());
    }
    channel.consume({.queue = "q", .consumer_tag = "t"});
    channel.next_bodies(static_cast<std::size_t>(count));
    return channel;
}

/// What is ready in `q`, in order, as another client sees it.
Bodies ready(TestBroker& broker) {
    auto channel = broker.connect().open_channel();
    Bodies bodies;
    for (auto count = broker.queue("q").ready_count(); count > 0; --count) {
        bodies.emplace_back(channel.get("q").body());
    }
    channel.close();
    return bodies;
}

std::size_t stored(TestBroker& broker) { return broker.store().entries(broker.queue("q").id()); }

}  // namespace

TEST_CASE("an ack settles one delivery, or all up to it", "[basic.ack]") {
    TestBroker broker;
    auto channel = with_unacked(broker, 6);

    channel.ack(2);
    CHECK(stored(broker) == 5);
    channel.ack(4, true);
    CHECK(stored(broker) == 2);
    channel.ack(0, true);
    CHECK(stored(broker) == 0);
    channel.close();
    CHECK(ready(broker).empty());
}

TEST_CASE("all there are may be none", "[basic.ack]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    channel.ack(0, true);
    channel.nack(0, true, true);

    CHECK(channel.silent());
}

TEST_CASE("a delivery tag that is not unacked closes the channel", "[basic.ack]") {
    TestBroker broker;
    auto channel = with_unacked(broker, 3);
    channel.ack(2);
    struct Row {
        std::uint64_t tag;
        bool multiple;
    };
    const Row row = GENERATE(Row{4, false}, Row{4, true}, Row{2, false}, Row{2, true},
                             Row{0, false}, Row{~std::uint64_t{0}, false});
    const std::string text =
        "PRECONDITION_FAILED - unknown delivery tag " + std::to_string(row.tag);

    SECTION("in ack") {
        channel.ack(row.tag, row.multiple);
        CHECK(channel.closed_with(406, text, basic::Ack::id));
    }
    SECTION("in nack") {
        channel.nack(row.tag, row.multiple, true);
        CHECK(channel.closed_with(406, text, basic::Nack::id));
    }
    SECTION("in reject") {
        channel.reject(row.tag, false);
        CHECK(channel.closed_with(406, text, basic::Reject::id));
    }
    CHECK(ready(broker) == Bodies{"1", "3"});  // nothing was settled on the way
}

TEST_CASE("delivery tags of another channel are unknown", "[basic.ack]") {
    TestBroker broker;
    auto channel = with_unacked(broker, 1);
    auto other = channel.connection().open_channel();

    other.ack(1);

    CHECK(other.closed_with(406, "PRECONDITION_FAILED - unknown delivery tag 1", basic::Ack::id));
    channel.ack(1);
    CHECK(channel.silent());
}

TEST_CASE("what is rejected without requeue is gone", "[basic.reject][basic.nack]") {
    TestBroker broker;
    auto channel = with_unacked(broker, 4);

    channel.reject(1, false);
    channel.nack(2, false, false);
    channel.nack(4, true, false);

    CHECK(stored(broker) == 0);
    channel.close();
    CHECK(ready(broker).empty());
}

TEST_CASE("what is requeued goes back to its old place, redelivered", "[basic.nack]") {
    TestBroker broker;
    auto channel = with_unacked(broker, 5);
    channel.cancel("t");
    channel.publish_to("q", "6");

    SECTION("all at once") { channel.nack(5, true, true); }
    SECTION("one by one, in any order") {
        for (const std::uint64_t tag : {4u, 1u, 5u, 3u, 2u}) channel.reject(tag, true);
    }
    SECTION("by closing the channel") { channel.close(); }
    SECTION("by recover") {
        CHECK(channel.call<basic::RecoverOk>(basic::Recover{.requeue = true}) ==
              basic::RecoverOk{});
    }
    SECTION("by recover without an answer") {
        channel.send(basic::RecoverAsync{.requeue = true});
        CHECK(channel.silent());
    }
    auto other = broker.connect().open_channel();
    for (const char* body : {"1", "2", "3", "4", "5"}) {
        const auto got = other.get("q");
        CHECK(got.body() == body);
        CHECK(got.redelivered);
    }
    CHECK_FALSE(other.get("q").redelivered);
}

TEST_CASE("a requeued message comes again, with a new tag", "[basic.nack]") {
    TestBroker broker;
    auto channel = with_unacked(broker, 2);

    channel.nack(1, false, true);

    CHECK(channel.next_delivery() == basic::Deliver{.consumer_tag = "t",
                                                    .delivery_tag = DeliveryTag{3},
                                                    .redelivered = true,
                                                    .exchange = "",
                                                    .routing_key = "q"});
    channel.ack(3, true);
    CHECK(stored(broker) == 0);
}

TEST_CASE("a message that came back goes before those never delivered", "[basic.nack]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    for (const char* body : {"1", "2", "3"}) channel.publish_to("q", body);
    channel.qos({.prefetch_count = 1});
    channel.consume({.queue = "q"});
    CHECK(channel.next_bodies(1) == Bodies{"1"});

    channel.reject(1, true);

    CHECK(channel.next_bodies(1) == Bodies{"1"});
}

TEST_CASE("recover without requeue is not implemented", "[basic.recover]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    SECTION("recover") {
        channel.send(basic::Recover{.requeue = false});
        CHECK(channel.connection().closed_with(540, "NOT_IMPLEMENTED - requeue=false",
                                               basic::Recover::id));
    }
    SECTION("recover-async") {
        channel.send(basic::RecoverAsync{.requeue = false});
        CHECK(channel.connection().closed_with(540, "NOT_IMPLEMENTED - requeue=false",
                                               basic::RecoverAsync::id));
    }
}

TEST_CASE("recover gives messages to the same consumer again", "[basic.recover]") {
    TestBroker broker;
    auto channel = with_unacked(broker, 2);
    channel.get_is_empty("q");

    channel.call<basic::RecoverOk>(basic::Recover{.requeue = true});

    CHECK(channel.next_bodies(2) == Bodies{"1", "2"});
    channel.ack(4, true);
    CHECK(stored(broker) == 0);
}

TEST_CASE("one delivery may stay unacked while very many come and go", "[basic.ack]") {
    TestBroker broker;
    auto channel = with_unacked(broker, 1);  // tag 1 is held
    constexpr std::uint64_t count = 5'000;
    for (std::uint64_t tag = 2; tag <= count; ++tag) {
        channel.publish_to("q", "x");
        CHECK(channel.next_delivery().delivery_tag == DeliveryTag{tag});
        if (tag % 1000 != 0) channel.ack(tag);
    }

    CHECK(channel.silent());
    channel.close();
    CHECK(broker.queue("q").ready_count() == 1 + count / 1000);
}

TEST_CASE("acks of a consumer that left give credit to nobody, and settle", "[basic.ack]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.qos({.prefetch_count = 1});
    channel.consume({.queue = "q", .consumer_tag = "1"});
    channel.publish_to("q", "1");
    channel.publish_to("q", "2");
    channel.next_bodies(1);
    channel.cancel("1");

    channel.ack(1);

    CHECK(channel.silent());
    CHECK(ready(broker) == Bodies{"2"});
}

// basic.get: one message at a time.
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;

TEST_CASE("get takes the first message and tells how many are left", "[basic.get]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.queue_bind({.queue = "q", .exchange = "amq.direct", .routing_key = "k"});
    for (const char* body : {"1", "2", "3"}) {
        channel.publish({.exchange = "amq.direct", .routing_key = "k"}, body);
    }

    const auto got = channel.get("q");
    CHECK(got == basic::GetOk{.delivery_tag = DeliveryTag{1},
                              .redelivered = false,
                              .exchange = "amq.direct",
                              .routing_key = "k",
                              .message_count = 2});
    CHECK(got.body() == "1");
    CHECK(channel.get("q").message_count == 1);
    CHECK(channel.get("q").message_count == 0);
    CHECK(channel.get_is_empty("q"));
}

TEST_CASE("what was got is unacked, unless no ack is wanted", "[basic.get][store]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q", .durable = true});
    channel.publish({.routing_key = "q"}, "1", persistent());
    channel.publish({.routing_key = "q"}, "2", persistent());
    const auto id = broker.queue("q").id();

    channel.get("q", /*no_ack=*/true);
    CHECK(broker.store().entries(id) == 1);
    channel.get("q");
    CHECK(broker.store().entries(id) == 1);

    SECTION("an ack settles it") {
        channel.ack(2);
        CHECK(broker.store().entries(id) == 0);
    }
    SECTION("the tag of what needed no ack is unknown") {
        channel.ack(1);
        CHECK(channel.closed_with(406, "PRECONDITION_FAILED - unknown delivery tag 1",
                                  basic::Ack::id));
    }
    SECTION("without one it comes back") {
        channel.close();
        CHECK(broker.queue("q").ready_count() == 1);
        CHECK(broker.store().entries(id) == 1);
    }
}

TEST_CASE("get from a queue that is not there closes the channel", "[basic.get]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    channel.send(basic::Get{.queue = "none"});

    CHECK(channel.closed_with(404, "NOT_FOUND - no queue 'none' in vhost '/'", basic::Get::id));
}

TEST_CASE("get tells of a message that had been out that it was redelivered", "[basic.get]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.publish_to("q", "x");

    CHECK_FALSE(channel.get("q").redelivered);
    channel.reject(1, true);
    CHECK(channel.get("q").redelivered);
}

TEST_CASE("a large message is got whole", "[basic.get]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    const std::string body(1'500'000, 'x');
    channel.publish_to("q", body);

    CHECK(channel.get("q").body() == body);
}

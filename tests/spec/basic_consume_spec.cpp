// Consumers: basic.consume, basic.cancel, basic.qos, and who gets what.
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;

using Bodies = std::vector<std::string>;

namespace {

void publish_numbers(TestChannel channel, std::string_view queue, int first, int last) {
    for (int i = first; i <= last; ++i) channel.publish_to(queue, std::to_string(i));
}

}  // namespace

TEST_CASE("consume-ok comes before the first delivery", "[basic.consume]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    publish_numbers(channel, "q", 1, 2);

    CHECK(channel.consume({.queue = "q", .consumer_tag = "t"}).consumer_tag == "t");

    CHECK(channel.next_delivery() == basic::Deliver{.consumer_tag = "t",
                                                    .delivery_tag = DeliveryTag{1},
                                                    .redelivered = false,
                                                    .exchange = "",
                                                    .routing_key = "q"});
    CHECK(channel.next_delivery().body() == "2");
    CHECK(channel.silent());
}

TEST_CASE("a consumer without a tag gets one that nobody has", "[basic.consume]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});

    const auto one = channel.consume({.queue = "q"});
    const auto other = channel.consume({.queue = "q"});

    CHECK(one.consumer_tag.text.substr(0, 9) == "amq.ctag-");
    CHECK(one.consumer_tag.text != other.consumer_tag.text);
    channel.publish_to("q", "x");
    CHECK(channel.next_delivery().consumer_tag == one.consumer_tag);
}

TEST_CASE("consume with no-wait has no answer but deliveries", "[basic.consume]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.publish_to("q", "x");

    channel.send(basic::Consume{.queue = "q", .consumer_tag = "t", .no_wait = true});

    CHECK(channel.next_delivery().body() == "x");
    channel.send(basic::Cancel{.consumer_tag = "t", .no_wait = true});
    CHECK(channel.silent());
    CHECK(broker.queue("q").consumer_count() == 0);
}

TEST_CASE("consume with no-wait that fails closes the channel without consume-ok",
          "[basic.consume]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    channel.send(basic::Consume{.queue = "none", .no_wait = true});

    CHECK(channel.closed_with(404, "NOT_FOUND - no queue 'none' in vhost '/'", basic::Consume::id));
    CHECK(channel.silent());
}

TEST_CASE("a consumer tag in use closes the connection", "[basic.consume]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    auto other = connection.open_channel();
    channel.queue_declare({.queue = "q"});
    channel.consume({.queue = "q", .consumer_tag = "t"});

    SECTION("on the same channel") {
        channel.send(basic::Consume{.queue = "q", .consumer_tag = "t"});
        CHECK(connection.closed_with(530, "NOT_ALLOWED - attempt to reuse consumer tag 't'",
                                     basic::Consume::id));
    }
    SECTION("but is free on another channel") {
        CHECK(other.consume({.queue = "q", .consumer_tag = "t"}).consumer_tag == "t");
    }
    SECTION("and after a cancel") {
        channel.cancel("t");
        CHECK(channel.consume({.queue = "q", .consumer_tag = "t"}).consumer_tag == "t");
    }
}

TEST_CASE("a consumer may ask to be alone", "[basic.consume]") {
    TestBroker broker;
    auto one = broker.connect().open_channel();
    auto other = broker.connect().open_channel();
    one.queue_declare({.queue = "q"});
    const std::string_view text = "ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use";

    SECTION("then no other is let in until it leaves") {
        one.consume({.queue = "q", .consumer_tag = "t", .exclusive = true});
        other.send(basic::Consume{.queue = "q"});
        CHECK(other.closed_with(403, text, basic::Consume::id));
        one.cancel("t");
        auto third = broker.connect().open_channel();
        third.consume({.queue = "q"});
    }
    SECTION("which is refused while others consume") {
        one.consume({.queue = "q"});
        other.send(basic::Consume{.queue = "q", .exclusive = true});
        CHECK(other.closed_with(403, text, basic::Consume::id));
    }
    SECTION("basic.get does not mind") {
        one.qos({.prefetch_count = 1});
        one.consume({.queue = "q", .exclusive = true});
        publish_numbers(one, "q", 1, 2);
        CHECK(other.get("q").body() == "2");
    }
}

TEST_CASE("no-local is taken for nothing", "[basic.consume]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.consume({.queue = "q", .no_local = true});

    channel.publish_to("q", "mine");

    CHECK(channel.next_delivery().body() == "mine");
}

TEST_CASE("delivery tags count per channel, through consumers and gets", "[basic.deliver]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto one = connection.open_channel();
    auto two = connection.open_channel();
    one.queue_declare({.queue = "a"});
    one.queue_declare({.queue = "b"});
    publish_numbers(one, "a", 1, 2);
    publish_numbers(one, "b", 1, 2);

    CHECK(one.get("a").delivery_tag == DeliveryTag{1});
    one.consume({.queue = "b"});
    CHECK(one.next_delivery().delivery_tag == DeliveryTag{2});
    CHECK(one.next_delivery().delivery_tag == DeliveryTag{3});
    CHECK(two.get("a", true).delivery_tag == DeliveryTag{1});
}

TEST_CASE("consumers of one queue are served in turn", "[basic.consume]") {
    TestBroker broker;
    auto one = broker.connect().open_channel();
    auto two = broker.connect().open_channel();
    one.queue_declare({.queue = "q"});
    one.consume({.queue = "q"});
    two.consume({.queue = "q"});

    publish_numbers(one, "q", 1, 6);

    CHECK(one.next_bodies(3) == Bodies{"1", "3", "5"});
    CHECK(two.next_bodies(3) == Bodies{"2", "4", "6"});
}

TEST_CASE("a consumer of higher priority is served first while it has credit",
          "[basic.consume][x-priority]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.qos({.prefetch_count = 2});
    channel.consume(
        {.queue = "q", .consumer_tag = "low", .arguments = Arguments{{"x-priority", -5}}});
    channel.consume({.queue = "q", .consumer_tag = "middle"});
    channel.consume(
        {.queue = "q", .consumer_tag = "high", .arguments = Arguments{{"x-priority", 10}}});

    publish_numbers(channel, "q", 1, 6);

    const auto next_tag = [&] { return channel.next_delivery().consumer_tag.str(); };
    CHECK(next_tag() == "high");
    CHECK(next_tag() == "high");
    CHECK(next_tag() == "middle");
    CHECK(next_tag() == "middle");
    CHECK(next_tag() == "low");
    CHECK(next_tag() == "low");
    publish_numbers(channel, "q", 7, 7);
    CHECK(channel.silent());
    channel.ack(1);
    CHECK(next_tag() == "high");
}

TEST_CASE("a priority that is no integer is refused, unknown arguments are not",
          "[basic.consume][x-priority]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.consume({.queue = "q", .arguments = Arguments{{"x-whatever", true}}});

    channel.send(basic::Consume{.queue = "q", .arguments = Arguments{{"x-priority", "high"}}});

    CHECK(channel.next<channel::Close>().reply_code == 406);
    CHECK(broker.queue("q").consumer_count() == 0);
}

// Cancel

TEST_CASE("cancelling a tag that nobody has is answered all the same", "[basic.cancel]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    CHECK(channel.cancel("none").consumer_tag == "none");
}

TEST_CASE("cancel-ok comes after the last delivery", "[basic.cancel]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.consume({.queue = "q", .consumer_tag = "t"});
    broker.hold_turns();
    publish_numbers(channel, "q", 1, 2);
    channel.send(basic::Cancel{.consumer_tag = "t"});
    publish_numbers(channel, "q", 3, 4);
    broker.release_turns();

    // What was delivered, came before; the rest is in the queue.
    std::size_t delivered = 0;
    while (channel.connection().output().next_is(channel.number(), basic::Deliver::id)) {
        channel.next_delivery();
        ++delivered;
    }
    channel.next<basic::CancelOk>();
    CHECK(channel.silent());
    CHECK(delivered + broker.queue("q").ready_count() == 4);
}

TEST_CASE("what a cancelled consumer has not acked stays with its channel", "[basic.cancel]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    publish_numbers(channel, "q", 1, 3);
    channel.consume({.queue = "q", .consumer_tag = "t"});
    channel.next_bodies(3);

    channel.cancel("t");

    CHECK(channel.queue_probe("q") == queue::DeclareOk{.queue = "q"});
    channel.ack(1);
    channel.reject(2, true);
    CHECK(channel.queue_probe("q").message_count == 1);
    channel.close();
    CHECK(broker.queue("q").ready_count() == 2);
}

// Prefetch

TEST_CASE("prefetch bounds the unacked deliveries of a consumer", "[basic.qos]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    publish_numbers(channel, "q", 1, 5);
    CHECK(channel.qos({.prefetch_count = 2}) == basic::QosOk{});
    channel.consume({.queue = "q"});

    CHECK(channel.next_bodies(2) == Bodies{"1", "2"});
    CHECK(channel.silent());
    channel.ack(1);
    CHECK(channel.next_bodies(1) == Bodies{"3"});
    channel.nack(2, false, false);
    CHECK(channel.next_bodies(1) == Bodies{"4"});
    channel.ack(4, true);
    CHECK(channel.next_bodies(1) == Bodies{"5"});
    CHECK(channel.silent());
}

TEST_CASE("prefetch holds for consumers to come, for each of its own", "[basic.qos]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.consume({.queue = "q", .consumer_tag = "unlimited"});
    channel.qos({.prefetch_count = 1});
    publish_numbers(channel, "q", 1, 3);
    CHECK(channel.next_bodies(3) == Bodies{"1", "2", "3"});

    channel.cancel("unlimited");
    channel.consume({.queue = "q", .consumer_tag = "one"});
    channel.consume({.queue = "q", .consumer_tag = "two"});
    publish_numbers(channel, "q", 4, 6);
    CHECK(channel.next_bodies(2) == Bodies{"4", "5"});
    CHECK(channel.silent());
}

TEST_CASE("prefetch does not hold for consumers without ack, nor for get", "[basic.qos]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    publish_numbers(channel, "q", 1, 5);
    channel.qos({.prefetch_count = 1});

    CHECK(channel.get("q").body() == "1");
    CHECK(channel.get("q").body() == "2");
    channel.consume({.queue = "q", .no_ack = true});
    CHECK(channel.next_bodies(3) == Bodies{"3", "4", "5"});
    CHECK(channel.silent());
}

TEST_CASE("global prefetch is shared by the consumers of a channel", "[basic.qos]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "a"});
    channel.queue_declare({.queue = "b"});
    channel.qos({.prefetch_count = 3, .global = true});
    channel.consume({.queue = "a", .consumer_tag = "1"});
    channel.consume({.queue = "b", .consumer_tag = "2"});
    publish_numbers(channel, "a", 1, 2);
    publish_numbers(channel, "b", 3, 5);

    CHECK(channel.next_bodies(3) == Bodies{"1", "2", "3"});
    CHECK(channel.silent());
    channel.ack(1);
    CHECK(channel.next_bodies(1) == Bodies{"4"});

    SECTION("it can be raised") {
        channel.qos({.prefetch_count = 4, .global = true});
        CHECK(channel.next_bodies(1) == Bodies{"5"});
    }
    SECTION("it can be lifted") {
        channel.qos({.prefetch_count = 0, .global = true});
        CHECK(channel.next_bodies(1) == Bodies{"5"});
    }
    SECTION("it can be lowered, and counts what is out") {
        channel.qos({.prefetch_count = 1, .global = true});
        channel.ack(2);
        channel.ack(3);
        CHECK(channel.silent());
        channel.ack(4);
        CHECK(channel.next_bodies(1) == Bodies{"5"});
    }
    SECTION("a cancelled consumer's deliveries count on") {
        channel.cancel("1");
        CHECK(channel.silent());
        channel.ack(2);
        CHECK(channel.next_bodies(1) == Bodies{"5"});
    }
    SECTION("consumers without ack are free of it") {
        channel.consume({.queue = "b", .consumer_tag = "3", .no_ack = true});
        CHECK(channel.next_bodies(1) == Bodies{"5"});
    }
}

TEST_CASE("both prefetches hold at once", "[basic.qos]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    publish_numbers(channel, "q", 1, 9);
    channel.qos({.prefetch_count = 3, .global = true});
    channel.qos({.prefetch_count = 2});
    channel.consume({.queue = "q", .consumer_tag = "1"});
    CHECK(channel.next_bodies(2) == Bodies{"1", "2"});
    CHECK(channel.silent());
    channel.consume({.queue = "q", .consumer_tag = "2"});
    CHECK(channel.next_bodies(1) == Bodies{"3"});
    CHECK(channel.silent());
}

TEST_CASE("global prefetch and quorum queues do not go together", "[basic.qos][quorum]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare(
        {.queue = "q", .durable = true, .arguments = Arguments{{"x-queue-type", "quorum"}}});
    channel.qos({.prefetch_count = 3, .global = true});

    channel.send(basic::Consume{.queue = "q"});

    CHECK(channel.connection().closed_with(
        540, "NOT_IMPLEMENTED - queue 'q' in vhost '/' does not support global qos",
        basic::Consume::id));
}

TEST_CASE("a prefetch in octets closes the connection", "[basic.qos]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    channel.send(basic::Qos{.prefetch_size = 1024});

    CHECK(channel.connection().closed_with(540, "NOT_IMPLEMENTED - prefetch_size!=0 (1024)",
                                           basic::Qos::id));
}

TEST_CASE("a queue gives to whom has credit while others have none", "[basic.qos]") {
    TestBroker broker;
    auto full = broker.connect().open_channel();
    auto free = broker.connect().open_channel();
    full.queue_declare({.queue = "q"});
    full.qos({.prefetch_count = 1});
    full.consume({.queue = "q"});
    publish_numbers(full, "q", 1, 1);
    CHECK(full.next_bodies(1) == Bodies{"1"});
    free.consume({.queue = "q", .no_ack = true});

    publish_numbers(free, "q", 2, 4);

    CHECK(free.next_bodies(3) == Bodies{"2", "3", "4"});
    CHECK(full.silent());
}

// Settled by delivery

TEST_CASE("what is delivered without ack is done with", "[basic.consume][store]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    channel.queue_declare({.queue = "q", .durable = true});
    channel.consume({.queue = "q", .no_ack = true});

    channel.publish({.routing_key = "q"}, "x", persistent());

    CHECK(channel.next_delivery().body() == "x");
    CHECK(broker.store().entries(broker.queue("q").id()) == 0);
    connection.lose();
    CHECK(broker.queue("q").ready_count() == 0);
}

// Publisher confirms: when they come, in which order, and how few they are.
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;

namespace {

basic::Ack single(std::uint64_t number) { return {.delivery_tag = DeliveryTag{number}}; }
basic::Ack up_to(std::uint64_t number) {
    return {.delivery_tag = DeliveryTag{number}, .multiple = true};
}

/// A channel in confirm mode, a durable queue `q` and a transient one `t`.
TestChannel confirming(TestBroker& broker) {
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q", .durable = true});
    channel.queue_declare({.queue = "t"});
    channel.confirm_select();
    return channel;
}

void publish_stored(TestChannel channel, std::string_view body = "x") {
    channel.publish({.routing_key = "q"}, body, persistent());
}

}  // namespace

TEST_CASE("confirms count from the first publish after confirm.select", "[confirm.select]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "t"});
    channel.publish_to("t", "not counted");
    CHECK(channel.confirm_select() == confirm::SelectOk{});

    channel.publish_to("t", "1");
    CHECK(channel.next<basic::Ack>() == single(1));
    CHECK(channel.confirm_select() == confirm::SelectOk{});  // again changes nothing
    channel.publish_to("t", "2");
    CHECK(channel.next<basic::Ack>() == single(2));
}

TEST_CASE("confirm.select may be sent with no-wait", "[confirm.select]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    channel.send(confirm::Select{.no_wait = true});
    channel.publish_to("nowhere", "1");

    CHECK(channel.next<basic::Ack>() == single(1));
}

TEST_CASE("confirms start anew on a channel that is opened again", "[confirm.select]") {
    TestBroker broker;
    auto channel = confirming(broker);
    channel.publish_to("t", "1");
    CHECK(channel.next<basic::Ack>() == single(1));
    channel.close();
    channel.open();
    channel.publish_to("t", "not confirmed");
    CHECK(channel.silent());
    channel.confirm_select();
    channel.publish_to("t", "1");
    CHECK(channel.next<basic::Ack>() == single(1));
}

TEST_CASE("confirms and transactions do not go together", "[confirm.select][tx.select]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    SECTION("tx after confirm") {
        channel.confirm_select();
        channel.send(tx::Select{});
        CHECK(channel.closed_with(
            406, "PRECONDITION_FAILED - cannot switch from confirm to tx mode", tx::Select::id));
    }
    SECTION("confirm after tx") {
        channel.tx_select();
        channel.send(confirm::Select{});
        CHECK(channel.closed_with(406,
                                  "PRECONDITION_FAILED - cannot switch from tx to confirm mode",
                                  confirm::Select::id));
    }
}

TEST_CASE("a stored message is confirmed when the store says it is durable, and not before",
          "[confirm.select][store]") {
    TestBroker broker;
    auto channel = confirming(broker);
    broker.store().hold();

    publish_stored(channel);
    CHECK(channel.silent());
    broker.advance(std::chrono::seconds(5));
    CHECK(channel.silent());
    CHECK(broker.store().waiting() == 1);

    broker.store().release_all();
    broker.end_turn();
    CHECK(channel.next<basic::Ack>() == single(1));
}

TEST_CASE("a transient or unroutable message is confirmed at once", "[confirm.select]") {
    TestBroker broker;
    auto channel = confirming(broker);
    broker.store().hold();

    channel.publish_to("t", "transient queue");
    CHECK(channel.next<basic::Ack>() == single(1));
    channel.publish_to("q", "transient message");
    CHECK(channel.next<basic::Ack>() == single(2));
    channel.publish({.routing_key = "t"}, "persistent in a transient queue", persistent());
    CHECK(channel.next<basic::Ack>() == single(3));
    channel.publish({.routing_key = "nowhere"}, "unroutable", persistent());
    CHECK(channel.next<basic::Ack>() == single(4));
    CHECK(broker.store().waiting() == 0);
}

TEST_CASE("confirms keep the order of publishing and never jump a gap", "[confirm.select][store]") {
    TestBroker broker;
    auto channel = confirming(broker);
    broker.store().hold();

    channel.publish_to("t", "1");
    publish_stored(channel, "2");
    channel.publish_to("t", "3");
    publish_stored(channel, "4");
    channel.publish_to("t", "5");

    CHECK(channel.next<basic::Ack>() == single(1));
    CHECK(channel.silent());
    broker.store().release(1);
    broker.end_turn();
    CHECK(channel.next<basic::Ack>() == up_to(3));
    CHECK(channel.silent());
    broker.store().release(1);
    broker.end_turn();
    CHECK(channel.next<basic::Ack>() == up_to(5));
    CHECK(channel.silent());
}

TEST_CASE("confirms of one turn leave as one", "[confirm.select]") {
    TestBroker broker;
    auto channel = confirming(broker);
    broker.hold_turns();
    for (int i = 0; i < 100; ++i) publish_stored(channel);
    CHECK(channel.silent());
    broker.release_turns();

    CHECK(channel.next<basic::Ack>() == up_to(100));
    CHECK(channel.silent());
}

TEST_CASE("a message in several queues is confirmed once, when all of them have it",
          "[confirm.select][store]") {
    TestBroker broker;
    auto channel = confirming(broker);
    channel.queue_declare({.queue = "q2", .durable = true});
    for (const char* queue : {"q", "q2", "t"}) {
        channel.queue_bind({.queue = queue, .exchange = "amq.fanout"});
    }
    broker.store().hold();

    channel.publish({.exchange = "amq.fanout"}, "x", persistent());

    CHECK(broker.store().waiting() == 1);  // the store answers for all its queues together
    CHECK(channel.silent());
    broker.store().release(1);
    broker.end_turn();
    CHECK(channel.next<basic::Ack>() == single(1));
    CHECK(channel.silent());
}

TEST_CASE("a queue that is deleted before its messages are durable: they are confirmed",
          "[confirm.select][queue.delete][store]") {
    TestBroker broker;
    auto channel = confirming(broker);
    broker.store().hold();
    publish_stored(channel);

    channel.send(queue::Delete{.queue = "q"});
    CHECK(channel.silent());
    broker.store().release_all();
    broker.end_turn();
    CHECK(channel.next<queue::DeleteOk>().message_count == 1);
    CHECK(channel.next<basic::Ack>() == single(1));
}

TEST_CASE("a message may be delivered and acked before it is confirmed",
          "[confirm.select][store]") {
    TestBroker broker;
    auto publisher = confirming(broker);
    auto consumer = broker.connect().open_channel();
    consumer.consume({.queue = "q"});
    broker.store().hold();

    publish_stored(publisher);
    CHECK(consumer.next_delivery().body() == "x");
    consumer.ack(1);

    CHECK(publisher.silent());
    broker.store().release_all();
    broker.end_turn();
    CHECK(publisher.next<basic::Ack>() == single(1));
}

TEST_CASE("the store's answer for a channel that is gone goes nowhere", "[confirm.select][store]") {
    TestBroker broker;
    auto channel = confirming(broker);
    auto connection = channel.connection();
    broker.store().hold();
    publish_stored(channel);

    SECTION("closed by the client") { channel.close(); }
    SECTION("closed by the server") {
        channel.send(basic::Get{.queue = "none"});
        CHECK(channel.next<channel::Close>().reply_code == 404);
    }
    SECTION("and opened again") {
        channel.close();
        channel.open();
        channel.confirm_select();
    }
    SECTION("with its connection") { connection.close(); }
    SECTION("with its client") { connection.lose(); }
    broker.store().release_all();
    broker.end_turn();

    CHECK(channel.silent());
    CHECK(broker.queue("q").ready_count() == 1);
}

TEST_CASE("confirms that are due leave before channel.close", "[confirm.select][channel.close]") {
    TestBroker broker;
    auto channel = confirming(broker);
    broker.hold_turns();
    channel.publish_to("t", "1");
    channel.publish_to("t", "2");
    channel.publish({.exchange = "none"}, "3");
    broker.release_turns();

    CHECK(channel.next<basic::Ack>() == up_to(2));
    CHECK(channel.next<channel::Close>().reply_code == 404);
    CHECK(channel.silent());
}

TEST_CASE("channels confirm independently of each other", "[confirm.select][store]") {
    TestBroker broker;
    auto one = confirming(broker);
    auto two = one.connection().open_channel();
    two.confirm_select();
    broker.store().hold();
    publish_stored(one);

    two.publish_to("t", "1");

    CHECK(two.next<basic::Ack>() == single(1));
    CHECK(one.silent());
    broker.store().release_all();
    broker.end_turn();
    CHECK(one.next<basic::Ack>() == single(1));
}

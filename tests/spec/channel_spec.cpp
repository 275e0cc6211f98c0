// Class channel: opening, closing from either side, and what is dropped meanwhile.
#include "protocol/utf8.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;

TEST_CASE("a channel is opened, and closed by the client", "[channel.open][channel.close]") {
    TestBroker broker;
    auto channel = broker.connect().channel(1);

    CHECK(channel.open() == channel::OpenOk{});
    CHECK(channel.close() == channel::CloseOk{});
    CHECK(channel.silent());
}

TEST_CASE("a channel may have any number but 0, whatever channel_max is", "[channel.open]") {
    TestBroker broker;
    auto connection = broker.connect({.channel_max = 2});

    auto high = connection.open_channel(65535);
    CHECK(high.queue_declare({.queue = "q"}).queue == "q");
}

TEST_CASE("a connection may not have more channels open than channel_max", "[channel.open]") {
    TestBroker broker;
    auto connection = broker.connect({.channel_max = 2});
    auto first = connection.open_channel();
    (void)connection.open_channel();

    SECTION("one more closes the connection") {
        connection.channel(3).send(channel::Open{});
        CHECK(connection.closed_with(
            530,
            "NOT_ALLOWED - number of channels opened (2) has reached the negotiated channel_max "
            "(2)",
            MethodId{}));
    }
    SECTION("a closed one makes room") {
        first.close();
        CHECK(connection.open_channel(3).silent());
    }
}

TEST_CASE("a channel number may be used again at once after close-ok", "[channel.close]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.close();

    channel.open();
    CHECK(channel.queue_declare({.queue = "q"}).queue == "q");
}

TEST_CASE("opening an open channel closes the connection", "[channel.open]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    channel.send(channel::Open{});

    CHECK(channel.connection().closed_with(504, "CHANNEL_ERROR - second 'channel.open' seen",
                                           channel::Open::id));
}

TEST_CASE("a method on a channel that is not open closes the connection", "[channel.open]") {
    TestBroker broker;
    auto connection = broker.connect();

    connection.channel(1).send(queue::Declare{.queue = "q"});

    CHECK(
        connection.closed_with(504, "CHANNEL_ERROR - expected 'channel.open'", queue::Declare::id));
    CHECK(broker.vhost().queue_count() == 0);
}

TEST_CASE("a content frame on a channel that is not open closes the connection",
          "[channel.open][basic.publish]") {
    TestBroker broker;
    auto connection = broker.connect();

    connection.channel(1).send_header(0);

    CHECK(connection.next<connection::Close>().reply_code == 505);
}

TEST_CASE("after the server has closed a channel, all but close and close-ok is dropped",
          "[channel.close]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.send(queue::Declare{.queue = "missing", .passive = true});
    REQUIRE(channel.closed_with(404, "NOT_FOUND - no queue 'missing' in vhost '/'",
                                queue::Declare::id));

    channel.send(queue::Declare{.queue = "q"});
    channel.publish_to("q", "dropped");
    channel.ack(17);

    SECTION("until the client answers, when the number may be used again") {
        CHECK(channel.silent());
        channel.close_ok();
        channel.open();
        CHECK(channel.queue_declare({.queue = "q"}).message_count == 0);
    }
    SECTION("a channel.close that crosses ours is answered, and ours is still to be") {
        CHECK(channel.close() == channel::CloseOk{});
        channel.send(queue::Declare{.queue = "q"});
        CHECK(channel.silent());
        channel.close_ok();
        channel.open();
        CHECK(channel.silent());
    }
    CHECK(channel.connection().silent());
}

TEST_CASE("the content of a refused publish is dropped with its channel",
          "[channel.close][basic.publish]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.send(basic::Publish{.exchange = "missing", .routing_key = "k"});
    channel.send_header(10);
    channel.send_frame(FrameType::body, "first");
    CHECK(channel.silent());  // what is wrong is said when the content is whole
    channel.send_frame(FrameType::body, "rest!");
    CHECK(channel.closed_with(404, "NOT_FOUND - no exchange 'missing' in vhost '/'",
                              basic::Publish::id));

    channel.publish({.exchange = "missing", .routing_key = "k"}, "and another one");

    CHECK(channel.silent());
    CHECK(channel.connection().silent());
}

TEST_CASE("an error on one channel leaves the others alone", "[channel.close]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto one = connection.open_channel();
    auto other = connection.open_channel();
    other.queue_declare({.queue = "q"});
    other.consume({.queue = "q", .no_ack = true});

    one.send(basic::Get{.queue = "missing"});
    CHECK(one.closed_with(404, "NOT_FOUND - no queue 'missing' in vhost '/'", basic::Get::id));

    other.publish_to("q", "still here");
    CHECK(other.next_delivery().body() == "still here");
}

TEST_CASE("closing a channel gives back what is unacked, in order", "[channel.close]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    channel.queue_declare({.queue = "q"});
    for (const char* body : {"1", "2", "3"}) channel.publish_to("q", body);
    channel.consume({.queue = "q"});
    CHECK(channel.next_bodies(3) == std::vector<std::string>{"1", "2", "3"});
    channel.ack(2);
    channel.close();

    auto other = connection.open_channel();
    for (const char* body : {"1", "3"}) {
        const auto got = other.get("q", true);
        CHECK(got.body() == body);
        CHECK(got.redelivered);
    }
    CHECK(other.get_is_empty("q"));
}

TEST_CASE("an auto-delete queue is gone before its consumer's channel.close-ok",
          "[channel.close][queue.declare]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    channel.queue_declare({.queue = "q", .auto_delete = true});
    channel.consume({.queue = "q"});
    broker.hold_turns();

    channel.send(channel::Close{});

    CHECK(broker.vhost().find_named_queue("q") == nullptr);
    broker.release_turns();
    CHECK(channel.next<channel::CloseOk>() == channel::CloseOk{});
}

TEST_CASE("acks that arrive on a closing channel are ignored", "[channel.close][basic.ack]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.publish_to("q", "1");
    channel.consume({.queue = "q"});
    channel.next_delivery();
    channel.ack(99);
    CHECK(
        channel.closed_with(406, "PRECONDITION_FAILED - unknown delivery tag 99", basic::Ack::id));

    channel.ack(1);

    CHECK(channel.silent());
    CHECK(broker.queue("q").ready_count() == 1);
}

TEST_CASE("channel.flow may only be switched on", "[channel.flow]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    CHECK(channel.call<channel::FlowOk>(channel::Flow{.active = true}).active);

    channel.send(channel::Flow{.active = false});
    CHECK(
        channel.connection().closed_with(540, "NOT_IMPLEMENTED - active=false", channel::Flow::id));
}

TEST_CASE("access.request is answered with a ticket that means nothing", "[access.request]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    CHECK(channel.call<access::RequestOk>(access::Request{.realm = "/data"}).ticket == 1);
}

TEST_CASE("a channel.close-ok that nobody asked for closes the connection", "[channel.close]") {
    TestBroker broker;
    auto connection = broker.connect();

    SECTION("on a channel that is not open") {
        connection.channel(5).close_ok();
        CHECK(connection.closed_with(504, "CHANNEL_ERROR - expected 'channel.open'",
                                     channel::CloseOk::id));
    }
    SECTION("on one that is") {
        connection.open_channel(5).close_ok();
        CHECK(connection.next<connection::Close>().reply_code == 503);
    }
}

TEST_CASE("opening a channel before its close was answered closes the connection",
          "[channel.open][channel.close]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.send(basic::Get{.queue = "none"});
    REQUIRE(channel.next<channel::Close>().reply_code == 404);

    channel.send(channel::Open{});

    CHECK(channel.connection().next<connection::Close>().reply_code == 504);
}

TEST_CASE("an error text is cut to 255 octets between two characters", "[channel.close]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    std::string name;
    while (name.size() < 254) name += "\xC3\xA9";  // two octets each

    channel.send(queue::Declare{.queue = name, .passive = true});

    const auto close = channel.next<channel::Close>();
    CHECK(close.reply_text.size() <= 255);
    CHECK(close.reply_text.size() > 250);
    CHECK(close.reply_text.text.starts_with("NOT_FOUND - no queue '"));
    CHECK(leveret::protocol::is_utf8(close.reply_text.text));
}

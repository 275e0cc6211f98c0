// Direct reply-to: a client that asks consumes the answers without a queue of its own.
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;

namespace {

constexpr std::string_view reply_to = "amq.rabbitmq.reply-to";

BasicProperties asking(std::string_view to = reply_to) {
    return BasicProperties{}.set(property::reply_to, &BasicProperties::reply_to, to);
}

/// A client that asks, a queue `requests`, and a server that answers.
struct World {
    TestBroker broker;
    TestChannel client = broker.connect().open_channel();
    TestChannel server = broker.connect().open_channel();

    World() {
        server.queue_declare({.queue = "requests"});
        client.consume({.queue = reply_to, .consumer_tag = "replies", .no_ack = true});
    }

    /// Asks, and gives the name to answer to as the server sees it.
    std::string ask() {
        client.publish({.routing_key = "requests"}, "?", asking());
        return std::string(server.get("requests", true).properties().reply_to);
    }
};

}  // namespace

TEST_CASE("a reply reaches who asked, by the name the server was told", "[reply-to]") {
    World world;
    const std::string name = world.ask();
    CHECK(name.starts_with("amq.rabbitmq.reply-to."));

    world.server.publish_to(name, "42");

    const auto reply = world.client.next_delivery();
    CHECK(reply.body() == "42");
    CHECK(reply == basic::Deliver{.consumer_tag = "replies",
                                  .delivery_tag = DeliveryTag{1},
                                  .exchange = "",
                                  .routing_key = name});
    CHECK(world.broker.vhost().queue_count() == 1);  // it is in no list
}

TEST_CASE("only the exact name is rewritten; other properties stay", "[reply-to]") {
    World world;
    BasicProperties properties = asking();
    properties.set(property::correlation_id, &BasicProperties::correlation_id, "17");
    world.client.publish({.routing_key = "requests"}, "?", properties);
    world.client.publish({.routing_key = "requests"}, "?", asking("amq.rabbitmq.reply-to.mine"));

    CHECK(world.server.get("requests").properties().correlation_id == "17");
    CHECK(world.server.get("requests").properties().reply_to == "amq.rabbitmq.reply-to.mine");
}

TEST_CASE("asking without consuming replies on the same channel is refused", "[reply-to]") {
    World world;
    auto other = world.client.connection().open_channel();

    other.publish({.routing_key = "requests"}, "?", asking());

    CHECK(other.closed_with(406, "PRECONDITION_FAILED - fast reply consumer does not exist",
                            basic::Publish::id));
}

TEST_CASE("the names of two channels differ, and each gets its own replies", "[reply-to]") {
    World world;
    auto second = world.client.connection().open_channel();
    second.consume({.queue = reply_to, .no_ack = true});
    const std::string name = world.ask();
    second.publish({.routing_key = "requests"}, "?", asking());
    const std::string other_name{world.server.get("requests").properties().reply_to};
    REQUIRE(name != other_name);

    world.server.publish_to(other_name, "second");
    world.server.publish_to(name, "first");

    CHECK(second.next_delivery().body() == "second");
    CHECK(world.client.next_delivery().body() == "first");
    CHECK(world.client.silent());
}

TEST_CASE("what consuming replies must not ask for", "[reply-to][basic.consume]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    SECTION("acknowledgements") {
        channel.send(basic::Consume{.queue = reply_to});
        CHECK(channel.closed_with(406, "PRECONDITION_FAILED - reply consumer cannot acknowledge",
                                  basic::Consume::id));
    }
    SECTION("a second time") {
        channel.consume({.queue = reply_to, .no_ack = true});
        channel.send(basic::Consume{.queue = reply_to, .no_ack = true});
        CHECK(channel.closed_with(406, "PRECONDITION_FAILED - reply consumer already set",
                                  basic::Consume::id));
    }
    SECTION("a tag in use") {
        channel.queue_declare({.queue = "q"});
        channel.consume({.queue = "q", .consumer_tag = "t"});
        channel.send(basic::Consume{.queue = reply_to, .consumer_tag = "t", .no_ack = true});
        CHECK(channel.connection().next<connection::Close>().reply_code == 530);
    }
    SECTION("basic.get is not implemented") {
        channel.send(basic::Get{.queue = reply_to});
        CHECK(channel.connection().next<connection::Close>().reply_code == 540);
    }
}

TEST_CASE("a server asks whether its client still waits by declaring the reply name",
          "[reply-to][queue.declare]") {
    World world;
    const std::string name = world.ask();

    const auto probe = queue::DeclareOk{.queue = name, .message_count = 0, .consumer_count = 1};
    CHECK(world.server.queue_declare({.queue = name}) == probe);
    CHECK(world.server.queue_declare({.queue = name, .passive = true}) == probe);

    SECTION("no longer when it has cancelled") { world.client.cancel("replies"); }
    SECTION("no longer when its channel is closed") { world.client.close(); }
    SECTION("no longer when it is lost") { world.client.connection().lose(); }
    world.server.send(queue::Declare{.queue = name, .passive = true});
    CHECK(world.server.closed_with(404, "NOT_FOUND - no queue '" + name + "' in vhost '/'",
                                   queue::Declare::id));
}

TEST_CASE("a reply to nobody is dropped, and counts as routed", "[reply-to][basic.return]") {
    World world;
    const std::string name = world.ask();
    world.client.close();
    world.server.confirm_select();

    world.server.publish({.routing_key = name, .mandatory = true}, "too late");

    CHECK(world.server.next<basic::Ack>().delivery_tag == DeliveryTag{1});
    CHECK(world.server.silent());
}

TEST_CASE("replies may be consumed again after a cancel, by a new name", "[reply-to]") {
    World world;
    const std::string old_name = world.ask();
    world.client.cancel("replies");
    world.client.consume({.queue = reply_to, .no_ack = true});
    const std::string name = world.ask();

    world.server.publish_to(old_name, "old");
    world.server.publish_to(name, "new");

    CHECK(world.client.next_delivery().body() == "new");
}

TEST_CASE("the name of a reply queue is no queue to touch", "[reply-to]") {
    World world;
    const std::string name = world.ask();
    auto other = world.broker.connect().open_channel();

    SECTION("consume") { other.send(basic::Consume{.queue = name, .no_ack = true}); }
    SECTION("purge") { other.send(queue::Purge{.queue = name}); }
    SECTION("bind") {
        other.send(queue::Bind{.queue = name, .exchange = "amq.fanout", .routing_key = "k"});
    }
    const auto close = other.next<channel::Close>();
    CHECK((close.reply_code == 403 || close.reply_code == 404 || close.reply_code == 405));
    world.server.publish_to(name, "still works");
    CHECK(world.client.next_delivery().body() == "still works");
}

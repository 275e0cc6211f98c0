// What is counted on the path of messages, and where: queue, channel, connection, vhost, overview.
#include "tests/support/catch.hpp"
#include "tests/support/test_inspector.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using namespace leveret::broker::insight;

namespace {

using Counts = MessageFigures<std::uint64_t>;

Counts of_queue(TestInspector& inspector, const std::string& name) {
    return inspector
        .ask<Result<QueueSnapshot>>(
            [&](Inspector& i, auto then) { i.queue({"/", name}, {}, then); })
        ->messages.counts;
}

LengthFigures<std::uint64_t> lengths_of(TestInspector& inspector, const std::string& name) {
    return inspector
        .ask<Result<QueueSnapshot>>(
            [&](Inspector& i, auto then) { i.queue({"/", name}, {}, then); })
        ->lengths.counts;
}

Counts of_channel(TestInspector& inspector, const std::string& name) {
    return inspector
        .ask<Result<ChannelSnapshot>>([&](Inspector& i, auto then) { i.channel(name, {}, then); })
        ->messages.counts;
}

ConnectionSnapshot connection_named(TestInspector& inspector, const std::string& name) {
    return *inspector.ask<Result<ConnectionSnapshot>>(
        [&](Inspector& i, auto then) { i.connection(name, {}, then); });
}

OverviewSnapshot overview(TestInspector& inspector) {
    return inspector.ask<OverviewSnapshot>(
        [](Inspector& i, auto then) { i.overview({}, {}, then); });
}

const std::string first_client = "127.0.0.1:40001 -> 127.0.0.1:5672";

}  // namespace

TEST_CASE("publishes count at the channel, the vhost and every queue that takes them",
          "[insight][basic.publish]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "a"});
    channel.queue_declare({.queue = "b"});
    channel.queue_bind({.queue = "a", .exchange = "amq.fanout"});
    channel.queue_bind({.queue = "b", .exchange = "amq.fanout"});
    channel.publish({.exchange = "amq.fanout"}, "to both");
    channel.publish_to("a", "to one");

    CHECK(of_queue(inspector, "a") == Counts{.publish = 2});
    CHECK(of_queue(inspector, "b") == Counts{.publish = 1});
    CHECK(of_channel(inspector, first_client + " (1)") == Counts{.publish = 2});
    CHECK(overview(inspector).messages.counts == Counts{.publish = 2});
    CHECK(lengths_of(inspector, "a").messages_ready == 2);
}

TEST_CASE("what no queue takes counts as returned when it is mandatory, else as dropped",
          "[insight][basic.publish]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.publish({.routing_key = "nowhere", .mandatory = true}, "back");
    (void)channel.next<basic::Return>();
    channel.publish_to("nowhere", "gone");
    channel.publish_to("nowhere", "gone");
    const Counts wanted{.publish = 3, .return_unroutable = 1, .drop_unroutable = 2};
    CHECK(of_channel(inspector, first_client + " (1)") == wanted);
    CHECK(overview(inspector).messages.counts == wanted);
}

TEST_CASE("confirms count when they are sent", "[insight][confirm.select]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q", .durable = true});
    channel.confirm_select();
    broker.store().hold();
    channel.publish({.routing_key = "q"}, "stored", persistent());
    channel.publish({.routing_key = "q"}, "stored", persistent());
    CHECK(of_channel(inspector, first_client + " (1)").confirm == 0);
    const auto waits = *inspector.ask<Result<ChannelSnapshot>>(
        [&](Inspector& i, auto then) { i.channel(first_client + " (1)", {}, then); });
    CHECK(waits.unconfirmed == 2);
    CHECK(waits.confirm);
    broker.store().release_all();
    broker.end_turn();
    CHECK(channel.next<basic::Ack>().delivery_tag == DeliveryTag{2});
    CHECK(of_channel(inspector, first_client + " (1)").confirm == 2);
    CHECK(overview(inspector).messages.counts.confirm == 2);
}

TEST_CASE("deliveries count by how they are acknowledged, and so do gets", "[insight]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    for (int i = 0; i < 6; ++i) channel.publish_to("q", "12345");

    (void)channel.get("q", true);
    (void)channel.get("q");
    (void)channel.consume({.queue = "q", .consumer_tag = "c"});
    for (int i = 0; i < 4; ++i) (void)channel.next_delivery();
    (void)channel.get_is_empty("q");
    channel.ack(3);

    const Counts wanted{
        .publish = 6, .deliver = 4, .get = 1, .get_no_ack = 1, .get_empty = 1, .ack = 1};
    CHECK(of_queue(inspector, "q") == wanted);
    CHECK(of_channel(inspector, first_client + " (1)") == wanted);
    CHECK(overview(inspector).messages.counts == wanted);
    CHECK(wanted.deliver_get() == 6);
    CHECK(lengths_of(inspector, "q").messages_unacknowledged == 4);
    CHECK(inspector
              .ask<Result<QueueSnapshot>>(
                  [](Inspector& i, auto then) { i.queue({"/", "q"}, {}, then); })
              ->unacked_octets == 20);
}

TEST_CASE("what comes back is no longer unacked, and counts as redelivered when it goes out again",
          "[insight][basic.nack][basic.reject]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    for (int i = 0; i < 3; ++i) channel.publish_to("q", "x");
    (void)channel.consume({.queue = "q"});
    for (int i = 0; i < 3; ++i) (void)channel.next_delivery();

    channel.nack(1, false, true);
    (void)channel.next_delivery();
    channel.reject(2, false);
    channel.ack(0, true);

    const Counts counts = of_queue(inspector, "q");
    CHECK(counts.deliver == 4);
    CHECK(counts.redeliver == 1);
    CHECK(counts.ack == 2);
    CHECK(lengths_of(inspector, "q") == LengthFigures<std::uint64_t>{});
}

TEST_CASE("what a lost connection held is not unacked any more", "[insight]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto keeper = broker.connect().open_channel();
    keeper.queue_declare({.queue = "q"});
    keeper.publish_to("q", "x");
    auto taker = broker.connect().open_channel();
    (void)taker.get("q");
    CHECK(lengths_of(inspector, "q").messages_unacknowledged == 1);
    taker.connection().lose();
    CHECK(lengths_of(inspector, "q") ==
          LengthFigures<std::uint64_t>{.messages_ready = 1, .messages_unacknowledged = 0});
}

TEST_CASE("a transaction counts its publishes at the commit", "[insight][tx.commit]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.tx_select();
    channel.publish_to("q", "x");
    const auto before = *inspector.ask<Result<ChannelSnapshot>>(
        [&](Inspector& i, auto then) { i.channel(first_client + " (1)", {}, then); });
    CHECK(before.transactional);
    CHECK(before.uncommitted_messages == 1);
    CHECK(before.messages.counts.publish == 0);
    channel.tx_rollback();
    channel.publish_to("q", "y");
    channel.tx_commit();
    CHECK(of_queue(inspector, "q").publish == 1);
    CHECK(of_channel(inspector, first_client + " (1)").publish == 1);
}

TEST_CASE("a connection counts octets both ways, and the messages of its closed channels",
          "[insight]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    channel.publish_to("nowhere", "x");
    channel.close();
    const ConnectionSnapshot before = connection_named(inspector, first_client);
    CHECK(before.messages.counts.publish == 1);
    CHECK(before.traffic.counts.recv_oct > 100);
    CHECK(before.traffic.counts.send_oct > 100);

    connection.send_heartbeat();
    const ConnectionSnapshot after = connection_named(inspector, first_client);
    CHECK(after.traffic.counts.recv_oct - before.traffic.counts.recv_oct == 8);
    CHECK(after.traffic.counts.recv_cnt - before.traffic.counts.recv_cnt == 1);
    CHECK(after.traffic.counts.send_oct == before.traffic.counts.send_oct);

    const auto vhosts = inspector.ask<std::vector<VhostSnapshot>>(
        [](Inspector& i, auto then) { i.vhosts({}, {}, then); });
    REQUIRE(vhosts.size() == 1);
    CHECK(vhosts[0].traffic.counts.recv_oct == after.traffic.counts.recv_oct);
    CHECK(vhosts[0].traffic.counts.send_oct == after.traffic.counts.send_oct);
    CHECK(vhosts[0].messages.counts.drop_unroutable == 1);
}

TEST_CASE("an exchange counts what comes and the bindings that match", "[insight]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "a"});
    channel.queue_declare({.queue = "b"});
    channel.queue_bind({.queue = "a", .exchange = "amq.topic", .routing_key = "#"});
    channel.queue_bind({.queue = "b", .exchange = "amq.topic", .routing_key = "k"});
    channel.publish({.exchange = "amq.topic", .routing_key = "k"}, "x");
    channel.publish({.exchange = "amq.topic", .routing_key = "l"}, "x");
    const auto exchange = *inspector.ask<Result<ExchangeSnapshot>>(
        [](Inspector& i, auto then) { i.exchange({"/", "amq.topic"}, {}, then); });
    CHECK(exchange.messages.counts == ExchangeFigures<std::uint64_t>{2, 3});
    CHECK(exchange.bindings == 2);
    CHECK(exchange.predeclared);
}

TEST_CASE("the overview sums up its vhosts and counts what comes and goes", "[insight]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    connection.open_channel().close();
    channel.queue_declare({.queue = "q"});
    channel.queue_declare({.queue = "q"});
    channel.queue_declare({.queue = "gone"});
    channel.queue_delete({.queue = "gone"});
    channel.consume({.queue = "q", .consumer_tag = "c", .no_ack = true});
    broker.connect().close();

    const OverviewSnapshot all = overview(inspector);
    CHECK(all.connections == 1);
    CHECK(all.channels == 1);
    CHECK(all.queues == 1);
    CHECK(all.exchanges == 7);
    CHECK(all.consumers == 1);
    CHECK(all.churn.counts == ChurnFigures<std::uint64_t>{.connection_created = 2,
                                                          .connection_closed = 1,
                                                          .channel_created = 2,
                                                          .channel_closed = 1,
                                                          .queue_declared = 3,
                                                          .queue_created = 2,
                                                          .queue_deleted = 1});
    const auto of_none = inspector.ask<OverviewSnapshot>(
        [](Inspector& i, auto then) { i.overview({{"elsewhere"}}, {}, then); });
    CHECK(of_none.queues == 0);
    CHECK(of_none.connections == 0);
}

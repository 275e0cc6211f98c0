// Transactions: what is put aside, what commit makes happen, what rollback forgets.
#include "broker/limits.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;

using Bodies = std::vector<std::string>;

namespace {

/// A channel in transaction mode and a durable queue `q`.
TestChannel transacting(TestBroker& broker) {
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q", .durable = true});
    channel.tx_select();
    return channel;
}

/// The same, with deliveries 1 to `count` unacked.
TestChannel transacting_with_unacked(TestBroker& broker, int count) {
    auto channel = transacting(broker);
    auto publisher = broker.connect().open_channel();
    for (int i = 1; i <= count; ++i) {
        publisher.publish({.routing_key = "q"}, std::to_string(i), persistent());
    }
    channel.consume({.queue = "q", .consumer_tag = "t"});
    channel.next_bodies(static_cast<std::size_t>(count));
    return channel;
}

}  // namespace

TEST_CASE("tx.select may be repeated", "[tx.select]") {
    TestBroker broker;
    auto channel = transacting(broker);
    channel.publish_to("q", "1");

    CHECK(channel.tx_select() == tx::SelectOk{});

    channel.tx_commit();
    CHECK(broker.queue("q").ready_count() == 1);  // what was put aside is still there
}

TEST_CASE("commit and rollback need a transaction", "[tx.commit][tx.rollback]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    const std::string_view text = "PRECONDITION_FAILED - channel is not transactional";

    SECTION("commit") {
        channel.send(tx::Commit{});
        CHECK(channel.closed_with(406, text, tx::Commit::id));
    }
    SECTION("rollback") {
        channel.send(tx::Rollback{});
        CHECK(channel.closed_with(406, text, tx::Rollback::id));
    }
}

TEST_CASE("publishes happen when they are committed", "[tx.commit]") {
    TestBroker broker;
    auto channel = transacting(broker);
    channel.publish_to("q", "1");
    channel.publish({.routing_key = "q"}, "2", persistent());
    CHECK(broker.queue("q").ready_count() == 0);
    CHECK(broker.store().publishes() == 0);

    CHECK(channel.tx_commit() == tx::CommitOk{});

    CHECK(channel.queue_probe("q").message_count == 2);
    CHECK(broker.store().publishes() == 1);
    CHECK(broker.store().transactions() == 1);
    CHECK(channel.get("q").body() == "1");
    CHECK(channel.get("q").body() == "2");
}

TEST_CASE("a commit of nothing is answered, too", "[tx.commit]") {
    TestBroker broker;
    auto channel = transacting(broker);

    CHECK(channel.tx_commit() == tx::CommitOk{});
    CHECK(channel.tx_rollback() == tx::RollbackOk{});
}

TEST_CASE("commit-ok comes when the store says that all is durable, and not before",
          "[tx.commit][store]") {
    TestBroker broker;
    auto channel = transacting(broker);
    broker.store().hold();
    channel.publish({.routing_key = "q"}, "1", persistent());

    channel.send(tx::Commit{});
    CHECK(channel.silent());
    broker.store().release_all();
    broker.end_turn();
    CHECK(channel.next<tx::CommitOk>() == tx::CommitOk{});
}

TEST_CASE("any method while a commit is under way closes the connection", "[tx.commit][store]") {
    TestBroker broker;
    auto channel = transacting(broker);
    broker.store().hold();
    channel.send(tx::Commit{});

    channel.send(tx::Commit{});

    CHECK(channel.connection().closed_with(
        504, "CHANNEL_ERROR - unexpected command while processing 'tx.commit'", tx::Commit::id));
}

TEST_CASE("a commit whose channel is gone has no answer", "[tx.commit][store]") {
    TestBroker broker;
    auto channel = transacting(broker);
    broker.store().hold();
    channel.publish({.routing_key = "q"}, "1", persistent());
    channel.send(tx::Commit{});

    channel.connection().lose();
    broker.store().release_all();
    broker.end_turn();

    CHECK(channel.silent());
    CHECK(broker.queue("q").ready_count() == 1);
}

TEST_CASE("rollback forgets what was published", "[tx.rollback]") {
    TestBroker broker;
    auto channel = transacting(broker);
    channel.publish_to("q", "1");

    CHECK(channel.tx_rollback() == tx::RollbackOk{});
    channel.publish_to("q", "2");
    channel.tx_commit();

    CHECK(channel.get("q").body() == "2");
    CHECK(channel.get_is_empty("q"));
}

TEST_CASE("a transaction is forgotten with its channel", "[tx.select][channel.close]") {
    TestBroker broker;
    auto channel = transacting(broker);
    channel.publish_to("q", "1");
    channel.close();

    channel.open();

    CHECK(channel.get_is_empty("q"));
    channel.send(tx::Commit{});
    CHECK(channel.next<channel::Close>().reply_code == 406);
}

TEST_CASE("acks, nacks and rejects happen when they are committed", "[tx.commit][basic.ack]") {
    TestBroker broker;
    auto channel = transacting_with_unacked(broker, 5);
    channel.cancel("t");
    const auto id = broker.queue("q").id();
    channel.ack(1);
    channel.reject(2, false);
    channel.reject(3, true);
    channel.nack(4, true, true);  // all that is left up to 4
    CHECK(broker.store().entries(id) == 5);
    CHECK(broker.queue("q").ready_count() == 0);

    channel.tx_commit();

    CHECK(broker.store().entries(id) == 3);
    CHECK(channel.get("q").body() == "3");
    CHECK(channel.get("q").body() == "4");
    CHECK(channel.get_is_empty("q"));
}

TEST_CASE("rollback gives acked tags back to be acked again", "[tx.rollback][basic.ack]") {
    TestBroker broker;
    auto channel = transacting_with_unacked(broker, 4);
    channel.ack(2);
    channel.nack(4, true, true);
    channel.tx_rollback();
    CHECK(channel.silent());  // nothing is redelivered

    channel.ack(3, true);
    channel.tx_commit();

    CHECK(broker.store().entries(broker.queue("q").id()) == 1);
    channel.close();
    CHECK(broker.queue("q").ready_count() == 1);
}

TEST_CASE("a tag acked in the transaction is unknown when it is acked again",
          "[tx.select][basic.ack]") {
    TestBroker broker;
    auto channel = transacting_with_unacked(broker, 1);
    channel.ack(1);

    channel.ack(1);

    CHECK(channel.closed_with(406, "PRECONDITION_FAILED - unknown delivery tag 1", basic::Ack::id));
    CHECK(broker.queue("q").ready_count() == 1);  // the ack was never committed
}

TEST_CASE("closing a channel requeues what was acked but not committed, in its old order",
          "[tx.select][channel.close]") {
    TestBroker broker;
    auto channel = transacting_with_unacked(broker, 4);
    channel.ack(2);
    channel.ack(4);
    channel.close();

    auto other = broker.connect().open_channel();
    for (const char* body : {"1", "2", "3", "4"}) CHECK(other.get("q").body() == body);
}

TEST_CASE("what is acked but not committed still takes credit", "[tx.select][basic.qos]") {
    TestBroker broker;
    auto channel = transacting(broker);
    auto publisher = broker.connect().open_channel();
    publisher.publish_to("q", "1");
    publisher.publish_to("q", "2");
    channel.qos({.prefetch_count = 1});
    channel.consume({.queue = "q"});
    channel.next_bodies(1);

    channel.ack(1);
    CHECK(channel.silent());
    channel.send(tx::Commit{});
    CHECK(channel.next_bodies(1) == Bodies{"2"});
    CHECK(channel.next<tx::CommitOk>() == tx::CommitOk{});
}

TEST_CASE("consuming is not part of a transaction", "[tx.select][basic.consume]") {
    TestBroker broker;
    auto channel = transacting_with_unacked(broker, 1);

    channel.tx_rollback();

    CHECK(channel.silent());
    CHECK(broker.queue("q").ready_count() == 0);
}

TEST_CASE("a message is routed when it is published, to queues that still exist at the commit",
          "[tx.commit][basic.publish]") {
    TestBroker broker;
    auto channel = transacting(broker);
    channel.queue_declare({.queue = "gone"});
    channel.queue_declare({.queue = "late"});
    for (const char* queue : {"q", "gone"}) {
        channel.queue_bind({.queue = queue, .exchange = "amq.fanout"});
    }
    channel.publish({.exchange = "amq.fanout"}, "x");
    channel.queue_bind({.queue = "late", .exchange = "amq.fanout"});
    channel.queue_delete({.queue = "gone"});
    channel.queue_declare({.queue = "gone"});

    channel.tx_commit();

    CHECK(channel.queue_probe("q").message_count == 1);
    CHECK(channel.queue_probe("late").message_count == 0);
    CHECK(channel.queue_probe("gone").message_count == 0);
}

TEST_CASE("a mandatory message is returned at the commit, before commit-ok",
          "[tx.commit][basic.return]") {
    TestBroker broker;
    auto channel = transacting(broker);
    channel.publish({.routing_key = "nowhere", .mandatory = true}, "x");
    CHECK(channel.silent());

    channel.send(tx::Commit{});

    CHECK(channel.next<basic::Return>().body() == "x");
    CHECK(channel.next<tx::CommitOk>() == tx::CommitOk{});
}

TEST_CASE("a refused publish closes the channel at once, and nothing of the transaction happens",
          "[tx.select][basic.publish]") {
    TestBroker broker;
    auto channel = transacting(broker);
    channel.publish_to("q", "1");

    channel.publish({.exchange = "none"}, "2");

    CHECK(channel.closed_with(404, "NOT_FOUND - no exchange 'none' in vhost '/'",
                              basic::Publish::id));
    CHECK(broker.queue("q").ready_count() == 0);
}

TEST_CASE("a transaction may not hold more than its bound", "[tx.select][limits]") {
    TestBroker broker;
    auto channel = transacting(broker);
    const std::string body(8 * 1024 * 1024, 'x');

    for (int i = 0; i < 8; ++i) channel.publish_to("q", body);

    CHECK(channel.next<channel::Close>().reply_code == 406);
    CHECK(broker.queue("q").ready_count() == 0);
}

TEST_CASE("a commit that a full queue refuses a part of does the rest, and closes the channel",
          "[tx.commit][reject-publish]") {
    TestBroker broker;
    auto channel = transacting(broker);
    auto other = broker.connect().open_channel();
    other.queue_declare({.queue = "full",
                         .arguments = Arguments{{"x-max-length", 1},
                                                {"x-overflow", std::string("reject-publish")}}});
    for (const char* body : {"1", "2"}) channel.publish_to("full", body);
    channel.publish_to("q", "3");
    channel.send(tx::Commit{});
    CHECK(channel.closed_with(406, "PRECONDITION_FAILED - partial tx completion", tx::Commit::id));
    CHECK(other.get("full", true).body() == "1");
    CHECK(other.get("q", true).body() == "3");
}

// Class queue: declaring, binding, purging, deleting, and who may touch an exclusive queue.
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;

namespace {

const std::string locked_text =
    "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'q' in vhost '/'. It could "
    "be originally declared on another connection or the exclusive property value does not match "
    "that of the original declaration.";

}  // namespace

// Declaring

TEST_CASE("queue.declare-ok tells the name, ready messages and consumers", "[queue.declare]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    CHECK(channel.queue_declare({.queue = "q"}) == queue::DeclareOk{.queue = "q"});
    channel.publish_to("q", "1");
    channel.publish_to("q", "2");
    channel.publish_to("q", "3");
    channel.qos({.prefetch_count = 1});
    channel.consume({.queue = "q"});

    // The one that is out for delivery is not ready.
    const queue::DeclareOk told{.queue = "q", .message_count = 2, .consumer_count = 1};
    CHECK(channel.next_delivery().body() == "1");
    CHECK(channel.queue_declare({.queue = "q"}) == told);
    CHECK(channel.queue_probe("q") == told);
}

TEST_CASE("a queue without a name gets one that nobody has", "[queue.declare]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    const auto one = channel.queue_declare({});
    const auto other = channel.queue_declare({});

    CHECK(one.queue.text.substr(0, 8) == "amq.gen-");
    CHECK(one.queue.text != other.queue.text);
    channel.publish_to(one.queue, "x");
    CHECK(channel.get(one.queue).body() == "x");
}

TEST_CASE("what queue.declare refuses", "[queue.declare]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    struct Row {
        queue::Declare declare;
        std::uint16_t code;
        const char* text;
    };
    const Row row = GENERATE(
        Row{{.queue = "amq.mine"},
            403,
            "ACCESS_REFUSED - queue name 'amq.mine' contains reserved prefix 'amq.*'"},
        Row{{.queue = "none", .passive = true}, 404, "NOT_FOUND - no queue 'none' in vhost '/'"},
        Row{{.queue = "q", .durable = true},
            406,
            "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q' in vhost '/': "
            "received 'true' but current is 'false'"},
        Row{{.queue = "q", .auto_delete = true},
            406,
            "PRECONDITION_FAILED - inequivalent arg 'auto_delete' for queue 'q' in vhost '/': "
            "received 'true' but current is 'false'"},
        Row{{.queue = "q", .exclusive = true}, 405, locked_text.c_str()});

    channel.send(row.declare);

    CHECK(channel.closed_with(row.code, row.text, queue::Declare::id));
}

TEST_CASE("a passive declaration looks at the name alone", "[queue.declare]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});

    CHECK(channel.queue_declare({.queue = "q", .passive = true, .durable = true}).queue == "q");
}

TEST_CASE("CR and LF in names of queues are taken out", "[queue.declare]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    CHECK(channel.queue_declare({.queue = "a\r\nb"}).queue == "ab");
    channel.queue_bind({.queue = "a\nb", .exchange = "amq.fa\rnout"});
    channel.publish({.exchange = "amq.fanout"}, "x");
    CHECK(channel.queue_delete({.queue = "\nab"}).message_count == 1);
}

TEST_CASE("a declaration with no-wait has no answer, unless it fails, and may be followed at once",
          "[queue.declare]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    channel.send(queue::Declare{.queue = "q", .no_wait = true});
    channel.send(queue::Bind{.queue = "q", .exchange = "amq.fanout", .no_wait = true});
    channel.publish({.exchange = "amq.fanout"}, "x");
    CHECK(channel.silent());
    CHECK(channel.queue_probe("q").message_count == 1);
    channel.send(queue::Purge{.queue = "q", .no_wait = true});
    channel.send(queue::Delete{.queue = "q", .if_empty = true, .no_wait = true});
    CHECK(channel.silent());
    channel.send(queue::Declare{.queue = "q", .passive = true, .no_wait = true});
    CHECK(channel.next<channel::Close>().reply_code == 404);
}

TEST_CASE("an empty name means the queue declared last on this channel", "[queue.declare]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    channel.queue_declare({.queue = "other"});
    channel.queue_declare({.queue = "q"});

    SECTION("for every method") {
        channel.queue_bind({.exchange = "amq.direct", .routing_key = "k"});
        channel.publish({.exchange = "amq.direct", .routing_key = "k"}, "x");
        CHECK(channel.get("").body() == "x");
        channel.ack(1);
        channel.consume({.consumer_tag = "t"});
        CHECK(broker.queue("q").consumer_count() == 1);
        channel.cancel("t");
        channel.queue_purge("");
        channel.queue_unbind({.exchange = "amq.direct", .routing_key = "k"});
        channel.queue_delete({});
        CHECK(broker.vhost().find_named_queue("q") == nullptr);
    }
    SECTION("an empty routing key beside it is the name, too") {
        channel.queue_bind({.exchange = "amq.direct"});
        channel.publish({.exchange = "amq.direct", .routing_key = "q"}, "x");
        CHECK(channel.get("q").body() == "x");
    }
    SECTION("a passive declaration counts") {
        channel.queue_probe("other");
        CHECK(channel.queue_delete({}).message_count == 0);
        CHECK(broker.vhost().find_named_queue("other") == nullptr);
    }
    SECTION("another channel has declared nothing") {
        auto second = connection.open_channel();
        second.send(basic::Get{});
        CHECK(second.closed_with(404, "NOT_FOUND - no previously declared queue", basic::Get::id));
    }
}

TEST_CASE("what is to last is answered when the store says that it will, in the order of asking",
          "[queue.declare][queue.bind][queue.delete][store]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    broker.store().hold();

    channel.send(queue::Declare{.queue = "q", .durable = true});
    channel.send(queue::Declare{.queue = "transient"});  // would be answered at once
    channel.send(queue::Bind{.queue = "q", .exchange = "amq.fanout"});
    CHECK(channel.silent());
    broker.store().release_all();
    broker.end_turn();
    CHECK(channel.next<queue::DeclareOk>().queue == "q");
    CHECK(channel.next<queue::DeclareOk>().queue == "transient");
    CHECK(channel.next<queue::BindOk>() == queue::BindOk{});

    broker.store().hold();
    CHECK(channel.queue_probe("q").queue == "q");  // nothing is to be stored
    channel.send(queue::Delete{.queue = "q"});
    CHECK(channel.silent());
    broker.store().release_all();
    broker.end_turn();
    CHECK(channel.next<queue::DeleteOk>() == queue::DeleteOk{});
}

TEST_CASE("an answer that waits for the store goes nowhere when its client is gone",
          "[queue.declare][store]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    broker.store().hold();
    channel.send(queue::Declare{.queue = "q", .durable = true});

    channel.connection().lose();
    broker.store().release_all();
    broker.end_turn();

    CHECK(channel.silent());
    CHECK(broker.queue("q").ready_count() == 0);
}

TEST_CASE("a connection is closed after the answers that wait for the store",
          "[queue.declare][connection.close][store]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    broker.store().hold();
    channel.send(queue::Declare{.queue = "q", .durable = true});

    connection.send(connection::Close{.reply_code = 200});
    CHECK(connection.silent());
    broker.store().release_all();
    broker.end_turn();

    CHECK(channel.next<queue::DeclareOk>().queue == "q");
    CHECK(connection.next<connection::CloseOk>() == connection::CloseOk{});
}

// Exclusive

TEST_CASE("an exclusive queue is its connection's alone", "[queue.declare][exclusive]") {
    TestBroker broker;
    auto owner = broker.connect().open_channel();
    auto other = broker.connect().open_channel();
    owner.queue_declare({.queue = "q", .exclusive = true});

    SECTION("which may do with it what it likes") {
        owner.queue_declare({.queue = "q", .exclusive = true});
        owner.consume({.queue = "q", .no_ack = true});
        other.publish_to("q", "anybody may publish");
        CHECK(owner.next_delivery().body() == "anybody may publish");
        auto second = owner.connection().open_channel();
        CHECK(second.get_is_empty("q"));
    }
    SECTION("declare") {
        other.send(queue::Declare{.queue = "q", .exclusive = true});
        CHECK(other.closed_with(405, locked_text, queue::Declare::id));
    }
    SECTION("passive declare") {
        other.send(queue::Declare{.queue = "q", .passive = true});
        CHECK(other.closed_with(405, locked_text, queue::Declare::id));
    }
    SECTION("bind") {
        other.send(queue::Bind{.queue = "q", .exchange = "amq.fanout"});
        CHECK(other.closed_with(405, locked_text, queue::Bind::id));
    }
    SECTION("unbind") {
        other.send(queue::Unbind{.queue = "q", .exchange = "amq.fanout"});
        CHECK(other.closed_with(405, locked_text, queue::Unbind::id));
    }
    SECTION("consume") {
        other.send(basic::Consume{.queue = "q"});
        CHECK(other.closed_with(405, locked_text, basic::Consume::id));
    }
    SECTION("get") {
        other.send(basic::Get{.queue = "q"});
        CHECK(other.closed_with(405, locked_text, basic::Get::id));
    }
    SECTION("purge") {
        other.send(queue::Purge{.queue = "q"});
        CHECK(other.closed_with(405, locked_text, queue::Purge::id));
    }
    SECTION("delete") {
        other.send(queue::Delete{.queue = "q"});
        CHECK(other.closed_with(405, locked_text, queue::Delete::id));
    }
    SECTION("declaring it as shared is locked even for its owner") {
        owner.send(queue::Declare{.queue = "q"});
        CHECK(owner.closed_with(405, locked_text, queue::Declare::id));
    }
    SECTION("it goes with its connection, not with its channel") {
        auto second = owner.connection().open_channel();
        owner.close();
        CHECK(second.queue_probe("q").queue == "q");
        second.connection().close();
        CHECK(broker.vhost().find_named_queue("q") == nullptr);
    }
}

TEST_CASE("the name of an exclusive queue is free when its connection is closed",
          "[queue.declare][exclusive]") {
    TestBroker broker;
    auto owner = broker.connect();
    owner.open_channel().queue_declare({.queue = "q", .exclusive = true});
    owner.close();

    auto other = broker.connect().open_channel();
    CHECK(other.queue_declare({.queue = "q", .exclusive = true}).message_count == 0);
}

// Auto-delete

TEST_CASE("an auto-delete queue goes with its last consumer", "[queue.declare]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q", .auto_delete = true});

    SECTION("before the client sees cancel-ok") {
        channel.consume({.queue = "q", .consumer_tag = "1"});
        channel.consume({.queue = "q", .consumer_tag = "2"});
        channel.cancel("1");
        CHECK(broker.vhost().find_named_queue("q") != nullptr);
        broker.hold_turns();
        channel.send(basic::Cancel{.consumer_tag = "2"});
        CHECK(broker.vhost().find_named_queue("q") == nullptr);
        broker.release_turns();
        CHECK(channel.next<basic::CancelOk>().consumer_tag == "2");
    }
    SECTION("with what its consumer has not acked") {
        channel.publish_to("q", "x");
        channel.consume({.queue = "q", .consumer_tag = "1"});
        channel.next_delivery();
        channel.cancel("1");
        channel.ack(1);  // of a queue that is gone
        CHECK(channel.connection().open_channel().silent());
        CHECK(channel.silent());
    }
    SECTION("but not with basic.get, which is no consumer") {
        CHECK(channel.get_is_empty("q"));
        CHECK(broker.vhost().find_named_queue("q") != nullptr);
    }
}

// Bindings

TEST_CASE("binding twice is one binding", "[queue.bind]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    const queue::Bind bind{.queue = "q", .exchange = "amq.direct", .routing_key = "k"};
    channel.queue_bind(bind);
    channel.queue_bind(bind);

    channel.publish({.exchange = "amq.direct", .routing_key = "k"}, "1");
    CHECK(channel.queue_probe("q").message_count == 1);
    channel.queue_unbind({.queue = "q", .exchange = "amq.direct", .routing_key = "k"});
    channel.publish({.exchange = "amq.direct", .routing_key = "k"}, "2");
    CHECK(channel.queue_probe("q").message_count == 1);
}

TEST_CASE("a queue with several matching bindings gets a message once", "[queue.bind]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    for (const char* key : {"a.*", "#", "a.b", "*.b"}) {
        channel.queue_bind({.queue = "q", .exchange = "amq.topic", .routing_key = key});
    }

    channel.publish({.exchange = "amq.topic", .routing_key = "a.b"}, "1");

    CHECK(channel.queue_probe("q").message_count == 1);
}

TEST_CASE("a change of bindings counts for the very next message", "[queue.bind]") {
    // Channels remember their last route; nothing may be sent by an old one.
    TestBroker broker;
    auto connection = broker.connect();
    auto publisher = connection.open_channel();
    auto channel = connection.open_channel();
    const auto count = [&](const char* queue) { return channel.queue_probe(queue).message_count; };
    const auto publish = [&] { publisher.publish({.exchange = "x", .routing_key = "k"}, "x"); };
    channel.exchange_declare({.exchange = "x", .type = "direct"});
    channel.queue_declare({.queue = "a"});
    channel.queue_declare({.queue = "b"});
    channel.queue_bind({.queue = "a", .exchange = "x", .routing_key = "k"});
    publish();
    publish();
    CHECK(count("a") == 2);

    channel.queue_bind({.queue = "b", .exchange = "x", .routing_key = "k"});
    publish();
    CHECK(count("a") == 3);
    CHECK(count("b") == 1);

    channel.queue_unbind({.queue = "a", .exchange = "x", .routing_key = "k"});
    publish();
    CHECK(count("a") == 3);
    CHECK(count("b") == 2);

    channel.queue_delete({.queue = "b"});
    publish();
    channel.queue_declare({.queue = "b"});
    publish();
    CHECK(count("b") == 0);

    channel.exchange_delete({.exchange = "x"});
    publish();
    CHECK(
        publisher.closed_with(404, "NOT_FOUND - no exchange 'x' in vhost '/'", basic::Publish::id));
}

TEST_CASE("what queue.bind and queue.unbind refuse", "[queue.bind][queue.unbind]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    const std::string_view default_text =
        "ACCESS_REFUSED - operation not permitted on the default exchange";

    SECTION("a missing exchange") {
        channel.send(queue::Bind{.queue = "q", .exchange = "none"});
        CHECK(channel.closed_with(404, "NOT_FOUND - no exchange 'none' in vhost '/'",
                                  queue::Bind::id));
    }
    SECTION("a missing queue") {
        channel.send(queue::Bind{.queue = "none", .exchange = "amq.direct"});
        CHECK(
            channel.closed_with(404, "NOT_FOUND - no queue 'none' in vhost '/'", queue::Bind::id));
    }
    SECTION("the default exchange") {
        channel.send(queue::Bind{.queue = "q", .exchange = "", .routing_key = "k"});
        CHECK(channel.closed_with(403, default_text, queue::Bind::id));
    }
    SECTION("the default exchange in unbind") {
        channel.send(queue::Unbind{.queue = "q", .exchange = "", .routing_key = "q"});
        CHECK(channel.closed_with(403, default_text, queue::Unbind::id));
    }
    SECTION("an x-match that nobody knows") {
        channel.send(queue::Bind{
            .queue = "q", .exchange = "amq.headers", .arguments = Arguments{{"x-match", "some"}}});
        CHECK(channel.next<channel::Close>().reply_code == 406);
    }
    SECTION("but nothing that is missing in unbind") {
        channel.queue_unbind({.queue = "none", .exchange = "nowhere", .routing_key = "k"});
        channel.queue_unbind({.queue = "q", .exchange = "amq.direct", .routing_key = "k"});
    }
}

TEST_CASE("bindings go with their queue", "[queue.delete]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.queue_bind({.queue = "q", .exchange = "amq.fanout"});
    channel.queue_delete({.queue = "q"});
    channel.queue_declare({.queue = "q"});

    channel.publish({.exchange = "amq.fanout", .mandatory = true}, "x");

    CHECK(channel.next<basic::Return>().body() == "x");
    CHECK(channel.get_is_empty("q"));
}

// Purge

TEST_CASE("purge drops what is ready and leaves what is out for delivery", "[queue.purge]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    for (const char* body : {"1", "2", "3"}) channel.publish_to("q", body);
    CHECK(channel.get("q").body() == "1");

    CHECK(channel.queue_purge("q").message_count == 2);
    CHECK(channel.queue_purge("q").message_count == 0);
    CHECK(channel.queue_probe("q").message_count == 0);

    SECTION("which may come back") {
        channel.nack(1, false, true);
        CHECK(channel.get("q").body() == "1");
    }
    SECTION("or be acked") { channel.ack(1); }
    CHECK(channel.get_is_empty("q"));
}

TEST_CASE("purge leaves in the store what is out for delivery", "[queue.purge][store]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q", .durable = true});
    for (const char* body : {"1", "2", "3", "4"}) {
        channel.publish({.routing_key = "q"}, body, persistent());
    }
    const auto id = broker.queue("q").id();
    channel.get("q");
    channel.get("q");
    channel.reject(1, true);

    CHECK(channel.queue_purge("q").message_count == 3);

    CHECK(broker.store().entries(id) == 1);
    channel.ack(2);
    CHECK(broker.store().entries(id) == 0);
}

TEST_CASE("purge drops what had come back as well", "[queue.purge]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.publish_to("q", "1");
    channel.get("q");
    channel.reject(1, true);

    CHECK(channel.queue_purge("q").message_count == 1);
    CHECK(broker.queue("q").ready_octets() == 0);
}

TEST_CASE("purging a missing queue closes the channel", "[queue.purge]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    channel.send(queue::Purge{.queue = "none"});

    CHECK(channel.closed_with(404, "NOT_FOUND - no queue 'none' in vhost '/'", queue::Purge::id));
}

// Delete

TEST_CASE("deleting a queue tells how many messages were ready", "[queue.delete]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.publish_to("q", "1");
    channel.publish_to("q", "2");
    channel.get("q");

    CHECK(channel.queue_delete({.queue = "q"}).message_count == 1);
    CHECK(channel.queue_delete({.queue = "q"}).message_count == 0);  // a missing one is no error
}

TEST_CASE("if-unused and if-empty keep a queue from being deleted", "[queue.delete]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    const bool quorum = GENERATE(false, true);
    const Arguments arguments =
        quorum ? Arguments{{"x-queue-type", "quorum"}} : Arguments{{"x-queue-type", "classic"}};
    channel.queue_declare({.queue = "q", .durable = true, .arguments = arguments});

    SECTION("one in use") {
        channel.consume({.queue = "q"});
        channel.send(queue::Delete{.queue = "q", .if_unused = true});
        CHECK(channel.closed_with(406, "PRECONDITION_FAILED - queue 'q' in vhost '/' in use",
                                  queue::Delete::id));
    }
    SECTION("one that is not empty") {
        channel.publish_to("q", "x");
        channel.send(queue::Delete{.queue = "q", .if_empty = true});
        CHECK(channel.closed_with(406, "PRECONDITION_FAILED - queue 'q' in vhost '/' not empty",
                                  queue::Delete::id));
    }
    SECTION("emptiness is looked at first") {
        channel.qos({.prefetch_count = 1});
        channel.consume({.queue = "q"});
        channel.publish_to("q", "1");
        channel.publish_to("q", "2");
        channel.next_delivery();
        channel.send(queue::Delete{.queue = "q", .if_unused = true, .if_empty = true});
        CHECK(channel.closed_with(406, "PRECONDITION_FAILED - queue 'q' in vhost '/' not empty",
                                  queue::Delete::id));
    }
    SECTION("what is out for delivery does not count") {
        channel.publish_to("q", "x");
        channel.get("q");
        channel.queue_delete({.queue = "q", .if_unused = true, .if_empty = true});
    }
}

TEST_CASE("consumers of a deleted queue are told, if they understand that",
          "[queue.delete][basic.cancel]") {
    TestBroker broker;
    const bool capable = GENERATE(true, false);
    auto channel =
        broker
            .connect({.capabilities = capable ? std::vector<std::string>{"consumer_cancel_notify"}
                                              : std::vector<std::string>{}})
            .open_channel();
    channel.queue_declare({.queue = "q"});
    channel.consume({.queue = "q", .consumer_tag = "t"});

    auto other = broker.connect().open_channel();
    other.queue_delete({.queue = "q"});

    if (capable) {
        CHECK(channel.next<basic::Cancel>() == basic::Cancel{.consumer_tag = "t", .no_wait = true});
        channel.send(basic::CancelOk{.consumer_tag = "t"});  // which some clients answer
    }
    CHECK(channel.silent());
    other.queue_declare({.queue = "q"});
    channel.consume({.queue = "q", .consumer_tag = "t"});  // the tag is free again
}

TEST_CASE("deliveries of a deleted queue may still be settled", "[queue.delete][basic.ack]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q", .durable = true});
    for (int i = 0; i < 4; ++i) channel.publish({.routing_key = "q"}, "x", persistent());
    channel.consume({.queue = "q", .consumer_tag = "t"});
    channel.next_bodies(4);
    channel.queue_delete({.queue = "q"});
    (void)channel.next<basic::Cancel>();

    channel.ack(1);
    channel.reject(2, true);
    channel.nack(3, false, false);
    channel.close();

    CHECK(broker.vhost().queue_count() == 0);
}

TEST_CASE("publishing to a deleted queue is just unroutable", "[queue.delete][basic.publish]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.publish_to("q", "1");
    channel.queue_delete({.queue = "q"});

    channel.publish_to("q", "2");
    CHECK(channel.silent());
    channel.publish({.routing_key = "q", .mandatory = true}, "3");
    CHECK(channel.next<basic::Return>().body() == "3");
}

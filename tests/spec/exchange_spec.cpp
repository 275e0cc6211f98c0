// Class exchange: declaring, deleting, and bindings between exchanges. How messages are routed is
// tested in tests/unit/routing; here, that channels ask for it rightly.
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;

TEST_CASE("an exchange is declared, and declared again with the same properties",
          "[exchange.declare]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    const exchange::Declare declare{.exchange = "x", .type = "topic", .durable = true};
    CHECK(channel.exchange_declare(declare) == exchange::DeclareOk{});
    CHECK(channel.exchange_declare(declare) == exchange::DeclareOk{});
    CHECK(channel.exchange_declare({.exchange = "x", .passive = true}) == exchange::DeclareOk{});
}

TEST_CASE("every vhost has its exchanges from the start", "[exchange.declare]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    for (const char* name : {"amq.direct", "amq.fanout", "amq.topic", "amq.headers", "amq.match",
                             "amq.rabbitmq.trace"}) {
        INFO(name);
        CHECK(channel.exchange_declare({.exchange = name, .passive = true}) ==
              exchange::DeclareOk{});
    }
    SECTION("and they may be declared as they are") {
        channel.exchange_declare({.exchange = "amq.topic", .type = "topic", .durable = true});
    }
}

TEST_CASE("what exchange.declare refuses", "[exchange.declare]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.exchange_declare({.exchange = "x", .type = "direct"});
    struct Row {
        exchange::Declare declare;
        std::uint16_t code;
        const char* text;
    };
    const Row row = GENERATE(
        Row{{.exchange = "y", .type = "no-such-type"},
            406,
            "PRECONDITION_FAILED - unknown exchange type 'no-such-type'"},
        Row{{.exchange = "", .type = "direct"},
            403,
            "ACCESS_REFUSED - operation not permitted on the default exchange"},
        Row{{.exchange = "", .passive = true},
            403,
            "ACCESS_REFUSED - operation not permitted on the default exchange"},
        Row{{.exchange = "amq.mine", .type = "direct"},
            403,
            "ACCESS_REFUSED - exchange name 'amq.mine' contains reserved prefix 'amq.*'"},
        Row{{.exchange = "y", .passive = true}, 404, "NOT_FOUND - no exchange 'y' in vhost '/'"},
        Row{{.exchange = "x", .type = "fanout"},
            406,
            "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'x' in vhost '/': "
            "received 'fanout' but current is 'direct'"},
        Row{{.exchange = "x", .type = "direct", .durable = true},
            406,
            "PRECONDITION_FAILED - inequivalent arg 'durable' for exchange 'x' in vhost '/': "
            "received 'true' but current is 'false'"},
        Row{{.exchange = "x", .type = "direct", .auto_delete = true},
            406,
            "PRECONDITION_FAILED - inequivalent arg 'auto_delete' for exchange 'x' in vhost "
            "'/': received 'true' but current is 'false'"},
        Row{{.exchange = "x", .type = "direct", .internal = true},
            406,
            "PRECONDITION_FAILED - inequivalent arg 'internal' for exchange 'x' in vhost '/': "
            "received 'true' but current is 'false'"});

    channel.send(row.declare);

    CHECK(channel.closed_with(row.code, row.text, exchange::Declare::id));
}

TEST_CASE("of the arguments only the alternate exchange is compared on redeclaring",
          "[exchange.declare]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.exchange_declare({.exchange = "x",
                              .type = "direct",
                              .arguments = Arguments{{"alternate-exchange", "ae"}, {"x-a", 1}}});

    channel.exchange_declare({.exchange = "x",
                              .type = "direct",
                              .arguments = Arguments{{"alternate-exchange", "ae"}, {"x-b", 2}}});
    channel.send(exchange::Declare{.exchange = "x", .type = "direct"});
    CHECK(channel.next<channel::Close>().reply_code == 406);
}

TEST_CASE("an alternate exchange that is no text is refused", "[exchange.declare]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    channel.send(exchange::Declare{
        .exchange = "x", .type = "direct", .arguments = Arguments{{"alternate-exchange", 5}}});

    CHECK(channel.next<channel::Close>().reply_code == 406);
    CHECK(broker.vhost().find_exchange("x") == nullptr);
}

TEST_CASE("CR and LF in names of exchanges are taken out", "[exchange.declare]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    channel.exchange_declare({.exchange = "a\r\nb", .type = "direct"});

    CHECK(broker.vhost().find_exchange("ab") != nullptr);
    channel.exchange_delete({.exchange = "a\nb"});
    CHECK(broker.vhost().find_exchange("ab") == nullptr);
}

TEST_CASE("a declaration with no-wait has no answer, unless it fails", "[exchange.declare]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    channel.send(exchange::Declare{.exchange = "x", .type = "direct", .no_wait = true});
    CHECK(channel.silent());
    CHECK(broker.vhost().find_exchange("x") != nullptr);
    channel.send(exchange::Declare{.exchange = "x", .type = "topic", .no_wait = true});
    CHECK(channel.next<channel::Close>().reply_code == 406);
}

TEST_CASE("deleting an exchange", "[exchange.delete]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.exchange_declare({.exchange = "x", .type = "direct"});
    channel.exchange_declare({.exchange = "y", .type = "direct"});
    channel.queue_declare({.queue = "q"});

    SECTION("one that is not there is no error") {
        CHECK(channel.exchange_delete({.exchange = "none"}) == exchange::DeleteOk{});
    }
    SECTION("if-unused: bindings from it are in the way") {
        channel.queue_bind({.queue = "q", .exchange = "x", .routing_key = "k"});
        channel.send(exchange::Delete{.exchange = "x", .if_unused = true});
        CHECK(channel.closed_with(406, "PRECONDITION_FAILED - exchange 'x' in vhost '/' in use",
                                  exchange::Delete::id));
    }
    SECTION("if-unused: bindings to it are not") {
        channel.exchange_bind({.destination = "x", .source = "y", .routing_key = "k"});
        channel.exchange_delete({.exchange = "x", .if_unused = true});
    }
    SECTION("takes the bindings to it along") {
        channel.exchange_bind({.destination = "x", .source = "y", .routing_key = "k"});
        channel.exchange_delete({.exchange = "x"});
        channel.exchange_delete({.exchange = "y", .if_unused = true});
    }
    SECTION("takes the bindings from it along") {
        channel.queue_bind({.queue = "q", .exchange = "x", .routing_key = "k"});
        channel.exchange_delete({.exchange = "x"});
        channel.exchange_declare({.exchange = "x", .type = "direct"});
        channel.publish({.exchange = "x", .routing_key = "k"}, "x");
        CHECK(channel.get_is_empty("q"));
    }
    SECTION("the default exchange is not to be deleted") {
        channel.send(exchange::Delete{.exchange = ""});
        CHECK(channel.closed_with(
            403, "ACCESS_REFUSED - operation not permitted on the default exchange"));
    }
    SECTION("nor are those that every vhost has") {
        channel.send(exchange::Delete{.exchange = "amq.topic"});
        CHECK(channel.next<channel::Close>().reply_code == 403);
    }
}

TEST_CASE("an auto-delete exchange goes with its last binding", "[exchange.declare]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.exchange_declare({.exchange = "x", .type = "direct", .auto_delete = true});
    channel.queue_declare({.queue = "q"});
    channel.queue_bind({.queue = "q", .exchange = "x", .routing_key = "1"});
    channel.queue_bind({.queue = "q", .exchange = "x", .routing_key = "2"});

    channel.queue_unbind({.queue = "q", .exchange = "x", .routing_key = "1"});
    CHECK(broker.vhost().find_exchange("x") != nullptr);
    SECTION("when it is unbound") {
        channel.queue_unbind({.queue = "q", .exchange = "x", .routing_key = "2"});
    }
    SECTION("when its queue goes") { channel.queue_delete({.queue = "q"}); }
    CHECK(broker.vhost().find_exchange("x") == nullptr);
}

TEST_CASE("an auto-delete exchange that was never bound stays", "[exchange.declare]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.exchange_declare({.exchange = "x", .type = "direct", .auto_delete = true});
    channel.queue_declare({.queue = "q"});

    channel.queue_unbind({.queue = "q", .exchange = "x", .routing_key = "k"});

    CHECK(broker.vhost().find_exchange("x") != nullptr);
}

TEST_CASE("auto-delete goes up a chain of exchanges", "[exchange.declare][exchange.bind]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    for (const char* name : {"a", "b", "c"}) {
        channel.exchange_declare({.exchange = name, .type = "fanout", .auto_delete = true});
    }
    channel.queue_declare({.queue = "q"});
    channel.exchange_bind({.destination = "b", .source = "a"});
    channel.exchange_bind({.destination = "c", .source = "b"});
    channel.queue_bind({.queue = "q", .exchange = "c"});

    channel.queue_delete({.queue = "q"});

    for (const char* name : {"a", "b", "c"}) CHECK(broker.vhost().find_exchange(name) == nullptr);
}

TEST_CASE("exchanges are bound to exchanges", "[exchange.bind]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.exchange_declare({.exchange = "from", .type = "direct"});
    channel.exchange_declare({.exchange = "to", .type = "fanout"});
    channel.queue_declare({.queue = "q"});
    channel.queue_bind({.queue = "q", .exchange = "to"});
    const exchange::Bind bind{.destination = "to", .source = "from", .routing_key = "k"};

    channel.exchange_bind(bind);
    channel.exchange_bind(bind);  // the same binding
    channel.publish({.exchange = "from", .routing_key = "k"}, "1");
    CHECK(channel.get("q").body() == "1");

    channel.exchange_unbind({.destination = "to", .source = "from", .routing_key = "k"});
    channel.publish({.exchange = "from", .routing_key = "k"}, "2");
    CHECK(channel.get_is_empty("q"));
}

TEST_CASE("a cycle of exchanges sends a message once to each queue", "[exchange.bind]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.exchange_declare({.exchange = "a", .type = "fanout"});
    channel.exchange_declare({.exchange = "b", .type = "fanout"});
    channel.queue_declare({.queue = "q"});
    channel.exchange_bind({.destination = "a", .source = "b"});
    channel.exchange_bind({.destination = "b", .source = "a"});
    channel.queue_bind({.queue = "q", .exchange = "a"});
    channel.queue_bind({.queue = "q", .exchange = "b"});

    channel.publish({.exchange = "a"}, "x");

    CHECK(channel.queue_probe("q").message_count == 1);
}

TEST_CASE("what exchange.bind and exchange.unbind refuse", "[exchange.bind][exchange.unbind]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.exchange_declare({.exchange = "x", .type = "fanout"});
    const std::string_view default_text =
        "ACCESS_REFUSED - operation not permitted on the default exchange";

    SECTION("a missing source") {
        channel.send(exchange::Bind{.destination = "x", .source = "none"});
        CHECK(channel.closed_with(404, "NOT_FOUND - no exchange 'none' in vhost '/'"));
    }
    SECTION("a missing destination") {
        channel.send(exchange::Bind{.destination = "none", .source = "x"});
        CHECK(channel.closed_with(404, "NOT_FOUND - no exchange 'none' in vhost '/'"));
    }
    SECTION("the default exchange as source") {
        channel.send(exchange::Bind{.destination = "x", .source = ""});
        CHECK(channel.closed_with(403, default_text));
    }
    SECTION("the default exchange as destination") {
        channel.send(exchange::Bind{.destination = "", .source = "x"});
        CHECK(channel.closed_with(403, default_text));
    }
    SECTION("the default exchange in unbind") {
        channel.send(exchange::Unbind{.destination = "x", .source = ""});
        CHECK(channel.closed_with(403, default_text));
    }
    SECTION("but nothing that is missing in unbind") {
        channel.exchange_unbind({.destination = "none", .source = "nowhere"});
    }
}

TEST_CASE("a message that an exchange does not route goes to its alternate",
          "[exchange.declare][basic.publish]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.exchange_declare(
        {.exchange = "x", .type = "direct", .arguments = Arguments{{"alternate-exchange", "ae"}}});
    channel.queue_declare({.queue = "q"});
    channel.queue_declare({.queue = "spare"});
    channel.queue_bind({.queue = "q", .exchange = "x", .routing_key = "k"});

    // The alternate need not exist.
    channel.publish({.exchange = "x", .routing_key = "other", .mandatory = true}, "0");
    CHECK(channel.next<basic::Return>().reply_code == 312);

    channel.exchange_declare({.exchange = "ae", .type = "fanout"});
    channel.queue_bind({.queue = "spare", .exchange = "ae"});
    channel.publish({.exchange = "x", .routing_key = "k"}, "1");
    channel.publish({.exchange = "x", .routing_key = "other", .mandatory = true}, "2");

    CHECK(channel.silent());
    CHECK(channel.get("q").body() == "1");
    CHECK(channel.get("spare").body() == "2");
    CHECK(channel.get_is_empty("spare"));
}

TEST_CASE("words of a topic are compared octet by octet, and may be empty", "[exchange.bind]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    const auto routed = [&](const char* pattern, const char* key) {
        channel.queue_declare({.queue = "q"});
        channel.queue_bind({.queue = "q", .exchange = "amq.topic", .routing_key = pattern});
        channel.publish({.exchange = "amq.topic", .routing_key = key}, "x");
        return channel.queue_delete({.queue = "q"}).message_count == 1;
    };

    CHECK(routed("a.*.b", "a..b"));
    CHECK(routed("#", ""));
    CHECK(routed("", ""));
    CHECK_FALSE(routed("*", ""));  // an empty key has no words
    CHECK_FALSE(routed("*.*", ""));
    CHECK_FALSE(routed("Key", "key"));
    CHECK(routed("#.a.#.b.#.c.#", "a.x.b.y.c"));  // more than two #
    CHECK_FALSE(routed("#.a.#.b.#.c.#", "a.x.c.y.b"));
}

TEST_CASE("a message without headers matches only what asks for none", "[exchange.bind]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    const auto routed = [&](const Arguments& arguments) {
        channel.queue_declare({.queue = "q"});
        channel.queue_bind({.queue = "q", .exchange = "amq.headers", .arguments = arguments});
        channel.publish({.exchange = "amq.headers"}, "x");
        return channel.queue_delete({.queue = "q"}).message_count == 1;
    };

    CHECK(routed({}));
    CHECK(routed({{"x-match", "all"}}));
    CHECK_FALSE(routed({{"x-match", "any"}}));
    CHECK_FALSE(routed({{"k", Void{}}}));
    CHECK_FALSE(routed({{"x-match", "any"}, {"k", "v"}}));
}

// basic.publish: what is refused, what comes back, what is rewritten, and that everything else
// arrives as it was sent.
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using namespace std::string_literals;

namespace {

BasicProperties with_expiration(std::string_view expiration) {
    return BasicProperties{}.set(property::expiration, &BasicProperties::expiration, expiration);
}

BasicProperties with_user_id(std::string_view user) {
    return BasicProperties{}.set(property::user_id, &BasicProperties::user_id, user);
}

}  // namespace

TEST_CASE("a message arrives as it was published", "[basic.publish]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.queue_bind({.queue = "q", .exchange = "amq.topic", .routing_key = "#"});
    const std::string headers = FieldTable{{"twice", 1},
                                           {"twice", 2},
                                           {"void", Void{}},
                                           {"decimal", Decimal{2, 314}},
                                           {"l", std::int64_t{-1}},
                                           {"nested", FieldTable{{"array", FieldArray{{1, "2"}}}}}}
                                    .encoded();
    BasicProperties properties = with_headers(headers);
    properties.set(property::content_type, &BasicProperties::content_type, "text/plain")
        .set(property::delivery_mode, &BasicProperties::delivery_mode, std::uint8_t{1})
        .set(property::priority, &BasicProperties::priority, std::uint8_t{200})
        .set(property::correlation_id, &BasicProperties::correlation_id, "correlation")
        .set(property::reply_to, &BasicProperties::reply_to, "somewhere")
        .set(property::expiration, &BasicProperties::expiration, "0060000")
        .set(property::message_id, &BasicProperties::message_id, "\xFF is no UTF-8")
        .set(property::timestamp, &BasicProperties::timestamp, ~std::uint64_t{0})
        .set(property::user_id, &BasicProperties::user_id, "guest")
        .set(property::app_id, &BasicProperties::app_id, "");

    channel.publish({.exchange = "amq.topic", .routing_key = "a..b"}, "body\0\xCE"s, properties);

    const auto got = channel.get("q");
    CHECK(got.exchange == "amq.topic");
    CHECK(got.routing_key == "a..b");
    CHECK(got.body() == "body\0\xCE"s);
    CHECK(got.properties() == properties);
}

TEST_CASE("no headers and empty headers are two things", "[basic.publish]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});

    channel.publish_to("q", "none");
    channel.publish({.routing_key = "q"}, "empty", with_headers(""));

    CHECK_FALSE(channel.get("q").properties().has(property::headers));
    CHECK(channel.get("q").properties().has(property::headers));
}

TEST_CASE("a body may be empty, and may come in many frames", "[basic.publish]") {
    TestBroker broker;
    auto channel = broker.connect({.frame_max = 4096}).open_channel();
    channel.queue_declare({.queue = "q"});
    std::string body;
    for (int i = 0; body.size() < 100'000; ++i) body += std::to_string(i);
    channel.publish_to("q", "");
    channel.publish_to("q", body);
    channel.send(basic::Publish{.routing_key = "q"});
    channel.send_header(3);
    for (const char* piece : {"a", "", "b", "", "c"}) channel.send_frame(FrameType::body, piece);

    CHECK(channel.get("q").body().empty());
    CHECK(channel.get("q").body() == body);
    CHECK(channel.get("q").body() == "abc");
}

TEST_CASE("contents of several channels may come interleaved", "[basic.publish]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto one = connection.open_channel();
    auto two = connection.open_channel();
    one.queue_declare({.queue = "q"});

    one.send(basic::Publish{.routing_key = "q"});
    two.send(basic::Publish{.routing_key = "q"});
    one.send_header(2);
    two.send_header(2);
    two.send_frame(FrameType::body, "t");
    one.send_frame(FrameType::body, "on");
    two.send_frame(FrameType::body, "w");

    CHECK(one.get("q").body() == "on");
    CHECK(one.get("q").body() == "tw");
}

// Unroutable

TEST_CASE("a mandatory message that matches no queue is returned, then confirmed",
          "[basic.publish][basic.return][confirm.select]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.confirm_select();
    const std::string headers = FieldTable{{"k", "v"}}.encoded();

    channel.publish({.routing_key = "nowhere", .mandatory = true}, "hello", with_headers(headers));

    const auto returned = channel.next<basic::Return>();
    CHECK(returned == basic::Return{.reply_code = 312,
                                    .reply_text = "NO_ROUTE",
                                    .exchange = "",
                                    .routing_key = "nowhere"});
    CHECK(returned.body() == "hello");
    CHECK(returned.properties() == with_headers(headers));
    CHECK(channel.next<basic::Ack>() == basic::Ack{.delivery_tag = DeliveryTag{1}});
    CHECK(channel.silent());
}

TEST_CASE("all returns of a turn come before its confirms", "[basic.return][confirm.select]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.confirm_select();
    broker.hold_turns();
    for (const char* key : {"nowhere", "q", "nowhere"}) {
        channel.publish({.routing_key = key, .mandatory = true}, key);
    }
    broker.release_turns();

    CHECK(channel.next<basic::Return>().body() == "nowhere");
    CHECK(channel.next<basic::Return>().body() == "nowhere");
    CHECK(channel.next<basic::Ack>() ==
          basic::Ack{.delivery_tag = DeliveryTag{3}, .multiple = true});
}

TEST_CASE("an unroutable message that is not mandatory is dropped without a word",
          "[basic.publish]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    channel.publish_to("nowhere", "hello");
    channel.publish({.exchange = "amq.topic", .routing_key = "a.b"}, "hello");

    CHECK(channel.silent());
}

TEST_CASE("a large message is returned whole", "[basic.return]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    const std::string body(300'000, 'x');

    channel.publish({.exchange = "amq.fanout", .routing_key = "k", .mandatory = true}, body);

    CHECK(channel.next<basic::Return>().body() == body);
}

// Refused

TEST_CASE("publishing to an exchange that is not there closes the channel", "[basic.publish]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    channel.publish({.exchange = "none", .routing_key = "k"}, "x");

    CHECK(channel.closed_with(404, "NOT_FOUND - no exchange 'none' in vhost '/'",
                              basic::Publish::id));
}

TEST_CASE("publishing to an internal exchange is refused; bindings reach it",
          "[basic.publish][exchange.declare]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.exchange_declare({.exchange = "inner", .type = "fanout", .internal = true});
    channel.exchange_declare({.exchange = "outer", .type = "fanout"});
    channel.exchange_bind({.destination = "inner", .source = "outer"});
    channel.queue_declare({.queue = "q"});
    channel.queue_bind({.queue = "q", .exchange = "inner"});

    channel.publish({.exchange = "outer"}, "x");
    CHECK(channel.get("q").body() == "x");

    channel.publish({.exchange = "inner"}, "x");
    CHECK(channel.closed_with(
        403, "ACCESS_REFUSED - cannot publish to internal exchange 'inner' in vhost '/'",
        basic::Publish::id));
}

TEST_CASE("immediate is not implemented", "[basic.publish]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});

    channel.publish({.routing_key = "q", .immediate = true}, "x");

    CHECK(channel.connection().closed_with(540, "NOT_IMPLEMENTED - immediate=true",
                                           basic::Publish::id));
    CHECK(broker.queue("q").ready_count() == 0);
}

TEST_CASE("an expiration must be a number of milliseconds up to ten years", "[basic.publish]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});

    for (const char* good : {"0", "1", "60000", "315360000000"}) {
        INFO(good);
        channel.publish({.routing_key = "q"}, good, with_expiration(good));
        CHECK(channel.silent());
    }
    const char* const bad =
        GENERATE("", "soon", "-1", "1.5", "10s", "315360000001", "99999999999999999999");
    channel.publish({.routing_key = "q"}, bad, with_expiration(bad));
    const auto close = channel.next<channel::Close>();
    CHECK(close.reply_code == 406);
    const std::string start = "PRECONDITION_FAILED - invalid expiration '" + std::string(bad) + "'";
    CHECK(close.reply_text.text.substr(0, start.size()) == start);
}

TEST_CASE("user_id must be the user of the connection", "[basic.publish]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});

    channel.publish({.routing_key = "q"}, "x", with_user_id("guest"));
    CHECK(channel.get("q", true).properties().user_id == "guest");
    channel.publish({.routing_key = "q"}, "x", with_user_id("admin"));
    CHECK(channel.closed_with(406,
                              "PRECONDITION_FAILED - user_id property set to 'admin' but "
                              "authenticated user was 'guest'",
                              basic::Publish::id));
    CHECK(broker.queue("q").ready_count() == 0);
}

TEST_CASE("where two rules fail at once, RabbitMQ's order decides", "[basic.publish]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.exchange_declare({.exchange = "inner", .type = "fanout", .internal = true});
    const std::string bad_cc = FieldTable{{"CC", "no array"}}.encoded();
    BasicProperties all_wrong = with_headers(bad_cc);
    all_wrong.set(property::expiration, &BasicProperties::expiration, "soon")
        .set(property::user_id, &BasicProperties::user_id, "admin");

    SECTION("the exchange before the rest") {
        channel.publish({.exchange = "none"}, "x", all_wrong);
        CHECK(channel.next<channel::Close>().reply_code == 404);
    }
    SECTION("internal before the rest") {
        channel.publish({.exchange = "inner"}, "x", all_wrong);
        CHECK(channel.next<channel::Close>().reply_code == 403);
    }
    SECTION("expiration before CC and user_id") {
        channel.publish({}, "x", all_wrong);
        CHECK(channel.next<channel::Close>().reply_text.text.find("expiration") !=
              std::string_view::npos);
    }
    SECTION("CC before user_id") {
        BasicProperties two_wrong = with_headers(bad_cc);
        two_wrong.set(property::user_id, &BasicProperties::user_id, "admin");
        channel.publish({}, "x", two_wrong);
        CHECK(channel.next<channel::Close>().reply_text.text.find("CC") != std::string_view::npos);
    }
}

TEST_CASE("a message above max_message_size is refused at its header, its body is dropped",
          "[basic.publish]") {
    auto config = TestBroker::default_config();
    config.limits.max_message_size = 100;
    TestBroker broker(config);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.publish_to("q", std::string(100, 'x'));
    CHECK(channel.silent());

    channel.publish_to("q", std::string(101, 'x'));

    CHECK(channel.closed_with(
        406, "PRECONDITION_FAILED - message size 101 is larger than configured max size 100",
        basic::Publish::id));
    CHECK(channel.silent());
    CHECK(channel.connection().silent());
    channel.close_ok();
    channel.open();
    CHECK(channel.queue_probe("q").message_count == 1);
}

TEST_CASE("frames of a content out of order close the connection", "[basic.publish]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});

    SECTION("a body without a header") {
        channel.send(basic::Publish{.routing_key = "q"});
        channel.send_frame(FrameType::body, "x");
    }
    SECTION("a header without a method") { channel.send_header(1); }
    SECTION("a second header") {
        channel.send(basic::Publish{.routing_key = "q"});
        channel.send_header(1);
        channel.send_header(1);
    }
    SECTION("a method where the header is due") {
        channel.send(basic::Publish{.routing_key = "q"});
        channel.send(queue::Declare{.queue = "other"});
    }
    SECTION("a method where the body is due") {
        channel.send(basic::Publish{.routing_key = "q"});
        channel.send_header(1);
        channel.send(channel::Close{});
    }
    SECTION("a header of another class") {
        channel.send(basic::Publish{.routing_key = "q"});
        channel.send_frame(FrameType::header, "\0\x32\0\0\0\0\0\0\0\0\0\1\0\0"s);
    }
    CHECK(channel.connection().next<connection::Close>().reply_code == 505);
    CHECK(broker.vhost().find_named_queue("other") == nullptr);
    CHECK(broker.queue("q").ready_count() == 0);
}

TEST_CASE("more body than announced closes the connection", "[basic.publish]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.send(basic::Publish{.routing_key = "q"});
    channel.send_header(3);

    channel.send_frame(FrameType::body, "four");

    CHECK(channel.connection().next<connection::Close>().reply_code == 501);
}

TEST_CASE("a body announced above 512 MiB closes the connection", "[basic.publish]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.send(basic::Publish{.routing_key = "q"});

    channel.send_header(std::uint64_t{512} * 1024 * 1024 + 1);

    CHECK(channel.connection().next<connection::Close>().reply_code == 501);
}

TEST_CASE("properties that are no properties close the connection with 502", "[basic.publish]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.send(basic::Publish{.routing_key = "q"});
    const std::string start = "\0\x3C\0\0\0\0\0\0\0\0\0\0"s;

    SECTION("cut short") { channel.send_frame(FrameType::header, start + "\x80\0\x05tex"s); }
    SECTION("with more behind them") { channel.send_frame(FrameType::header, start + "\0\0x"s); }
    SECTION("with a second word of flags") {
        channel.send_frame(FrameType::header, start + "\0\1\0\0"s);
    }
    CHECK(channel.connection().next<connection::Close>().reply_code == 502);
    CHECK(broker.queue("q").ready_count() == 0);
}

// CC and BCC

TEST_CASE("CC and BCC route as further keys; BCC is not seen by anybody", "[basic.publish][CC]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    for (const char* name : {"to", "cc", "bcc"}) channel.queue_declare({.queue = name});
    const std::string headers = FieldTable{{"CC", FieldArray{{"cc", "to", 5}}},
                                           {"BCC", FieldArray{{"bcc", "cc"}}},
                                           {"own", "kept"}}
                                    .encoded();

    channel.publish({.routing_key = "to"}, "x", with_headers(headers));

    for (const char* name : {"to", "cc", "bcc"}) {
        INFO(name);
        const auto got = channel.get(name);
        CHECK(got.routing_key == "to");
        const FieldTable seen = FieldTable::parse(got.properties().headers);
        CHECK(seen == FieldTable{{"CC", FieldArray{{"cc", "to", 5}}}, {"own", "kept"}});
        CHECK(channel.get_is_empty(name));  // one copy for each queue
    }
}

TEST_CASE("CC may be empty, and must be an array", "[basic.publish][CC]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.publish({.routing_key = "q"}, "x", with_headers(Arguments{{"CC", FieldArray{}}}));
    CHECK(channel.queue_probe("q").message_count == 1);

    const char* const header = GENERATE("CC", "BCC");
    channel.publish({.routing_key = "q"}, "x", with_headers(Arguments{{header, "q"}}));
    const auto close = channel.next<channel::Close>();
    CHECK(close.reply_code == 406);
    CHECK(close.reply_text.text.find(header) != std::string_view::npos);
    CHECK(broker.queue("q").ready_count() == 1);
}

TEST_CASE("a message with CC does not change the way of the next one", "[basic.publish][CC]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    for (const char* name : {"q", "cc"}) channel.queue_declare({.queue = name});
    const Arguments headers{{"CC", FieldArray{{"cc"}}}};

    channel.publish_to("q", "1");
    channel.publish({.routing_key = "q"}, "2", with_headers(headers));
    channel.publish_to("q", "3");
    channel.publish({.routing_key = "q"}, "4", with_headers(headers));

    CHECK(channel.queue_probe("q").message_count == 4);
    CHECK(channel.get("cc").body() == "2");
    CHECK(channel.get("cc").body() == "4");
}

TEST_CASE("the headers of each message decide at a headers exchange", "[basic.publish]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.queue_bind({.queue = "q",
                        .exchange = "amq.headers",
                        .arguments = Arguments{{"x-match", "all"}, {"colour", "blue"}}});

    channel.publish({.exchange = "amq.headers", .routing_key = "k"}, "none");
    channel.publish({.exchange = "amq.headers", .routing_key = "k"}, "blue",
                    with_headers(Arguments{{"colour", "blue"}}));
    channel.publish({.exchange = "amq.headers", .routing_key = "k"}, "red",
                    with_headers(Arguments{{"colour", "red"}}));
    channel.publish({.exchange = "amq.headers", .routing_key = "k"}, "none");

    CHECK(channel.get("q").body() == "blue");
    CHECK(channel.get_is_empty("q"));
}

// What the store is told

TEST_CASE("only persistent messages of durable queues are stored", "[basic.publish][store]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "durable", .durable = true});
    channel.queue_declare({.queue = "transient"});
    for (const char* queue : {"durable", "transient"}) {
        channel.queue_bind({.queue = queue, .exchange = "amq.fanout"});
    }

    channel.publish({.exchange = "amq.fanout"}, "transient");
    CHECK(broker.store().publishes() == 0);
    channel.publish({.routing_key = "transient"}, "persistent", persistent());
    CHECK(broker.store().publishes() == 0);
    BasicProperties odd = persistent();
    odd.delivery_mode = 3;  // anything but 2 is transient
    channel.publish({.exchange = "amq.fanout"}, "odd", odd);
    CHECK(broker.store().publishes() == 0);
    channel.publish({.exchange = "amq.fanout"}, "persistent", persistent());
    CHECK(broker.store().publishes() == 1);
    CHECK(broker.store().entries(broker.queue("durable").id()) == 1);
    CHECK(broker.store().entries(broker.queue("transient").id()) == 0);
}

// Class connection: greeting, login, limits, heartbeats, and the end from either side.
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

const std::string greeting_0_9_1 = "AMQP\0\0\x09\x01"s;

Received<connection::Start> greet(TestConnection connection) {
    connection.send_octets(greeting_0_9_1);
    return connection.next<connection::Start>();
}

connection::StartOk plain(std::string_view response) {
    return {.mechanism = "PLAIN", .response = response, .locale = "en_US"};
}

/// A client that stands before tune-ok.
TestConnection at_tuning(TestBroker& broker) {
    auto connection = broker.accept();
    (void)connection.log_in_until_tune();
    return connection;
}

}  // namespace

// Greeting

TEST_CASE("a greeting of 0-9-1 is answered with connection.start", "[connection.start]") {
    TestBroker broker;
    const auto start = greet(broker.accept());

    CHECK(start.version_major == 0);
    CHECK(start.version_minor == 9);
    CHECK(start.mechanisms == "PLAIN AMQPLAIN");
    CHECK(start.locales == "en_US");
    const FieldTable properties = FieldTable::parse(start.server_properties);
    for (const char* name :
         {"product", "version", "platform", "copyright", "information", "cluster_name"}) {
        INFO(name);
        REQUIRE(properties.find(name) != nullptr);
        CHECK(as_string(*properties.find(name)).has_value());
    }
    CHECK(as_string(*properties.find("product")) == "RabbitMQ");
}

TEST_CASE("the server announces what clients look for before they use it", "[connection.start]") {
    TestBroker broker;
    const auto start = greet(broker.accept());
    const FieldTable properties = FieldTable::parse(start.server_properties);
    const FieldTable* const capabilities = as_table(*properties.find("capabilities"));
    REQUIRE(capabilities != nullptr);

    for (const char* name :
         {"publisher_confirms", "exchange_exchange_bindings", "basic.nack",
          "consumer_cancel_notify", "connection.blocked", "consumer_priorities",
          "authentication_failure_close", "per_consumer_qos", "direct_reply_to"}) {
        INFO(name);
        REQUIRE(capabilities->find(name) != nullptr);
        CHECK(as_bool(*capabilities->find(name)) == true);
    }
}

TEST_CASE("a greeting of 0-9 is taken for 0-9-1", "[connection.start]") {
    TestBroker broker;
    auto connection = broker.accept();

    connection.send_octets("AMQP\1\1\0\x09"s);

    CHECK(connection.next<connection::Start>().version_minor == 9);
}

TEST_CASE("a greeting may come octet by octet, and the login with it", "[connection.start]") {
    TestBroker broker;
    auto connection = broker.accept();
    leveret::protocol::OctetBuffer out;
    out.append(greeting_0_9_1);
    append_method(out, ChannelNumber{0}, plain("\0guest\0guest"s));

    for (const char octet : out.view()) connection.send_octets({&octet, 1});

    (void)connection.next<connection::Start>();
    CHECK(connection.next<connection::Tune>().channel_max == 2047);
}

TEST_CASE("any other greeting is answered with the header we want, and the end",
          "[connection.start]") {
    const std::string greeting =
        GENERATE("AMQP\0\1\0\0"s, "AMQP\3\1\0\0"s, "AMQP\0\0\x08\0"s, "GET / HTTP/1.1\r\n"s,
                 "\x16\x03\x01\0\xF1\1\0\0\xED"s, "nonsense!"s);
    TestBroker broker;
    auto connection = broker.accept();

    connection.send_octets(greeting);

    CHECK(connection.output().protocol_header() == greeting_0_9_1);
    CHECK(connection.ended());
}

TEST_CASE("a client that sends nothing is dropped after the time for the handshake",
          "[connection.start]") {
    TestBroker broker;
    auto connection = broker.accept();

    broker.advance(9s);
    CHECK_FALSE(connection.ended());
    broker.advance(2s);
    CHECK(connection.ended());
    CHECK(connection.output().octets() == 0);
}

TEST_CASE("a client that stops inside the handshake is dropped", "[connection.start]") {
    TestBroker broker;
    auto connection = at_tuning(broker);

    broker.advance(11s);

    CHECK(connection.ended());
}

// Login

TEST_CASE("PLAIN and AMQPLAIN let the right password in", "[connection.start-ok]") {
    TestBroker broker;
    auto connection = broker.accept();
    greet(connection);

    SECTION("PLAIN") { connection.send(plain("\0guest\0guest"s)); }
    SECTION("PLAIN with an identity to act for, which is ignored") {
        connection.send(plain("somebody\0guest\0guest"s));
    }
    SECTION("AMQPLAIN") {
        const Arguments response{{"LOGIN", std::string("guest")},
                                 {"PASSWORD", std::string("guest")}};
        connection.send(
            connection::StartOk{.mechanism = "AMQPLAIN", .response = std::string_view(response)});
    }
    const auto tune = connection.next<connection::Tune>();
    CHECK(tune.channel_max == 2047);
    CHECK(tune.frame_max == 131072);
    CHECK(tune.heartbeat == 60);
}

TEST_CASE("a refused login is told with 403 after a pause, to who understands that",
          "[connection.start-ok]") {
    TestBroker broker;
    auto connection = broker.accept();
    const Arguments properties{
        {"capabilities", FieldTable{{"authentication_failure_close", true}}}};
    greet(connection);
    const std::string response = "\0guest\0wrong"s;
    connection::StartOk start_ok = plain(response);
    start_ok.client_properties = properties;

    connection.send(start_ok);

    CHECK(connection.silent());  // against guessing
    broker.advance(1s);
    CHECK(connection.closed_with(403,
                                 "ACCESS_REFUSED - Login was refused using authentication "
                                 "mechanism PLAIN. For details see the broker logfile."));
}

TEST_CASE("a refused login is told to nobody else: the connection ends", "[connection.start-ok]") {
    TestBroker broker;
    auto connection = broker.accept();
    greet(connection);

    connection.send(plain("\0guest\0wrong"s));

    CHECK_FALSE(connection.ended());
    broker.advance(1s);
    CHECK(connection.ended());
    CHECK(connection.silent());
}

TEST_CASE("what is wrong with a login is not told: user, password or place",
          "[connection.start-ok]") {
    TestBroker broker;
    const bool loopback = GENERATE(true, false);
    const std::string response =
        GENERATE("\0guest\0wrong"s, "\0nobody\0guest"s, "\0guest\0"s, "\0\0guest"s);
    auto connection = broker.accept(loopback);
    const Arguments properties{
        {"capabilities", FieldTable{{"authentication_failure_close", true}}}};
    greet(connection);
    connection::StartOk start_ok = plain(response);
    start_ok.client_properties = properties;

    connection.send(start_ok);
    broker.advance(1s);

    CHECK(connection.closed_with(403,
                                 "ACCESS_REFUSED - Login was refused using authentication "
                                 "mechanism PLAIN. For details see the broker logfile."));
}

TEST_CASE("guest logs in from this machine only", "[connection.start-ok]") {
    SECTION("as configured by default") {
        TestBroker broker;
        auto connection = broker.accept(/*loopback=*/false);
        greet(connection);
        connection.send(plain("\0guest\0guest"s));
        broker.advance(1s);
        CHECK(connection.ended());
    }
    SECTION("unless it is taken out of the loopback users") {
        auto config = TestBroker::default_config();
        config.auth.loopback_users.clear();
        TestBroker broker(config);
        auto connection = broker.accept(/*loopback=*/false);
        greet(connection);
        connection.send(plain("\0guest\0guest"s));
        CHECK(connection.next<connection::Tune>().heartbeat == 60);
    }
}

TEST_CASE("a malformed login response is a syntax error", "[connection.start-ok]") {
    TestBroker broker;
    auto connection = broker.accept();
    greet(connection);

    connection.send(plain("no zero octets"));

    CHECK(connection.next<connection::Close>().reply_code == 502);
}

TEST_CASE("a login mechanism that was not offered is refused", "[connection.start-ok]") {
    TestBroker broker;
    auto connection = broker.accept();
    greet(connection);

    connection.send(connection::StartOk{.mechanism = "SCRAM-SHA-256"});

    CHECK(connection.closed_with(
        503, "COMMAND_INVALID - unknown authentication mechanism 'SCRAM-SHA-256'",
        connection::StartOk::id));
}

// Limits

TEST_CASE("the client may choose limits up to those offered", "[connection.tune-ok]") {
    TestBroker broker;
    auto connection = at_tuning(broker);
    const auto [channel_max, frame_max] =
        GENERATE(table<std::uint16_t, std::uint32_t>({{2047, 131072}, {1, 4096}, {100, 8191}}));

    connection.send(connection::TuneOk{.channel_max = channel_max, .frame_max = frame_max});

    CHECK(connection.call<connection::OpenOk>(connection::Open{.virtual_host = "/"}) ==
          connection::OpenOk{});
}

TEST_CASE("limits outside those offered are refused", "[connection.tune-ok]") {
    TestBroker broker;
    auto connection = at_tuning(broker);
    struct Row {
        std::uint16_t channel_max;
        std::uint32_t frame_max;
        const char* text;
    };
    const Row row = GENERATE(
        Row{2047, 4095,
            "negotiated frame_max = 4095 is lower than the minimum allowed value (4096)"},
        Row{2047, 131073,
            "negotiated frame_max = 131073 is higher than the maximum allowed value (131072)"},
        Row{2047, 0, "negotiated frame_max = 0 is higher than the maximum allowed value (131072)"},
        Row{2048, 131072,
            "negotiated channel_max = 2048 is higher than the maximum allowed value (2047)"},
        Row{0, 131072,
            "negotiated channel_max = 0 is higher than the maximum allowed value (2047)"});

    connection.send(connection::TuneOk{.channel_max = row.channel_max, .frame_max = row.frame_max});

    CHECK(connection.closed_with(530, "NOT_ALLOWED - "s + row.text, connection::TuneOk::id));
}

TEST_CASE("no limit is a choice where the server has none", "[connection.tune-ok]") {
    auto config = TestBroker::default_config();
    config.limits.frame_max = 0;
    config.limits.channel_max = 0;
    TestBroker broker(config);

    auto channel = broker.connect({.channel_max = 0, .frame_max = 0}).open_channel(9999);
    channel.queue_declare({.queue = "q"});
    const std::string body(1'000'000, 'x');
    channel.publish_to("q", body);
    CHECK(channel.get("q").body() == body);
    CHECK(channel.connection().output().largest_frame() == body.size() + 8);
}

TEST_CASE("frames in both directions keep to frame_max", "[connection.tune-ok]") {
    TestBroker broker;
    auto channel = broker.connect({.frame_max = 4096}).open_channel();
    channel.queue_declare({.queue = "q"});
    const std::size_t size = GENERATE(4087u, 4088u, 4089u, 30'000u);
    const std::string body(size, 'x');

    channel.publish_to("q", body);
    CHECK(channel.get("q", true).body() == body);
    channel.publish_to("q", body);
    channel.consume({.queue = "q", .no_ack = true});
    CHECK(channel.next_delivery().body() == body);
    CHECK(channel.connection().output().largest_frame() <= 4096);
}

TEST_CASE("a frame above frame_max closes the connection as soon as it begins",
          "[connection.tune-ok]") {
    TestBroker broker;
    auto connection = broker.connect({.frame_max = 4096});

    connection.send_octets("\x03\0\x01\0\x01\0\0"s);  // a body of 65536 octets, not one of them

    CHECK(connection.next<connection::Close>().reply_code == 501);
}

// The vhost

TEST_CASE("an unknown vhost is refused, and its name is not decoded", "[connection.open]") {
    TestBroker broker;
    auto connection = at_tuning(broker);
    connection.send(connection::TuneOk{.channel_max = 2047, .frame_max = 131072});

    connection.send(connection::Open{.virtual_host = "%2F"});

    CHECK(connection.closed_with(530, "NOT_ALLOWED - vhost %2F not found", connection::Open::id));
}

// Order

TEST_CASE("a method out of its time closes the connection", "[connection]") {
    TestBroker broker;
    auto connection = broker.accept();

    SECTION("open before start-ok") {
        greet(connection);
        connection.send(connection::Open{.virtual_host = "/"});
        CHECK(connection.next<connection::Close>().reply_code == 504);
    }
    SECTION("a second start-ok") {
        connection.log_in();
        connection.send(plain("\0guest\0guest"s));
        CHECK(connection.next<connection::Close>().reply_code == 504);
    }
    SECTION("a second open") {
        connection.log_in();
        connection.send(connection::Open{.virtual_host = "/"});
        CHECK(connection.next<connection::Close>().reply_code == 504);
    }
    SECTION("secure-ok, which nobody asked for") {
        greet(connection);
        connection.send(connection::SecureOk{});
        CHECK(connection.next<connection::Close>().reply_code == 504);
    }
    SECTION("a channel before the vhost is open") {
        greet(connection);
        connection.send(ChannelNumber{1}, channel::Open{});
        CHECK(connection.next<connection::Close>().reply_code == 505);
    }
}

TEST_CASE("a method that no one knows closes the connection with 503", "[connection]") {
    TestBroker broker;
    auto connection = broker.connect();
    (void)connection.open_channel();

    SECTION("of no class") { connection.channel(1).send_frame(FrameType::method, "\0\x63\0\1"s); }
    SECTION("of basic.credit") {
        connection.channel(1).send_frame(FrameType::method, "\0\x3C\0\xC8"s);
    }
    SECTION("that only servers send") { connection.channel(1).send(basic::QosOk{}); }
    SECTION("of channel 0 on another channel") { connection.channel(1).send(connection::Open{}); }
    CHECK(connection.next<connection::Close>().reply_code == 503);
}

TEST_CASE("method fields too short or too long close the connection with 501", "[connection]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto channel = connection.open_channel();

    SECTION("too short") { channel.send_frame(FrameType::method, "\0\x3C\0\x50\0\0"s); }
    SECTION("too long") {
        channel.send_frame(FrameType::method, "\0\x3C\0\x50\0\0\0\0\0\0\0\1\0more"s);
    }
    SECTION("a name that is no UTF-8") { channel.send(queue::Declare{.queue = "\xFF\xFE"}); }
    SECTION("a table with an unknown type") {
        channel.send(queue::Declare{.queue = "q", .arguments = {"\1k?"}});
    }
    CHECK(connection.next<connection::Close>().reply_code == 501);
    CHECK(broker.vhost().queue_count() == 0);
}

TEST_CASE("octets that are no frame close the connection with 501, and nothing after is read",
          "[connection]") {
    TestBroker broker;
    auto connection = broker.connect();
    (void)connection.open_channel();

    SECTION("a wrong end octet") { connection.send_octets("\x01\0\x01\0\0\0\x01\0\xCF"s); }
    SECTION("an unknown type") { connection.send_octets("\x09\0\x01\0\0\0\0\xCE"s); }
    SECTION("a heartbeat with a payload") { connection.send_octets("\x08\0\0\0\0\0\x01x\xCE"s); }
    CHECK(connection.next<connection::Close>().reply_code == 501);

    connection.channel(1).send(queue::Declare{.queue = "q"});
    CHECK(broker.vhost().queue_count() == 0);
    connection.send(connection::CloseOk{});
    CHECK(connection.ended());
}

TEST_CASE("a heartbeat on a channel is an unexpected frame", "[connection][heartbeat]") {
    TestBroker broker;
    auto connection = broker.connect();
    (void)connection.open_channel();

    connection.send_frame(FrameType::heartbeat, ChannelNumber{1}, {});

    CHECK(connection.next<connection::Close>().reply_code == 505);
}

TEST_CASE("a content frame on channel 0 is an unexpected frame", "[connection]") {
    TestBroker broker;
    auto connection = broker.connect();

    connection.send_frame(FrameType::body, ChannelNumber{0}, "x");

    CHECK(connection.next<connection::Close>().reply_code == 505);
}

TEST_CASE("a method of a channel on channel 0 closes the connection with 504", "[connection]") {
    TestBroker broker;
    auto connection = broker.connect();

    connection.send(queue::Declare{.queue = "q"});

    CHECK(connection.next<connection::Close>().reply_code == 504);
}

// Heartbeats

TEST_CASE("the server sends a heartbeat when it has sent nothing for half the interval",
          "[heartbeat]") {
    TestBroker broker;
    auto connection = broker.connect({.heartbeat = 10});

    broker.advance(4500ms);
    CHECK(connection.output().heartbeats() == 0);
    broker.advance(1s);
    CHECK(connection.output().heartbeats() == 1);
}

TEST_CASE("a server that has something to say sends no heartbeats", "[heartbeat]") {
    TestBroker broker;
    auto channel = broker.connect({.heartbeat = 10}).open_channel();

    for (int i = 0; i < 10; ++i) {
        broker.advance(2s);
        channel.qos({});
    }
    CHECK(channel.connection().output().heartbeats() == 0);
}

TEST_CASE("a client that is silent for two intervals is dropped", "[heartbeat]") {
    TestBroker broker;
    auto connection = broker.connect({.heartbeat = 10});
    auto channel = connection.open_channel();
    channel.queue_declare({.queue = "mine", .exclusive = true});

    broker.advance(20s);
    CHECK_FALSE(connection.ended());
    broker.advance(2s);
    CHECK(connection.ended());
    CHECK(broker.vhost().queue_count() == 0);
}

TEST_CASE("any octets of the client count as a sign of life", "[heartbeat]") {
    TestBroker broker;
    auto connection = broker.connect({.heartbeat = 10});
    const bool whole = GENERATE(true, false);

    for (int i = 0; i < 7; ++i) {
        broker.advance(10s);
        if (whole) {
            connection.send_heartbeat();
        } else {
            connection.send_octets(
                std::string_view("\x08\0\0\0\0\0\0", 7).substr(static_cast<std::size_t>(i), 1));
        }
    }
    CHECK_FALSE(connection.ended());
}

TEST_CASE("heartbeat 0 switches heartbeats off in both directions", "[heartbeat]") {
    TestBroker broker;
    auto connection = broker.connect({.heartbeat = 0});

    broker.advance(1h);

    CHECK_FALSE(connection.ended());
    CHECK(connection.output().heartbeats() == 0);
}

TEST_CASE("the client's heartbeat holds, also when it is longer than the server's", "[heartbeat]") {
    TestBroker broker;
    auto connection = broker.connect({.heartbeat = 600});

    broker.advance(1199s);
    CHECK_FALSE(connection.ended());
    CHECK(connection.output().heartbeats() == 3);
    broker.advance(3s);
    CHECK(connection.ended());
}

TEST_CASE("a heartbeat may come between the frames of a content", "[heartbeat][basic.publish]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});

    channel.send(basic::Publish{.routing_key = "q"});
    channel.connection().send_heartbeat();
    channel.send_header(2);
    channel.connection().send_heartbeat();
    channel.send_frame(FrameType::body, "ab");

    CHECK(channel.get("q").body() == "ab");
}

// The end

TEST_CASE("connection.close is answered when all the connection held is gone",
          "[connection.close]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    channel.queue_declare({.queue = "mine", .exclusive = true});
    channel.queue_declare({.queue = "shared"});
    channel.consume({.queue = "shared"});
    broker.hold_turns();

    connection.send(connection::Close{.reply_code = 200, .reply_text = "bye"});

    CHECK(broker.vhost().queue_count() == 1);
    CHECK(broker.queue("shared").consumer_count() == 0);
    broker.release_turns();
    CHECK(connection.next<connection::CloseOk>() == connection::CloseOk{});
    CHECK(connection.ended());
}

TEST_CASE("confirms that are due leave before close-ok", "[connection.close][confirm.select]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    channel.confirm_select();
    broker.hold_turns();
    channel.publish_to("nowhere", "x");
    connection.send(connection::Close{});
    broker.release_turns();

    const auto ack = channel.next<basic::Ack>();
    CHECK(ack == basic::Ack{.delivery_tag = DeliveryTag{1}});
    CHECK(ack.number() < connection.next<connection::CloseOk>().number());
}

TEST_CASE("after the server has closed a connection, all but close and close-ok is dropped",
          "[connection.close]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    channel.send(channel::Open{});
    REQUIRE(connection.next<connection::Close>().reply_code == 504);

    channel.send(queue::Declare{.queue = "q"});
    channel.publish_to("q", "x");
    connection.channel(7).send(channel::Open{});
    connection.send(connection::UpdateSecret{});
    CHECK(channel.silent());
    CHECK(connection.silent());
    CHECK(broker.vhost().queue_count() == 0);
    CHECK_FALSE(connection.ended());

    SECTION("close-ok ends it") {
        connection.send(connection::CloseOk{});
        CHECK(connection.ended());
    }
    SECTION("a close that crosses ours is answered") {
        connection.close();
        CHECK(connection.ended());
    }
    SECTION("without an answer it ends all the same") {
        broker.advance(11s);
        CHECK(connection.ended());
    }
}

TEST_CASE("an error of the connection takes all its channels along", "[connection.close]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto other = broker.connect().open_channel();
    auto one = connection.open_channel();
    one.queue_declare({.queue = "q"});
    one.publish_to("q", "x");
    one.consume({.queue = "q"});
    one.next_delivery();
    auto two = connection.open_channel();

    two.send(basic::Qos{.prefetch_size = 1});

    CHECK(connection.closed_with(540, "NOT_IMPLEMENTED - prefetch_size!=0 (1)", basic::Qos::id));
    CHECK(broker.queue("q").consumer_count() == 0);
    CHECK(other.get("q").redelivered);
}

TEST_CASE("a client that is lost leaves nothing but its messages", "[connection]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    channel.queue_declare({.queue = "mine", .exclusive = true});
    channel.queue_declare({.queue = "q"});
    channel.publish_to("q", "x");
    channel.consume({.queue = "q"});
    channel.next_delivery();

    connection.lose();

    CHECK(broker.vhost().queue_count() == 1);
    CHECK(broker.queue("q").consumer_count() == 0);
    CHECK(broker.queue("q").ready_count() == 1);
    CHECK(connection.ended());
}

TEST_CASE("a connection that the broker ends is told so", "[connection.close]") {
    TestBroker broker;
    auto connection = broker.connect();
    broker.hold_turns();
    connection.core().force_close("broker forced connection closure with reason 'shutdown'");
    broker.release_turns();

    CHECK(connection.closed_with(
        320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"));
    connection.send(connection::CloseOk{});
    CHECK(connection.ended());
}

TEST_CASE("connection.update-secret is accepted and changes nothing",
          "[connection.update-secret]") {
    TestBroker broker;
    auto connection = broker.connect();

    CHECK(connection.call<connection::UpdateSecretOk>(connection::UpdateSecret{
              .new_secret = "token", .reason = "renewal"}) == connection::UpdateSecretOk{});
    CHECK(connection.open_channel().silent());
}

// Alarms

TEST_CASE("a connection that publishes under an alarm is blocked, once", "[connection.blocked]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    channel.queue_declare({.queue = "q"});

    broker.raise_memory_alarm();
    CHECK(connection.silent());
    channel.publish_to("q", "1");
    CHECK(connection.next<connection::Blocked>().reason == "low on memory");
    channel.publish_to("q", "2");
    CHECK(connection.silent());

    broker.clear_memory_alarm();
    CHECK(connection.next<connection::Unblocked>() == connection::Unblocked{});
    channel.publish_to("q", "3");
    CHECK(connection.silent());
    CHECK(channel.queue_probe("q").message_count == 3);  // what it had sent is not lost
}

TEST_CASE("a connection that published before the alarm is blocked when it publishes again",
          "[connection.blocked]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    channel.publish_to("nowhere", "1");

    broker.raise_memory_alarm();
    CHECK(connection.silent());
    channel.publish_to("nowhere", "2");
    CHECK(connection.next<connection::Blocked>().reason == "low on memory");
}

TEST_CASE("an alarm that stood before the connection was opened counts", "[connection.blocked]") {
    TestBroker broker;
    broker.raise_memory_alarm();
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    CHECK(connection.silent());

    channel.publish_to("nowhere", "1");

    CHECK(connection.next<connection::Blocked>().reason == "low on memory");
}

TEST_CASE("a connection that only consumes is never blocked", "[connection.blocked]") {
    TestBroker broker;
    auto publisher = broker.connect().open_channel();
    auto consumer = broker.connect().open_channel();
    consumer.queue_declare({.queue = "q"});
    consumer.consume({.queue = "q"});

    broker.raise_memory_alarm();
    publisher.publish_to("q", "x");
    consumer.ack(1);

    CHECK(consumer.next_delivery().body() == "x");
    CHECK(consumer.connection().silent());
    CHECK(consumer.connection().reading() == leveret::broker::amqp::Reading::freely);
}

TEST_CASE("who does not know connection.blocked is blocked without a word",
          "[connection.blocked]") {
    TestBroker broker;
    auto connection = broker.connect({.capabilities = {}});
    auto channel = connection.open_channel();

    broker.raise_memory_alarm();
    channel.publish_to("nowhere", "x");
    CHECK(connection.silent());
    CHECK(connection.reading() == leveret::broker::amqp::Reading::stopped);

    broker.clear_memory_alarm();
    CHECK(connection.silent());
    CHECK(connection.reading() == leveret::broker::amqp::Reading::freely);
}

TEST_CASE("a blocked connection is not dropped for its silence",
          "[connection.blocked][heartbeat]") {
    TestBroker broker;
    auto connection = broker.connect({.heartbeat = 10});
    auto channel = connection.open_channel();
    broker.raise_memory_alarm();
    channel.publish_to("nowhere", "x");
    REQUIRE(connection.next<connection::Blocked>().reason == "low on memory");

    broker.advance(60s);

    CHECK_FALSE(connection.ended());
}

TEST_CASE("a close does not wait for ever for answers that never become durable",
          "[connection.close]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    broker.store().hold();
    channel.send(queue::Declare{.queue = "q", .durable = true});
    connection.send(connection::Close{});
    CHECK(connection.silent());
    CHECK_FALSE(connection.ended());
    broker.advance(leveret::broker::limits::close_timeout);
    CHECK(connection.ended());
    broker.store().release_all();
}

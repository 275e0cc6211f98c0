// Logging in: passwords are looked at elsewhere, and who fails waits.
#include <string>
#include <vector>

#include "broker/limits.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using namespace std::chrono_literals;
using leveret::broker::amqp::Reading;

namespace {

/// Sends the login and awaits nothing.
TestConnection send_login(TestBroker& broker, const std::string& user, const std::string& password,
                          bool loopback = true) {
    TestConnection connection = broker.accept(loopback);
    connection.send_octets(protocol_header);
    (void)connection.next<connection::Start>();
    const std::string response = '\0' + user + '\0' + password;
    const Arguments properties{
        {"capabilities", FieldTable{{"authentication_failure_close", true}}}};
    connection.send(connection::StartOk{.client_properties = properties,
                                        .mechanism = "PLAIN",
                                        .response = response,
                                        .locale = "en_US"});
    return connection;
}

bool has_tune(const TestConnection& connection) {
    return connection.output().next_is(ChannelNumber{0}, connection::Tune::id);
}

void fail_login(TestBroker& broker, bool loopback = true) {
    send_login(broker, "guest", "wrong", loopback);
}

leveret::broker::Config guest_from_anywhere() {
    auto config = TestBroker::default_config();
    config.auth.loopback_users.clear();
    return config;
}

}  // namespace

TEST_CASE("nothing is read from a client while its password is looked at", "[login]") {
    TestBroker broker;
    broker.hold_aside();
    auto connection = send_login(broker, "guest", "guest");
    CHECK(connection.silent());
    CHECK(connection.reading() == Reading::stopped);
    broker.release_aside();
    CHECK(has_tune(connection));
    CHECK(connection.reading() == Reading::freely);
}

TEST_CASE("a client need not wait for connection.tune before it sends what follows", "[login]") {
    TestBroker broker;
    broker.hold_aside();
    auto connection = send_login(broker, "guest", "guest");
    connection.send(connection::TuneOk{.channel_max = 2047, .frame_max = 131072});
    connection.send(connection::Open{.virtual_host = "/"});
    CHECK(connection.silent());
    broker.release_aside();
    (void)connection.next<connection::Tune>();
    (void)connection.next<connection::OpenOk>();
}

TEST_CASE("who sends too much before its login is answered is dropped", "[login]") {
    TestBroker broker;
    broker.hold_aside();
    auto connection = send_login(broker, "guest", "guest");
    connection.send_octets(std::string(leveret::broker::limits::octets_before_login + 1, '\0'));
    CHECK(connection.ended());
    broker.release_aside();
    CHECK(connection.silent());
}

TEST_CASE("no more passwords than the bound are hashed at a time; the others wait", "[login]") {
    TestBroker broker;
    broker.hold_aside();
    std::vector<TestConnection> connections;
    for (std::size_t i = 0; i < leveret::broker::limits::hashing_logins + 10; ++i) {
        connections.push_back(send_login(broker, "guest", "guest"));
    }
    CHECK(broker.core().logins().hashing() == leveret::broker::limits::hashing_logins);
    broker.release_aside();
    CHECK(broker.core().logins().hashing() == 0);
    for (const TestConnection& connection : connections) CHECK(has_tune(connection));
}

TEST_CASE("a client that leaves while its password is looked at leaves nothing behind", "[login]") {
    TestBroker broker;
    broker.hold_aside();
    auto connection = send_login(broker, "guest", "guest");
    connection.lose();
    broker.release_aside();
    CHECK(broker.core().logins().hashing() == 0);
    CHECK(connection.silent());
}

TEST_CASE("after a failed login the next of that user from there waits, longer each time",
          "[login]") {
    TestBroker broker;
    fail_login(broker);
    fail_login(broker);
    broker.advance(1s);
    auto connection = send_login(broker, "guest", "guest");
    CHECK(connection.silent());
    broker.advance(400ms);
    CHECK(has_tune(connection));
}

TEST_CASE("a right password from elsewhere is not kept waiting by who guesses", "[login]") {
    TestBroker broker(guest_from_anywhere());
    for (int i = 0; i < 20; ++i) fail_login(broker, /*loopback=*/false);
    broker.advance(1s);
    CHECK(has_tune(send_login(broker, "guest", "guest", /*loopback=*/true)));
    CHECK_FALSE(has_tune(send_login(broker, "guest", "guest", /*loopback=*/false)));
}

TEST_CASE("a user that is deleted while its password is looked at does not get in", "[login]") {
    TestBroker broker;
    broker.hold_aside();
    auto connection = send_login(broker, "guest", "guest");
    broker.core().delete_user("guest");
    broker.release_aside();
    CHECK_FALSE(has_tune(connection));
}

// What happens is told, once and in order, to those who listen, and is kept for a while.
#include "broker/limits.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_inspector.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using namespace leveret::broker::insight;

namespace {

std::string told(const Event& event) {
    std::string text(to_string(event.type));
    text += " " + event.name;
    if (!event.by.empty()) text += " by " + event.by;
    return text;
}

std::vector<std::string> told(const std::vector<Event>& events) {
    std::vector<std::string> texts;
    for (const Event& event : events) texts.push_back(told(event));
    return texts;
}

}  // namespace

TEST_CASE("what comes and goes is told, in order, with who did it", "[insight][events]") {
    TestBroker broker;
    TestInspector inspector(broker);
    std::vector<std::string> heard;
    inspector->subscribe([&](const Event& event) { heard.push_back(told(event)); });
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    channel.exchange_declare({.exchange = "x", .type = "direct"});
    channel.queue_declare({.queue = "q"});
    channel.queue_bind({.queue = "q", .exchange = "x", .routing_key = "k"});
    channel.consume({.queue = "q", .consumer_tag = "c"});
    channel.queue_unbind({.queue = "q", .exchange = "x", .routing_key = "k"});
    channel.cancel("c");
    channel.queue_purge("q");
    channel.queue_delete({.queue = "q"});
    channel.exchange_delete({.exchange = "x"});
    channel.close();
    connection.close();
    inspector.run();

    const std::string name = "127.0.0.1:40001 -> 127.0.0.1:5672";
    const std::vector<std::string> wanted{
        "connection.created " + name + " by guest",
        "channel.created " + name + " (1) by guest",
        "exchange.created x by guest",
        "queue.created q by guest",
        "binding.created x by guest",
        "consumer.created c by guest",
        "binding.deleted x by guest",
        "consumer.deleted c by guest",
        "queue.purged q by guest",
        "queue.deleted q by guest",
        "exchange.deleted x by guest",
        "channel.closed " + name + " (1) by guest",
        "connection.closed " + name + " by guest",
    };
    CHECK(heard == wanted);
    CHECK(told(inspector->recent_events(100)) == wanted);
    CHECK(told(inspector->recent_events(1)) == std::vector{wanted.back()});
}

TEST_CASE("alarms stand from when they were set until they end", "[insight][events]") {
    TestBroker broker;
    TestInspector inspector(broker);
    const auto alarms = [&] {
        return inspector.ask<NodeSnapshot>([](Inspector& i, auto then) { i.node({}, then); })
            .alarms;
    };
    CHECK(alarms().empty());
    const auto since = broker.clock().unix_now();
    broker.raise_memory_alarm();
    broker.advance(std::chrono::seconds{3});
    const auto standing = alarms();
    REQUIRE(standing.size() == 1);
    CHECK(standing[0].resource == Resource::memory);
    CHECK(standing[0].since == since);
    broker.clear_memory_alarm();
    CHECK(alarms().empty());
    CHECK(told(inspector->recent_events(2)) ==
          std::vector<std::string>{"alarm.set memory", "alarm.cleared memory"});
}

TEST_CASE("more events than can be kept are lost, the oldest first, and counted",
          "[insight][events]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    inspector.run();
    std::uint64_t last = 0;
    std::size_t heard = 0;
    inspector->subscribe([&](const Event& event) {
        CHECK(event.id > last);
        last = event.id;
        ++heard;
    });
    const std::size_t count = leveret::broker::limits::events_waiting + 10;
    for (std::size_t i = 0; i < count; ++i) {
        channel.exchange_declare({.exchange = "x" + std::to_string(i), .type = "fanout"});
    }
    inspector.run();
    CHECK(inspector->events_dropped() == count - heard);
    CHECK(inspector->events_dropped() > 0);
    CHECK(inspector->recent_events(1).front().name == "x" + std::to_string(count - 1));
}

TEST_CASE("who no longer listens hears nothing, also when it stops amid an event",
          "[insight][events]") {
    TestBroker broker;
    TestInspector inspector(broker);
    int heard = 0;
    std::uint64_t subscription = 0;
    subscription = inspector->subscribe([&](const Event&) {
        ++heard;
        inspector->unsubscribe(subscription);
    });
    (void)broker.connect().open_channel();
    inspector.run();
    CHECK(heard == 1);
}

TEST_CASE("a refused login is told with the name that was tried", "[insight][events]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto connection = broker.accept();
    connection.send_octets(protocol_header);
    (void)connection.next<connection::Start>();
    connection.send(connection::StartOk{
        .mechanism = "PLAIN", .response = std::string_view("\0eve\0wrong", 10), .locale = "en_US"});
    inspector.run();
    CHECK(told(inspector->recent_events(5)) ==
          std::vector<std::string>{"user.authentication.failure eve"});
}

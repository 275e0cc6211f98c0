// Lists: who and what there is; and that making them holds nobody up.
#include <algorithm>
#include <set>

#include "broker/limits.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_inspector.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using namespace leveret::broker;
using namespace leveret::broker::insight;

namespace {

template <class Snapshot>
std::set<std::string> names(const std::vector<Snapshot>& snapshots) {
    std::set<std::string> names;
    for (const Snapshot& snapshot : snapshots) names.insert(snapshot.name);
    return names;
}

std::vector<QueueSnapshot> queues(TestInspector& inspector, const Vhosts& vhosts = {}) {
    return inspector.ask<std::vector<QueueSnapshot>>(
        [&](Inspector& i, auto then) { i.queues(vhosts, {}, then); });
}

std::vector<ConnectionSnapshot> connections(TestInspector& inspector) {
    return inspector.ask<std::vector<ConnectionSnapshot>>(
        [&](Inspector& i, auto then) { i.connections({}, {}, then); });
}

std::vector<BindingSnapshot> bindings(TestInspector& inspector, const BindingQuery& query) {
    return inspector.ask<std::vector<BindingSnapshot>>(
        [&](Inspector& i, auto then) { i.bindings(query, then); });
}

/// Many queues, made without a client.
void declare_queues(TestBroker& broker, std::size_t count, const std::string& prefix = "q") {
    broker.expect_unknown_queues();
    for (std::size_t i = 0; i < count; ++i) {
        (void)broker.vhost().declare_queue({.name = prefix + std::to_string(i), .arguments = {}},
                                           ConnectionId::none);
    }
    broker.end_turn();
}

}  // namespace

TEST_CASE("a queue is described as it was declared", "[insight][queue.declare]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare(
        {.queue = "q", .durable = true, .arguments = Arguments{{"x-unknown", 5}}});
    channel.queue_declare({.queue = "mine", .exclusive = true, .auto_delete = true});
    channel.consume({.queue = "mine", .consumer_tag = "only", .exclusive = true});

    auto found = queues(inspector);
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    REQUIRE(found.size() == 2);
    CHECK(found[0].name == "mine");
    CHECK(found[0].exclusive);
    CHECK(found[0].auto_delete);
    CHECK(found[0].consumers == 1);
    CHECK(found[0].exclusive_consumer_tag == "only");
    REQUIRE(found[0].owner);
    CHECK(found[0].owner->connection == "127.0.0.1:40001 -> 127.0.0.1:5672");
    CHECK(found[0].owner->peer_port == 40001);
    CHECK(found[1].name == "q");
    CHECK(found[1].vhost == "/");
    CHECK(found[1].type == "classic");
    CHECK(found[1].durable);
    CHECK(found[1].arguments.contains("x-unknown"));
    CHECK(found[1].owner == std::nullopt);
    CHECK(queues(inspector, {{"elsewhere"}}).empty());
}

TEST_CASE("a connection tells who it is and how it is", "[insight][connection.open]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto connection = broker.connect({.channel_max = 100, .frame_max = 8192, .heartbeat = 30});
    (void)broker.connect();
    (void)broker.accept();  // has not logged in: it is not listed
    auto channel = connection.open_channel();

    auto found = connections(inspector);
    REQUIRE(found.size() == 2);
    CHECK(names(found) == std::set<std::string>{"127.0.0.1:40001 -> 127.0.0.1:5672",
                                                "127.0.0.1:40002 -> 127.0.0.1:5672"});
    const ConnectionSnapshot& first = found[0];
    CHECK(first.user == "guest");
    CHECK(first.vhost == "/");
    CHECK(first.protocol == "AMQP 0-9-1");
    CHECK(first.auth_mechanism == "PLAIN");
    CHECK(first.state == ConnectionState::running);
    CHECK(first.peer_host == "127.0.0.1");
    CHECK(first.peer_port == 40001);
    CHECK(first.port == 5672);
    CHECK(first.channels == 1);
    CHECK(first.channel_max == 100);
    CHECK(first.frame_max == 8192);
    CHECK(first.heartbeat == std::chrono::seconds{30});
    CHECK(first.connected_at == broker.clock().unix_now());
    const FieldTable properties = FieldTable::parse(first.client_properties);
    REQUIRE(properties.contains("product"));
    CHECK(as_string(*properties.find("product")) == "TestBroker");

    broker.raise_memory_alarm();
    CHECK(connections(inspector)[0].state == ConnectionState::blocking);
    channel.publish_to("nowhere", "x");
    CHECK(connections(inspector)[0].state == ConnectionState::blocked);
    CHECK(connections(inspector)[1].state == ConnectionState::blocking);
    broker.clear_memory_alarm();
    CHECK(connections(inspector)[0].state == ConnectionState::running);

    const auto one = inspector.ask<Result<ConnectionSnapshot>>(
        [](Inspector& i, auto then) { i.connection("no such", {}, then); });
    CHECK_FALSE(one);
    CHECK(one.refusal().code == reply::not_found);
    (void)connection.next<connection::Blocked>();
    (void)connection.next<connection::Unblocked>();
}

TEST_CASE("a channel and its consumers tell how they stand", "[insight][basic.qos]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel(7);
    channel.queue_declare({.queue = "q"});
    for (int i = 0; i < 5; ++i) channel.publish_to("q", "x");
    channel.qos({.prefetch_count = 3});
    channel.consume({.queue = "q",
                     .consumer_tag = "c",
                     .arguments = Arguments{{"x-priority", std::int32_t{4}}}});
    for (int i = 0; i < 3; ++i) (void)channel.next_delivery();
    channel.qos({.prefetch_count = 9, .global = true});

    const auto channels = inspector.ask<std::vector<ChannelSnapshot>>(
        [](Inspector& i, auto then) { i.channels({}, {}, then); });
    REQUIRE(channels.size() == 1);
    CHECK(channels[0].name == "127.0.0.1:40001 -> 127.0.0.1:5672 (7)");
    CHECK(channels[0].number == 7);
    CHECK(channels[0].state == ConnectionState::running);
    CHECK(channels[0].consumers == 1);
    CHECK(channels[0].unacked == 3);
    CHECK(channels[0].prefetch == 3);
    CHECK(channels[0].global_prefetch == 9);
    CHECK_FALSE(channels[0].confirm);

    const auto consumers = inspector.ask<std::vector<ConsumerSnapshot>>(
        [](Inspector& i, auto then) { i.consumers({.vhosts = {}, .queue = "q"}, then); });
    REQUIRE(consumers.size() == 1);
    CHECK(consumers[0].tag == "c");
    CHECK(consumers[0].queue == "q");
    CHECK(consumers[0].channel_number == 7);
    CHECK(consumers[0].ack_required);
    CHECK(consumers[0].active);
    CHECK(consumers[0].priority == 4);
    CHECK(consumers[0].prefetch == 3);
    CHECK(consumers[0].unacked == 3);
    CHECK(FieldTable::parse(consumers[0].arguments).contains("x-priority"));

    channel.cancel("c");
    CHECK(inspector
              .ask<std::vector<ConsumerSnapshot>>(
                  [](Inspector& i, auto then) { i.consumers({}, then); })
              .empty());
}

TEST_CASE("unacked deliveries tell who holds them and since when", "[insight][basic.ack]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.queue_declare({.queue = "other"});
    channel.publish_to("other", "x");
    for (int i = 0; i < 3; ++i) channel.publish_to("q", "x");
    (void)channel.get("other");
    channel.qos({.prefetch_count = 1});
    channel.consume({.queue = "q", .consumer_tag = "c"});
    (void)channel.next_delivery();
    const auto went_out = broker.clock().unix_now();
    broker.advance(std::chrono::seconds{10});
    (void)channel.get("q");
    broker.advance(std::chrono::seconds{1});

    const auto found = *inspector.ask<Result<std::vector<UnackedSnapshot>>>(
        [](Inspector& i, auto then) { i.unacked({"/", "q"}, then); });
    REQUIRE(found.size() == 2);
    CHECK(found[0].delivery_tag == 2);
    CHECK(found[0].consumer_tag == "c");
    CHECK(found[0].channel == "127.0.0.1:40001 -> 127.0.0.1:5672 (1)");
    CHECK(found[0].since - went_out <= limits::tick);
    CHECK(found[1].delivery_tag == 3);
    CHECK(found[1].consumer_tag.empty());
    CHECK(found[1].since - went_out >= std::chrono::seconds{10});
    CHECK(found[0].sequence < found[1].sequence);
}

TEST_CASE("bindings are listed with those that every queue has by its name", "[insight]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "a"});
    channel.queue_declare({.queue = "b"});
    channel.exchange_declare({.exchange = "x", .type = "topic"});
    channel.queue_bind({.queue = "a", .exchange = "x", .routing_key = "k.*"});
    channel.exchange_bind({.destination = "x", .source = "amq.fanout"});
    channel.publish({.exchange = "x", .routing_key = "k.1"}, "x");

    CHECK(bindings(inspector, {}).size() == 4);
    CHECK(bindings(inspector, {.implicit = false}).size() == 2);
    CHECK(bindings(inspector, {.source = ""}).size() == 2);
    const auto of_a = bindings(inspector, {.destination = "a"});
    REQUIRE(of_a.size() == 2);
    CHECK(of_a[0].source.empty());
    CHECK(of_a[0].routing_key == "a");
    CHECK(of_a[1].source == "x");
    CHECK(of_a[1].routing_key == "k.*");
    CHECK(of_a[1].matched == 1);
    const auto of_x = bindings(inspector, {.destination = "x"});
    REQUIRE(of_x.size() == 1);
    CHECK(of_x[0].destination_kind == leveret::routing::Destination::Kind::exchange);
    CHECK(of_x[0].source == "amq.fanout");
}

TEST_CASE("two lists of 50,000 queues are made in slices, and messages flow in between",
          "[insight][slices]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    declare_queues(broker, 50'000);
    channel.consume({.queue = "q0", .consumer_tag = "c", .no_ack = true});
    inspector.run();

    std::size_t answers = 0;
    for (int client = 0; client < 2; ++client) {
        inspector->queues({}, {}, [&](std::vector<QueueSnapshot> found) {
            ++answers;
            CHECK(found.size() == 50'000);
            CHECK(names(found).size() == 50'000);
        });
    }
    const SliceFigures before = inspector->slices();
    std::size_t delivered = 0;
    while (inspector.run_one_on_broker()) {
        channel.publish_to("q0", "x");  // at every slice somebody is served
        (void)channel.next_delivery();
        ++delivered;
        inspector.run_on_caller();
    }
    const SliceFigures after = inspector->slices();
    CHECK(answers == 2);
    CHECK(after.units - before.units >= 100'000);
    CHECK(after.largest_units <= limits::slice_units);
    CHECK(delivered >= 100'000 / limits::slice_units);
}

TEST_CASE("what is made and deleted while a list is made does not disturb it",
          "[insight][slices]") {
    TestBroker broker;
    TestInspector inspector(broker);
    declare_queues(broker, 2'000);
    std::vector<QueueSnapshot> found;
    inspector->queues({}, {}, [&](std::vector<QueueSnapshot> all) { found = std::move(all); });
    (void)inspector.run_one_on_broker();  // takes the request
    (void)inspector.run_one_on_broker();  // the first slice
    // Around the place where the walk stands, behind it and before it.
    const std::size_t stands_at = limits::slice_units;
    std::set<std::string> kept;
    for (std::size_t i = 0; i < 2'000; ++i) {
        const std::string name = "q" + std::to_string(i);
        const bool goes = (i >= stands_at - 3 && i < stands_at + 3) || i % 7 == 0;
        if (goes) {
            (void)broker.vhost().delete_queue(name, ConnectionId::none, false, false);
        } else {
            kept.insert(name);
        }
    }
    declare_queues(broker, 500, "new");
    inspector.run();
    const std::set<std::string> listed = names(found);
    CHECK(listed.size() == found.size());
    CHECK(std::includes(listed.begin(), listed.end(), kept.begin(), kept.end()));
}

TEST_CASE("an unacked list of a channel with very many deliveries is made in slices",
          "[insight][slices]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.consume({.queue = "q", .consumer_tag = "c"});
    for (int i = 0; i < 1'000; ++i) channel.publish_to("q", "x");
    for (int i = 0; i < 1'000; ++i) (void)channel.next_delivery();
    const auto found = *inspector.ask<Result<std::vector<UnackedSnapshot>>>(
        [](Inspector& i, auto then) { i.unacked({"/", "q"}, then); });
    CHECK(found.size() == 1'000);
    CHECK(inspector->slices().largest_units <= limits::slice_units);
}

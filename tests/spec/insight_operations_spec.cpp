// What may be done to the broker from outside: checked, refused and made durable as in AMQP.
#include "tests/support/catch.hpp"
#include "tests/support/test_inspector.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using namespace leveret::broker::insight;
using Declared = Inspector::Declared;
using Kind = leveret::routing::Destination::Kind;

namespace {

/// Does it, and waits for the answer.
template <class Value, class Request, class Operation>
Result<Value> perform(TestInspector& inspector, Operation operation, Request request) {
    return inspector.ask<Result<Value>>(
        [&](Inspector& i, auto then) { (i.*operation)(std::move(request), std::move(then)); });
}

Result<Declared> declare(TestInspector& inspector, DeclareQueue request) {
    return perform<Declared>(
        inspector,
        static_cast<void (Inspector::*)(DeclareQueue, Then<Result<Declared>>)>(&Inspector::declare),
        std::move(request));
}

Result<Declared> declare(TestInspector& inspector, DeclareExchange request) {
    return perform<Declared>(
        inspector,
        static_cast<void (Inspector::*)(DeclareExchange, Then<Result<Declared>>)>(
            &Inspector::declare),
        std::move(request));
}

Result<std::uint64_t> remove(TestInspector& inspector, DeleteQueue request) {
    return perform<std::uint64_t>(
        inspector,
        static_cast<void (Inspector::*)(DeleteQueue, Then<Result<std::uint64_t>>)>(
            &Inspector::remove),
        std::move(request));
}

Result<Done> remove(TestInspector& inspector, DeleteExchange request) {
    return perform<Done>(
        inspector,
        static_cast<void (Inspector::*)(DeleteExchange, Then<Result<Done>>)>(&Inspector::remove),
        std::move(request));
}

Result<Done> pause(TestInspector& inspector, const std::string& queue, bool paused) {
    return inspector.ask<Result<Done>>(
        [&](Inspector& i, auto then) { i.pause({"/", queue}, paused, "guest", std::move(then)); });
}

}  // namespace

TEST_CASE("declaring says whether it made the thing, and refuses what is not the same",
          "[insight][operations]") {
    TestBroker broker;
    TestInspector inspector(broker);
    broker.expect_unknown_queues();
    CHECK(*declare(inspector, DeclareQueue{.vhost = "/", .name = "q", .durable = true}) ==
          Declared::created);
    CHECK(*declare(inspector, DeclareQueue{.vhost = "/", .name = "q", .durable = true}) ==
          Declared::stood);
    CHECK(refusal(declare(inspector, DeclareQueue{.vhost = "/", .name = "q"})) ==
          "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q' in vhost '/': received "
          "'false' but current is 'true'");
    CHECK(*declare(inspector, DeclareExchange{.vhost = "/", .name = "x", .type = "direct"}) ==
          Declared::created);
    const auto unknown =
        declare(inspector, DeclareExchange{.vhost = "/", .name = "y", .type = "nope"});
    CHECK(unknown.refusal().explanation() == "unknown exchange type 'nope'");
    CHECK(unknown.refusal().code == reply::precondition_failed);
    CHECK(refusal(declare(inspector, DeclareQueue{.vhost = "/", .name = "amq.q"})) ==
          "ACCESS_REFUSED - queue name 'amq.q' contains reserved prefix 'amq.*'");
    CHECK(refusal(declare(inspector, DeclareQueue{.vhost = "no", .name = "q"})) ==
          "NOT_FOUND - no vhost 'no'");
}

TEST_CASE("an operation is answered when it is durable", "[insight][operations]") {
    TestBroker broker;
    TestInspector inspector(broker);
    broker.expect_unknown_queues();
    broker.store().hold();
    bool answered = false;
    inspector->declare(DeclareQueue{.vhost = "/", .name = "q", .durable = true},
                       [&](const Result<Declared>& result) { answered = result.ok(); });
    inspector.run();
    CHECK(broker.vhost().find_named_queue("q") != nullptr);
    CHECK_FALSE(answered);
    broker.store().release_all();
    broker.end_turn();
    inspector.run();
    CHECK(answered);
}

TEST_CASE("deleting gives what was ready, and refuses what is not there or in use",
          "[insight][operations]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.publish_to("q", "x");
    CHECK(refusal(remove(inspector, DeleteQueue{.vhost = "/", .name = "q", .if_empty = true})) ==
          "PRECONDITION_FAILED - queue 'q' in vhost '/' not empty");
    channel.consume({.queue = "q", .consumer_tag = "c"});
    (void)channel.next_delivery();
    CHECK(refusal(remove(inspector, DeleteQueue{.vhost = "/", .name = "q", .if_unused = true})) ==
          "PRECONDITION_FAILED - queue 'q' in vhost '/' in use");
    channel.publish_to("q", "y");
    (void)channel.next_delivery();
    channel.cancel("c");
    channel.publish_to("q", "z");
    CHECK(*remove(inspector, DeleteQueue{.vhost = "/", .name = "q"}) == 1);
    CHECK(refusal(remove(inspector, DeleteQueue{.vhost = "/", .name = "q"})) ==
          "NOT_FOUND - no queue 'q' in vhost '/'");
    CHECK(refusal(remove(inspector, DeleteExchange{.vhost = "/", .name = "x"})) ==
          "NOT_FOUND - no exchange 'x' in vhost '/'");
    CHECK(remove(inspector, DeleteExchange{.vhost = "/", .name = "amq.topic"}).refusal().code ==
          reply::access_refused);
}

TEST_CASE("another's exclusive queue is locked from outside too", "[insight][operations]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "mine", .exclusive = true});
    CHECK(remove(inspector, DeleteQueue{.vhost = "/", .name = "mine"}).refusal().code ==
          reply::resource_locked);
    CHECK(perform<std::uint64_t>(inspector, &Inspector::purge, Purge{.vhost = "/", .queue = "mine"})
              .refusal()
              .code == reply::resource_locked);
}

TEST_CASE("binding and unbinding say what there was", "[insight][operations]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    const Bind binding{.vhost = "/",
                       .source = "amq.topic",
                       .destination = "q",
                       .destination_kind = Kind::queue,
                       .routing_key = "k.#"};
    CHECK(*perform<Declared>(inspector, &Inspector::bind, binding) == Declared::created);
    CHECK(*perform<Declared>(inspector, &Inspector::bind, binding) == Declared::stood);
    channel.publish({.exchange = "amq.topic", .routing_key = "k.1"}, "routed");
    CHECK(channel.get("q", true).body() == "routed");
    CHECK(perform<Done>(inspector, &Inspector::unbind, binding).ok());
    CHECK(perform<Done>(inspector, &Inspector::unbind, binding).refusal().code == reply::not_found);
    Bind nowhere = binding;
    nowhere.destination = "none";
    CHECK(refusal(perform<Declared>(inspector, &Inspector::bind, nowhere)) ==
          "NOT_FOUND - no queue 'none' in vhost '/'");
    Bind implicit = binding;
    implicit.source = "";
    CHECK(perform<Done>(inspector, &Inspector::unbind, implicit).refusal().code ==
          reply::access_refused);
    Bind between = binding;
    between.destination = "amq.direct";
    between.destination_kind = Kind::exchange;
    CHECK(*perform<Declared>(inspector, &Inspector::bind, between) == Declared::created);
}

TEST_CASE("a connection is closed with the reason that was given", "[insight][operations]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto first = broker.connect();
    auto second = broker.connect();
    const auto close = [&](const std::string& name) {
        return inspector.ask<Result<Done>>([&](Inspector& i, auto then) {
            i.close_connection(name, "maintenance", std::move(then));
        });
    };
    CHECK(close("127.0.0.1:40001 -> 127.0.0.1:5672").ok());
    CHECK(first.closed_with(320, "CONNECTION_FORCED - maintenance"));
    first.send(connection::CloseOk{});
    CHECK(close("127.0.0.1:40001 -> 127.0.0.1:5672").refusal().code == reply::not_found);
    CHECK(inspector.ask<std::uint64_t>([](Inspector& i, auto then) {
        i.close_connections_of("guest", "all of them", std::move(then));
    }) == 1);
    CHECK(second.closed_with(320, "CONNECTION_FORCED - all of them"));
    second.send(connection::CloseOk{});
}

TEST_CASE("purging drops all that is ready, or only the oldest", "[insight][operations]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q", .durable = true});
    for (const char* body : {"1", "2", "3", "4", "5"}) {
        channel.publish({.routing_key = "q"}, body, persistent());
    }
    const auto purge = [&](std::optional<std::uint64_t> count) {
        return *perform<std::uint64_t>(inspector, &Inspector::purge,
                                       Purge{.vhost = "/", .queue = "q", .count = count});
    };
    CHECK(purge(2) == 2);
    CHECK(channel.get("q").body() == "3");
    CHECK(purge(std::nullopt) == 2);
    CHECK(channel.get_is_empty("q"));
    CHECK(purge(7) == 0);
    channel.nack(1, false, true);
    CHECK(channel.get("q", true).body() == "3");
    CHECK(perform<std::uint64_t>(inspector, &Inspector::purge, Purge{.vhost = "/", .queue = "no"})
              .refusal()
              .code == reply::not_found);
}

TEST_CASE("a paused queue takes messages, delivers none, and goes on where it was",
          "[insight][operations]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q", .durable = true});
    channel.consume({.queue = "q", .no_ack = true});
    CHECK(pause(inspector, "q", true).ok());
    CHECK(pause(inspector, "q", true).ok());
    channel.publish_to("q", "1");
    channel.publish_to("q", "2");
    CHECK(channel.silent());
    CHECK(channel.get_is_empty("q"));
    const auto queue = inspector.ask<Result<QueueSnapshot>>(
        [](Inspector& i, auto then) { i.queue({"/", "q"}, {}, std::move(then)); });
    CHECK(queue->state == QueueState::paused);
    CHECK(pause(inspector, "q", false).ok());
    CHECK(channel.next_delivery().body() == "1");
    CHECK(channel.next_delivery().body() == "2");
    CHECK(pause(inspector, "no", true).refusal().code == reply::not_found);
}

TEST_CASE("what is taken from outside comes from a paused queue too", "[insight][operations]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.publish_to("q", "1");
    CHECK(pause(inspector, "q", true).ok());
    const auto got = perform<std::vector<GotMessage>>(
        inspector, &Inspector::get,
        Get{.vhost = "/", .queue = "q", .count = 1, .mode = GetMode::ack});
    REQUIRE(got->size() == 1);
    CHECK(got->front().body == "1");
}

namespace {

Result<Published> publish(TestInspector& inspector, Publish request) {
    request.vhost = "/";
    return perform<Published>(inspector, &Inspector::publish, std::move(request));
}

Result<std::vector<GotMessage>> get(TestInspector& inspector, std::uint64_t count, GetMode mode) {
    return perform<std::vector<GotMessage>>(
        inspector, &Inspector::get, Get{.vhost = "/", .queue = "q", .count = count, .mode = mode});
}

std::string bodies(const std::vector<GotMessage>& messages) {
    std::string all;
    for (const GotMessage& message : messages) all += message.body;
    return all;
}

std::string encoded(const BasicProperties& properties) {
    leveret::protocol::OctetBuffer out;
    properties.encode(out);
    return std::string(out.view());
}

}  // namespace

TEST_CASE("publishing from outside says where the message went", "[insight][operations]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q",
                           .arguments = Arguments{{"x-max-length", 1},
                                                  {"x-overflow", std::string("reject-publish")}}});
    const std::string none = encoded({});
    CHECK(*publish(inspector, {.routing_key = "no", .properties = none}) == Published::unroutable);
    CHECK(*publish(inspector, {.routing_key = "q", .properties = none, .body = "1"}) ==
          Published::routed);
    CHECK(*publish(inspector, {.routing_key = "q", .properties = none, .body = "2"}) ==
          Published::rejected);
    CHECK(channel.get("q", true).body() == "1");
}

TEST_CASE("publishing from outside is answered when the message is durable",
          "[insight][operations]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q", .durable = true});
    broker.store().hold();
    bool answered = false;
    inspector->publish(
        {.vhost = "/", .routing_key = "q", .properties = encoded(persistent()), .body = "hello"},
        [&](const Result<Published>& result) {
            answered = result.ok() && *result == Published::routed;
        });
    inspector.run();
    CHECK_FALSE(answered);
    broker.store().release_all();
    broker.end_turn();
    inspector.run();
    CHECK(answered);
    CHECK(channel.get("q", true).body() == "hello");
}

TEST_CASE("publishing from outside follows CC, hides BCC, and is checked as on a channel",
          "[insight][operations]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    for (const char* queue : {"q", "copy", "blind"}) channel.queue_declare({.queue = queue});
    const std::string table = FieldTable{{"CC", FieldArray{{std::string("copy")}}},
                                         {"BCC", FieldArray{{std::string("blind")}}}}
                                  .encoded();
    CHECK(*publish(inspector, {.routing_key = "q",
                               .properties = encoded(with_headers(table)),
                               .body = "all"}) == Published::routed);
    for (const char* queue : {"q", "copy", "blind"}) {
        const auto got = channel.get(queue, true);
        CHECK(got.body() == "all");
        CHECK_FALSE(FieldTable::parse(got.properties().headers).contains("BCC"));
    }
    const auto refused = [&](const BasicProperties& properties) {
        return refusal(publish(
            inspector, {.routing_key = "q", .properties = encoded(properties), .user = "guest"}));
    };
    BasicProperties expiration;
    expiration.set(property::expiration, &BasicProperties::expiration, "soon");
    CHECK(refused(expiration).starts_with("PRECONDITION_FAILED - invalid expiration 'soon'"));
    BasicProperties other;
    other.set(property::user_id, &BasicProperties::user_id, "somebody");
    CHECK(refused(other) ==
          "PRECONDITION_FAILED - user_id property set to 'somebody' but authenticated user was "
          "'guest'");
    CHECK(refusal(publish(inspector, {.exchange = "no", .properties = encoded({})})) ==
          "NOT_FOUND - no exchange 'no' in vhost '/'");
    CHECK(channel.get_is_empty("q"));
}

TEST_CASE("getting from outside takes messages, or leaves them redelivered in their places",
          "[insight][operations]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "dead"});
    channel.queue_declare(
        {.queue = "q",
         .arguments = Arguments{{"x-dead-letter-exchange", std::string("")},
                                {"x-dead-letter-routing-key", std::string("dead")}}});
    for (const char* body : {"1", "2", "3", "4"}) channel.publish_to("q", body);
    const auto looked = *get(inspector, 2, GetMode::ack_requeue);
    CHECK(bodies(looked) == "12");
    CHECK(looked[0].message_count == 3);
    CHECK_FALSE(looked[0].redelivered);
    const auto taken = *get(inspector, 1, GetMode::ack);
    CHECK(bodies(taken) == "1");
    CHECK(taken[0].redelivered);
    CHECK(bodies(*get(inspector, 1, GetMode::reject)) == "2");
    CHECK(channel.get("dead", true).body() == "2");
    CHECK(bodies(*get(inspector, 9, GetMode::ack)) == "34");
    CHECK(get(inspector, 1, GetMode::ack)->empty());
}

// Who may do what in a vhost: permissions, topic permissions, and how changes of them take effect.
#include <functional>
#include <string>
#include <vector>

#include "broker/recovery.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"
#include "tests/support/test_inspector.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using namespace leveret::broker::insight;
namespace users = leveret::broker::access;
using leveret::broker::ConnectionId;
using Declared = Inspector::Declared;

namespace {

const Login as_alice{.user = "alice", .password = "carrot"};

/// A broker with the user alice, and what her operations are about: queue and exchange `mine`,
/// exchange `topics`. She has no permission yet.
struct World {
    TestBroker broker;
    TestInspector inspector{broker};

    World() {
        put(PutUser{.name = "alice", .password = users::hash_password("carrot")});
        auto channel = broker.connect().open_channel();
        channel.queue_declare({.queue = "mine", .durable = true});
        channel.exchange_declare({.exchange = "mine", .type = "fanout", .durable = true});
        channel.exchange_declare({.exchange = "topics", .type = "topic", .durable = true});
    }

    template <class Request>
    Result<Declared> put(Request request) {
        return inspector.ask<Result<Declared>>([&](Inspector& i, Then<Result<Declared>> then) {
            i.put(std::move(request), std::move(then));
        });
    }
    template <class Request>
    Result<Done> remove(Request request) {
        return inspector.ask<Result<Done>>([&](Inspector& i, Then<Result<Done>> then) {
            i.remove(std::move(request), std::move(then));
        });
    }

    void permit(std::string configure, std::string write, std::string read) {
        REQUIRE(put(PutPermission{
                        .user_name = "alice",
                        .vhost = "/",
                        .permission = {std::move(configure), std::move(write), std::move(read)}})
                    .ok());
    }
    void permit_topics(std::string write, std::string read) {
        REQUIRE(put(PutTopicPermission{.user_name = "alice",
                                       .vhost = "/",
                                       .exchange = "topics",
                                       .permission = {std::move(write), std::move(read)}})
                    .ok());
    }
};

/// An operation, what it needs, and what is said when that is missing.
struct Row {
    std::string operation;
    std::string configure;  ///< what suffices
    std::string write;
    std::string read;
    std::string refused;  ///< the kind and name of what is refused without it
    std::function<void(TestChannel&)> run;
};

std::vector<Row> rows() {
    return {
        {"queue.declare", "^mine$", "", "", "queue 'mine'",
         [](TestChannel& c) { c.send(queue::Declare{.queue = "mine", .durable = true}); }},
        {"queue.delete", "^mine$", "", "", "queue 'mine'",
         [](TestChannel& c) { c.send(queue::Delete{.queue = "mine"}); }},
        {"exchange.declare", "^mine$", "", "", "exchange 'mine'",
         [](TestChannel& c) {
             c.send(exchange::Declare{.exchange = "mine", .type = "fanout", .durable = true});
         }},
        {"exchange.delete", "^mine$", "", "", "exchange 'mine'",
         [](TestChannel& c) { c.send(exchange::Delete{.exchange = "mine"}); }},
        {"queue.bind: the queue", "", "^mine$", "^topics$", "queue 'mine'",
         [](TestChannel& c) { c.send(queue::Bind{.queue = "mine", .exchange = "topics"}); }},
        {"queue.unbind: the queue", "", "^mine$", "^topics$", "queue 'mine'",
         [](TestChannel& c) { c.send(queue::Unbind{.queue = "mine", .exchange = "topics"}); }},
        {"exchange.bind: the destination", "", "^mine$", "^topics$", "exchange 'mine'",
         [](TestChannel& c) { c.send(exchange::Bind{.destination = "mine", .source = "topics"}); }},
        {"exchange.unbind: the destination", "", "^mine$", "^topics$", "exchange 'mine'",
         [](TestChannel& c) {
             c.send(exchange::Unbind{.destination = "mine", .source = "topics"});
         }},
        {"queue.purge", "", "", "^mine$", "queue 'mine'",
         [](TestChannel& c) { c.send(queue::Purge{.queue = "mine"}); }},
        {"basic.get", "", "", "^mine$", "queue 'mine'",
         [](TestChannel& c) { c.send(basic::Get{.queue = "mine"}); }},
        {"basic.consume", "", "", "^mine$", "queue 'mine'",
         [](TestChannel& c) { c.send(basic::Consume{.queue = "mine"}); }},
        {"basic.publish", "", "^mine$", "", "exchange 'mine'",
         [](TestChannel& c) { c.publish({.exchange = "mine"}); }},
        {"basic.publish to the default exchange", "", "^amq.default$", "", "exchange 'amq.default'",
         [](TestChannel& c) { c.publish_to("mine", "m"); }},
    };
}

std::string refusal(const std::string& what) {
    return "ACCESS_REFUSED - access to " + what + " in vhost '/' refused for user 'alice'";
}

}  // namespace

TEST_CASE("each operation needs its right, and 403 names what it was missing for", "[access]") {
    World world;
    for (const Row& row : rows()) {
        CAPTURE(row.operation);
        world.permit("", "", "");
        auto connection = world.broker.connect(as_alice);
        auto refused = connection.open_channel();
        row.run(refused);
        CHECK(refused.closed_with(403, refusal(row.refused)));

        world.permit(row.configure, row.write, row.read);
        auto allowed = connection.open_channel(2);
        row.run(allowed);
        CHECK_FALSE(connection.output().next_is(allowed.number(), channel::Close::id));
        connection.lose();
        world.broker.vhost().declare_queue({.name = "mine", .durable = true, .arguments = {}},
                                           ConnectionId::none);
        world.broker.vhost().declare_exchange(
            {.name = "mine", .type = "fanout", .durable = true, .arguments = {}});
    }
}

TEST_CASE("a source that may not be read cannot be bound", "[access]") {
    World world;
    world.permit("", ".*", "^mine$");
    auto connection = world.broker.connect(as_alice);
    auto queue = connection.open_channel();
    queue.send(queue::Bind{.queue = "mine", .exchange = "topics"});
    CHECK(queue.closed_with(403, refusal("exchange 'topics'")));
    auto exchange = connection.open_channel(2);
    exchange.send(exchange::Bind{.destination = "mine", .source = "topics"});
    CHECK(exchange.closed_with(403, refusal("exchange 'topics'")));
}

TEST_CASE("asking whether something is there needs no right", "[access]") {
    World world;
    world.permit("", "", "");
    auto channel = world.broker.connect(as_alice).open_channel();
    CHECK(channel.queue_probe("mine").message_count == 0);
    channel.exchange_declare({.exchange = "mine", .type = "fanout", .passive = true});
}

TEST_CASE("a new queue with a dead-letter exchange needs the right to read it and to write there",
          "[access][queue.declare]") {
    World world;
    const Arguments arguments{{"x-dead-letter-exchange", std::string("letters")}};
    const queue::Declare declare{.queue = "new", .arguments = arguments};
    world.permit(".*", ".*", "^mine$");
    auto connection = world.broker.connect(as_alice);
    auto unread = connection.open_channel();
    unread.send(declare);
    CHECK(unread.closed_with(403, refusal("queue 'new'")));
    world.permit(".*", "^mine$", ".*");
    auto unwritten = connection.open_channel(2);
    unwritten.send(declare);
    CHECK(unwritten.closed_with(403, refusal("exchange 'letters'")));
    world.permit("^new$", "^letters$", "^new$");
    connection.open_channel(3).queue_declare(declare);
}

TEST_CASE("a new exchange with an alternate needs the right to read it and to write there",
          "[access][exchange.declare]") {
    World world;
    const Arguments arguments{{"alternate-exchange", std::string("others")}};
    const exchange::Declare declare{.exchange = "new", .type = "direct", .arguments = arguments};
    world.permit(".*", ".*", "^mine$");
    auto connection = world.broker.connect(as_alice);
    auto unread = connection.open_channel();
    unread.send(declare);
    CHECK(unread.closed_with(403, refusal("exchange 'new'")));
    world.permit(".*", "^mine$", ".*");
    auto unwritten = connection.open_channel(2);
    unwritten.send(declare);
    CHECK(unwritten.closed_with(403, refusal("exchange 'others'")));
    world.permit("^new$", "^others$", "^new$");
    connection.open_channel(3).exchange_declare(declare);
}

TEST_CASE("a queue that the broker names goes by that name", "[access][queue.declare]") {
    World world;
    world.broker.expect_unknown_queues();
    world.permit("^amq\\.gen-", "", "");
    auto connection = world.broker.connect(as_alice);
    const auto declared = connection.open_channel().queue_declare({.exclusive = true});
    CHECK(declared.queue.text.starts_with("amq.gen-"));
    world.permit("^mine$", "", "");
    auto refused = connection.open_channel(2);
    refused.send(queue::Declare{.exclusive = true});
    CHECK(refused.connection().output().next_is(refused.number(), channel::Close::id));
}

TEST_CASE("rights come before whether there is such a thing", "[access]") {
    World world;
    world.permit("", "", "");
    auto connection = world.broker.connect(as_alice);
    auto publisher = connection.open_channel();
    publisher.publish({.exchange = "nowhere"});
    CHECK(publisher.closed_with(403, refusal("exchange 'nowhere'")));
    auto getter = connection.open_channel(2);
    getter.send(basic::Get{.queue = "nothing"});
    CHECK(getter.closed_with(403, refusal("queue 'nothing'")));
}

TEST_CASE("a permission that is taken away holds at once for routes that are remembered",
          "[access][basic.publish]") {
    World world;
    world.permit("", ".*", "");
    auto channel = world.broker.connect(as_alice).open_channel();
    for (int i = 0; i < 3; ++i) channel.publish_to("mine", "m");
    CHECK(world.broker.queue("mine").ready_count() == 3);

    world.permit("", "^mine$", "");
    channel.publish_to("mine", "m");

    CHECK(channel.closed_with(403, refusal("exchange 'amq.default'")));
    CHECK(world.broker.queue("mine").ready_count() == 3);
}

TEST_CASE("a permission that is deleted leaves an open connection without any right", "[access]") {
    World world;
    world.permit(".*", ".*", ".*");
    auto channel = world.broker.connect(as_alice).open_channel();
    channel.get_is_empty("mine");
    REQUIRE(world.remove(DeletePermission{.user_name = "alice", .vhost = "/"}).ok());
    channel.send(basic::Get{.queue = "mine"});
    CHECK(channel.closed_with(403, refusal("queue 'mine'")));
}

TEST_CASE("a topic permission is asked for each key of a message, and for keys of bindings",
          "[access][topic]") {
    World world;
    world.permit(".*", ".*", ".*");
    world.permit_topics("^{username}\\.", "^public\\.");
    auto connection = world.broker.connect(as_alice);
    const auto refused = [](const std::string& key) {
        return "ACCESS_REFUSED - access to topic '" + key +
               "' in exchange 'topics' in vhost '/' refused for user 'alice'";
    };
    SECTION("published") {
        auto channel = connection.open_channel();
        channel.publish({.exchange = "topics", .routing_key = "alice.a"});
        CHECK(channel.silent());
        channel.publish({.exchange = "topics", .routing_key = "bob.a"});
        CHECK(channel.closed_with(403, refused("bob.a")));
    }
    SECTION("selected by CC") {
        auto channel = connection.open_channel();
        const Arguments headers{{"CC", FieldArray{{std::string("bob.a")}}}};
        channel.publish({.exchange = "topics", .routing_key = "alice.a"}, "m",
                        with_headers(headers));
        CHECK(channel.closed_with(403, refused("bob.a")));
    }
    SECTION("bound") {
        auto channel = connection.open_channel();
        channel.queue_bind({.queue = "mine", .exchange = "topics", .routing_key = "public.#"});
        channel.send(queue::Bind{.queue = "mine", .exchange = "topics", .routing_key = "alice.#"});
        CHECK(channel.closed_with(403, refused("alice.#")));
    }
    SECTION("other exchanges ask for none") {
        auto channel = connection.open_channel();
        channel.publish({.exchange = "amq.topic", .routing_key = "bob.a"});
        channel.publish({.exchange = "mine", .routing_key = "bob.a"});
        CHECK(channel.silent());
    }
    SECTION("and all keys are free again when it is deleted") {
        auto channel = connection.open_channel();
        REQUIRE(world.remove(DeleteTopicPermission{.user_name = "alice", .vhost = "/"}).ok());
        channel.publish({.exchange = "topics", .routing_key = "bob.a"});
        CHECK(channel.silent());
    }
}

TEST_CASE("only an impersonator publishes in the name of others", "[access][basic.publish]") {
    World world;
    world.permit("", ".*", "");
    const auto as_bob = BasicProperties{}.set(property::user_id, &BasicProperties::user_id, "bob");
    auto connection = world.broker.connect(as_alice);
    auto refused = connection.open_channel();
    refused.publish({.routing_key = "mine"}, "m", as_bob);
    CHECK(refused.closed_with(406,
                              "PRECONDITION_FAILED - user_id property set to 'bob' but "
                              "authenticated user was 'alice'"));
    world.put(PutUser{
        .name = "alice", .password = users::hash_password("carrot"), .tags = {"impersonator"}});
    auto allowed = connection.open_channel(2);
    allowed.publish({.routing_key = "mine"}, "m", as_bob);
    CHECK(allowed.silent());
}

TEST_CASE("a vhost is opened by those who have a permission in it", "[access][connection.open]") {
    World world;
    auto refused = world.broker.accept();
    (void)refused.log_in_until_tune(as_alice);
    refused.send(connection::TuneOk{.channel_max = 2047, .frame_max = 131072});
    refused.send(connection::Open{.virtual_host = "/"});
    CHECK(refused.closed_with(530, "NOT_ALLOWED - access to vhost '/' refused for user 'alice'",
                              connection::Open::id));
    world.permit("", "", "");
    (void)world.broker.connect(as_alice).open_channel();
}

TEST_CASE("the connections of a deleted user are told to go", "[access]") {
    World world;
    world.permit(".*", ".*", ".*");
    auto connection = world.broker.connect(as_alice);
    auto other = world.broker.connect();
    REQUIRE(world.remove(DeleteUsers{.names = {"alice"}}).ok());
    CHECK(connection.closed_with(320, "CONNECTION_FORCED - user 'alice' is deleted"));
    CHECK(other.silent());
    auto again = world.broker.accept();
    CHECK_THROWS_AS(again.log_in_until_tune(as_alice), NotReceived);
}

TEST_CASE("what is wrong with a change of users and permissions is told, and nothing is done",
          "[access]") {
    World world;
    const auto why = [](const auto& result) {
        return result.ok() ? std::string("done") : result.refusal().text;
    };
    CHECK(why(world.put(PutPermission{.user_name = "bob", .vhost = "/"})) ==
          "NOT_FOUND - no user 'bob'");
    CHECK(why(world.put(PutPermission{.user_name = "alice", .vhost = "gone"})) ==
          "NOT_FOUND - no vhost 'gone'");
    CHECK(why(world.remove(DeletePermission{.user_name = "alice", .vhost = "/"})) ==
          "NOT_FOUND - user 'alice' has no permission in vhost '/'");
    CHECK_THAT(
        why(world.put(PutPermission{.user_name = "alice",
                                    .vhost = "/",
                                    .permission = {.configure = "(", .write = "", .read = ""}})),
        Catch::Contains("'(' is no regular expression"));
    CHECK_THAT(why(world.put(PutUser{.name = ""})), Catch::Contains("must not be empty"));
    CHECK(why(world.remove(DeleteUsers{.names = {"alice", "bob"}})) == "NOT_FOUND - no user 'bob'");
    CHECK(world.broker.core().access().find("alice") != nullptr);
    CHECK(world.broker.core().access().find_grants("alice", "/") == nullptr);
}

TEST_CASE("a protected user is changed and deleted by the broker's own socket only", "[access]") {
    World world;
    world.put(PutUser{.name = "alice", .tags = {"protected"}});
    CHECK(world.put(PutUser{.name = "alice"}).refusal().explanation() ==
          "Protected users cannot be modified via the HTTP API");
    CHECK_FALSE(world.remove(DeleteUsers{.names = {"alice"}}).ok());
    REQUIRE(world.remove(DeleteUsers{.names = {"alice"}, .pass_over_protected = true}).ok());
    CHECK(world.broker.core().access().find("alice") != nullptr);
    CHECK(world.put(PutUser{.name = "alice", .may_change_protected = true}).ok());
    CHECK(world.remove(DeleteUsers{.names = {"alice"}}).ok());
}

TEST_CASE("vhosts, users and permissions survive a restart; no guest comes back", "[access]") {
    World before;
    REQUIRE(before
                .put(PutVhost{.name = "shop",
                              .description = "Orders",
                              .tags = std::vector<std::string>{"a", "b"},
                              .default_queue_type = "quorum",
                              .protected_from_deletion = true})
                .ok());
    before.put(PutUser{.name = "alice",
                       .password = users::hash_password("carrot"),
                       .tags = {"monitoring", "own"},
                       .limits = users::UserLimits{.connections = 3, .channels = -1}});
    before.permit("c", "w", "r");
    before.permit_topics("tw", "tr");
    before.put(PutTopicPermission{.user_name = "alice", .vhost = "/", .exchange = "gone"});
    before.remove(DeleteTopicPermission{.user_name = "alice", .vhost = "/", .exchange = "gone"});
    before.remove(DeleteUsers{.names = {"guest"}});

    TestBroker after(TestBroker::Bare{});
    after.expect_unknown_queues();
    leveret::broker::Recovery recovery(after.core());
    for (const auto& definition : before.broker.store().definitions()) {
        recovery.definition(definition);
    }
    recovery.done({});
    after.core().first_start();

    CHECK(after.core().find_vhost("shop")->metadata() ==
          leveret::broker::VhostMetadata{.description = "Orders",
                                         .tags = {"a", "b"},
                                         .default_queue_type = "quorum",
                                         .protected_from_deletion = true});
    CHECK(after.core().access().find("guest") == nullptr);
    const users::Account* const alice = after.core().access().find("alice");
    REQUIRE(alice != nullptr);
    CHECK(*alice->user == *before.broker.core().access().find("alice")->user);
    REQUIRE(alice->vhosts.size() == 1);
    const users::Grants& grants = alice->vhosts.at("/");
    CHECK(grants.permission->texts == users::Permission{"c", "w", "r"});
    REQUIRE(grants.topics.size() == 1);
    CHECK(grants.topics.at("topics").texts == users::TopicPermission{"tw", "tr"});
}

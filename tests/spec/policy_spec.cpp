// Policies as clients and operators see them: which one a queue or exchange has, what it comes to
// together with arguments, and that it holds at once. The limits of a vhost, and parameters.
#include <chrono>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "broker/recovery.hpp"
#include "broker/validation.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/integers.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using namespace std::chrono_literals;
using leveret::broker::AppliesTo;
using leveret::broker::Origin;
using leveret::broker::Policy;
using leveret::broker::PolicyKind;
using leveret::broker::ValidationFailed;

namespace {

struct World {
    void declare(std::string_view queue, const Arguments& arguments = {}) {
        channel.queue_declare({.queue = queue, .durable = true, .arguments = arguments});
    }
    void set(Policy policy, PolicyKind kind = PolicyKind::user) {
        broker.vhost().set_policies(kind, {std::move(policy)});
        broker.end_turn();
    }
    /// A policy that fits everything.
    void set_all(FieldTable definition, PolicyKind kind = PolicyKind::user) {
        set({.name = "p", .pattern = ".*", .definition = std::move(definition)}, kind);
    }
    void clear(std::string_view name, PolicyKind kind = PolicyKind::user) {
        REQUIRE(broker.vhost().clear_policy(kind, name));
        broker.end_turn();
    }
    void publish(std::string_view bodies) {
        for (const char body : bodies) channel.publish_to("q", {&body, 1});
    }
    std::uint32_t count(std::string_view queue) { return channel.queue_probe(queue).message_count; }
    std::string drain(std::string_view queue) {
        std::string all;
        while (count(queue) != 0) all += channel.get(queue, true).body();
        return all;
    }
    /// The name of the user's policy that an object has.
    std::string policy_of(std::string_view queue) {
        const Policy* const policy = broker.vhost().policies().of(broker.queue(queue)).user;
        return policy == nullptr ? "" : policy->name;
    }
    [[nodiscard]] const leveret::broker::QueueSettings& settings(std::string_view queue) {
        return broker.queue(queue).settings();
    }

    TestBroker broker;
    TestChannel channel = broker.connect().open_channel();
};

}  // namespace

TEST_CASE("the policy of the highest priority that fits is the one", "[policy]") {
    World world;
    world.declare("orders.eu");
    world.set({.name = "all", .pattern = ".*", .definition = {{"max-length", 1_i64}}});
    world.set({.name = "orders",
               .pattern = "^orders",
               .definition = {{"max-length", 2_i64}},
               .priority = 5});
    world.set({.name = "others",
               .pattern = "^others",
               .definition = {{"max-length", 3_i64}},
               .priority = 9});
    world.declare("mail");
    CHECK(world.policy_of("orders.eu") == "orders");
    CHECK(world.policy_of("mail") == "all");
    world.clear("orders");
    CHECK(world.policy_of("orders.eu") == "all");
    CHECK(world.settings("orders.eu").max_length == 1);
}

TEST_CASE("a pattern may match anywhere in a name", "[policy]") {
    World world;
    world.declare("a.b.c");
    world.set({.name = "p", .pattern = "b", .definition = {{"max-length", 1_i64}}});
    CHECK(world.policy_of("a.b.c") == "p");
}

TEST_CASE("a pattern may look ahead", "[policy]") {
    World world;
    world.declare("mine");
    world.declare("theirs");
    world.set({.name = "p", .pattern = "^(?!theirs).*", .definition = {{"max-length", 1_i64}}});
    CHECK(world.policy_of("mine") == "p");
    CHECK(world.policy_of("theirs").empty());
}

TEST_CASE("a policy is for queues of a type, all queues, exchanges or all", "[policy]") {
    World world;
    world.declare("classic");
    world.declare("quorum", {{"x-queue-type", std::string("quorum")}});
    const auto [applies_to, classic, quorum, exchange] = GENERATE(
        table<AppliesTo, bool, bool, bool>({{AppliesTo::all, true, true, true},
                                            {AppliesTo::queues, true, true, false},
                                            {AppliesTo::classic_queues, true, false, false},
                                            {AppliesTo::quorum_queues, false, true, false},
                                            {AppliesTo::streams, false, false, false},
                                            {AppliesTo::exchanges, false, false, true}}));
    CAPTURE(to_string(applies_to));
    world.set({.name = "p",
               .pattern = ".*",
               .definition = {{"max-length", 1_i64}},
               .applies_to = applies_to});
    CHECK((world.policy_of("classic") == "p") == classic);
    CHECK((world.policy_of("quorum") == "p") == quorum);
    auto& vhost = world.broker.vhost();
    CHECK((vhost.policies().of(*vhost.find_exchange("amq.topic")).user != nullptr) == exchange);
}

TEST_CASE(
    "a policy with a key that a queue cannot have does not apply at all, and the next one does",
    "[policy]") {
    World world;
    world.declare("q");
    world.set({.name = "streams",
               .pattern = ".*",
               .definition = {{"max-length", 7_i64}, {"max-age", std::string("1D")}},
               .priority = 9});
    world.set({.name = "plain", .pattern = ".*", .definition = {{"max-length", 3_i64}}});
    CHECK(world.policy_of("q") == "plain");
    CHECK(world.settings("q").max_length == 3);
}

TEST_CASE("keys of mirrored queues and of places have no effect and keep no policy away",
          "[policy]") {
    World world;
    world.declare("q");
    world.set_all({{"ha-mode", std::string("all")},
                   {"queue-mode", std::string("lazy")},
                   {"queue-master-locator", std::string("min-masters")},
                   {"max-length", 3_i64}});
    CHECK(world.settings("q").max_length == 3);
}

TEST_CASE("of argument and policy the smaller limit holds, of all else the argument", "[policy]") {
    World world;
    world.declare("q", {{"x-max-length", 10},
                        {"x-message-ttl", 500},
                        {"x-overflow", std::string("reject-publish")},
                        {"x-dead-letter-exchange", std::string("of-argument")}});
    world.set_all({{"max-length", 5_i64},
                   {"message-ttl", 1000_i64},
                   {"overflow", std::string("drop-head")},
                   {"dead-letter-exchange", std::string("of-policy")},
                   {"dead-letter-routing-key", std::string("key")}});
    const auto& settings = world.settings("q");
    CHECK(settings.max_length == 5);
    CHECK(settings.message_ttl == 500ms);
    CHECK(settings.overflow == leveret::broker::Overflow::reject_publish);
    CHECK(settings.dead_letter_exchange == "of-argument");
    CHECK(settings.dead_letter_routing_key == "key");
}

TEST_CASE("of two delivery limits the lower one holds, and a negative one gives way", "[policy]") {
    World world;
    const auto [argument, policy, effective] =
        GENERATE(table<int, std::int64_t, std::optional<std::uint16_t>>(
            {{5, 3, 3}, {3, 5, 3}, {-1, 5, 5}, {5, -1, 5}, {-1, -1, std::nullopt}}));
    CAPTURE(argument, policy);
    world.declare("q", {{"x-delivery-limit", argument}});
    world.set_all({{"delivery-limit", policy}});
    CHECK(world.settings("q").delivery_limit == effective);
}

TEST_CASE("an operator's policy limits the user's", "[policy]") {
    World world;
    world.declare("q");
    world.set_all({{"max-length", 10_i64}, {"overflow", std::string("drop-head")}});
    world.set_all({{"max-length", 4_i64},
                   {"message-ttl", 1000_i64},
                   {"overflow", std::string("reject-publish")}},
                  PolicyKind::by_operator);
    CHECK(world.settings("q").max_length == 4);
    CHECK(world.settings("q").message_ttl == 1000ms);
    CHECK(world.settings("q").overflow == leveret::broker::Overflow::reject_publish);
    world.set_all({{"max-length", 2_i64}});
    CHECK(world.settings("q").max_length == 2);
    world.clear("p", PolicyKind::by_operator);
    CHECK_FALSE(world.settings("q").message_ttl);
}

TEST_CASE("each effective setting tells where it comes from", "[policy]") {
    World world;
    world.declare("q", {{"x-queue-type", std::string("quorum")}, {"x-max-length", 3}});
    world.set_all({{"max-length", 9_i64}, {"message-ttl", 5_i64}});
    world.set({.name = "op", .pattern = "", .definition = {{"expires", 7000_i64}}},
              PolicyKind::by_operator);
    std::vector<std::string> told;
    for (const auto& setting : world.broker.vhost().effective_settings(world.broker.queue("q"))) {
        told.push_back(std::string(setting.key) + " " + render(setting.value) + " " +
                       std::string(to_string(setting.from)) + " " + setting.by);
    }
    CHECK(told == std::vector<std::string>{"delivery-limit 20 default ",
                                           "expires 7000 operator policy op",
                                           "max-length 3 argument ", "message-ttl 5 policy p"});
}

TEST_CASE("a lower limit takes effect at once and dead-letters what it drops", "[policy]") {
    World world;
    world.channel.queue_declare({.queue = "dead", .durable = true});
    world.declare("q");
    world.publish("12345");
    world.set({.name = "p",
               .pattern = "^q$",
               .definition = {{"max-length", 2_i64},
                              {"dead-letter-exchange", std::string()},
                              {"dead-letter-routing-key", std::string("dead")}}});
    CHECK(world.count("q") == 2);
    const auto letter = world.channel.get("dead", true);
    CHECK(letter.body() == "1");
    const FieldTable headers = FieldTable::parse(letter.properties().headers);
    CHECK(as_string(*headers.find("x-first-death-reason")) == "maxlen");
}

TEST_CASE("a TTL by policy counts from when a message came, and ends with the policy", "[policy]") {
    World world;
    world.declare("q");
    world.publish("1");
    world.broker.advance(600ms);
    world.set_all({{"message-ttl", 1000_i64}});
    world.broker.advance(399ms);
    CHECK(world.count("q") == 1);
    SECTION("it expires") {
        world.broker.advance(2ms);
        CHECK(world.count("q") == 0);
    }
    SECTION("a shorter one holds at once") {
        world.set_all({{"message-ttl", 100_i64}});
        CHECK(world.count("q") == 0);
    }
    SECTION("without the policy it stays") {
        world.clear("p");
        world.broker.advance(10s);
        CHECK(world.count("q") == 1);
    }
}

TEST_CASE("a period of a policy may be longer than any clock runs", "[policy]") {
    World world;
    world.declare("q");
    constexpr std::int64_t longest = std::numeric_limits<std::int64_t>::max();
    world.set_all({{"message-ttl", longest}, {"expires", longest}});
    world.publish("1");
    world.broker.advance(60s);
    CHECK(world.drain("q") == "1");
}

TEST_CASE("expiry of a queue by policy counts from when it was set", "[policy]") {
    World world;
    world.declare("q");
    world.broker.advance(60s);
    world.set_all({{"expires", 1000_i64}});
    world.broker.advance(900ms);
    CHECK(world.broker.vhost().find_named_queue("q") != nullptr);
    world.broker.advance(200ms);
    CHECK(world.broker.vhost().find_named_queue("q") == nullptr);
}

TEST_CASE("an alternate exchange by policy holds at once; the argument wins", "[policy]") {
    World world;
    world.channel.exchange_declare({.exchange = "x", .type = "direct"});
    world.channel.exchange_declare({.exchange = "other", .type = "fanout"});
    world.declare("caught");
    world.channel.queue_bind({.queue = "caught", .exchange = "other"});
    world.channel.exchange_declare({.exchange = "nothing", .type = "fanout"});
    world.channel.exchange_declare(
        {.exchange = "x.own",
         .type = "direct",
         .arguments = Arguments{{"alternate-exchange", std::string("nothing")}}});
    const auto publish = [&] { world.channel.publish({.exchange = "x", .routing_key = "k"}, "m"); };
    publish();
    CHECK(world.count("caught") == 0);
    world.set({.name = "p",
               .pattern = "^x",
               .definition = {{"alternate-exchange", std::string("other")}},
               .applies_to = AppliesTo::exchanges});
    publish();
    CHECK(world.count("caught") == 1);
    world.channel.publish({.exchange = "x.own", .routing_key = "k"}, "m");
    CHECK(world.count("caught") == 1);
    world.clear("p");
    publish();
    CHECK(world.count("caught") == 1);
}

TEST_CASE("what a policy must not be is refused in RabbitMQ's words, and nothing changes",
          "[policy]") {
    World world;
    const auto refused = [&](Policy policy, PolicyKind kind = PolicyKind::user) {
        try {
            world.set(std::move(policy), kind);
        } catch (const ValidationFailed& error) {
            return std::string(error.what());
        }
        return std::string("taken");
    };
    const auto with = [](FieldTable definition) {
        return Policy{.name = "p", .pattern = ".*", .definition = std::move(definition)};
    };
    const std::string head = "Validation failed\n\n";
    CHECK(refused(with({})) == head + "no policy provided\n");
    CHECK(refused(with({{"nonsense", std::string("all")}})) ==
          head + "[{<<\"nonsense\">>,<<\"all\">>}] are not recognised policy settings\n");
    CHECK(refused(with({{"max-length", -1_i64}})) == head + "-1 is not a valid maximum length\n");
    CHECK(refused(with({{"max-length", std::string("5")}})) ==
          head + "<<\"5\">> is not a valid maximum length\n");
    CHECK(refused(with({{"message-ttl", -1_i64}})) == head + "-1 is not a valid message TTL\n");
    CHECK(refused(with({{"expires", 0_i64}})) == head + "0 is not a valid queue expiry\n");
    CHECK(refused(with({{"overflow", std::string("burst")}})) ==
          head + "<<\"burst\">> is not a valid overflow value\n");
    CHECK(refused(with({{"dead-letter-exchange", true}})) ==
          head + "true is not a valid dead letter exchange name\n");
    CHECK(refused(with({{"max-length", 1_i64}, {"max-length", 2_i64}})) ==
          head + "[<<\"max-length\">>] duplicate keys not allowed\n");
    CHECK(refused({.name = "p", .pattern = "a(b", .definition = {{"max-length", 1_i64}}}) ==
          head +
              "pattern should be regular expression but is invalid: "
              "{\"missing closing parenthesis\",3}\n");
    CHECK(refused(with({{"dead-letter-exchange", std::string("x")}}), PolicyKind::by_operator) ==
          head + "[{<<\"dead-letter-exchange\">>,<<\"x\">>}] are not recognised policy settings\n");
    CHECK(world.broker.vhost().policies().all(PolicyKind::user).empty());
}

TEST_CASE("a vhost takes no more queues than its limit", "[limits]") {
    World world;
    world.declare("one");
    world.broker.vhost().set_parameter("vhost-limits", "limits", FieldTable{{"max-queues", 1_i64}});
    SECTION("a new one is refused") {
        world.channel.send(queue::Declare{.queue = "two"});
        CHECK(world.channel.closed_with(406,
                                        "PRECONDITION_FAILED - cannot declare queue 'two': queue "
                                        "limit in vhost '/' (1) is reached"));
    }
    SECTION("one that stands may be declared again") { world.declare("one"); }
    SECTION("a negative limit is none") {
        world.broker.vhost().set_parameter("vhost-limits", "limits",
                                           FieldTable{{"max-queues", -1_i64}});
        world.declare("two");
        CHECK(world.count("two") == 0);
    }
    SECTION("without the limit there is room again") {
        CHECK(world.broker.vhost().clear_parameter("vhost-limits", "limits"));
        world.declare("two");
        CHECK(world.count("two") == 0);
    }
}

TEST_CASE("a vhost takes no more connections than its limit", "[limits]") {
    World world;
    world.broker.vhost().set_parameter("vhost-limits", "limits",
                                       FieldTable{{"max-connections", 2_i64}});
    TestConnection second = world.broker.connect();
    const auto attempt = [&] {
        auto client = world.broker.accept();
        (void)client.log_in_until_tune();
        client.send(connection::TuneOk{.channel_max = 2047, .frame_max = 131072});
        client.send(connection::Open{.virtual_host = "/"});
        return client;
    };
    CHECK(attempt().closed_with(530,
                                "NOT_ALLOWED - access to vhost '/' refused for user 'guest': "
                                "connection limit (2) is reached",
                                connection::Open::id));
    (void)second.call<connection::CloseOk>(connection::Close{.reply_code = 200});
    CHECK(attempt().next<connection::OpenOk>() == connection::OpenOk{});
}

TEST_CASE("keys of what this broker does not do are refused", "[policy]") {
    World world;
    const auto key =
        GENERATE("federation-upstream", "ha-nonsense", "max-priority", "shards-per-node");
    CAPTURE(key);
    const auto kind = GENERATE(PolicyKind::user, PolicyKind::by_operator);
    CHECK_THROWS_WITH(world.set_all({{key, 1_i64}}, kind),
                      Catch::Contains("are not recognised policy settings"));
}

TEST_CASE("what a parameter must not be is refused", "[parameters]") {
    World world;
    const auto refused = [&](std::string component, FieldValue value) {
        try {
            world.broker.vhost().set_parameter(std::move(component), "name", std::move(value));
        } catch (const ValidationFailed& error) {
            return std::string(error.what());
        }
        world.broker.end_turn();
        return std::string("taken");
    };
    const std::string head = "Validation failed\n\n";
    CHECK(refused("nonsense", FieldTable{}) == head + "component nonsense not found\n");
    CHECK(refused("policy", FieldTable{}) == head + "policies may not be set using this method\n");
    CHECK(refused("vhost-limits", FieldTable{{"max-wishes", 3_i64}}) ==
          head + "Unrecognised terms [{<<\"max-wishes\">>,3}] in name\n");
    CHECK(refused("vhost-limits", FieldTable{{"max-queues", std::string("3")}}) ==
          head + "max-queues should be a number, actually was <<\"3\">>\n");
    CHECK(refused("shovel", FieldTable{{"src-uri", std::string("amqp://")}}) ==
          head + "component shovel not found\n");
}

TEST_CASE("policies, limits, parameters and pauses survive a restart", "[policy][parameters]") {
    World before;
    before.declare("q");
    before.declare("running");
    before.broker.vhost().pause_queue("q", leveret::broker::ConnectionId::none, true);
    before.set({.name = "p",
                .pattern = "^q$",
                .definition = {{"max-length", 2_i64}},
                .priority = -3,
                .applies_to = AppliesTo::queues});
    before.set_all({{"message-ttl", 9_i64}}, PolicyKind::by_operator);
    before.set({.name = "gone", .pattern = "", .definition = {{"max-length", 1_i64}}});
    before.clear("gone");
    before.broker.vhost().set_parameter("vhost-limits", "limits",
                                        FieldTable{{"max-queues", 5_i64}});
    before.broker.core().global_parameters().set({"", "cluster_name"}, std::string("home"));
    before.broker.end_turn();

    TestBroker after(TestBroker::Bare{});
    after.expect_unknown_queues();
    leveret::broker::Recovery recovery(after.core());
    for (const auto& definition : before.broker.store().definitions()) {
        recovery.definition(definition);
    }
    recovery.done({});

    CHECK(after.queue("q").paused());
    CHECK_FALSE(after.queue("running").paused());
    CHECK(after.queue("q").settings().max_length == 2);
    CHECK(after.queue("q").settings().message_ttl == 9ms);
    const auto& users = after.vhost().policies().all(PolicyKind::user);
    REQUIRE(users.size() == 1);
    CHECK(users.at("p").policy.priority == -3);
    CHECK(users.at("p").policy.applies_to == AppliesTo::queues);
    CHECK(after.vhost().limits().queues == 5);
    CHECK(*after.core().global_parameters().find({"", "cluster_name"}) ==
          FieldValue(std::string("home")));
}

// Policies, parameters and limits, seen and set from outside.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/integers.hpp"
#include "tests/support/test_inspector.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using namespace leveret::broker::insight;
using leveret::broker::AppliesTo;
using leveret::broker::Policy;
using leveret::broker::PolicyKind;
using Declared = Inspector::Declared;

namespace {

template <class Value, class Request>
Result<Value> set(TestInspector& inspector, Request request) {
    return inspector.ask<Result<Value>>([&](Inspector& i, Then<Result<Value>> then) {
        i.set(std::move(request), std::move(then));
    });
}

template <class Request>
Result<Done> remove(TestInspector& inspector, Request request) {
    return inspector.ask<Result<Done>>([&](Inspector& i, Then<Result<Done>> then) {
        i.remove(std::move(request), std::move(then));
    });
}

SetPolicies one(std::string name, FieldTable definition, PolicyKind kind = PolicyKind::user) {
    return {.vhost = "/",
            .kind = kind,
            .policies = {{.name = std::move(name),
                          .pattern = "^q",
                          .definition = std::move(definition),
                          .priority = 4,
                          .applies_to = AppliesTo::queues}}};
}

std::vector<PolicySnapshot> policies(TestInspector& inspector, PolicyKind kind, Vhosts vhosts) {
    return inspector.ask<std::vector<PolicySnapshot>>(
        [&](Inspector& i, auto then) { i.policies(kind, vhosts, then); });
}

Result<PolicySnapshot> policy(TestInspector& inspector, const ObjectName& name) {
    return inspector.ask<Result<PolicySnapshot>>(
        [&](Inspector& i, auto then) { i.policy(PolicyKind::user, name, then); });
}

Result<QueueSnapshot> queue_snapshot(TestInspector& inspector, const std::string& name) {
    return inspector.ask<Result<QueueSnapshot>>(
        [&](Inspector& i, auto then) { i.queue({"/", name}, {}, then); });
}

std::vector<VhostLimitsSnapshot> limits_of(TestInspector& inspector) {
    return inspector.ask<std::vector<VhostLimitsSnapshot>>(
        [](Inspector& i, auto then) { i.limits({}, then); });
}

}  // namespace

TEST_CASE("a policy set from outside holds at once, and is told back as it was set",
          "[insight][policy]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    CHECK(*set<Declared>(inspector, one("p", {{"max-length", 7_i64}})) == Declared::created);
    CHECK(broker.queue("q").settings().max_length == 7);
    CHECK(*set<Declared>(inspector, one("p", {{"max-length", 2_i64}})) == Declared::stood);
    CHECK(broker.queue("q").settings().max_length == 2);

    const auto found = policy(inspector, {"/", "p"});
    REQUIRE(found);
    CHECK(found->vhost == "/");
    CHECK(found->policy.pattern == "^q");
    CHECK(found->policy.priority == 4);
    CHECK(found->policy.applies_to == AppliesTo::queues);
    CHECK(found->policy.definition == FieldTable{{"max-length", 2_i64}});

    CHECK(remove(inspector, DeletePolicy{.vhost = "/", .kind = PolicyKind::user, .name = "p"}));
    CHECK_FALSE(broker.queue("q").settings().max_length);
    CHECK(refusal(policy(inspector, {"/", "p"})) == "NOT_FOUND - no policy 'p' in vhost '/'");
    CHECK(refusal(remove(inspector,
                         DeletePolicy{.vhost = "/", .kind = PolicyKind::user, .name = "p"})) ==
          "NOT_FOUND - no policy 'p' in vhost '/'");
}

TEST_CASE("queues and exchanges show their policies and what these come to", "[insight][policy]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    channel.queue_declare({.queue = "other"});
    REQUIRE(set<Declared>(inspector, one("p", {{"max-length", 7_i64}, {"expires", 9000_i64}})));
    REQUIRE(set<Declared>(inspector, one("op", {{"max-length", 3_i64}}, PolicyKind::by_operator)));
    REQUIRE(set<Declared>(
        inspector,
        SetPolicies{.vhost = "/",
                    .kind = PolicyKind::user,
                    .policies = {{.name = "x",
                                  .pattern = "topic$",
                                  .definition = {{"alternate-exchange", std::string("a")}},
                                  .applies_to = AppliesTo::exchanges}}}));

    const auto found = queue_snapshot(inspector, "q");
    CHECK(found->policies.user == "p");
    CHECK(found->policies.by_operator == "op");
    CHECK(found->policies.definition == FieldTable{{"max-length", 3_i64}, {"expires", 9000_i64}});
    CHECK(queue_snapshot(inspector, "other")->policies == AppliedPoliciesSnapshot{});
    const auto exchange = inspector.ask<Result<ExchangeSnapshot>>(
        [](Inspector& i, auto then) { i.exchange({"/", "amq.topic"}, {}, then); });
    CHECK(exchange->policies.user == "x");
    CHECK(exchange->policies.definition == FieldTable{{"alternate-exchange", std::string("a")}});
}

TEST_CASE("of several policies set together all hold, or none", "[insight][policy]") {
    TestBroker broker;
    TestInspector inspector(broker);
    SetPolicies request = one("good", {{"max-length", 7_i64}});
    request.policies.push_back(
        {.name = "bad", .pattern = "", .definition = {{"federation-upstream", std::string("u")}}});
    const auto refused = set<Declared>(inspector, request);
    CHECK(refused.refusal().code == reply::precondition_failed);
    CHECK(
        refused.refusal().explanation() ==
        "Validation failed\n\n[{<<\"federation-upstream\">>,<<\"u\">>}] are not recognised policy "
        "settings\n");
    CHECK(policies(inspector, PolicyKind::user, {}).empty());
    request.policies.back().definition = {{"max-length", 1_i64}};
    CHECK(set<Declared>(inspector, request));
    CHECK(policies(inspector, PolicyKind::user, {}).size() == 2);
    CHECK(policies(inspector, PolicyKind::by_operator, {}).empty());
    CHECK(policies(inspector, PolicyKind::user, {{"elsewhere"}}).empty());
    request.vhost = "no";
    CHECK(refusal(set<Declared>(inspector, request)) == "NOT_FOUND - no vhost 'no'");
}

TEST_CASE("many policies are listed in slices, each once", "[insight][policy]") {
    TestBroker broker;
    TestInspector inspector(broker);
    constexpr std::size_t count = 500;
    SetPolicies request{.vhost = "/", .kind = PolicyKind::user};
    for (std::size_t i = 0; i < count; ++i) {
        request.policies.push_back({.name = "p" + std::to_string(i),
                                    .pattern = "^nothing$",
                                    .definition = {{"max-length", 1_i64}}});
    }
    REQUIRE(set<Declared>(inspector, request));
    auto found = policies(inspector, PolicyKind::user, {});
    CHECK(found.size() == count);
    CHECK(inspector->slices().largest_units <= leveret::broker::limits::slice_units);
    std::ranges::sort(found, {}, [](const PolicySnapshot& each) { return each.policy.name; });
    const auto twice = std::ranges::adjacent_find(
        found, {}, [](const PolicySnapshot& each) { return each.policy.name; });
    CHECK(twice == found.end());
}

TEST_CASE("limits of a vhost are set one by one, and hold for queues and connections",
          "[insight][limits]") {
    TestBroker broker;
    TestInspector inspector(broker);
    CHECK(limits_of(inspector).empty());
    CHECK(set<Done>(inspector, SetVhostLimit{.vhost = "/", .name = "max-connections", .value = 1}));
    CHECK(set<Done>(inspector, SetVhostLimit{.vhost = "/", .name = "max-queues", .value = 3}));
    REQUIRE(limits_of(inspector).size() == 1);
    CHECK(limits_of(inspector).front().vhost == "/");
    CHECK(limits_of(inspector).front().limits ==
          FieldTable{{"max-connections", 1_i64}, {"max-queues", 3_i64}});
    CHECK(broker.vhost().limits().queues == 3);
    CHECK(broker.vhost().limits().connections == 1);

    CHECK(refusal(set<Done>(inspector,
                            SetVhostLimit{.vhost = "/", .name = "max-wishes", .value = 3})) ==
          "PRECONDITION_FAILED - Validation failed\n\nUnrecognised terms "
          "[{<<\"max-wishes\">>,3}] in limits\n");
    CHECK(remove(inspector, DeleteVhostLimit{.vhost = "/", .name = "max-connections"}));
    CHECK(limits_of(inspector).front().limits == FieldTable{{"max-queues", 3_i64}});
    CHECK(remove(inspector, DeleteVhostLimit{.vhost = "/", .name = "max-queues"}));
    CHECK(remove(inspector, DeleteVhostLimit{.vhost = "/", .name = "max-queues"}));
    CHECK(limits_of(inspector).empty());
    CHECK_FALSE(broker.vhost().limits().queues);
}

TEST_CASE("parameters are set, listed and cleared, those of vhosts and global ones",
          "[insight][parameters]") {
    TestBroker broker;
    TestInspector inspector(broker);
    const auto list = [&](ParameterQuery query) {
        return inspector.ask<std::vector<ParameterSnapshot>>(
            [&](Inspector& i, auto then) { i.parameters(query, then); });
    };
    const auto global = [&] {
        return inspector.ask<std::vector<ParameterSnapshot>>(
            [](Inspector& i, auto then) { i.global_parameters(then); });
    };
    const SetParameter limits{.vhost = "/",
                              .component = "vhost-limits",
                              .name = "limits",
                              .value = FieldTable{{"max-queues", 3_i64}}};
    CHECK(*set<Declared>(inspector, limits) == Declared::created);
    CHECK(*set<Declared>(inspector, limits) == Declared::stood);
    REQUIRE(list({}).size() == 1);
    CHECK(list({}).front().component == "vhost-limits");
    CHECK(list({}).front().name == "limits");
    CHECK(list({}).front().value == FieldValue(FieldTable{{"max-queues", 3_i64}}));
    CHECK(list({.component = "shovel"}).empty());
    CHECK(list({.component = "vhost-limits", .name = "limits"}).size() == 1);
    CHECK(refusal(set<Declared>(
              inspector,
              SetParameter{
                  .vhost = "/", .component = "shovel", .name = "s", .value = FieldTable{}})) ==
          "PRECONDITION_FAILED - Validation failed\n\ncomponent shovel not found\n");
    const DeleteParameter gone{.vhost = "/", .component = "vhost-limits", .name = "limits"};
    CHECK(remove(inspector, gone));
    CHECK(refusal(remove(inspector, gone)) ==
          "NOT_FOUND - no parameter 'limits' of component 'vhost-limits' in vhost '/'");
    CHECK(list({}).empty());

    CHECK(*set<Declared>(inspector, SetGlobalParameter{"cluster_name", std::string("home")}) ==
          Declared::created);
    CHECK(*set<Declared>(inspector, SetGlobalParameter{"cluster_name", std::string("other")}) ==
          Declared::stood);
    REQUIRE(global().size() == 1);
    CHECK(global().front().name == "cluster_name");
    CHECK(global().front().value == FieldValue(std::string("other")));
    const auto clear = [&] {
        return inspector.ask<Result<Done>>(
            [](Inspector& i, auto then) { i.remove_global_parameter("cluster_name", then); });
    };
    CHECK(clear());
    CHECK(refusal(clear()) == "NOT_FOUND - no global parameter 'cluster_name'");
    CHECK(global().empty());
}

TEST_CASE("setting a policy is answered when it is durable", "[insight][policy]") {
    TestBroker broker;
    TestInspector inspector(broker);
    broker.store().hold();
    bool answered = false;
    SECTION("of a vhost") {
        inspector->set(one("p", {{"max-length", 7_i64}}),
                       [&](const Result<Declared>& result) { answered = result.ok(); });
    }
    SECTION("a global parameter") {
        inspector->set(SetGlobalParameter{"cluster_name", std::string("home")},
                       [&](const Result<Declared>& result) { answered = result.ok(); });
    }
    inspector.run();
    CHECK_FALSE(answered);
    broker.store().release_all();
    broker.end_turn();
    inspector.run();
    CHECK(answered);
}

TEST_CASE("setting and clearing policies and parameters are events", "[insight][events]") {
    TestBroker broker;
    TestInspector inspector(broker);
    SetPolicies request = one("p", {{"max-length", 7_i64}}, PolicyKind::by_operator);
    request.user = "somebody";
    REQUIRE(set<Declared>(inspector, request));
    REQUIRE(remove(inspector,
                   DeletePolicy{.vhost = "/", .kind = PolicyKind::by_operator, .name = "p"}));
    REQUIRE(set<Done>(inspector, SetVhostLimit{.vhost = "/", .name = "max-queues", .value = 3}));
    REQUIRE(remove(inspector, DeleteVhostLimit{.vhost = "/", .name = "max-queues"}));
    std::vector<std::string> told;
    for (const Event& event : inspector->recent_events(100)) {
        told.push_back(std::string(to_string(event.type)) + " " + event.name + " by " + event.by +
                       ": " + event.detail);
    }
    CHECK(told == std::vector<std::string>{"policy.set p by somebody: operator policy",
                                           "policy.cleared p by : operator policy",
                                           "parameter.set limits by : vhost-limits",
                                           "parameter.cleared limits by : vhost-limits"});
}

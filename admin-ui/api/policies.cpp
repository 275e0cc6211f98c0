// Policies of users and of operators.
#include <utility>
#include <vector>

#include "admin-ui/api/broker_call.hpp"
#include "admin-ui/api/definitions_reader.hpp"
#include "admin-ui/api/definitions_writer.hpp"
#include "admin-ui/api/endpoints.hpp"
#include "admin-ui/api/list.hpp"
#include "broker/policy.hpp"

namespace leveret::admin::endpoints {

namespace insight = broker::insight;

namespace {

using broker::Policy;
using broker::PolicyKind;
using insight::PolicySnapshot;

/// A policy, with the members that lists are sorted and filtered by.
struct NamedPolicy {
    std::string vhost;
    std::string name;
    Policy policy;
};

void render_policy(const NamedPolicy& named, JsonSink& out) {
    out.object([&] {
        out.member("vhost", named.vhost);
        out.member("name", named.name);
        policy_members(named.policy, out);
    });
}

PolicyKind kind_of(const Call& call) {
    return call.route.pattern.starts_with("/operator-policies") ? PolicyKind::by_operator
                                                                : PolicyKind::user;
}

}  // namespace

Answer get_policies(Call& call) {
    ListQuery list = parse_list_query(call.query);
    ListRoom room = co_await call.services.lists.enter();
    auto policies = co_await answer<std::vector<PolicySnapshot>>([&](auto then) {
        call.broker().policies(kind_of(call), call.visible_vhosts(), std::move(then));
    });
    std::vector<NamedPolicy> named;
    named.reserve(policies.size());
    for (PolicySnapshot& one : policies) {
        std::string name = one.policy.name;
        named.push_back({std::move(one.vhost), std::move(name), std::move(one.policy)});
    }
    auto rows = std::make_unique<ItemsOf<NamedPolicy>>(std::move(named), render_policy);
    co_return co_await list_reply(std::move(list), std::move(room), std::move(rows));
}

Answer get_policy(Call& call) {
    PolicySnapshot found = co_await done<PolicySnapshot>([&](auto then) {
        call.broker().policy(kind_of(call), {call["vhost"], call["policy"]}, std::move(then));
    });
    const NamedPolicy named{std::move(found.vhost), call["policy"], std::move(found.policy)};
    co_return object_reply(call.query, [&](JsonSink& out) { render_policy(named, out); });
}

Answer put_policy(Call& call) {
    insight::SetPolicies request{
        .vhost = call["vhost"], .kind = kind_of(call), .user = call.user().name};
    request.policies.push_back(read_policy(call.body(), call["policy"]));
    const auto declared = co_await done<insight::Inspector::Declared>(
        [&](auto then) { call.broker().set(std::move(request), std::move(then)); });
    co_return empty_reply(declared == insight::Inspector::Declared::created ? 201 : 204);
}

Answer delete_policy(Call& call) {
    insight::DeletePolicy request{.vhost = call["vhost"],
                                  .kind = kind_of(call),
                                  .name = call["policy"],
                                  .user = call.user().name};
    co_await done<insight::Done>(
        [&](auto then) { call.broker().remove(std::move(request), std::move(then)); });
    co_return empty_reply(204);
}

}  // namespace leveret::admin::endpoints

#include "broker/policies.hpp"

#include <algorithm>
#include <utility>

namespace leveret::broker {

using namespace protocol::amqp;

FieldTable AppliedPolicies::definition() const {
    FieldTable merged;
    if (user != nullptr) merged = user->definition;
    if (by_operator == nullptr) return merged;
    for (const auto& [key, value] : by_operator->definition) {
        const FieldValue* const users = merged.find(key);
        const auto limit = as_integer(value);
        const auto wanted = users == nullptr ? std::nullopt : as_integer(*users);
        // A negative limit would be none, and a version is no limit.
        const bool within = limit && wanted && *wanted >= 0 && *wanted < *limit;
        if (!within || key == "queue-version") merged.set(key, value);
    }
    return merged;
}

void Policies::set(PolicyKind kind, Policy policy, storage::DefinitionId id) {
    Kind& changed = of(kind);
    changed.patterns.reset();
    std::string name = policy.name;
    changed.by_name.insert_or_assign(std::move(name), Entry{std::move(policy), id});
}

bool Policies::erase(PolicyKind kind, std::string_view name) {
    Kind& changed = of(kind);
    const auto place = changed.by_name.find(name);
    if (place == changed.by_name.end()) return false;
    changed.patterns.reset();
    changed.by_name.erase(place);
    return true;
}

const AppliedPolicies& Policies::find_for(const routing::Destination& object, PolicyTarget target) {
    static constexpr AppliedPolicies none;
    const AppliedPolicies found{
        .user = first_fit(of(PolicyKind::user), object.name(), target),
        .by_operator = first_fit(of(PolicyKind::by_operator), object.name(), target)};
    if (found.none()) {
        forget(object);
        return none;
    }
    return applied_[&object] = found;
}

AppliedPolicies Policies::of(const routing::Destination& object) const {
    const auto place = applied_.find(&object);
    return place == applied_.end() ? AppliedPolicies{} : place->second;
}

const Policy* Policies::first_fit(Kind& kind, std::string_view name, PolicyTarget target) {
    if (kind.by_name.empty()) return nullptr;
    if (!kind.patterns) {
        kind.in_order.clear();
        for (const auto& [policy_name, entry] : kind.by_name) {
            kind.in_order.push_back(&entry.policy);
        }
        std::ranges::stable_sort(kind.in_order, std::ranges::greater{}, &Policy::priority);
        std::vector<std::string> patterns;
        for (const Policy* const policy : kind.in_order) patterns.push_back(policy->pattern);
        kind.patterns.emplace(std::move(patterns));
    }
    for (const std::size_t place : kind.patterns->matches(name)) {
        if (fits(*kind.in_order[place], target)) return kind.in_order[place];
    }
    return nullptr;
}

}  // namespace leveret::broker

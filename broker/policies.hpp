// The policies of one vhost, users' and operators', and which of them every queue and exchange has.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/pattern.hpp"
#include "broker/policy.hpp"
#include "protocol/amqp/field_table.hpp"
#include "routing/destination.hpp"
#include "storage/definition.hpp"

namespace leveret::broker {

/// The policies that an object has: one of each kind at most.
/// Lifetime: until policies change.
struct AppliedPolicies {
    const Policy* user = nullptr;
    const Policy* by_operator = nullptr;

    bool operator==(const AppliedPolicies&) const = default;
    [[nodiscard]] bool none() const { return user == nullptr && by_operator == nullptr; }

    /// What the two say together.
    /// Rule: RabbitMQ: of two numbers the smaller one, else the operator's value.
    [[nodiscard]] protocol::amqp::FieldTable definition() const;
};

/// All policies are asked at once, so that one more costs nothing.
/// Thread: broker thread.
class Policies {
public:
    struct Entry {
        Policy policy;
        storage::DefinitionId id{};
    };
    using ByName = std::map<std::string, Entry, std::less<>>;

    [[nodiscard]] const ByName& all(PolicyKind kind) const { return of(kind).by_name; }

    /// Puts it in place of one of that name. What objects have is to be found anew then.
    /// Requires: validate() found nothing.
    void set(PolicyKind kind, Policy policy, storage::DefinitionId id);
    /// Returns: whether there was one.
    bool erase(PolicyKind kind, std::string_view name);

    /// Finds the policies that fit, and remembers that the object has them.
    const AppliedPolicies& find_for(const routing::Destination& object, PolicyTarget target);
    void forget(const routing::Destination& object) { applied_.erase(&object); }

    /// What find_for() found last.
    [[nodiscard]] AppliedPolicies of(const routing::Destination& object) const;

private:
    struct Kind {
        ByName by_name;
        /// By falling precedence, and their patterns in the same order; made when asked for.
        std::vector<const Policy*> in_order;
        std::optional<PatternSet> patterns;
    };

    [[nodiscard]] Kind& of(PolicyKind kind) { return kinds_[static_cast<std::size_t>(kind)]; }
    [[nodiscard]] const Kind& of(PolicyKind kind) const {
        return kinds_[static_cast<std::size_t>(kind)];
    }
    [[nodiscard]] static const Policy* first_fit(Kind& kind, std::string_view name,
                                                 PolicyTarget target);

    std::array<Kind, 2> kinds_;
    std::unordered_map<const routing::Destination*, AppliedPolicies> applied_;
};

}  // namespace leveret::broker

#include "broker/insight/import_definitions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "broker/insight/access_operations.hpp"
#include "broker/insight/attempt.hpp"
#include "broker/insight/operations.hpp"
#include "broker/insight/policy_operations.hpp"
#include "broker/parameters.hpp"
#include "broker/policies.hpp"
#include "protocol/amqp/protocol_error.hpp"
#include "storage/memory_store.hpp"

namespace leveret::broker::insight {

using namespace protocol::amqp;
using Kind = routing::Destination::Kind;

namespace {

/// The whole is given up: nothing was done.
struct Fault {
    Refusal refusal;
};

struct Verdict {
    Imported outcome{};
    std::string reason{};
};

/// A vhost and a name in it.
using Place = std::pair<std::string, std::string>;

bool same(const Policy& one, const Policy& other) {
    return std::tie(one.pattern, one.definition, one.priority, one.applies_to) ==
           std::tie(other.pattern, other.definition, other.priority, other.applies_to);
}

bool same_user(const access::User& standing, const PutUser& asked) {
    return standing.password == asked.password && standing.tags == asked.tags &&
           standing.limits == asked.limits.value_or(standing.limits);
}

/// Whether the broker knows what parameters of this component mean.
bool is_known(const SetParameter& parameter) {
    return parameter.component == vhost_limits_component;
}

bool is_reserved(std::string_view name) { return name.empty() || name.starts_with("amq."); }

std::string_view type_of(const DeclareQueue& queue) {
    const FieldValue* const type = queue.arguments.find("x-queue-type");
    return type == nullptr ? "classic" : as_string(*type).value_or("");
}

// What an entry is called in a report.

ImportedItem item(const PutUser& e) { return {{}, "user", {}, e.name, {}}; }
ImportedItem item(const PutVhost& e) { return {{}, "vhost", {}, e.name, {}}; }
ImportedItem item(const PutPermission& e) { return {{}, "permission", e.vhost, e.user_name, {}}; }
ImportedItem item(const PutTopicPermission& e) {
    return {{}, "topic_permission", e.vhost, fmt::format("{} on {}", e.user_name, e.exchange), {}};
}
ImportedItem item(const SetGlobalParameter& e) { return {{}, "global_parameter", {}, e.name, {}}; }
ImportedItem item(const SetParameter& e) {
    return {{}, "parameter", e.vhost, fmt::format("{}/{}", e.component, e.name), {}};
}
ImportedItem item(const PutPolicy& e) {
    const bool users = e.kind == PolicyKind::user;
    return {{}, users ? "policy" : "operator_policy", e.vhost, e.policy.name, {}};
}
ImportedItem item(const DeclareExchange& e) { return {{}, "exchange", e.vhost, e.name, {}}; }
ImportedItem item(const DeclareQueue& e) { return {{}, "queue", e.vhost, e.name, {}}; }
ImportedItem item(const Bind& e) {
    return {{}, "binding", e.vhost, fmt::format("{} -> {}", e.source, e.destination), {}};
}

// Carrying out one entry, on the broker or in the rehearsal.

template <class Value>
std::optional<Refusal> refusal_of(const Result<Value>& result) {
    if (result) return std::nullopt;
    return result.refusal();
}

template <class Entry>
auto perform(Broker& broker, const Entry& entry) -> decltype(refusal_of(put(broker, entry))) {
    return refusal_of(put(broker, entry));
}
std::optional<Refusal> perform(Broker& broker, const SetGlobalParameter& entry) {
    return refusal_of(set(broker, entry));
}
std::optional<Refusal> perform(Broker& broker, const SetParameter& entry) {
    if (is_known(entry)) return refusal_of(set(broker, entry));
    return refusal_of(attempt<Done>(broker, entry.user, [&] {
        find_vhost(broker, entry.vhost).keep_parameter(entry.component, entry.name, entry.value);
        return Done{};
    }));
}
std::optional<Refusal> perform(Broker& broker, const PutPolicy& entry) {
    return refusal_of(set(broker, SetPolicies{entry.vhost, entry.kind, {entry.policy}, {}}));
}
std::optional<Refusal> perform(Broker& broker, const DeclareExchange& entry) {
    return refusal_of(declare(broker, entry));
}
std::optional<Refusal> perform(Broker& broker, const DeclareQueue& entry) {
    return refusal_of(declare(broker, entry));
}
std::optional<Refusal> perform(Broker& broker, const Bind& entry) {
    return refusal_of(bind(broker, entry));
}

/// A broker of its own, without sockets or a disk: what it refuses, the real one would refuse. What
/// the definitions lean on and do not bring is copied from there.
class Rehearsal {
public:
    explicit Rehearsal(Broker& real)
        : real_(real),
          broker_(real.config(), real.clock(), store_,
                  {.turn_end = [] {}, .deadline = [](Instant) {}, .aside = [](auto, auto) {}}) {}

    [[nodiscard]] Broker& broker() { return broker_; }

    void bring_vhost(const std::string& name) {
        const Vhost* const real = real_.find_vhost(name);
        if (real != nullptr && broker_.find_vhost(name) == nullptr) {
            broker_.create_vhost(name, real->metadata());
        }
    }
    void bring_user(const std::string& name) {
        const access::UserPtr user = real_.access().find_user(name);
        if (user != nullptr && broker_.access().find(name) == nullptr) {
            broker_.access().set_user(*user);
        }
    }
    void bring_exchange(const std::string& vhost, const std::string& name) {
        Vhost* const real = real_.find_vhost(vhost);
        const routing::Exchange* const exchange =
            real == nullptr ? nullptr : real->find_exchange(name);
        if (exchange == nullptr || broker_.find_vhost(vhost)->find_exchange(name) != nullptr)
            return;
        const routing::ExchangeProperties& properties = exchange->properties();
        (void)declare(broker_, DeclareExchange{.vhost = vhost,
                                               .name = name,
                                               .type = properties.type,
                                               .durable = properties.durable,
                                               .auto_delete = properties.auto_delete,
                                               .internal = properties.internal,
                                               .arguments = properties.arguments});
    }
    void bring_queue(const std::string& vhost, const std::string& name) {
        Vhost* const real = real_.find_vhost(vhost);
        const Queue* const queue = real == nullptr ? nullptr : real->find_named_queue(name);
        if (queue == nullptr || broker_.find_vhost(vhost)->find_named_queue(name) != nullptr)
            return;
        (void)declare(broker_, DeclareQueue{.vhost = vhost,
                                            .name = name,
                                            .durable = queue->properties().durable,
                                            .auto_delete = queue->properties().auto_delete,
                                            .arguments = queue->properties().arguments.table()});
    }

private:
    Broker& real_;
    storage::MemoryStore store_;
    Broker broker_;
};

class Import {
public:
    Import(Broker& broker, const ImportDefinitions& request)
        : broker_(broker), request_(request), rehearsal_(broker) {}

    ImportReport run() {
        const Definitions& all = request_.definitions;
        const auto each = [&](auto&& visit) {
            visit("users", all.users);
            visit("vhosts", all.vhosts);
            visit("permissions", all.permissions);
            visit("exchanges", all.exchanges);
            visit("topic_permissions", all.topic_permissions);
            visit("global_parameters", all.global_parameters);
            visit("policies", all.policies);
            visit("parameters", all.parameters);
            visit("parameters", all.operator_policies);
            visit("queues", all.queues);
            visit("bindings", all.bindings);
        };
        each([&](std::string_view array, const auto& entries) { rehearse(array, entries); });
        if (!request_.dry_run) {
            each([&](std::string_view, const auto& entries) { carry_out(entries); });
            broker_.turn().end_soon();
        }
        return std::move(report_);
    }

private:
    template <class Entry>
    void rehearse(std::string_view array, const std::vector<Entry>& entries) {
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const Entry& entry = entries[i];
            bring(entry);
            Verdict verdict = judge(entry);
            const bool is_done =
                verdict.outcome == Imported::created || verdict.outcome == Imported::changed;
            if (is_done || verdict.outcome == Imported::unchanged) {
                if (const auto refusal = perform(rehearsal_.broker(), entry)) {
                    fail(array, i, item(entry), *refusal);
                }
            }
            if (is_done && !request_.dry_run) {
                to_do_.emplace(&entry, std::move(verdict));
            } else {
                count(entry, std::move(verdict));
            }
        }
    }

    [[noreturn]] static void fail(std::string_view array, std::size_t index,
                                  const ImportedItem& named, const Refusal& refusal) {
        const std::string vhost =
            named.vhost.empty() ? "" : fmt::format(" in vhost '{}'", named.vhost);
        const auto& code = reply::precondition_failed;
        throw Fault{{code, fmt::format("{} - {}[{}] '{}'{}: {}", code.name, array, index,
                                       named.name, vhost, refusal.explanation())}};
    }

    template <class Entry>
    void count(const Entry& entry, Verdict verdict) {
        std::uint64_t* const counters[] = {&report_.created, &report_.changed, &report_.unchanged,
                                           &report_.skipped, &report_.left_out};
        ++*counters[static_cast<std::size_t>(verdict.outcome)];
        if (verdict.outcome == Imported::unchanged) return;
        ImportedItem told = item(entry);
        told.outcome = verdict.outcome;
        told.reason = std::move(verdict.reason);
        report_.items.push_back(std::move(told));
    }

    /// Requires: the rehearsal refused nothing, so that only what the broker has already can be in
    /// the way: a vhost full of queues.
    template <class Entry>
    void carry_out(const std::vector<Entry>& entries) {
        for (const Entry& entry : entries) {
            if (to_do_.contains(&entry)) carried_out(entry, perform(broker_, entry));
        }
    }

    /// All policies of a vhost at once: its objects are looked at once then.
    void carry_out(const std::vector<PutPolicy>& entries) {
        using Kinds = std::pair<std::string, PolicyKind>;
        std::map<Kinds, SetPolicies> by_vhost;
        std::map<Kinds, std::optional<Refusal>> outcomes;
        for (const PutPolicy& entry : entries) {
            if (!to_do_.contains(&entry)) continue;
            SetPolicies& together = by_vhost[{entry.vhost, entry.kind}];
            together.vhost = entry.vhost;
            together.kind = entry.kind;
            together.policies.push_back(entry.policy);
        }
        for (const auto& [place, together] : by_vhost) {
            outcomes.emplace(place, refusal_of(set(broker_, together)));
        }
        for (const PutPolicy& entry : entries) {
            if (to_do_.contains(&entry)) carried_out(entry, outcomes[{entry.vhost, entry.kind}]);
        }
    }

    template <class Entry>
    void carried_out(const Entry& entry, const std::optional<Refusal>& refusal) {
        if (refusal) {
            count(entry, {Imported::left_out, std::string(refusal->explanation())});
        } else {
            count(entry, std::move(to_do_.at(&entry)));
        }
    }

    // What an entry leans on.

    void bring(const PutUser& entry) {
        for (const InitialPermission& initial : entry.permissions) {
            rehearsal_.bring_vhost(initial.vhost);
        }
    }
    void bring(const PutVhost& entry) { rehearsal_.bring_vhost(entry.name); }
    void bring(const PutPermission& entry) {
        rehearsal_.bring_vhost(entry.vhost);
        rehearsal_.bring_user(entry.user_name);
    }
    void bring(const PutTopicPermission& entry) {
        rehearsal_.bring_vhost(entry.vhost);
        rehearsal_.bring_user(entry.user_name);
    }
    void bring(const SetGlobalParameter&) {}
    void bring(const Bind& entry) {
        rehearsal_.bring_vhost(entry.vhost);
        if (rehearsal_.broker().find_vhost(entry.vhost) == nullptr) return;
        rehearsal_.bring_exchange(entry.vhost, entry.source);
        if (entry.destination_kind == Kind::queue) {
            rehearsal_.bring_queue(entry.vhost, entry.destination);
        } else {
            rehearsal_.bring_exchange(entry.vhost, entry.destination);
        }
    }
    template <class Entry>
    void bring(const Entry& entry) {
        rehearsal_.bring_vhost(entry.vhost);
    }

    // What is to become of an entry, by what stands.

    Verdict judge(const PutUser& entry) const {
        const access::UserPtr user = broker_.access().find_user(entry.name);
        if (user == nullptr) return {Imported::created};
        return {same_user(*user, entry) ? Imported::unchanged : Imported::changed};
    }

    Verdict judge(const PutVhost& entry) const {
        const Vhost* const vhost = broker_.find_vhost(entry.name);
        if (vhost == nullptr) return {Imported::created};
        const VhostMetadata& metadata = vhost->metadata();
        const bool as_it_is =
            entry.description.value_or(metadata.description) == metadata.description &&
            entry.tags.value_or(metadata.tags) == metadata.tags &&
            entry.default_queue_type.value_or(metadata.default_queue_type) ==
                metadata.default_queue_type;
        return {as_it_is ? Imported::unchanged : Imported::changed};
    }

    Verdict judge(const PutPermission& entry) const {
        const access::Grants* const grants =
            broker_.access().find_grants(entry.user_name, entry.vhost);
        if (grants == nullptr || !grants->permission) return {Imported::created};
        const bool as_it_is = grants->permission->texts == entry.permission;
        return {as_it_is ? Imported::unchanged : Imported::changed};
    }

    Verdict judge(const PutTopicPermission& entry) const {
        const access::Grants* const grants =
            broker_.access().find_grants(entry.user_name, entry.vhost);
        if (grants == nullptr) return {Imported::created};
        const auto place = grants->topics.find(entry.exchange);
        if (place == grants->topics.end()) return {Imported::created};
        const bool as_it_is = place->second.texts == entry.permission;
        return {as_it_is ? Imported::unchanged : Imported::changed};
    }

    static Verdict judge_value(const FieldValue* standing, const FieldValue& asked) {
        if (standing == nullptr) return {Imported::created};
        return {*standing == asked ? Imported::unchanged : Imported::changed};
    }

    Verdict judge(const SetGlobalParameter& entry) const {
        return judge_value(broker_.global_parameters().find({{}, entry.name}), entry.value);
    }

    Verdict judge(const SetParameter& entry) const {
        const Vhost* const vhost = broker_.find_vhost(entry.vhost);
        Verdict verdict =
            vhost == nullptr
                ? Verdict{Imported::created}
                : judge_value(vhost->parameters().find({entry.component, entry.name}), entry.value);
        if (!is_known(entry)) verdict.reason = "kept without effect: the component is unknown here";
        return verdict;
    }

    Verdict judge(const PutPolicy& entry) const {
        const Vhost* const vhost = broker_.find_vhost(entry.vhost);
        if (vhost == nullptr) return {Imported::created};
        const Policies::ByName& policies = vhost->policies().all(entry.kind);
        const auto place = policies.find(entry.policy.name);
        if (place == policies.end()) return {Imported::created};
        const bool as_it_is = same(place->second.policy, entry.policy);
        return {as_it_is ? Imported::unchanged : Imported::changed};
    }

    Verdict judge(const DeclareExchange& entry) {
        const bool stands = has_exchange(broker_, entry);
        if (is_reserved(entry.name)) {
            // What every vhost has, one that is to come has as well.
            const bool there = stands || has_exchange(rehearsal_.broker(), entry);
            return reserved(entry, there, exchanges_left_out_);
        }
        if (!routing::is_exchange_type(entry.type)) {
            exchanges_left_out_.insert({entry.vhost, entry.name});
            return {Imported::left_out, fmt::format("unknown exchange type '{}'", entry.type)};
        }
        return stands ? redeclared(entry) : Verdict{Imported::created};
    }

    Verdict judge(const DeclareQueue& entry) {
        Vhost* const vhost = broker_.find_vhost(entry.vhost);
        const bool stands = vhost != nullptr && vhost->find_named_queue(entry.name) != nullptr;
        if (is_reserved(entry.name)) return reserved(entry, stands, queues_left_out_);
        if (type_of(entry) == "stream") {
            queues_left_out_.insert({entry.vhost, entry.name});
            return {Imported::left_out, "unsupported queue type 'stream'"};
        }
        return stands ? redeclared(entry) : Verdict{Imported::created};
    }

    static bool has_exchange(Broker& broker, const DeclareExchange& entry) {
        Vhost* const vhost = broker.find_vhost(entry.vhost);
        return vhost != nullptr && vhost->find_exchange(entry.name) != nullptr;
    }

    /// Names that only the broker gives.
    template <class Entry>
    static Verdict reserved(const Entry& entry, bool there, std::set<Place>& left_out) {
        if (there) return {Imported::skipped, "the name is reserved"};
        left_out.insert({entry.vhost, entry.name});
        return {Imported::left_out, "the name is reserved"};
    }

    /// Declaring what stands tells whether it is the same, and changes nothing.
    template <class Entry>
    Verdict redeclared(const Entry& entry) {
        const auto refusal = perform(broker_, entry);
        if (!refusal) return {Imported::unchanged};
        return {Imported::skipped, std::string(refusal->explanation())};
    }

    Verdict judge(const Bind& entry) {
        const Place destination{entry.vhost, entry.destination};
        const bool to_queue = entry.destination_kind == Kind::queue;
        if (exchanges_left_out_.contains({entry.vhost, entry.source}) ||
            (to_queue ? queues_left_out_ : exchanges_left_out_).contains(destination)) {
            return {Imported::left_out, "what it binds is left out"};
        }
        if (entry.source.empty()) return {Imported::skipped, "queues are bound so by themselves"};
        return {is_bound(entry) ? Imported::unchanged : Imported::created};
    }

    [[nodiscard]] bool is_bound(const Bind& entry) const {
        Vhost* const vhost = broker_.find_vhost(entry.vhost);
        return vhost != nullptr && find_binding(*vhost, entry) != nullptr;
    }

    Broker& broker_;
    const ImportDefinitions& request_;
    Rehearsal rehearsal_;
    ImportReport report_;
    std::unordered_map<const void*, Verdict> to_do_;  ///< entries, and what is told of them then
    std::set<Place> exchanges_left_out_;
    std::set<Place> queues_left_out_;
};

}  // namespace

Result<ImportReport> import_definitions(Broker& broker, const ImportDefinitions& request) {
    const Observation::Acting acting(broker.observation(), request.user);
    try {
        return Import(broker, request).run();
    } catch (const Fault& fault) {
        return fault.refusal;
    }
}

}  // namespace leveret::broker::insight

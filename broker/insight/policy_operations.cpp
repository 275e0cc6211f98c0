#include "broker/insight/policy_operations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "broker/insight/attempt.hpp"
#include "broker/insight/list_task.hpp"
#include "broker/insight/operations.hpp"
#include "broker/insight/vhost_walk.hpp"
#include "broker/parameters.hpp"
#include "broker/policies.hpp"
#include "broker/turn.hpp"
#include "broker/vhost.hpp"

namespace leveret::broker::insight {

using namespace protocol::amqp;
using Declared = Inspector::Declared;

namespace {

const Parameters::Key limits_key{std::string(vhost_limits_component),
                                 std::string(vhost_limits_name)};

[[noreturn]] void not_found(const std::string& what) {
    throw ProtocolError(reply::not_found, what);
}

[[noreturn]] void no_policy(const std::string& name, const std::string& vhost) {
    not_found(fmt::format("no policy '{}' in vhost '{}'", name, vhost));
}

FieldTable limits_of(const Vhost& vhost) {
    const FieldValue* const value = vhost.parameters().find(limits_key);
    const FieldTable* const limits = value == nullptr ? nullptr : as_table(*value);
    return limits == nullptr ? FieldTable{} : *limits;
}

void set_limits(Vhost& vhost, FieldTable limits) {
    if (limits.empty()) {
        (void)vhost.clear_parameter(limits_key.component, limits_key.name);
    } else {
        vhost.set_parameter(limits_key.component, limits_key.name, std::move(limits));
    }
}

/// Walks what vhosts have in maps, from one key to the next, while entries come and go.
/// `Source` has the map of a vhost, and makes snapshots of what is wanted.
template <class Source>
class MapSlice {
public:
    MapSlice(Broker& broker, const Vhosts& vhosts, Source source)
        : broker_(broker), vhosts_(names_of(broker, vhosts)), source_(std::move(source)) {}

    bool advance(Budget& budget, std::vector<typename Source::Snapshot>& found) {
        for (; next_vhost_ < vhosts_.size(); ++next_vhost_, last_.reset()) {
            Vhost* const vhost = broker_.find_vhost(vhosts_[next_vhost_]);
            if (vhost != nullptr && !advance(*vhost, budget, found)) return false;
        }
        return true;
    }

private:
    bool advance(const Vhost& vhost, Budget& budget,
                 std::vector<typename Source::Snapshot>& found) {
        const auto& entries = source_.entries(vhost);
        auto next = last_ ? entries.upper_bound(*last_) : entries.begin();
        for (; next != entries.end(); ++next) {
            if (source_.wants(next->first)) found.push_back(source_.snapshot(vhost, *next));
            if (budget.spend()) continue;
            last_ = next->first;
            return false;
        }
        return true;
    }

    Broker& broker_;
    const std::vector<std::string> vhosts_;
    const Source source_;
    std::size_t next_vhost_ = 0;
    std::optional<typename Source::Key> last_;  ///< that was visited in this vhost
};

struct PolicySource {
    using Snapshot = PolicySnapshot;
    using Key = std::string;
    PolicyKind kind;

    [[nodiscard]] const Policies::ByName& entries(const Vhost& vhost) const {
        return vhost.policies().all(kind);
    }
    [[nodiscard]] bool wants(const Key&) const { return true; }
    [[nodiscard]] Snapshot snapshot(const Vhost& vhost,
                                    const Policies::ByName::value_type& entry) const {
        return {.vhost = vhost.name(), .policy = entry.second.policy};
    }
};

struct ParameterSource {
    using Snapshot = ParameterSnapshot;
    using Key = Parameters::Key;
    std::optional<std::string> component;
    std::optional<std::string> name;

    [[nodiscard]] const std::map<Key, Parameters::Entry>& entries(const Vhost& vhost) const {
        return vhost.parameters().all();
    }
    [[nodiscard]] bool wants(const Key& key) const {
        return component.value_or(key.component) == key.component &&
               name.value_or(key.name) == key.name;
    }
    [[nodiscard]] Snapshot snapshot(const Vhost& vhost,
                                    const std::pair<const Key, Parameters::Entry>& entry) const {
        return {.vhost = vhost.name(),
                .component = entry.first.component,
                .name = entry.first.name,
                .value = entry.second.value};
    }
};

template <class Source>
std::unique_ptr<Task> list(Broker& broker, const Vhosts& vhosts, Source source,
                           Gather<typename Source::Snapshot> gather) {
    return make_list_task(std::move(gather),
                          std::make_unique<MapSlice<Source>>(broker, vhosts, std::move(source)));
}

}  // namespace

Result<Declared> set(Broker& broker, const SetPolicies& request) {
    return attempt<Declared>(broker, request.user, [&] {
        Vhost& vhost = find_vhost(broker, request.vhost);
        const auto& standing = vhost.policies().all(request.kind);
        const bool stood = std::ranges::all_of(
            request.policies, [&](const Policy& policy) { return standing.contains(policy.name); });
        vhost.set_policies(request.kind, request.policies);
        return stood ? Declared::stood : Declared::created;
    });
}

Result<Done> remove(Broker& broker, const DeletePolicy& request) {
    return attempt<Done>(broker, request.user, [&] {
        Vhost& vhost = find_vhost(broker, request.vhost);
        if (!vhost.clear_policy(request.kind, request.name)) {
            no_policy(request.name, request.vhost);
        }
        return Done{};
    });
}

Result<Declared> set(Broker& broker, const SetParameter& request) {
    return attempt<Declared>(broker, request.user, [&] {
        Vhost& vhost = find_vhost(broker, request.vhost);
        const bool stood = vhost.parameters().find({request.component, request.name}) != nullptr;
        vhost.set_parameter(request.component, request.name, request.value);
        return stood ? Declared::stood : Declared::created;
    });
}

Result<Done> remove(Broker& broker, const DeleteParameter& request) {
    return attempt<Done>(broker, request.user, [&] {
        Vhost& vhost = find_vhost(broker, request.vhost);
        if (!vhost.clear_parameter(request.component, request.name)) {
            not_found(fmt::format("no parameter '{}' of component '{}' in vhost '{}'", request.name,
                                  request.component, request.vhost));
        }
        return Done{};
    });
}

Result<Declared> set(Broker& broker, const SetGlobalParameter& request) {
    Parameters& parameters = broker.global_parameters();
    const bool stood = parameters.find({{}, request.name}) != nullptr;
    parameters.set({{}, request.name}, request.value);
    broker.turn().end_soon();
    return stood ? Declared::stood : Declared::created;
}

Result<Done> remove_global_parameter(Broker& broker, const std::string& name) {
    if (!broker.global_parameters().erase({{}, name})) {
        return Refusal::of(
            ProtocolError(reply::not_found, fmt::format("no global parameter '{}'", name)));
    }
    broker.turn().end_soon();
    return Done{};
}

Result<Done> set(Broker& broker, const SetTracing& request) {
    return attempt<Done>(broker, request.user, [&] {
        find_vhost(broker, request.vhost).set_tracing(request.on);
        return Done{};
    });
}

Result<Done> set(Broker& broker, const SetVhostLimit& request) {
    return attempt<Done>(broker, request.user, [&] {
        Vhost& vhost = find_vhost(broker, request.vhost);
        FieldTable limits = limits_of(vhost);
        limits.set(request.name, request.value);
        set_limits(vhost, std::move(limits));
        return Done{};
    });
}

Result<Done> remove(Broker& broker, const DeleteVhostLimit& request) {
    return attempt<Done>(broker, request.user, [&] {
        Vhost& vhost = find_vhost(broker, request.vhost);
        FieldTable limits = limits_of(vhost);
        if (limits.erase(request.name) != 0) set_limits(vhost, std::move(limits));
        return Done{};
    });
}

Result<PolicySnapshot> find_policy(Broker& broker, PolicyKind kind, const ObjectName& name) {
    return attempt<PolicySnapshot>(broker, {}, [&] {
        const Vhost& vhost = find_vhost(broker, name.vhost);
        const auto& policies = vhost.policies().all(kind);
        const auto place = policies.find(name.name);
        if (place == policies.end()) no_policy(name.name, name.vhost);
        return PolicySnapshot{.vhost = name.vhost, .policy = place->second.policy};
    });
}

std::vector<ParameterSnapshot> global_parameters(Broker& broker) {
    std::vector<ParameterSnapshot> found;
    for (const auto& [key, entry] : broker.global_parameters().all()) {
        found.push_back({.vhost = {}, .component = {}, .name = key.name, .value = entry.value});
    }
    return found;
}

std::vector<VhostLimitsSnapshot> limits_of(Broker& broker, const Vhosts& vhosts) {
    std::vector<VhostLimitsSnapshot> found;
    for (const std::string& name : names_of(broker, vhosts)) {
        const Vhost* const vhost = broker.find_vhost(name);
        if (vhost == nullptr) continue;
        FieldTable limits = limits_of(*vhost);
        if (!limits.empty()) found.push_back({.vhost = name, .limits = std::move(limits)});
    }
    return found;
}

std::unique_ptr<Task> list_policies(Broker& broker, PolicyKind kind, Vhosts vhosts,
                                    Gather<PolicySnapshot> gather) {
    return list(broker, vhosts, PolicySource{kind}, std::move(gather));
}

std::unique_ptr<Task> list_parameters(Broker& broker, ParameterQuery query,
                                      Gather<ParameterSnapshot> gather) {
    return list(broker, query.vhosts,
                ParameterSource{std::move(query.component), std::move(query.name)},
                std::move(gather));
}

}  // namespace leveret::broker::insight

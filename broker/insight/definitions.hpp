// Definitions: what a broker is made of besides its messages, as it is brought in at once and taken
// out again. What a file of them looks like is not known here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "broker/insight/access_requests.hpp"
#include "broker/insight/policy_requests.hpp"
#include "broker/insight/requests.hpp"
#include "broker/policy.hpp"

namespace leveret::broker::insight {

/// A policy of a vhost, to be set.
struct PutPolicy {
    std::string vhost{};
    PolicyKind kind{};
    Policy policy{};
};

/// Entries in the order of the document, so that an error can count them. Who asks stands in none
/// of them: what it may do itself does not matter.
struct Definitions {
    std::vector<PutUser> users{};
    std::vector<PutVhost> vhosts{};
    std::vector<PutPermission> permissions{};
    std::vector<PutTopicPermission> topic_permissions{};
    std::vector<SetGlobalParameter> global_parameters{};
    std::vector<PutPolicy> policies{};
    /// Limits of vhosts among them. Of components that are unknown here they are kept as they are.
    std::vector<SetParameter> parameters{};
    std::vector<PutPolicy> operator_policies{};
    std::vector<DeclareExchange> exchanges{};
    std::vector<DeclareQueue> queues{};
    std::vector<Bind> bindings{};
};

struct ImportDefinitions {
    Definitions definitions{};
    bool dry_run{};      ///< only tell what would be done
    std::string user{};  ///< who asks, for events
};

/// What became of one entry, or would.
enum class Imported : std::uint8_t {
    created,
    changed,
    unchanged,
    skipped,   ///< it stands, and stays as it is
    left_out,  ///< this version does not have such a thing
};

struct ImportedItem {
    Imported outcome{};
    std::string kind{};  ///< "queue", "topic_permission", ...
    std::string vhost{};
    std::string name{};
    std::string reason{};  ///< why it was skipped or left out
};

struct ImportReport {
    std::uint64_t created{};
    std::uint64_t changed{};
    std::uint64_t unchanged{};
    std::uint64_t skipped{};
    std::uint64_t left_out{};
    /// Without the unchanged.
    std::vector<ImportedItem> items{};
};

}  // namespace leveret::broker::insight

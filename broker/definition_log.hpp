// Tells the store what of a vhost survives a restart: itself, durable exchanges and queues, and the
// bindings between durable ones.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "broker/policy.hpp"
#include "broker/queue.hpp"
#include "broker/vhost_metadata.hpp"
#include "routing/exchange.hpp"
#include "storage/store.hpp"

namespace leveret::broker {

/// Each function is told what was made or is about to go; what is not durable is passed over.
/// Thread: broker thread.
class DefinitionLog {
public:
    DefinitionLog(std::string vhost, storage::Store& store)
        : vhost_(std::move(vhost)), store_(store) {}

    void set(storage::DefinitionId id, const VhostMetadata& metadata);
    /// The vhost itself goes.
    void removing_vhost(storage::DefinitionId id);

    void added(const routing::Exchange& exchange);
    void added(const Queue& queue);
    void changed(const Queue& queue) { added(queue); }  // the record is written over
    void added(const routing::Binding& binding);

    /// Returns: the policy's id; a new one unless it is given.
    storage::DefinitionId set(PolicyKind kind, const Policy& policy,
                              std::optional<storage::DefinitionId> id);
    void removing_policy(storage::DefinitionId id);

    /// With every binding at either end of it.
    void removing(const routing::Exchange& exchange);
    /// With every binding to it. The queue's own record goes with its entries: Queue::end().
    void removing(const Queue& queue);
    void removing(const routing::Binding& binding);

    /// The store was told something by another way.
    void changed() { ++changes_; }

    /// What stands here was read from the store under this id.
    void restored(const routing::Exchange& exchange, storage::DefinitionId id) {
        exchanges_.emplace(&exchange, id);
    }
    void restored(const routing::Binding& binding, storage::DefinitionId id) {
        bindings_.emplace(&binding, id);
    }

    /// Raised by everything that was handed to the store: who sees it rise must not answer before
    /// that is durable.
    [[nodiscard]] std::uint64_t changes() const { return changes_; }

private:
    [[nodiscard]] storage::DefinitionId next_id() {
        ++changes_;
        return storage::DefinitionId{store_.next_id()};
    }

    std::string vhost_;
    storage::Store& store_;
    std::unordered_map<const routing::Exchange*, storage::DefinitionId> exchanges_;
    std::unordered_map<const routing::Binding*, storage::DefinitionId> bindings_;
    std::uint64_t changes_ = 0;
};

}  // namespace leveret::broker

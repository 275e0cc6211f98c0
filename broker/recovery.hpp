// The start of a broker on what another process left: definitions first, then the messages.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "broker/broker.hpp"
#include "broker/clock.hpp"
#include "broker/paged_runs.hpp"
#include "broker/queue.hpp"
#include "storage/recovery_sink.hpp"

namespace leveret::broker {

/// Puts vhosts, users, permissions, exchanges, queues, bindings, policies and parameters back as
/// the store tells them, and what messages they have. The messages' octets stay on disk until
/// somebody wants them. Thread: broker thread, before anybody listens.
class Recovery final : public storage::RecoverySink {
public:
    explicit Recovery(Broker& broker) : broker_(broker) {}

    void definition(const storage::Definition& definition) override;
    void entries(storage::QueueId queue, std::span<const storage::RecoveredEntry> entries) override;
    void done(const storage::RecoverySummary& summary) override;

private:
    /// What the store has of a queue, by priority of the messages; runs rise mostly.
    struct Messages {
        std::map<std::uint8_t, std::vector<PagedRuns::Run>> runs;
        bool expiring = false;
        /// Of those that expire from anywhere.
        std::vector<std::pair<storage::Sequence, UnixTime>> expiries{};
    };

    [[nodiscard]] Vhost& vhost(const std::string& name);
    void policies_take_effect();
    static void restore(Queue& queue, Messages&& messages);

    Broker& broker_;
    std::unordered_map<storage::QueueId, Messages> messages_;
    std::unordered_map<storage::QueueId, Queue*> delaying_;
    std::unordered_set<storage::QueueId> expiring_anywhere_;
    bool policies_have_effect_ = false;
    std::uint64_t count_ = 0;
};

}  // namespace leveret::broker

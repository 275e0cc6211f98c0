// The start of a broker on what another process left: definitions first, then the messages.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "broker/broker.hpp"
#include "broker/queue.hpp"
#include "storage/page.hpp"
#include "storage/recovery_sink.hpp"

namespace leveret::broker {

/// Puts exchanges, queues and bindings back as the store tells them, and notes which queues have
/// messages.
/// Thread: broker thread, before anybody listens.
class Recovery final : public storage::RecoverySink {
public:
    explicit Recovery(Broker& broker) : broker_(broker) {}

    void definition(const storage::Definition& definition) override;
    void entries(storage::QueueId queue, std::span<const storage::RecoveredEntry> entries) override;
    void done(const storage::RecoverySummary& summary) override;

    /// Returns: the queues whose messages are still to be read.
    [[nodiscard]] std::vector<QueuePtr> queues_with_messages() const;

private:
    [[nodiscard]] Vhost& vhost(const std::string& name);

    Broker& broker_;
    std::unordered_map<storage::QueueId, std::uint64_t> counts_;
};

/// Reads the messages of queues back into memory, one queue after the other.
/// Lifetime: keeps itself alive while the store owes it an answer.
/// Thread:   broker thread.
class MessageLoader final : public storage::PageSink {
public:
    /// `loaded` is called once, when everything is there.
    MessageLoader(storage::Store& store, std::vector<QueuePtr> queues,
                  std::function<void()> loaded);

    /// Asks for the first messages.
    void start();

    void paged_in(storage::QueueId queue, std::span<const storage::PagedMessage> messages,
                  storage::Sequence next) override;
    void crashed(storage::QueueId queue,
                 std::span<const storage::DamagedMessages> damaged) override;

private:
    void ask(storage::Sequence from);

    storage::Store& store_;
    std::vector<QueuePtr> queues_;  ///< the last one is being read
    storage::Sequence asked_from_{};
    std::function<void()> loaded_;
};

}  // namespace leveret::broker

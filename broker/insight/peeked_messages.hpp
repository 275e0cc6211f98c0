// Messages as they are seen by who looks at them: copied from memory, or read from disk.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "broker/insight/requests.hpp"
#include "broker/queue.hpp"
#include "storage/page.hpp"

namespace leveret::broker::insight {

inline constexpr std::uint64_t whole_body = std::numeric_limits<std::uint64_t>::max();

/// `body_octets`: how much of the body at most.
[[nodiscard]] PeekedMessage seen(const Queue& queue, const QueuedMessage& queued,
                                 std::uint64_t body_octets);

/// Messages that the store was asked for, as they come.
/// Lifetime: the store holds it until it has answered; the task until it has read the answer.
class PeekedPage final : public storage::PageSink {
public:
    PeekedPage(QueuePtr queue, std::uint64_t body_octets)
        : queue_(std::move(queue)), body_octets_(body_octets) {}

    /// Once.
    void ask(storage::Store& store, std::span<const storage::Sequence> rising);
    [[nodiscard]] bool has_asked_for(storage::Sequence sequence) const {
        return asked_.contains(sequence);
    }

    void when_arrived(std::function<void()> resume);

    /// None: it was settled meanwhile, or must not be seen as its octets are damaged.
    [[nodiscard]] std::optional<PeekedMessage> take(storage::Sequence sequence);

private:
    void paged_in(storage::QueueId queue, std::span<const storage::PagedMessage> messages,
                  storage::Sequence next) override;
    /// The queue and the log tell of these.
    void crashed(storage::QueueId, std::span<const storage::DamagedMessages>) override {}

    const QueuePtr queue_;
    const std::uint64_t body_octets_;
    std::set<storage::Sequence> asked_;
    std::map<storage::Sequence, PeekedMessage> messages_;
    std::function<void()> resume_;
    bool arrived_ = false;
};

}  // namespace leveret::broker::insight

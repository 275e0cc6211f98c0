#include "broker/insight/peeked_messages.hpp"

#include <utility>

#include "broker/expiration.hpp"

namespace leveret::broker::insight {

using protocol::amqp::Message;
using storage::Sequence;

PeekedMessage seen(const Queue& queue, const QueuedMessage& queued, std::uint64_t body_octets) {
    const Message& message = *queued.message;
    PeekedMessage peeked;
    peeked.sequence = static_cast<std::uint64_t>(queued.sequence);
    peeked.enqueued_at = queued.enqueued;
    peeked.expires_at = queue.expiry_of(queued);
    peeked.redelivered = queued.redelivered;
    peeked.delivery_count = queued.failed_deliveries;
    peeked.dead_lettered_here = queued.dead_lettered;
    peeked.exchange = message.exchange();
    peeked.routing_key = message.routing_key();
    peeked.properties = message.property_octets();
    peeked.body_octets = message.body_octets();
    peeked.body = message.body().substr(0, body_octets);
    return peeked;
}

void PeekedPage::ask(storage::Store& store, std::span<const Sequence> rising) {
    std::vector<storage::SequenceRange> ranges;
    for (const Sequence sequence : rising) {
        const auto number = static_cast<std::uint64_t>(sequence);
        asked_.insert(sequence);
        if (!ranges.empty() && ranges.back().end == sequence) {
            ranges.back().end = Sequence{number + 1};
        } else {
            ranges.push_back({sequence, Sequence{number + 1}});
        }
    }
    store.page_in(queue_->id(), std::move(ranges), static_cast<std::uint32_t>(rising.size()), this);
}

void PeekedPage::when_arrived(std::function<void()> resume) {
    if (arrived_) return resume();
    resume_ = std::move(resume);
}

std::optional<PeekedMessage> PeekedPage::take(Sequence sequence) {
    auto place = messages_.extract(sequence);
    if (place.empty()) return std::nullopt;
    return std::move(place.mapped());
}

void PeekedPage::paged_in(storage::QueueId, std::span<const storage::PagedMessage> messages,
                          Sequence) {
    for (const storage::PagedMessage& paged : messages) {
        const storage::RecoveredEntry& entry = paged.entry;
        QueuedMessage message{.message = paged.make_message(),
                              .sequence = entry.sequence,
                              .enqueued = entry.enqueued,
                              .failed_deliveries = entry.failed_deliveries,
                              .redelivered = entry.redelivered,
                              .dead_lettered = entry.dead_lettered};
        message.expiration_ms = expiration_of(entry, *message.message);
        messages_.emplace(entry.sequence, seen(*queue_, message, body_octets_));
    }
    arrived_ = true;
    if (resume_) std::exchange(resume_, nullptr)();
}

}  // namespace leveret::broker::insight

// What time does to a queue: messages expire, and it is deleted when nobody uses it.
#include <algorithm>
#include <utility>

#include "broker/expiration.hpp"
#include "broker/limits.hpp"
#include "broker/log.hpp"
#include "broker/queue.hpp"
#include "broker/residency.hpp"
#include "broker/turn.hpp"
#include "storage/page.hpp"

namespace leveret::broker {

using storage::Sequence;

std::optional<UnixTime> Queue::expiry_of(UnixTime enqueued,
                                         std::optional<std::chrono::milliseconds> own) const {
    std::optional<std::chrono::milliseconds> time_to_live = settings_.message_ttl;
    if (own && (!time_to_live || *own < *time_to_live)) time_to_live = own;
    if (!time_to_live) return std::nullopt;
    return enqueued + *time_to_live;
}

std::optional<UnixTime> Queue::expiry_of(const QueuedMessage& message) const {
    std::optional<std::chrono::milliseconds> own;
    if (message.expiration_ms != QueuedMessage::no_expiration) own = own_expiration(message);
    return expiry_of(message.enqueued, own);
}

/// Drops expired messages from the head of each priority. `those_of_now`: also one whose time is
/// this very turn's, which a consumer could still have taken.
/// Rule: RabbitMQ: only the head expires.
void Queue::expire_first(bool those_of_now) {
    const UnixTime now = context_.turn.unix_now();
    std::uint32_t dropped = 0;
    for (auto level = ready_.rbegin(); level != ready_.rend(); ++level) {
        while (const QueuedMessage* const first = level->first()) {
            const std::optional<UnixTime> expiry = expiry_of(*first);
            if (!expiry || *expiry > now || (*expiry == now && !those_of_now)) break;
            if (dropped++ == limits::drops_per_turn) return context_.turn.pump_later(*this);
            drop(take_first(*level), DeathReason::expired, storage::Settled::taken);
        }
    }
}

/// Drops the expired messages that stand behind others. No more often than limits::expiry_sweep:
/// what stands in memory is walked through once for all that leave.
void Queue::expire_anywhere() {
    const UnixTime now = context_.turn.unix_now();
    const std::optional<UnixTime> next = expiries_->next();
    if (!next || *next > now || now < last_sweep_ + limits::expiry_sweep) return;
    const std::vector<Sequence> expired = expiries_->take(now, limits::drops_per_turn);
    if (expired.size() == limits::drops_per_turn) {
        context_.turn.pump_later(*this);
    } else {
        last_sweep_ = now;
    }
    std::vector<QueuedMessage> messages;
    std::vector<Sequence> paged_out;
    for (auto level = ready_.rbegin(); level != ready_.rend(); ++level) {
        level->take_out(expired, messages, paged_out);
    }
    for (QueuedMessage& message : messages) {
        context_.residency.subtract(message.memory_octets());
        if (message.stored) out_.insert(message.sequence);
        drop(std::move(message), DeathReason::expired, storage::Settled::taken);
    }
    if (!paged_out.empty()) expire_paged_out(std::move(paged_out));
}

/// What the store answers for expired messages that are to be dead-lettered.
class Queue::ExpiredPage final : public storage::PageSink {
public:
    ExpiredPage(Queue& queue, std::vector<Sequence> asked)
        : queue_(&queue), asked_(std::move(asked)) {}

    void paged_in(storage::QueueId, std::span<const storage::PagedMessage> messages,
                  Sequence) override {
        if (queue_->deleted()) return;
        for (const storage::PagedMessage& paged : messages) {
            queue_->drop(queued_message_of(paged), DeathReason::expired, storage::Settled::taken);
            std::erase(asked_, paged.entry.sequence);
        }
        for (const Sequence sequence : asked_) queue_->out_.erase(sequence);
        queue_->context_.turn.end_soon();
    }
    void crashed(storage::QueueId, std::span<const storage::DamagedMessages> damaged) override {
        if (queue_->deleted()) return;
        for (const storage::DamagedMessages& part : damaged) {
            log::error("queue '{}': {} expired messages are damaged on disk, in chunk {}: {}",
                       log::escaped(queue_->name()), part.sequences.size(), part.chunk, part.why);
            for (const Sequence sequence : part.sequences) queue_->lost(sequence);
        }
    }

private:
    QueuePtr queue_;
    std::vector<Sequence> asked_;
};

/// They are out until they have come: nobody can be given them any more.
void Queue::expire_paged_out(std::vector<Sequence>&& sequences) {
    std::ranges::sort(sequences);
    if (!settings_.dead_letter_exchange) {
        for (const Sequence sequence : sequences) {
            context_.store.settle({id_, sequence}, storage::Settled::taken);
        }
        return;
    }
    std::vector<storage::SequenceRange> ranges;
    for (const Sequence sequence : sequences) {
        out_.insert(sequence);
        const Sequence end{static_cast<std::uint64_t>(sequence) + 1};
        if (!ranges.empty() && ranges.back().end == sequence) {
            ranges.back().end = end;
        } else {
            ranges.push_back({sequence, end});
        }
    }
    const auto count = static_cast<std::uint32_t>(sequences.size());
    context_.store.page_in(id_, std::move(ranges), count,
                           new ExpiredPage(*this, std::move(sequences)));
}

void Queue::note_expiry(const QueuedMessage& message) {
    if (message.expiration_ms == QueuedMessage::no_expiration) return;
    note_expiry(message.sequence, message.enqueued + own_expiration(message));
}

void Queue::note_expiry(Sequence sequence, UnixTime expiry) {
    constexpr std::size_t few = 1000;
    if (expiries_->size() > 2 * std::size_t{ready_count()} + few) {
        expiries_->sweep([&](Sequence wanted) {
            return std::ranges::any_of(
                ready_, [&](const ReadyMessages& level) { return level.contains(wanted); });
        });
    }
    if (expiries_->size() < limits::expiries_kept) expiries_->add(sequence, expiry);
}

/// Those on disk are known when they come to memory.
void Queue::note_expiries_of_all() {
    for (const ReadyMessages& level : ready_) {
        level.for_each_resident([&](const QueuedMessage& message) { note_expiry(message); });
    }
}

void Queue::restore_expiry(Sequence sequence, UnixTime expiry) {
    if (expiries_) note_expiry(sequence, expiry);
}

void Queue::used() {
    if (!settings_.expires) return;
    last_used_ = context_.turn.clock().now();
    schedule();
}

/// Sets the deadline to the next thing that time does here.
void Queue::schedule() {
    std::optional<Instant> next;
    const auto at = [&](Instant instant) {
        if (!next || instant < *next) next = instant;
    };
    if (settings_.expires && consumers_.empty()) at(last_used_ + *settings_.expires);
    if (may_expire_) {
        const Clock& clock = context_.turn.clock();
        for (const ReadyMessages& level : ready_) {
            const QueuedMessage* const first = level.first();
            if (first == nullptr) continue;
            if (const std::optional<UnixTime> expiry = expiry_of(*first)) {
                at(clock.now() + (*expiry - clock.unix_now()));
            }
        }
    }
    if (const auto expiry = expiries_ ? expiries_->next() : std::nullopt) {
        const Clock& clock = context_.turn.clock();
        at(clock.now() +
           (std::max(*expiry, last_sweep_ + limits::expiry_sweep) - clock.unix_now()));
    }
    const std::optional<Instant> set = Deadlines::of(*this);
    // A deadline that comes too early costs one look; moving it with each delivery costs more.
    if (next && (!set || *next < *set)) context_.deadlines.set(*this, *next);
}

void Queue::deadline_reached() {
    if (deleted_) return;
    if (settings_.expires && consumers_.empty() &&
        context_.turn.clock().now() >= last_used_ + *settings_.expires) {
        return owner_.queue_expired(*this);
    }
    schedule();
    if (may_expire_) context_.turn.pump_later(*this);
}

}  // namespace leveret::broker

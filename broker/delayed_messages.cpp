#include "broker/delayed_messages.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "broker/expiration.hpp"
#include "broker/limits.hpp"
#include "broker/log.hpp"
#include "broker/queue.hpp"
#include "broker/residency.hpp"
#include "broker/turn.hpp"

namespace leveret::broker {

using storage::Sequence;

class DelayedMessages::Page final : public storage::PageSink {
public:
    explicit Page(DelayedMessages& messages) : queue_(&messages.queue_), messages_(messages) {}

    void paged_in(storage::QueueId, std::span<const storage::PagedMessage> messages,
                  Sequence) override {
        if (!queue_->deleted()) messages_.page_arrived(messages, damaged_);
    }
    void crashed(storage::QueueId, std::span<const storage::DamagedMessages> damaged) override {
        if (queue_->deleted()) return;
        for (const storage::DamagedMessages& part : damaged) {
            damaged_ += part.sequences.size();
            log::error(
                "{} delayed messages of '{}' are damaged on disk, in chunk {}: {}; they are lost",
                part.sequences.size(), log::escaped(queue_->name()), part.chunk, part.why);
            for (const Sequence sequence : part.sequences) messages_.listener_.lost(sequence);
        }
    }

private:
    QueuePtr queue_;  ///< which owns the messages
    DelayedMessages& messages_;
    std::size_t damaged_ = 0;
};

DelayedMessages::DelayedMessages(Queue& queue, const QueueContext& context, DueListener& listener)
    : queue_(queue), context_(context), listener_(listener) {}

DelayedMessages::~DelayedMessages() { context_.deadlines.clear(*this); }

void DelayedMessages::add(QueuedMessage&& message, std::chrono::milliseconds delay) {
    const UnixTime now = context_.turn.unix_now();
    const Pending pending{now + delay, message.sequence};
    octets_ += message.message->body_octets();
    forget_written();
    const bool soon = pending.due <= now + limits::delayed_lookahead;
    if (soon && (far_.empty() || pending < far_.front())) {
        near_.emplace(pending, std::move(message));
    } else {
        if (message.stored) unwritten_.push_back({context_.store.turn_number(), message.sequence});
        in_memory_.emplace(message.sequence, std::move(message));
        far_.push_back(pending);
        std::ranges::push_heap(far_, std::greater{});
    }
    schedule(now);
}

void DelayedMessages::restore(Sequence sequence, UnixTime due, std::uint64_t octets) {
    far_.push_back({due, sequence});
    octets_ += octets;
}

void DelayedMessages::clear() {
    std::vector<Pending>().swap(far_);
    near_.clear();
    in_memory_.clear();
    unwritten_.clear();
    octets_ = 0;
    context_.deadlines.clear(*this);
}

void DelayedMessages::restored() {
    std::ranges::make_heap(far_, std::greater{});
    schedule(context_.turn.unix_now());
}

void DelayedMessages::deadline_reached() { look(); }

void DelayedMessages::look() {
    const UnixTime now = context_.turn.unix_now();
    forget_written();
    draw_near(now);
    ask_for_pages();
    release(now);
    schedule(now);
}

/// What is durable by now need not stay in memory.
void DelayedMessages::forget_written() {
    const std::uint64_t durable = context_.store.durable_turn();
    while (!unwritten_.empty() && unwritten_.front().turn <= durable) {
        in_memory_.erase(unwritten_.front().sequence);
        unwritten_.pop_front();
    }
}

/// How many messages are fetched at a time: as many of the middling size as a queue may keep.
std::size_t DelayedMessages::near_most() const {
    const std::uint64_t mean = 1 + octets_ / std::max<std::size_t>(count(), 1);
    return std::clamp<std::uint64_t>(context_.residency.window() / mean, 1,
                                     limits::messages_per_page);
}

void DelayedMessages::draw_near(UnixTime now) {
    const std::size_t most = near_most();
    while (!far_.empty() && near_.size() < most &&
           far_.front().due <= now + limits::delayed_lookahead) {
        const Pending pending = far_.front();
        std::ranges::pop_heap(far_, std::greater{});
        far_.pop_back();
        std::optional<QueuedMessage> message;
        if (auto kept = in_memory_.extract(pending.sequence)) message = std::move(kept.mapped());
        near_.emplace(pending, std::move(message));
    }
}

void DelayedMessages::ask_for_pages() {
    if (!asked_.empty()) return;
    for (const auto& [pending, message] : near_) {
        if (!message) asked_.push_back(pending);
    }
    if (asked_.empty()) return;
    std::ranges::sort(asked_, {}, &Pending::sequence);
    std::vector<storage::SequenceRange> ranges;
    for (const Pending& pending : asked_) {
        const auto number = static_cast<std::uint64_t>(pending.sequence);
        if (!ranges.empty() && static_cast<std::uint64_t>(ranges.back().end) == number) {
            ranges.back().end = Sequence{number + 1};
        } else {
            ranges.push_back({pending.sequence, Sequence{number + 1}});
        }
    }
    context_.store.page_in(queue_.id(), std::move(ranges),
                           static_cast<std::uint32_t>(asked_.size()), new Page(*this));
    context_.turn.end_soon();
}

/// What was asked for and did not come is damaged, which was told of, or not there.
void DelayedMessages::page_arrived(std::span<const storage::PagedMessage> messages,
                                   std::size_t damaged) {
    const std::vector<Pending> asked = std::exchange(asked_, {});
    if (asked.size() > messages.size() + damaged) {
        log::error("{} delayed messages of '{}' are not in the store any more",
                   asked.size() - messages.size() - damaged, log::escaped(queue_.name()));
    }
    auto paged = messages.begin();
    for (const Pending& pending : asked) {
        const auto place = near_.find(pending);
        if (place == near_.end()) {  // forgotten meanwhile
            if (paged != messages.end() && paged->entry.sequence == pending.sequence) ++paged;
            continue;
        }
        if (paged == messages.end() || paged->entry.sequence != pending.sequence) {
            near_.erase(place);
            continue;
        }
        place->second = queued_message_of(*paged);
        ++paged;
    }
    look();
}

void DelayedMessages::release(UnixTime now) {
    for (std::uint32_t released = 0; released < limits::drops_per_turn; ++released) {
        if (near_.empty() || near_.begin()->first.due > now || !near_.begin()->second) return;
        QueuedMessage message = std::move(*near_.begin()->second);
        near_.erase(near_.begin());
        octets_ -= std::min<std::uint64_t>(octets_, message.message->body_octets());
        listener_.due(std::move(message));
    }
}

void DelayedMessages::schedule(UnixTime now) {
    std::optional<UnixTime> next;
    const auto at = [&](UnixTime time) { next = next ? std::min(*next, time) : time; };
    if (!near_.empty() && near_.begin()->second) at(near_.begin()->first.due);
    if (!far_.empty() && near_.size() < near_most()) {
        at(far_.front().due - limits::delayed_lookahead);
    }
    if (!unwritten_.empty()) at(now + limits::tick);
    if (next) context_.deadlines.set(*this, context_.turn.clock().now() + (*next - now));
}

}  // namespace leveret::broker

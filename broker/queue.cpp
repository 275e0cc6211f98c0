#include "broker/queue.hpp"

#include <algorithm>
#include <utility>

#include "broker/expiration.hpp"
#include "broker/limits.hpp"
#include "broker/log.hpp"
#include "broker/residency.hpp"
#include "broker/rewrite.hpp"
#include "broker/turn.hpp"
#include "protocol/assert.hpp"
#include "storage/page.hpp"

namespace leveret::broker {

using protocol::amqp::Message;
using protocol::amqp::MessagePtr;
using storage::Sequence;
using namespace std::chrono_literals;

/// What the store answers when it was asked for messages of a level.
class Queue::Page final : public storage::PageSink {
public:
    Page(Queue& queue, std::size_t level, std::uint32_t asked)
        : queue(&queue), level(level), asked(asked) {}

    void paged_in(storage::QueueId, std::span<const storage::PagedMessage> messages,
                  Sequence next) override {
        queue->page_arrived(*this, messages, next);
    }
    void crashed(storage::QueueId, std::span<const storage::DamagedMessages> damaged) override {
        queue->damage(damaged);
    }

    QueuePtr queue;
    std::size_t level;
    std::uint32_t asked;
};

Queue::Queue(std::string name, storage::QueueId id, QueueProperties properties, QueueOwner& owner,
             const QueueContext& context)
    : Destination(Kind::queue, std::move(name)),
      id_(id),
      properties_(std::move(properties)),
      settings_(settings_of(properties_.arguments, effective_settings(properties_.arguments, {}))),
      owner_(owner),
      context_(context),
      ready_(std::size_t{settings_.max_priority} + 1),
      consumers_(settings_.single_active_consumer),
      last_sequence_(context.store.id_base()),
      last_used_(context.turn.clock().now()),
      may_expire_(settings_.message_ttl.has_value()) {
    if (settings_.expire_anywhere) expiries_ = std::make_unique<ExpiryIndex>();
    if (properties_.delays) delayed_.reset(new DelayedMessages(*this, context_, *this));
    schedule();
}

Queue::~Queue() { context_.deadlines.clear(*this); }

// Publishing

/// Rule: RabbitMQ: whoever can take messages has taken them before a new one is refused.
bool Queue::refuses(const Message& message, const Arrival& arrival) {
    if (settings_.overflow == Overflow::drop_head || !settings_.limits_length()) return false;
    if (!arrival.comes_on_the_way() && !consumers_.empty()) pump();
    return (settings_.max_length && ready_count() + 1 > *settings_.max_length) ||
           (settings_.max_length_octets &&
            ready_octets() + message.body_octets() > *settings_.max_length_octets);
}

Placement Queue::publish(const MessagePtr& message, const Arrival& arrival) {
    if (properties_.delays) {
        has_stored_ = true;
        const Sequence number{++last_sequence_};
        delayed_->add({.message = message,
                       .sequence = number,
                       .dead_lettered = arrival.dead_lettered,
                       .stored = true},
                      arrival.delay.value_or(0ms));
        return {number, true};
    }
    ReadyMessages& level = level_of(*message);
    const Sequence sequence{++last_sequence_};
    // What cannot stay in memory before those that are on disk must be able to follow them.
    const bool stored = (arrival.persistent && properties_.durable) || level.must_be_stored();
    QueuedMessage queued{.message = message,
                         .sequence = sequence,
                         .enqueued = context_.turn.unix_now(),
                         .expiration_ms = arrival.expiration_ms,
                         .dead_lettered = arrival.dead_lettered,
                         .stored = stored};
    Residency& residency = context_.residency;
    residency.add(queued.memory_octets());
    has_stored_ |= stored;
    if (arrival.expiration_ms != QueuedMessage::no_expiration) {
        may_expire_ = true;
        if (expiries_) note_expiry(queued);
    }
    level.push(std::move(queued), stored ? context_.store.turn_number() : 0, residency.window());
    if (level.must_be_stored()) residency.watch(*this);
    ++(arrival.dead_lettered ? statistics_.dead_letter_in : statistics_.messages.publish);
    if (!consumers_.empty() || may_expire_) context_.turn.pump_later(*this);
    return {sequence, stored};
}

ReadyMessages& Queue::level_of(const Message& message) {
    return ready_[std::min<std::size_t>(message.priority(), ready_.size() - 1)];
}

bool Queue::is_over_limit() const {
    return (settings_.max_length && ready_count() > *settings_.max_length) ||
           (settings_.max_length_octets && ready_octets() > *settings_.max_length_octets);
}

/// Whoever has credit takes what is there before anything is dropped. A dead letter waits for the
/// end of the turn: it may be one of a chain of queues at their limits, however long.
void Queue::make_room(const Arrival& arrival) {
    if (!is_over_limit()) return;
    if (arrival.comes_on_the_way()) return context_.turn.pump_later(*this);
    if (consumers_.empty()) return drop_beyond_limits();
    pump();
}

/// Rule: RabbitMQ: the message that would be delivered next leaves, of the highest priority.
void Queue::drop_beyond_limits() {
    for (std::uint32_t dropped = 0; is_over_limit(); ++dropped) {
        ReadyMessages* const level = next_level();
        if (level->first() == nullptr) return ask_for_pages();  // goes on when it has come
        if (dropped == limits::drops_per_turn) return context_.turn.pump_later(*this);
        drop(take_first(*level), DeathReason::maxlen, storage::Settled::dropped);
    }
}

// Delivering

void Queue::pump() {
    if (!damaged_.empty()) return;
    if (may_expire_) expire_first(false);
    while (ReadyMessages* const level = next_level()) {
        if (paused_ || level->first() == nullptr) break;
        Consumer* const consumer = consumers_.next_with_credit();
        if (consumer == nullptr) break;
        consumer->deliver(*this, take_first(*level));
        if (may_expire_) expire_first(false);
    }
    if (may_expire_) {
        expire_first(true);
        if (expiries_) expire_anywhere();
        schedule();
    }
    if (settings_.limits_length()) drop_beyond_limits();
    if (needs_pages()) ask_for_pages();
}

void Queue::set_paused(bool paused) {
    paused_ = paused;
    if (!paused_) context_.turn.pump_later(*this);
}

std::optional<QueuedMessage> Queue::take() {
    used();
    if (!damaged_.empty()) return {};
    if (may_expire_) expire_first(true);
    ReadyMessages* const level = next_level();
    if (level == nullptr || level->first() == nullptr) return {};
    QueuedMessage message = take_first(*level);
    if (may_expire_) {
        expire_first(true);
        schedule();
    }
    ask_for_pages();
    return message;
}

bool Queue::first_is_paged_out() const {
    const auto level = std::find_if(ready_.rbegin(), ready_.rend(),
                                    [](const ReadyMessages& l) { return !l.empty(); });
    return level != ready_.rend() && level->first() == nullptr && damaged_.empty();
}

void Queue::when_first_comes(std::function<void()> call) {
    waiting_gets_.push_back(std::move(call));
    ask_for_pages();
}

void Queue::first_has_come() {
    for (const auto& call : std::exchange(waiting_gets_, {})) call();
}

void Queue::requeue(QueuedMessage&& message, ComesBack how) {
    if (deleted_) return;
    message.redelivered = true;
    std::optional<std::chrono::milliseconds> wait;
    if (settings_.counts_failures()) {
        ++message.failed_deliveries;
        if (settings_.delivery_limit && message.failed_deliveries > *settings_.delivery_limit) {
            return drop(std::move(message), DeathReason::delivery_limit, storage::Settled::dropped);
        }
        wait = retry_delay(settings_.retry, how, message.failed_deliveries, message.sequence);
        if (message.stored)
            context_.store.count({id_, message.sequence}, message.failed_deliveries);
        message.message = with_delivery_count(*message.message, message.failed_deliveries);
    }
    if (message.stored) out_.erase(message.sequence);
    if (wait) return wait_for_retry(std::move(message), *wait);
    put_back(std::move(message));
}

void Queue::put_back(QueuedMessage&& message) {
    context_.residency.add(message.memory_octets());
    if (expiries_) note_expiry(message);
    ReadyMessages& level = level_of(*message.message);
    level.put_back(std::move(message));
    if (!consumers_.empty() || may_expire_ || settings_.limits_length()) {
        context_.turn.pump_later(*this);
    }
}

void Queue::wait_for_retry(QueuedMessage&& message, std::chrono::milliseconds delay) {
    if (!delayed_) delayed_.reset(new DelayedMessages(*this, context_, *this));
    delayed_->add(std::move(message), delay);
}

/// Its time has come.
void Queue::due(QueuedMessage&& message) {
    if (properties_.delays) return owner_.delay_is_over(*this, message);
    message.redelivered = true;
    if (message.failed_deliveries != 0) {  // which the octets on disk do not say
        message.message = with_delivery_count(*message.message, message.failed_deliveries);
    }
    put_back(std::move(message));
    context_.turn.end_soon();
}

void Queue::lost(Sequence sequence) {
    context_.store.settle({id_, sequence}, storage::Settled::dropped);
    context_.turn.end_soon();
}

void Queue::reject(QueuedMessage&& message) {
    if (deleted_) return;
    drop(std::move(message), DeathReason::rejected, storage::Settled::dropped);
}

/// Does away with a message that is not ready any more.
void Queue::drop(QueuedMessage&& message, DeathReason reason, storage::Settled how) {
    if (settings_.dead_letter_exchange) {
        owner_.dead_letter(*this, message, reason);
    } else {
        settle(message, how);
    }
}

std::uint32_t Queue::purge() {
    std::uint32_t count = ready_count();
    if (delayed_) count += static_cast<std::uint32_t>(delayed_->count());
    if (count == 0) return 0;
    if (delayed_) delayed_->clear();
    if (expiries_) expiries_->clear();
    if (has_stored_) {
        context_.store.purge(id_, Sequence{last_sequence_ + 1}, out_.list(), {});
    }
    for (ReadyMessages& level : ready_) {
        context_.residency.subtract(level.memory_octets());
        level.clear();
    }
    damaged_.clear();
    first_has_come();
    return count;
}

ReadyMessages* Queue::next_level() {
    for (auto level = ready_.rbegin(); level != ready_.rend(); ++level) {
        if (!level->empty()) return &*level;
    }
    return nullptr;
}

QueuedMessage Queue::take_first(ReadyMessages& level) {
    QueuedMessage message = level.take_first();
    context_.residency.subtract(message.memory_octets());
    if (message.stored) out_.insert(message.sequence);
    return message;
}

void Queue::store_settle(const QueuedMessage& message, storage::Settled how) {
    out_.erase(message.sequence);
    context_.store.settle({id_, message.sequence}, how);
}

// Consumers

void Queue::add_consumer(Consumer& consumer) {
    consumers_.add(consumer);
    if (next_level() != nullptr) context_.turn.pump_later(*this);
}

void Queue::remove_consumer(Consumer& consumer) {
    if (!consumers_.remove(consumer)) return;
    used();
    if (consumers_.empty() && properties_.auto_delete) {
        owner_.last_consumer_left(*this);  // the queue may be deleted now
    } else if (next_level() != nullptr) {
        context_.turn.pump_later(*this);
    }
    if (!deleted_) schedule();
}

// Its life

void Queue::apply(QueueSettings settings) {
    if (settings.expires && !settings_.expires) last_used_ = context_.turn.clock().now();
    settings_ = std::move(settings);
    may_expire_ |= settings_.message_ttl.has_value();
    if (!settings_.expire_anywhere) expiries_.reset();
    if (settings_.expire_anywhere && !expiries_) {
        expiries_ = std::make_unique<ExpiryIndex>();
        note_expiries_of_all();
    }
    context_.deadlines.clear(*this);  // what was set may be too early for ever
    schedule();
    context_.turn.pump_later(*this);  // drops what has expired, and what is beyond the limits
}

// Paging

/// Whether somebody wants what is paged out.
bool Queue::needs_pages() const {
    return !consumers_.empty() || !waiting_gets_.empty() || may_expire_ || is_over_limit();
}

void Queue::ask_for_pages() {
    std::vector<storage::SequenceRange> ranges;
    for (std::size_t i = 0; i < ready_.size(); ++i) {
        const std::uint32_t count = ready_[i].ask(context_.residency.window(), ranges);
        if (count == 0) continue;
        context_.store.page_in(id_, std::exchange(ranges, {}), count,
                               new Page(*this, i, ready_[i].asked()));
    }
}

void Queue::page_arrived(const Page& page, std::span<const storage::PagedMessage> messages,
                         Sequence next) {
    ReadyMessages& level = ready_[page.level];
    if (deleted_ || level.asked() != page.asked || !damaged_.empty()) return;
    for (const storage::PagedMessage& paged : messages) {
        QueuedMessage message = queued_message_of(paged);
        if (settings_.counts_failures() && message.failed_deliveries != 0) {
            message.message = with_delivery_count(*message.message, message.failed_deliveries);
        }
        if (expiries_) note_expiry(message);
        const std::uint64_t octets = message.memory_octets();
        if (level.paged_in(std::move(message))) context_.residency.add(octets);
    }
    level.page_complete(next);
    if (!first_is_paged_out()) first_has_come();
    context_.turn.pump_later(*this);
}

/// Rule: octets that are not what was written are never delivered, and nothing overtakes them.
void Queue::damage(std::span<const storage::DamagedMessages> damaged) {
    if (deleted_) return;
    for (const storage::DamagedMessages& part : damaged) {
        log::error(
            "queue '{}': {} messages from sequence {} on are damaged on disk, in chunk {}: "
            "{}; nothing more is delivered until the queue is purged or deleted",
            log::escaped(name()), part.sequences.size(),
            static_cast<std::uint64_t>(part.sequences.front()), part.chunk, part.why);
        damaged_.insert(damaged_.end(), part.sequences.begin(), part.sequences.end());
    }
    first_has_come();
}

bool Queue::page_out() {
    if (deleted_) return false;
    const Residency& residency = context_.residency;
    bool more = false;
    for (ReadyMessages& level : ready_) {
        const std::uint64_t before = level.memory_octets();
        if (residency.is_short()) {
            level.page_out(residency.window(), context_.store.durable_turn(),
                           context_.store.turn_number(), *this);
        } else {
            level.page_out_back(context_.store.durable_turn());
        }
        context_.residency.subtract(before - level.memory_octets());
        more |= level.holds_back();
    }
    return more;
}

void Queue::store_late(QueuedMessage& message) {
    const storage::Entry entry{id_, message.sequence};
    storage::MessageFacts facts{.enqueued = message.enqueued,
                                .redelivered = message.redelivered,
                                .dead_lettered = message.dead_lettered};
    if (message.expiration_ms != QueuedMessage::no_expiration) {
        facts.expiry = std::chrono::milliseconds(message.expiration_ms);
    }
    context_.store.publish(message.message, {&entry, 1}, facts, {});
    context_.turn.end_soon();
    message.stored = true;
    has_stored_ = true;
}

void Queue::restore(std::uint8_t priority, const PagedRuns::Run& run) {
    ready_[std::min<std::size_t>(priority, ready_.size() - 1)].restore(run);
    has_stored_ = true;
}

void Queue::restored(bool expiring) {
    may_expire_ |= expiring;
    if (needs_pages()) context_.turn.pump_later(*this);
}

void Queue::store_counts() {
    const auto count = [this](Sequence sequence, std::uint16_t failed) {
        context_.store.count({id_, sequence}, failed);
    };
    for (const ReadyMessages& level : ready_) {
        level.for_each_resident([&](const QueuedMessage& message) {
            if (message.stored && message.redelivered) {
                count(message.sequence, message.failed_deliveries);
            }
        });
        if (settings_.counts_failures()) continue;  // counted when they came back
        for (const PagedRuns::Run& run : level.paged().runs()) {
            if (!run.redelivered) continue;
            for (std::uint32_t i = 0; i < run.count; ++i) count(Sequence{run.first + i}, 0);
        }
    }
}

// The end

std::uint32_t Queue::end() {
    const std::uint32_t count = ready_count();
    deleted_ = true;
    context_.deadlines.clear(*this);
    delayed_.reset();
    for (ReadyMessages& level : ready_) {
        context_.residency.subtract(level.memory_octets());
        level.clear();
    }
    for (Consumer* const consumer : consumers_.remove_all()) {
        const ConsumerPtr kept(consumer);  // its channel lets go of it now
        consumer->queue_deleted();
    }
    if (properties_.durable || has_stored_) context_.store.remove(id_, {});
    first_has_come();
    return count;
}

std::uint32_t Queue::ready_count() const {
    std::uint64_t count = 0;
    for (const ReadyMessages& level : ready_) count += level.count();
    return static_cast<std::uint32_t>(count);
}

std::uint64_t Queue::ready_octets() const {
    std::uint64_t octets = 0;
    for (const ReadyMessages& level : ready_) octets += level.octets();
    return octets;
}

}  // namespace leveret::broker

#include "broker/queue.hpp"

#include <algorithm>
#include <utility>

#include "broker/turn.hpp"
#include "protocol/assert.hpp"

namespace leveret::broker {

Queue::Queue(std::string name, storage::QueueId id, QueueProperties properties, QueueOwner& owner,
             Turn& turn, storage::Store& store)
    : Destination(Kind::queue, std::move(name)),
      id_(id),
      properties_(std::move(properties)),
      owner_(owner),
      turn_(turn),
      store_(store),
      last_sequence_(store.id_base()) {}

Queue::~Queue() = default;

storage::Sequence Queue::publish(const protocol::amqp::MessagePtr& message, bool stored) {
    const storage::Sequence sequence{++last_sequence_};
    ready_.emplace_back(message, sequence, false, stored);
    ready_octets_ += message->body_octets();
    if (consumer_count_ != 0) turn_.pump_later(*this);
    return sequence;
}

void Queue::pump() {
    while (has_ready()) {
        Consumer* const consumer = next_with_credit();
        if (consumer == nullptr) return;
        consumer->deliver(*this, take_front());
    }
}

std::optional<QueuedMessage> Queue::take() {
    if (!has_ready()) return std::nullopt;
    return take_front();
}

void Queue::requeue(QueuedMessage&& message) {
    if (deleted_) return;
    message.redelivered = true;
    if (message.stored) out_.erase(message.sequence);
    ready_octets_ += message.message->body_octets();
    const storage::Sequence sequence = message.sequence;
    returned_.emplace(sequence, std::move(message));
    if (consumer_count_ != 0) turn_.pump_later(*this);
}

std::uint32_t Queue::purge() {
    const std::uint32_t count = ready_count();
    if (count == 0) return 0;
    if (properties_.durable) {
        store_.purge(id_, storage::Sequence{last_sequence_ + 1}, out_.list(), {});
    }
    std::deque<QueuedMessage>().swap(ready_);  // gives the memory back
    returned_.clear();
    ready_octets_ = 0;
    return count;
}

bool Queue::may_add_consumer(bool exclusive) const {
    return !exclusive_consumer_ && !(exclusive && consumer_count_ != 0);
}

void Queue::add_consumer(Consumer& consumer) {
    LEVERET_ASSERT(may_add_consumer(consumer.properties().exclusive));
    const std::int32_t priority = consumer.properties().priority;
    auto level = std::find_if(levels_.begin(), levels_.end(),
                              [&](const Level& l) { return l.priority <= priority; });
    if (level == levels_.end() || level->priority != priority) {
        level = levels_.insert(level, Level{priority, {}, 0});
    }
    level->consumers.push_back(&consumer);
    ++consumer_count_;
    exclusive_consumer_ = consumer.properties().exclusive;
    if (has_ready()) turn_.pump_later(*this);
}

void Queue::remove_consumer(Consumer& consumer) {
    const std::int32_t priority = consumer.properties().priority;
    const auto level = std::find_if(levels_.begin(), levels_.end(),
                                    [&](const Level& l) { return l.priority == priority; });
    if (level == levels_.end()) return;
    const auto place = std::find(level->consumers.begin(), level->consumers.end(), &consumer);
    if (place == level->consumers.end()) return;
    const auto index = static_cast<std::size_t>(place - level->consumers.begin());
    level->consumers.erase(place);
    if (index < level->next) --level->next;
    if (level->consumers.empty()) levels_.erase(level);
    --consumer_count_;
    if (consumer.properties().exclusive) exclusive_consumer_ = false;
    if (consumer_count_ == 0 && properties_.auto_delete) {
        owner_.last_consumer_left(*this);  // the queue may be deleted now
    } else if (has_ready()) {
        turn_.pump_later(*this);
    }
}

std::uint32_t Queue::end() {
    const std::uint32_t count = ready_count();
    deleted_ = true;
    std::deque<QueuedMessage>().swap(ready_);
    returned_.clear();
    ready_octets_ = 0;
    std::vector<Level> levels;
    levels.swap(levels_);
    consumer_count_ = 0;
    for (const Level& level : levels) {
        for (Consumer* consumer : level.consumers) {
            const ConsumerPtr kept(consumer);  // its channel lets go of it now
            consumer->queue_deleted();
        }
    }
    if (properties_.durable) store_.remove(id_, {});
    return count;
}

QueuedMessage Queue::take_front() {
    QueuedMessage message;
    if (!returned_.empty()) {
        message = std::move(returned_.begin()->second);
        returned_.erase(returned_.begin());
    } else {
        message = std::move(ready_.front());
        ready_.pop_front();
    }
    ready_octets_ -= message.message->body_octets();
    if (message.stored) out_.insert(message.sequence);
    return message;
}

Consumer* Queue::next_with_credit() {
    for (Level& level : levels_) {
        const std::size_t count = level.consumers.size();
        for (std::size_t i = 0; i < count; ++i) {
            std::size_t at = level.next + i;
            if (at >= count) at -= count;
            Consumer* const consumer = level.consumers[at];
            if (!consumer->has_credit()) continue;
            level.next = at + 1 == count ? 0 : at + 1;
            return consumer;
        }
    }
    return nullptr;
}

void Queue::restore(QueuedMessage&& message) {
    ready_octets_ += message.message->body_octets();
    ready_.push_back(std::move(message));
}

void Queue::store_counts() {
    const auto count = [this](const QueuedMessage& message) {
        if (message.stored && message.redelivered) store_.count({id_, message.sequence}, 0);
    };
    for (const auto& [sequence, message] : returned_) count(message);
    for (const QueuedMessage& message : ready_) count(message);
}

void Queue::store_settle(const QueuedMessage& message) {
    out_.erase(message.sequence);
    store_.settle({id_, message.sequence}, storage::Settled::taken);
}

}  // namespace leveret::broker

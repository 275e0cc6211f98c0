#include "broker/queue_consumers.hpp"

#include <algorithm>

#include "protocol/assert.hpp"

namespace leveret::broker {

void QueueConsumers::add(Consumer& consumer) {
    LEVERET_ASSERT(may_add(consumer.properties().exclusive));
    const std::int32_t priority = consumer.properties().priority;
    auto level = std::find_if(levels_.begin(), levels_.end(),
                              [&](const Level& l) { return l.priority <= priority; });
    if (level == levels_.end() || level->priority != priority) {
        level = levels_.insert(level, Level{priority, {}, 0});
    }
    level->consumers.push_back(&consumer);
    ++count_;
    exclusive_ = consumer.properties().exclusive;
    if (single_active_ && active_ == nullptr) active_ = &consumer;
}

bool QueueConsumers::remove(Consumer& consumer) {
    const std::int32_t priority = consumer.properties().priority;
    const auto level = std::find_if(levels_.begin(), levels_.end(),
                                    [&](const Level& l) { return l.priority == priority; });
    if (level == levels_.end()) return false;
    const auto place = std::find(level->consumers.begin(), level->consumers.end(), &consumer);
    if (place == level->consumers.end()) return false;
    const auto index = static_cast<std::size_t>(place - level->consumers.begin());
    level->consumers.erase(place);
    if (index < level->next) --level->next;
    if (level->consumers.empty()) levels_.erase(level);
    --count_;
    if (consumer.properties().exclusive) exclusive_ = false;
    // Rule: RabbitMQ: the next one is the first of the highest priority that registered.
    if (active_ == &consumer) active_ = levels_.empty() ? nullptr : levels_[0].consumers[0];
    return true;
}

std::vector<Consumer*> QueueConsumers::remove_all() {
    std::vector<Consumer*> all;
    for_each([&](Consumer& consumer) { all.push_back(&consumer); });
    levels_.clear();
    active_ = nullptr;
    count_ = 0;
    exclusive_ = false;
    return all;
}

Consumer* QueueConsumers::next_with_credit() {
    if (single_active_) return active_ != nullptr && active_->has_credit() ? active_ : nullptr;
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

bool QueueConsumers::any_credit() const {
    if (single_active_) return active_ != nullptr && active_->has_credit();
    for (const Level& level : levels_) {
        for (Consumer* const consumer : level.consumers) {
            if (consumer->has_credit()) return true;
        }
    }
    return false;
}

}  // namespace leveret::broker

// The consumers of a queue, and whose turn it is.
#pragma once

#include <cstdint>
#include <vector>

#include "broker/consumer.hpp"

namespace leveret::broker {

/// Lifetime: borrows consumers from add() to remove().
/// Thread:   broker thread.
class QueueConsumers {
public:
    /// `single_active`: one consumer is active, the others wait until it leaves.
    explicit QueueConsumers(bool single_active) : single_active_(single_active) {}

    [[nodiscard]] std::uint32_t count() const { return count_; }
    [[nodiscard]] bool empty() const { return count_ == 0; }

    /// False while an exclusive consumer stands in the way, or one is to be added to others.
    [[nodiscard]] bool may_add(bool exclusive) const {
        return !exclusive_ && !(exclusive && count_ != 0);
    }
    void add(Consumer& consumer);
    /// Returns: whether it was there.
    bool remove(Consumer& consumer);
    /// Takes all out.
    [[nodiscard]] std::vector<Consumer*> remove_all();

    /// Who gets the next message: higher priorities first, equals in turn, nobody without credit.
    /// Returns: nullptr when nobody can take one now.
    [[nodiscard]] Consumer* next_with_credit();

    /// Whether somebody could take a message now.
    [[nodiscard]] bool any_credit() const;

    /// Whether it gets messages, or waits until the one that does has left.
    [[nodiscard]] bool is_active(const Consumer& consumer) const {
        return !single_active_ || active_ == &consumer;
    }
    [[nodiscard]] bool single_active() const { return single_active_; }
    /// Of a queue with a single active consumer. nullptr: it has none.
    [[nodiscard]] const Consumer* active() const { return active_; }

    template <class Visit>
    void for_each(Visit&& visit) const {
        for (const Level& level : levels_) {
            for (Consumer* const consumer : level.consumers) visit(*consumer);
        }
    }

private:
    /// Consumers of one priority, served in turn.
    struct Level {
        std::int32_t priority;
        std::vector<Consumer*> consumers;
        std::size_t next = 0;
    };

    std::vector<Level> levels_;  ///< highest priority first
    Consumer* active_ = nullptr;
    std::uint32_t count_ = 0;
    bool exclusive_ = false;
    bool single_active_;
};

}  // namespace leveret::broker

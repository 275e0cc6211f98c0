// How much of the queues' messages is in memory, and how much of it each queue may keep.
#pragma once

#include <cstdint>
#include <vector>

#include "broker/limits.hpp"
#include "broker/queue.hpp"

namespace leveret::broker {

/// Thread: broker thread.
class Residency {
public:
    /// `budget`: octets of memory that ready messages may take.
    explicit Residency(std::uint64_t budget) : budget_(budget) {}

    void add(std::uint64_t octets) { octets_ += octets; }
    void subtract(std::uint64_t octets) { octets_ -= octets; }

    /// The queue holds what can be given up when it is durable: it is looked at now and then.
    void watch(Queue& queue) {
        if (queue.in_residency_) return;
        queue.in_residency_ = true;
        watched_.emplace_back(&queue);
    }

    /// Has the watched queues give up what they can.
    void look();

    [[nodiscard]] std::uint64_t octets() const { return octets_; }
    [[nodiscard]] std::uint64_t budget() const { return budget_; }

    /// Octets that a queue may keep in memory for its next consumers.
    [[nodiscard]] std::uint64_t window() const {
        if (octets_ > budget_) return limits::queue_window_octets_shortest;
        return is_short() ? limits::queue_window_octets_short : limits::queue_window_octets;
    }

    /// Whether queues must give up what they hold beyond the window, transient messages as well.
    [[nodiscard]] bool is_short() const { return octets_ > budget_ / 2; }

private:
    std::uint64_t budget_;
    std::uint64_t octets_ = 0;
    std::vector<QueuePtr> watched_;
};

}  // namespace leveret::broker

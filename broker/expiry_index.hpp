// When the messages of a queue expire that have an expiration of their own: for queues whose
// messages leave when they expire, wherever they stand.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "broker/clock.hpp"
#include "storage/entry.hpp"

namespace leveret::broker {

/// A heap of times and sequence numbers: 16 octets for each message, wherever the message itself
/// is. Messages that have left otherwise are found out late: when their time comes, or when they
/// are more than those that are there.
class ExpiryIndex {
public:
    void add(storage::Sequence sequence, UnixTime expiry) {
        heap_.push_back({expiry, sequence});
        std::ranges::push_heap(heap_, std::greater{});
    }

    /// Returns: the earliest time; none when nothing expires.
    [[nodiscard]] std::optional<UnixTime> next() const {
        if (heap_.empty()) return std::nullopt;
        return heap_.front().expiry;
    }

    /// Takes out what has expired by now, at most so many, rising.
    [[nodiscard]] std::vector<storage::Sequence> take(UnixTime now, std::size_t most) {
        std::vector<storage::Sequence> expired;
        while (!heap_.empty() && heap_.front().expiry <= now && expired.size() < most) {
            expired.push_back(heap_.front().sequence);
            std::ranges::pop_heap(heap_, std::greater{});
            heap_.pop_back();
        }
        std::ranges::sort(expired);
        const auto twice = std::ranges::unique(expired);  // what came back was added anew
        expired.erase(twice.begin(), twice.end());
        return expired;
    }

    [[nodiscard]] std::size_t size() const { return heap_.size(); }

    /// Forgets those for which is_there(sequence) is false.
    template <class IsThere>
    void sweep(IsThere&& is_there) {
        std::erase_if(heap_, [&](const Entry& entry) { return !is_there(entry.sequence); });
        std::ranges::sort(heap_);  // which is a heap, too
        const auto twice = std::ranges::unique(heap_);
        heap_.erase(twice.begin(), twice.end());
    }

    void clear() { std::vector<Entry>().swap(heap_); }

private:
    struct Entry {
        UnixTime expiry;
        storage::Sequence sequence;
        auto operator<=>(const Entry&) const = default;
    };

    std::vector<Entry> heap_;  ///< the earliest first
};

}  // namespace leveret::broker

// Messages of a queue that are on disk only: runs of sequence numbers, whatever their bodies take.
#pragma once

#include <boost/container/deque.hpp>
#include <cstdint>
#include <vector>

#include "storage/entry.hpp"

namespace leveret::broker {

/// In the order of the sequence numbers. Runs of millions cost what one message costs.
class PagedRuns {
public:
    /// Neighbours in sequence that were all delivered before, or all were not.
    struct Run {
        std::uint64_t first = 0;
        std::uint32_t count = 0;
        bool redelivered = false;
        std::uint64_t octets = 0;  ///< of their bodies together
    };

    [[nodiscard]] bool empty() const { return runs_.empty(); }
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] std::uint64_t octets() const { return octets_; }
    /// Requires: not empty.
    [[nodiscard]] storage::Sequence first() const { return storage::Sequence{runs_.front().first}; }

    /// Adds what comes after all that is there.
    void append(const Run& run);
    /// Adds what comes before all that is there.
    void prepend(const Run& run);

    /// Takes the first message out. Requires: not empty.
    void pop_first(std::uint64_t octets);
    /// Takes out all below `end`, whose octets are known on the average only.
    void pop_below(storage::Sequence end);
    /// Takes out one from wherever it stands, whose octets are known on the average only.
    /// Returns: whether it was there.
    bool erase(storage::Sequence sequence);
    [[nodiscard]] bool contains(storage::Sequence sequence) const;
    void clear();

    /// Appends the first `count` messages as ranges. Returns: how many they are.
    std::uint32_t first_ranges(std::uint32_t count,
                               std::vector<storage::SequenceRange>& ranges) const;

    [[nodiscard]] const boost::container::deque<Run>& runs() const { return runs_; }

private:
    boost::container::deque<Run> runs_;
    std::uint64_t count_ = 0;
    std::uint64_t octets_ = 0;
};

}  // namespace leveret::broker

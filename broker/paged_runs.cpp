#include "broker/paged_runs.hpp"

#include <algorithm>

#include "protocol/assert.hpp"

namespace leveret::broker {

using storage::Sequence;
using storage::SequenceRange;

void PagedRuns::append(const Run& run) {
    count_ += run.count;
    octets_ += run.octets;
    if (!runs_.empty()) {
        Run& last = runs_.back();
        LEVERET_ASSERT(run.first >= last.first + last.count);
        if (last.first + last.count == run.first && last.redelivered == run.redelivered &&
            last.count <= ~run.count) {
            last.count += run.count;
            last.octets += run.octets;
            return;
        }
    }
    runs_.push_back(run);
}

void PagedRuns::prepend(const Run& run) {
    count_ += run.count;
    octets_ += run.octets;
    if (!runs_.empty()) {
        Run& next = runs_.front();
        LEVERET_ASSERT(run.first + run.count <= next.first);
        if (run.first + run.count == next.first && next.redelivered == run.redelivered &&
            next.count <= ~run.count) {
            next.first = run.first;
            next.count += run.count;
            next.octets += run.octets;
            return;
        }
    }
    runs_.push_front(run);
}

void PagedRuns::pop_first(std::uint64_t octets) {
    Run& run = runs_.front();
    // A run's last message takes what is left: octets of those that were gone are an estimate.
    const std::uint64_t taken = run.count == 1 ? run.octets : std::min(octets, run.octets);
    run.octets -= taken;
    octets_ -= taken;
    --count_;
    ++run.first;
    if (--run.count == 0) runs_.pop_front();
}

void PagedRuns::pop_below(Sequence end) {
    while (!runs_.empty() && first() < end) {
        pop_first(runs_.front().octets / runs_.front().count);
    }
}

void PagedRuns::clear() {
    boost::container::deque<Run>().swap(runs_);
    count_ = 0;
    octets_ = 0;
}

std::uint32_t PagedRuns::first_ranges(std::uint32_t count,
                                      std::vector<SequenceRange>& ranges) const {
    std::uint32_t left = count;
    for (const Run& run : runs_) {
        if (left == 0) break;
        const std::uint32_t taken = std::min(run.count, left);
        ranges.push_back({Sequence{run.first}, Sequence{run.first + taken}});
        left -= taken;
    }
    return count - left;
}

}  // namespace leveret::broker

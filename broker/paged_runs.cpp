#include "broker/paged_runs.hpp"

#include <algorithm>
#include <iterator>

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

namespace {

/// Returns: the run that has the number; the end when none has.
template <class Runs>
auto run_of(Runs& runs, std::uint64_t number) {
    const auto after =
        std::upper_bound(runs.begin(), runs.end(), number,
                         [](std::uint64_t n, const PagedRuns::Run& run) { return n < run.first; });
    if (after == runs.begin()) return runs.end();
    const auto run = std::prev(after);
    return number < run->first + run->count ? run : runs.end();
}

}  // namespace

bool PagedRuns::erase(Sequence sequence) {
    const auto number = static_cast<std::uint64_t>(sequence);
    const auto run = run_of(runs_, number);
    if (run == runs_.end()) return false;
    const std::uint64_t octets = run->octets / run->count;
    run->octets -= octets;
    octets_ -= octets;
    --count_;
    const auto before = static_cast<std::uint32_t>(number - run->first);
    const std::uint32_t after = run->count - before - 1;
    if (before != 0 && after != 0) {
        Run rest = *run;
        rest.first = number + 1;
        rest.count = after;
        rest.octets = run->octets * after / (before + after);
        run->octets -= rest.octets;
        run->count = before;
        runs_.insert(std::next(run), rest);
    } else if (before + after == 0) {
        octets_ -= run->octets;
        runs_.erase(run);
    } else {
        if (before == 0) ++run->first;
        --run->count;
    }
    return true;
}

bool PagedRuns::contains(Sequence sequence) const {
    return run_of(runs_, static_cast<std::uint64_t>(sequence)) != runs_.end();
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

// Which messages of a queue are out for delivery. They lie close together, so a mark for each
// place between the first and the last of them is small and quick.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "storage/entry.hpp"

namespace leveret::broker {

/// A set of sequence numbers.
/// Units: an octet for each number between the lowest and the highest in it.
class SequenceWindow {
public:
    void insert(storage::Sequence sequence) {
        const auto number = static_cast<std::uint64_t>(sequence);
        if (marks_.empty()) first_ = number;
        while (number < first_) {
            marks_.push_front(0);
            --first_;
        }
        if (number - first_ >= marks_.size()) marks_.resize(number - first_ + 1, 0);
        marks_[number - first_] = 1;
    }

    /// What is not in it is no error.
    void erase(storage::Sequence sequence) {
        const std::uint64_t index = static_cast<std::uint64_t>(sequence) - first_;
        if (index >= marks_.size()) return;
        marks_[index] = 0;
        while (!marks_.empty() && marks_.back() == 0) marks_.pop_back();
        while (!marks_.empty() && marks_.front() == 0) {
            marks_.pop_front();
            ++first_;
        }
    }

    /// Returns: all of them, rising.
    [[nodiscard]] std::vector<storage::Sequence> list() const {
        std::vector<storage::Sequence> all;
        for (std::size_t i = 0; i < marks_.size(); ++i) {
            if (marks_[i] != 0) all.push_back(storage::Sequence{first_ + i});
        }
        return all;
    }

    [[nodiscard]] bool empty() const { return marks_.empty(); }

private:
    std::uint64_t first_ = 0;
    std::deque<std::uint8_t> marks_;
};

}  // namespace leveret::broker

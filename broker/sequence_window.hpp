// Which messages of a queue are out for delivery. They mostly lie close together, so a bit for each
// place near one of them is small and quick; those of different starts lie 2^40 apart.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "storage/entry.hpp"

namespace leveret::broker {

/// A set of sequence numbers.
/// Units: about 600 octets for each 4,096 numbers in a row of which one is in it.
class SequenceWindow {
public:
    void insert(storage::Sequence sequence) {
        const auto number = static_cast<std::uint64_t>(sequence);
        if (count_ == 0 && !blocks_.empty()) reuse_empty_block(number / block_numbers);
        Block& block = blocks_[number / block_numbers];
        std::uint64_t& word = block.words[number % block_numbers / word_bits];
        const std::uint64_t bit = std::uint64_t{1} << number % word_bits;
        if ((word & bit) != 0) return;
        word |= bit;
        ++block.count;
        ++count_;
    }

    /// What is not in it is no error.
    void erase(storage::Sequence sequence) {
        const auto number = static_cast<std::uint64_t>(sequence);
        const auto place = blocks_.find(number / block_numbers);
        if (place == blocks_.end()) return;
        Block& block = place->second;
        std::uint64_t& word = block.words[number % block_numbers / word_bits];
        const std::uint64_t bit = std::uint64_t{1} << number % word_bits;
        if ((word & bit) == 0) return;
        word &= ~bit;
        --count_;
        // The last one stays for what comes next.
        if (--block.count == 0 && blocks_.size() > 1) blocks_.erase(place);
    }

    /// Returns: all of them, rising.
    [[nodiscard]] std::vector<storage::Sequence> list() const {
        std::vector<storage::Sequence> all;
        all.reserve(count_);
        for (const auto& [number, block] : blocks_) {
            for (std::size_t i = 0; i < block.words.size(); ++i) {
                for (std::uint64_t left = block.words[i]; left != 0; left &= left - 1) {
                    const auto bit = static_cast<std::uint64_t>(std::countr_zero(left));
                    all.push_back(storage::Sequence{number * block_numbers + i * word_bits + bit});
                }
            }
        }
        return all;
    }

    [[nodiscard]] bool empty() const { return count_ == 0; }

private:
    static constexpr std::uint64_t word_bits = 64;
    static constexpr std::uint64_t block_numbers = 4096;

    struct Block {
        std::array<std::uint64_t, block_numbers / word_bits> words{};
        std::uint32_t count = 0;
    };

    void reuse_empty_block(std::uint64_t number) {
        auto node = blocks_.extract(blocks_.begin());
        node.key() = number;
        blocks_.insert(std::move(node));
    }

    std::map<std::uint64_t, Block> blocks_{};  ///< none is empty, but the only one
    std::size_t count_ = 0;
};

}  // namespace leveret::broker

// Moves what lives long into full chunks: out of young ones when there are many, and out of full
// ones of which little lives. Sorted by queue on the way, so that a queue that is drained later
// leaves whole chunks behind.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/chunk_index.hpp"
#include "storage/environment.hpp"
#include "storage/log.hpp"
#include "storage/packer.hpp"

namespace leveret::storage {

/// Whether there is enough to move.
[[nodiscard]] bool maintenance_due(const ChunkIndex& index);

/// The moves of one commit.
/// Lifetime: ends before the index or environment; after the commit.
class Maintenance {
public:
    /// Numbers chunks from `next_chunk` on. What was written by boots up to `last_unclean` is
    /// marked as perhaps delivered before when it leaves its chunk.
    Maintenance(Environment& environment, ChunkIndex& index, std::uint64_t& next_chunk,
                std::uint64_t last_unclean, const Log& log)
        : environment_(environment),
          index_(index),
          last_unclean_(last_unclean),
          log_(log),
          packer_(environment, next_chunk) {}

    /// Chooses what is to move: chunks that nothing else touches in this commit.
    /// Returns: whether there is anything.
    [[nodiscard]] bool choose();
    /// Puts the new chunks and erases the old ones.
    void write();
    /// The commit was good: the index follows.
    void install();

    /// Pieces that one more chunk names now (1), or one less (-1).
    [[nodiscard]] const std::vector<std::pair<PieceRange, std::int32_t>>& piece_users() const {
        return piece_users_;
    }
    [[nodiscard]] std::uint64_t octets() const { return packer_.octets(); }

private:
    struct Moving {
        MessageToPack message{};
        std::vector<Entry> entries{};
    };

    void take(SlotIndex slot, std::string_view value);

    Environment& environment_;
    ChunkIndex& index_;
    std::uint64_t last_unclean_;
    const Log& log_;
    Packer packer_;
    std::vector<SlotIndex> chosen_{};
    std::vector<MovedChunk> sources_{};
    std::vector<Moving> moving_{};
    std::vector<std::unique_ptr<char[]>> buffers_{};  ///< copies of chunks; messages lead into them
    DeliveryCounts counts_{};                         ///< of entries that move
    std::vector<AckRecord> acks_{};                   ///< of the packer's chunks
    std::vector<std::pair<PieceRange, std::int32_t>> piece_users_{};
};

}  // namespace leveret::storage

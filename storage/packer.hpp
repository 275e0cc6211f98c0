// Packs messages into chunks and puts them: full ones as long as there is enough, then one young
// one; big payloads in pieces before the chunk that names them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/chunk.hpp"
#include "storage/entry.hpp"
#include "storage/environment.hpp"

namespace leveret::storage {

/// Pieces of one message: consecutive chunks.
struct PieceRange {
    std::uint64_t first{};
    std::uint32_t count{};
    bool operator==(const PieceRange&) const = default;
};

/// A message to be packed.
/// Lifetime: its views are read until Packer::finish() has returned.
struct MessageToPack {
    /// The payload in up to three parts: route, properties, body. Of a message that has pieces
    /// already, what is not in them.
    std::string_view parts[3]{};
    std::uint32_t head_octets{};
    std::uint32_t body_octets{};
    std::uint64_t unix_ms{};
    std::uint32_t expiry_ms{};
    std::uint8_t priority{};
    std::uint8_t flags{};  ///< as in ChunkMessage
    PieceRange pieces{};   ///< that are stored already
};

/// What was put, for the index.
struct PackedChunk {
    std::uint64_t id{};
    ChunkKind kind{};
    std::uint32_t entries{};
    std::uint32_t used_octets{};
    std::vector<ChunkRun> runs{};      ///< entries are numbered by walking these
    std::vector<PieceRange> pieces{};  ///< named by its messages
    /// Of each message: its row, and what of its payload is in the chunk.
    std::vector<std::uint16_t> message_octets{};
};

class Packer {
public:
    /// Numbers chunks from `next_id` on and leaves there what is free.
    Packer(Environment& environment, std::uint64_t& next_id)
        : environment_(environment), next_id_(next_id) {}

    /// One message with all its entries; at least one.
    void add(const MessageToPack& message, std::span<const Entry> entries);
    /// Puts what is left. Then chunks() is complete.
    void finish();

    [[nodiscard]] std::vector<PackedChunk>& chunks() { return chunks_; }
    [[nodiscard]] std::uint64_t octets() const { return octets_; }  ///< of all values put

private:
    [[nodiscard]] std::size_t size_with(std::size_t runs, std::size_t payload) const;
    [[nodiscard]] bool fits(const MessageToPack& message, std::size_t new_runs,
                            std::size_t entries) const;
    [[nodiscard]] std::size_t count_new_runs(std::span<const Entry> entries);
    [[nodiscard]] std::uint32_t* last_run_of(std::uint64_t queue);
    void place(const MessageToPack& message, std::span<const Entry> entries);
    void put_pieces(MessageToPack& message, bool all);
    void close(ChunkKind kind);

    Environment& environment_;
    std::uint64_t& next_id_;
    std::vector<PackedChunk> chunks_{};
    std::uint64_t octets_ = 0;

    // The chunk that is being filled.
    std::vector<MessageToPack> messages_{};
    std::vector<ChunkRun> runs_{};
    std::unordered_map<std::uint64_t, std::uint32_t> last_run_of_{};  ///< by queue
    /// Of the queue before: most entries are of the same one.
    std::pair<std::uint64_t, std::uint32_t*> recent_{};
    std::size_t payload_ = 0;
    std::uint32_t entries_ = 0;
    std::uint64_t earliest_ = 0;
    std::uint64_t latest_ = 0;
};

}  // namespace leveret::storage

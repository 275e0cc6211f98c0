// A chunk on disk: many messages of many queues in one value. Its table alone says what is in it
// for whom; README.md has it octet by octet. Knows the layout and nothing of where chunks are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/little_endian.hpp"

namespace leveret::storage {

enum class ChunkId : std::uint64_t {};

enum class ChunkKind : std::uint8_t {
    young = 0,   ///< of any size below young_octets_below; lives for a short time
    full = 1,    ///< exactly full_chunk_octets
    piece = 2,   ///< octets of one big message; exactly full
    stream = 3,  ///< reserved
};

/// 16 pages with LMDB's 16 octets before the value: all that lives long has one size.
inline constexpr std::size_t full_chunk_octets = std::size_t{16} * 4096 - 16;
inline constexpr std::size_t chunk_header_octets = 48;
inline constexpr std::size_t chunk_run_octets = 24;
inline constexpr std::size_t chunk_message_octets = 32;
/// A chunk from this size on is padded to a full one; a larger payload is cut into pieces.
inline constexpr std::size_t young_octets_below = std::size_t{48} * 1024;
inline constexpr std::size_t payload_whole_max = std::size_t{48} * 1024;
inline constexpr std::size_t piece_octets = full_chunk_octets - chunk_header_octets;
/// So that the record of acks of a chunk stays in one page.
inline constexpr std::uint32_t chunk_entries_max = 15'000;

inline constexpr std::uint16_t chunk_flag_payload_crc = 1;

/// Messages first_message .. first_message + count - 1 are entries first_sequence .. of the queue.
struct ChunkRun {
    std::uint64_t queue{};
    std::uint64_t first_sequence{};
    std::uint32_t first_message{};
    std::uint32_t count{};
    bool operator==(const ChunkRun&) const = default;
};

struct ChunkMessage {
    static constexpr std::uint8_t persistent = 1;
    static constexpr std::uint8_t redelivered = 2;
    static constexpr std::uint8_t has_expiry = 4;
    static constexpr std::uint8_t delayed = 16;
    static constexpr std::uint8_t dead_lettered = 32;  ///< x-death written by this broker

    std::uint32_t payload_offset{};  ///< of what is in the chunk, from its first octet
    std::uint32_t head_octets{};
    std::uint32_t body_octets{};
    std::uint32_t expiry_ms{};  ///< from the message's own time; all ones: longer than that
    std::uint32_t time_ms{};    ///< from the chunk's base
    std::uint8_t priority{};
    std::uint8_t flags{};
    std::uint16_t pieces{};
    std::uint64_t first_piece{};
    bool operator==(const ChunkMessage&) const = default;

    [[nodiscard]] std::uint64_t payload_octets() const {
        return std::uint64_t{head_octets} + body_octets;
    }
    /// How much of the payload is in the chunk itself.
    [[nodiscard]] std::uint64_t octets_here() const {
        const std::uint64_t in_pieces = std::uint64_t{pieces} * piece_octets;
        return in_pieces >= payload_octets() ? 0 : payload_octets() - in_pieces;
    }
};

struct ChunkHeader {
    ChunkKind kind{};
    std::uint16_t flags = chunk_flag_payload_crc;
    std::uint32_t used_octets{};
    std::uint32_t messages{};
    std::uint32_t runs{};
    std::uint32_t entries{};
    std::uint64_t base_unix_ms{};

    [[nodiscard]] std::size_t table_octets() const {
        return runs * chunk_run_octets + messages * chunk_message_octets;
    }
};

/// A value read as a chunk. The table was checked, octets of messages were not touched.
/// Lifetime: views of the value it was made from.
class ChunkView {
public:
    /// Checks header, checksum and every number in the table.
    /// Throws: StorageError that names the chunk.
    ChunkView(std::uint64_t id, std::string_view value);

    /// How many octets of a value must be there for its header and table, as its first octets say;
    /// nothing is checked.
    [[nodiscard]] static std::size_t octets_before_payload(std::string_view first);

    [[nodiscard]] std::uint64_t id() const { return id_; }
    [[nodiscard]] const ChunkHeader& header() const { return header_; }
    [[nodiscard]] ChunkRun run(std::uint32_t index) const;
    [[nodiscard]] ChunkMessage message(std::uint32_t index) const;

    /// What of the message's payload is in this chunk: the end of it, or all.
    [[nodiscard]] std::string_view payload(const ChunkMessage& message) const {
        return value_.substr(message.payload_offset, message.octets_here());
    }
    /// Of a piece: its octets.
    [[nodiscard]] std::string_view piece() const {
        return value_.substr(chunk_header_octets, header_.used_octets - chunk_header_octets);
    }
    /// Whether the octets of messages are what was written.
    [[nodiscard]] bool payload_intact() const;

private:
    void check() const;

    std::uint64_t id_;
    std::string_view value_;
    ChunkHeader header_;
};

/// Writes a chunk into room of its final size: table first, then payload, then finish().
class ChunkWriter {
public:
    ChunkWriter(char* room, std::size_t room_octets, const ChunkHeader& header);

    void run(const ChunkRun& run);
    /// Sets the message's payload_offset to where the next payload() goes.
    void message(ChunkMessage message, std::size_t octets_here);
    void payload(std::string_view octets);
    /// Pads and writes header and checksums. Everything announced must be there.
    void finish();

private:
    char* room_;
    std::size_t room_octets_;
    ChunkHeader header_;
    std::size_t run_at_;
    std::size_t message_at_;
    std::size_t next_payload_offset_;
    std::size_t payload_at_;
    std::uint32_t payload_crc_ = 0;
};

}  // namespace leveret::storage

#include "storage/chunk.hpp"

#include <cstring>

#include "protocol/assert.hpp"
#include "storage/crc32c.hpp"
#include "storage/storage_error.hpp"

namespace leveret::storage {

namespace {

constexpr std::uint32_t magic = 0x3143514D;  // "MQC1"
constexpr std::uint8_t version = 1;
constexpr std::uint16_t flags_that_matter = 0xFF;  // the other half may be passed over

// Offsets in the header.
constexpr std::size_t at_magic = 0;
constexpr std::size_t at_version = 4;
constexpr std::size_t at_kind = 5;
constexpr std::size_t at_flags = 6;
constexpr std::size_t at_used = 8;
constexpr std::size_t at_messages = 12;
constexpr std::size_t at_runs = 16;
constexpr std::size_t at_entries = 20;
constexpr std::size_t at_table = 24;
constexpr std::size_t at_crc = 28;
constexpr std::size_t at_base = 32;
constexpr std::size_t at_payload_crc = 40;
constexpr std::size_t at_zero = 44;

[[noreturn]] void refuse(std::uint64_t id, const std::string& what) {
    throw StorageError("chunk " + std::to_string(id) + ": " + what);
}

/// Of header and table, without the field itself.
std::uint32_t table_crc(const char* chunk, std::size_t table_octets) {
    std::uint32_t crc = crc32c({chunk, at_crc});
    crc = crc32c({chunk + at_base, chunk_header_octets - at_base}, crc);
    return crc32c({chunk + chunk_header_octets, table_octets}, crc);
}

}  // namespace

ChunkView::ChunkView(std::uint64_t id, std::string_view value) : id_(id), value_(value) {
    const char* const at = value.data();
    if (value.size() < chunk_header_octets) refuse(id, "shorter than a header");
    if (load<std::uint32_t>(at + at_magic) != magic) refuse(id, "not a chunk");
    if (load<std::uint8_t>(at + at_version) != version) {
        refuse(id, "of version " + std::to_string(load<std::uint8_t>(at + at_version)));
    }
    header_.kind = static_cast<ChunkKind>(load<std::uint8_t>(at + at_kind));
    header_.flags = load<std::uint16_t>(at + at_flags);
    header_.used_octets = load<std::uint32_t>(at + at_used);
    header_.messages = load<std::uint32_t>(at + at_messages);
    header_.runs = load<std::uint32_t>(at + at_runs);
    header_.entries = load<std::uint32_t>(at + at_entries);
    header_.base_unix_ms = load<std::uint64_t>(at + at_base);
    const std::size_t table = header_.table_octets();
    if (value.size() > full_chunk_octets) refuse(id, "larger than a full one");
    if (header_.used_octets < chunk_header_octets || header_.used_octets > value.size() ||
        table > header_.used_octets - chunk_header_octets ||
        load<std::uint32_t>(at + at_table) != table) {
        refuse(id, "its sizes contradict each other");
    }
    if (load<std::uint32_t>(at + at_crc) != table_crc(at, table)) {
        refuse(id, "the checksum of its table is wrong");
    }
    check();
}

std::size_t ChunkView::octets_before_payload(std::string_view first) {
    if (first.size() < chunk_header_octets) return first.size();
    return chunk_header_octets + load<std::uint32_t>(first.data() + at_table);
}

/// What has the right checksum was written by us; a fault of ours must still harm nobody.
void ChunkView::check() const {
    if (header_.kind > ChunkKind::piece) {
        refuse(id_, "of unknown kind " + std::to_string(static_cast<int>(header_.kind)));
    }
    if ((header_.flags & flags_that_matter & ~chunk_flag_payload_crc) != 0) {
        refuse(id_, "has flags of a later version");
    }
    if (header_.kind == ChunkKind::piece) {
        if (header_.runs != 0 || header_.messages != 0 || header_.entries != 0) {
            refuse(id_, "a piece with a table");
        }
        return;
    }
    if (header_.entries > chunk_entries_max) refuse(id_, "too many entries");
    std::uint64_t entries = 0;
    for (std::uint32_t i = 0; i < header_.runs; ++i) {
        const ChunkRun run = this->run(i);
        if (run.count == 0 || run.count > header_.messages ||
            run.first_message > header_.messages - run.count ||
            run.first_sequence + run.count < run.first_sequence) {
            refuse(id_, "run " + std::to_string(i) + " leads outside");
        }
        entries += run.count;
    }
    if (entries != header_.entries) refuse(id_, "the runs do not add up");
    const std::size_t payload_begin = chunk_header_octets + header_.table_octets();
    for (std::uint32_t i = 0; i < header_.messages; ++i) {
        const ChunkMessage message = this->message(i);
        if (message.payload_offset < payload_begin ||
            message.payload_offset > header_.used_octets ||
            message.octets_here() > header_.used_octets - message.payload_offset ||
            (message.pieces != 0 &&
             (message.first_piece == 0 || message.first_piece >= id_ ||
              std::uint64_t{message.pieces - 1u} * piece_octets >= message.payload_octets()))) {
            refuse(id_, "message " + std::to_string(i) + " leads outside");
        }
    }
}

ChunkRun ChunkView::run(std::uint32_t index) const {
    const char* at = value_.data() + chunk_header_octets + index * chunk_run_octets;
    return {load<std::uint64_t>(at), load<std::uint64_t>(at + 8), load<std::uint32_t>(at + 16),
            load<std::uint32_t>(at + 20)};
}

ChunkMessage ChunkView::message(std::uint32_t index) const {
    const char* at = value_.data() + chunk_header_octets + header_.runs * chunk_run_octets +
                     index * chunk_message_octets;
    ChunkMessage message;
    message.payload_offset = load<std::uint32_t>(at);
    message.head_octets = load<std::uint32_t>(at + 4);
    message.body_octets = load<std::uint32_t>(at + 8);
    message.expiry_ms = load<std::uint32_t>(at + 12);
    message.time_ms = load<std::uint32_t>(at + 16);
    message.priority = load<std::uint8_t>(at + 20);
    message.flags = load<std::uint8_t>(at + 21);
    message.pieces = load<std::uint16_t>(at + 22);
    message.first_piece = load<std::uint64_t>(at + 24);
    return message;
}

bool ChunkView::payload_intact() const {
    if ((header_.flags & chunk_flag_payload_crc) == 0) return true;
    const std::size_t begin = chunk_header_octets + header_.table_octets();
    return crc32c(value_.substr(begin, header_.used_octets - begin)) ==
           load<std::uint32_t>(value_.data() + at_payload_crc);
}

ChunkWriter::ChunkWriter(char* room, std::size_t room_octets, const ChunkHeader& header)
    : room_(room),
      room_octets_(room_octets),
      header_(header),
      run_at_(chunk_header_octets),
      message_at_(chunk_header_octets + header.runs * chunk_run_octets),
      next_payload_offset_(chunk_header_octets + header.table_octets()),
      payload_at_(next_payload_offset_) {
    LEVERET_ASSERT(header.used_octets <= room_octets && next_payload_offset_ <= header.used_octets);
}

void ChunkWriter::run(const ChunkRun& run) {
    char* const at = room_ + run_at_;
    store(at, run.queue);
    store(at + 8, run.first_sequence);
    store(at + 16, run.first_message);
    store(at + 20, run.count);
    run_at_ += chunk_run_octets;
}

void ChunkWriter::message(ChunkMessage message, std::size_t octets_here) {
    char* const at = room_ + message_at_;
    store(at, static_cast<std::uint32_t>(next_payload_offset_));
    store(at + 4, message.head_octets);
    store(at + 8, message.body_octets);
    store(at + 12, message.expiry_ms);
    store(at + 16, message.time_ms);
    store(at + 20, message.priority);
    store(at + 21, message.flags);
    store(at + 22, message.pieces);
    store(at + 24, message.first_piece);
    message_at_ += chunk_message_octets;
    next_payload_offset_ += octets_here;
}

void ChunkWriter::payload(std::string_view octets) {
    if (octets.empty()) return;
    LEVERET_ASSERT(octets.size() <= header_.used_octets - payload_at_);
    std::memcpy(room_ + payload_at_, octets.data(), octets.size());
    payload_crc_ = crc32c({room_ + payload_at_, octets.size()}, payload_crc_);
    payload_at_ += octets.size();
}

void ChunkWriter::finish() {
    const std::size_t table = header_.table_octets();
    LEVERET_ASSERT(run_at_ == chunk_header_octets + header_.runs * chunk_run_octets &&
                   message_at_ == chunk_header_octets + table &&
                   payload_at_ == header_.used_octets);
    std::memset(room_ + payload_at_, 0, room_octets_ - payload_at_);
    store(room_ + at_magic, magic);
    store(room_ + at_version, version);
    store(room_ + at_kind, static_cast<std::uint8_t>(header_.kind));
    store(room_ + at_flags, header_.flags);
    store(room_ + at_used, header_.used_octets);
    store(room_ + at_messages, header_.messages);
    store(room_ + at_runs, header_.runs);
    store(room_ + at_entries, header_.entries);
    store(room_ + at_table, static_cast<std::uint32_t>(table));
    store(room_ + at_base, header_.base_unix_ms);
    store(room_ + at_payload_crc, payload_crc_);
    store(room_ + at_zero, std::uint32_t{0});
    store(room_ + at_crc, table_crc(room_, table));
}

}  // namespace leveret::storage

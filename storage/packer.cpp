#include "storage/packer.hpp"

#include <algorithm>
#include <utility>

#include "protocol/assert.hpp"

namespace leveret::storage {

namespace {

/// Messages further apart do not share a chunk: their times are told by 32 bits.
constexpr std::uint64_t time_span_max = 0xFFFF'FFFEu;

std::size_t octets_here(const MessageToPack& message) {
    return message.parts[0].size() + message.parts[1].size() + message.parts[2].size();
}

/// Copies octets `from` .. `from + count` of the parts taken together.
void copy_payload(ChunkWriter& out, const MessageToPack& message, std::size_t from,
                  std::size_t count) {
    for (const std::string_view part : message.parts) {
        if (from >= part.size()) {
            from -= part.size();
            continue;
        }
        const std::string_view taken = part.substr(from, count);
        out.payload(taken);
        count -= taken.size();
        from = 0;
    }
}

/// Takes octets away from the front of the parts.
void drop_front(MessageToPack& message, std::size_t count) {
    for (std::string_view& part : message.parts) {
        const std::size_t dropped = std::min(count, part.size());
        part.remove_prefix(dropped);
        count -= dropped;
    }
}

}  // namespace

std::size_t Packer::size_with(std::size_t runs, std::size_t payload) const {
    return chunk_header_octets + (runs_.size() + runs) * chunk_run_octets +
           (messages_.size() + 1) * chunk_message_octets + payload_ + payload;
}

bool Packer::fits(const MessageToPack& message, std::size_t new_runs, std::size_t entries) const {
    if (messages_.empty()) return true;
    return size_with(new_runs, octets_here(message)) <= full_chunk_octets &&
           entries_ + entries <= chunk_entries_max &&
           std::max(latest_, message.unix_ms) - std::min(earliest_, message.unix_ms) <=
               time_span_max;
}

/// Returns: the place of its number; none when the queue has no run in the chunk yet.
std::uint32_t* Packer::last_run_of(std::uint64_t queue) {
    if (recent_.second == nullptr || recent_.first != queue) {
        const auto place = last_run_of_.find(queue);
        if (place == last_run_of_.end()) return nullptr;
        recent_ = {queue, &place->second};
    }
    return recent_.second;
}

std::size_t Packer::count_new_runs(std::span<const Entry> entries) {
    std::size_t count = 0;
    for (const Entry& entry : entries) {
        const std::uint32_t* const last = last_run_of(static_cast<std::uint64_t>(entry.queue));
        if (last != nullptr) {
            const ChunkRun& run = runs_[*last];
            if (run.first_message + run.count == messages_.size() &&
                run.first_sequence + run.count == static_cast<std::uint64_t>(entry.sequence)) {
                continue;
            }
        }
        ++count;
    }
    return count;
}

void Packer::add(const MessageToPack& message, std::span<const Entry> entries) {
    LEVERET_ASSERT(!entries.empty());
    MessageToPack rest = message;
    constexpr std::size_t room = full_chunk_octets - chunk_header_octets - chunk_message_octets;
    constexpr std::size_t runs_beside_pieces = room / chunk_run_octets;
    const bool fan_out_too_wide =
        entries.size() * chunk_run_octets + std::min(octets_here(message), payload_whole_max) >
        room;
    if (octets_here(rest) > payload_whole_max || (fan_out_too_wide && octets_here(rest) > 0)) {
        put_pieces(rest, fan_out_too_wide);
    }
    while (!entries.empty()) {
        const auto now = entries.first(std::min(entries.size(), runs_beside_pieces));
        if (!fits(rest, count_new_runs(now), now.size())) close(ChunkKind::full);
        place(rest, now);
        entries = entries.subspan(now.size());
    }
}

void Packer::place(const MessageToPack& message, std::span<const Entry> entries) {
    const auto index = static_cast<std::uint32_t>(messages_.size());
    for (const Entry& entry : entries) {
        const auto queue = static_cast<std::uint64_t>(entry.queue);
        const auto sequence = static_cast<std::uint64_t>(entry.sequence);
        const auto number = static_cast<std::uint32_t>(runs_.size());
        if (std::uint32_t* const last = last_run_of(queue)) {
            ChunkRun& run = runs_[*last];
            if (run.first_message + run.count == index &&
                run.first_sequence + run.count == sequence) {
                ++run.count;
                continue;
            }
            *last = number;
        } else {
            recent_ = {queue, &last_run_of_.emplace(queue, number).first->second};
        }
        runs_.push_back({queue, sequence, index, 1});
    }
    earliest_ = index == 0 ? message.unix_ms : std::min(earliest_, message.unix_ms);
    latest_ = index == 0 ? message.unix_ms : std::max(latest_, message.unix_ms);
    entries_ += static_cast<std::uint32_t>(entries.size());
    payload_ += octets_here(message);
    messages_.push_back(message);
}

/// Full pieces first; what is left stays with the message unless it is large, or must go too.
void Packer::put_pieces(MessageToPack& message, bool all) {
    // Pieces of a moved message stay where they are; only its rest is here, and that is small.
    LEVERET_ASSERT(message.pieces.count == 0);
    const std::uint64_t first = next_id_;
    std::uint32_t count = 0;
    for (std::size_t left = octets_here(message);
         left >= piece_octets || left > payload_whole_max || (all && left > 0);
         left = octets_here(message)) {
        const std::size_t taken = std::min(left, piece_octets);
        ChunkHeader header;
        header.kind = ChunkKind::piece;
        header.used_octets = static_cast<std::uint32_t>(chunk_header_octets + taken);
        header.base_unix_ms = message.unix_ms;
        const std::span<char> room =
            environment_.reserve(Database::chunks, Key(next_id_++), full_chunk_octets);
        ChunkWriter writer(room.data(), room.size(), header);
        copy_payload(writer, message, 0, taken);
        writer.finish();
        octets_ += room.size();
        drop_front(message, taken);
        ++count;
    }
    message.pieces = {first, count};
}

void Packer::finish() {
    if (messages_.empty()) return;
    const std::size_t size = size_with(0, 0) - chunk_message_octets;
    close(size < young_octets_below ? ChunkKind::young : ChunkKind::full);
}

void Packer::close(ChunkKind kind) {
    if (messages_.empty()) return;
    PackedChunk packed;
    packed.id = next_id_++;
    packed.kind = kind;
    packed.entries = entries_;

    ChunkHeader header;
    header.kind = kind;
    header.messages = static_cast<std::uint32_t>(messages_.size());
    header.runs = static_cast<std::uint32_t>(runs_.size());
    header.entries = entries_;
    header.base_unix_ms = earliest_;
    header.used_octets =
        static_cast<std::uint32_t>(chunk_header_octets + header.table_octets() + payload_);
    packed.used_octets = header.used_octets;
    packed.message_octets.reserve(messages_.size());
    const std::span<char> room =
        environment_.reserve(Database::chunks, Key(packed.id),
                             kind == ChunkKind::full ? full_chunk_octets : header.used_octets);
    ChunkWriter writer(room.data(), room.size(), header);
    for (const ChunkRun& run : runs_) writer.run(run);
    for (const MessageToPack& message : messages_) {
        ChunkMessage row;
        row.head_octets = message.head_octets;
        row.body_octets = message.body_octets;
        row.expiry_ms = message.expiry_ms;
        row.time_ms = static_cast<std::uint32_t>(message.unix_ms - earliest_);
        row.priority = message.priority;
        row.flags = message.flags;
        row.pieces = static_cast<std::uint16_t>(message.pieces.count);
        row.first_piece = message.pieces.count == 0 ? 0 : message.pieces.first;
        writer.message(row, octets_here(message));
        packed.message_octets.push_back(
            static_cast<std::uint16_t>(chunk_message_octets + octets_here(message)));
        if (message.pieces.count != 0) packed.pieces.push_back(message.pieces);
    }
    for (const MessageToPack& message : messages_) {
        copy_payload(writer, message, 0, octets_here(message));
    }
    writer.finish();
    octets_ += room.size();
    packed.runs = std::exchange(runs_, {});
    chunks_.push_back(std::move(packed));
    messages_.clear();
    last_run_of_.clear();
    recent_ = {};
    payload_ = 0;
    entries_ = 0;
}

}  // namespace leveret::storage

#include "storage/maintenance.hpp"

#include <algorithm>
#include <tuple>

#include "storage/storage_error.hpp"

namespace leveret::storage {

namespace {

/// Young chunks are moved when they are so many, or hold so much that lives.
constexpr std::size_t young_chunks_max = 256;
constexpr std::uint64_t young_live_octets_max = 256 * 1024;
/// Sparse chunks are moved when they hold so much that lives: what is written must fill chunks.
constexpr std::uint64_t sparse_live_octets_max = 256 * 1024;
/// Per commit, so that none of them takes long.
constexpr std::size_t sparse_per_commit = 16;
constexpr std::uint64_t moved_octets_per_commit = 1024 * 1024;

bool young_due(const ChunkIndex& index) {
    return index.young().slots.size() > young_chunks_max ||
           index.young().live_octets > young_live_octets_max;
}

bool sparse_due(const ChunkIndex& index) {
    return index.sparse().live_octets > sparse_live_octets_max;
}

}  // namespace

bool maintenance_due(const ChunkIndex& index) { return young_due(index) || sparse_due(index); }

bool Maintenance::choose() {
    std::uint64_t octets = 0;
    const auto choose_from = [&](const ChunkIndex::Listed& listed, std::size_t count_max) {
        std::vector<SlotIndex> oldest(listed.slots);
        std::sort(oldest.begin(), oldest.end(),
                  [&](SlotIndex a, SlotIndex b) { return index_.slot(a).id < index_.slot(b).id; });
        std::size_t count = 0;
        for (const SlotIndex index : oldest) {
            const ChunkSlot& slot = index_.slot(index);
            if (slot.touched || slot.live == 0) continue;
            if (count == count_max || octets >= moved_octets_per_commit) break;
            octets += slot.live_octets;
            chosen_.push_back(index);
            ++count;
        }
    };
    if (young_due(index_)) choose_from(index_.young(), ~std::size_t{0});
    if (sparse_due(index_)) choose_from(index_.sparse(), sparse_per_commit);
    return !chosen_.empty();
}

void Maintenance::write() {
    // Chunks never change, so what was committed last is what they are.
    const auto snapshot = environment_.snapshot();
    for (const SlotIndex slot : chosen_) {
        const std::uint64_t id = index_.slot(slot).id;
        try {
            const auto value = snapshot->get(Database::chunks, Key(id));
            if (!value) throw StorageError("chunk " + std::to_string(id) + ": missing");
            buffers_.push_back(std::make_unique_for_overwrite<char[]>(value->size()));
            snapshot->load(*value, 0, {buffers_.back().get(), value->size()});
            take(slot, {buffers_.back().get(), value->size()});
        } catch (const StorageError& error) {
            log_(LogLevel::error, std::string("not moved: ") + error.what());
            index_.never_move(slot);
        }
    }
    std::sort(moving_.begin(), moving_.end(), [](const Moving& a, const Moving& b) {
        const Entry& first = a.entries.front();
        const Entry& second = b.entries.front();
        return std::tie(first.queue, first.sequence) < std::tie(second.queue, second.sequence);
    });
    for (const Moving& moving : moving_) packer_.add(moving.message, moving.entries);
    packer_.finish();
    for (const MovedChunk& source : sources_) {
        const ChunkSlot& slot = index_.slot(source.slot);
        environment_.erase(Database::chunks, Key(slot.id));
        environment_.erase(Database::acks, Key(slot.id));
        for (const PieceRange& pieces : slot.pieces) piece_users_.emplace_back(pieces, -1);
    }
    for (const PackedChunk& chunk : packer_.chunks()) {
        for (const PieceRange& pieces : chunk.pieces) piece_users_.emplace_back(pieces, 1);
        acks_.push_back(acks_of_new(chunk, counts_));
        if (acks_.back().counts.empty()) continue;
        environment_.put(Database::acks, Key(chunk.id), acks_.back().encode());
    }
    moving_.clear();
    buffers_.clear();
}

/// Takes the live messages out of a chunk.
/// Throws: StorageError when it is damaged; nothing was taken then.
void Maintenance::take(SlotIndex index, std::string_view value) {
    const ChunkSlot& slot = index_.slot(index);
    const ChunkView chunk(slot.id, value);
    // A new checksum over damaged octets would make them look sound.
    if (!chunk.payload_intact()) {
        throw StorageError("chunk " + std::to_string(slot.id) + ": octets of messages are damaged");
    }
    MovedChunk source;
    source.slot = index;
    std::vector<Moving> messages(chunk.header().messages);
    std::uint32_t entry = 0;
    for (std::uint32_t i = 0; i < chunk.header().runs; ++i) {
        const ChunkRun run = chunk.run(i);
        source.runs.push_back(run);
        for (std::uint32_t k = 0; k < run.count; ++k, ++entry) {
            if (slot.is_dead(entry)) continue;
            messages[run.first_message + k].entries.push_back(
                {QueueId{run.queue}, Sequence{run.first_sequence + k}});
        }
    }
    for (const DeliveryCount& count : slot.counts) {
        if (slot.is_dead(count.entry)) continue;
        std::uint32_t first = 0;
        for (const ChunkRun& run : source.runs) {
            if (count.entry < first + run.count) {
                counts_[run.queue][run.first_sequence + (count.entry - first)] = count.count;
                break;
            }
            first += run.count;
        }
    }
    const bool uncertain = slot.id >> 40 <= last_unclean_;
    for (std::uint32_t i = 0; i < chunk.header().messages; ++i) {
        if (messages[i].entries.empty()) continue;
        const ChunkMessage row = chunk.message(i);
        MessageToPack& message = messages[i].message;
        message.parts[0] = chunk.payload(row);
        message.head_octets = row.head_octets;
        message.body_octets = row.body_octets;
        message.unix_ms = chunk.header().base_unix_ms + row.time_ms;
        message.expiry_ms = row.expiry_ms;
        message.priority = row.priority;
        message.flags = row.flags;
        if (uncertain) message.flags |= ChunkMessage::redelivered;
        if (row.pieces != 0) message.pieces = {row.first_piece, row.pieces};
        moving_.push_back(std::move(messages[i]));
    }
    sources_.push_back(std::move(source));
}

void Maintenance::install() { index_.replace(sources_, packer_.chunks(), acks_); }

}  // namespace leveret::storage

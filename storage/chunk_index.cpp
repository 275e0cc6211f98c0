#include "storage/chunk_index.hpp"

#include <algorithm>
#include <utility>

#include "protocol/assert.hpp"

namespace leveret::storage {

void ChunkSlot::set_count(std::uint32_t entry, std::uint16_t count) {
    const auto place = std::lower_bound(
        counts.begin(), counts.end(), entry,
        [](const DeliveryCount& known, std::uint32_t wanted) { return known.entry < wanted; });
    if (place != counts.end() && place->entry == entry) {
        place->count = count;
    } else {
        counts.insert(place, {static_cast<std::uint16_t>(entry), count});
    }
}

AckRecord acks_of_new(const PackedChunk& chunk, const DeliveryCounts& counts) {
    AckRecord record{chunk.entries, chunk.entries, {}, {}};
    record.dead.assign((chunk.entries + 63) / 64, 0);
    std::uint32_t entry = 0;
    for (const ChunkRun& run : chunk.runs) {
        const auto counted = counts.find(run.queue);
        for (std::uint32_t k = 0; counted != counts.end() && k < run.count; ++k) {
            const auto count = counted->second.find(run.first_sequence + k);
            if (count == counted->second.end()) continue;
            record.counts.push_back({static_cast<std::uint16_t>(entry + k), count->second});
        }
        entry += run.count;
    }
    return record;
}

SlotIndex ChunkIndex::add(PackedChunk&& chunk, const AckRecord* acks) {
    SlotIndex index;
    if (free_slots_.empty()) {
        index = slots();
        slots_.emplace_back();
    } else {
        index = free_slots_.back();
        free_slots_.pop_back();
    }
    ChunkSlot& slot = slots_[index];
    slot.id = chunk.id;
    slot.full = chunk.kind == ChunkKind::full;
    slot.entries = chunk.entries;
    slot.used_octets = chunk.used_octets;
    slot.pieces = std::move(chunk.pieces);
    for (const PieceRange& pieces : slot.pieces) ++piece_users_[pieces.first];
    ++(slot.full ? full_ : young_);
    if (acks != nullptr) {
        slot.dead = acks->dead;
        slot.counts = acks->counts;
        slot.live = acks->live;
    } else {
        slot.dead.assign((chunk.entries + 63) / 64, 0);
        slot.live = chunk.entries;
    }
    live_entries_ += slot.live;
    if (!slot.full) list(index);
    list_when_sparse(index);
    std::uint32_t entry = 0;
    for (const ChunkRun& run : chunk.runs) {
        std::uint32_t live = run.count;
        if (acks != nullptr) {
            for (std::uint32_t i = 0; i < run.count; ++i) live -= slot.is_dead(entry + i) ? 1 : 0;
        }
        if (live != 0) {
            insert(queues_[run.queue], {run.first_sequence, run.count, live, index, entry});
        }
        entry += run.count;
    }
    return index;
}

/// New runs mostly come last.
void ChunkIndex::insert(QueueRuns& queue, const Run& run) {
    if (queue.runs.empty() || queue.runs.back().first_sequence < run.first_sequence) {
        queue.runs.push_back(run);
        return;
    }
    const auto place = std::upper_bound(
        queue.runs.begin(), queue.runs.end(), run.first_sequence,
        [](std::uint64_t sequence, const Run& other) { return sequence < other.first_sequence; });
    queue.runs.insert(place, run);
    queue.near = 0;
}

/// Most entries are settled near the one before.
ChunkIndex::Run* ChunkIndex::find_run(QueueRuns& queue, std::uint64_t sequence) {
    const auto holds = [&](std::size_t at) {
        return at < queue.runs.size() && queue.runs[at].first_sequence <= sequence &&
               sequence - queue.runs[at].first_sequence < queue.runs[at].count;
    };
    if (!holds(queue.near)) {
        if (holds(queue.near + 1)) {
            ++queue.near;
        } else {
            const auto after = std::upper_bound(
                queue.runs.begin(), queue.runs.end(), sequence,
                [](std::uint64_t wanted, const Run& run) { return wanted < run.first_sequence; });
            if (after == queue.runs.begin()) return nullptr;
            const auto at = static_cast<std::size_t>(after - queue.runs.begin()) - 1;
            if (!holds(at)) return nullptr;
            queue.near = at;
        }
    }
    return &queue.runs[queue.near];
}

std::optional<EntryPlace> ChunkIndex::find(std::uint64_t queue, std::uint64_t sequence) {
    const auto place = queues_.find(queue);
    if (place == queues_.end()) return std::nullopt;
    const Run* const run = find_run(place->second, sequence);
    if (run == nullptr || run->live == 0) return std::nullopt;
    const auto entry =
        static_cast<std::uint32_t>(run->first_entry + (sequence - run->first_sequence));
    if (slots_[run->slot].is_dead(entry)) return std::nullopt;
    return EntryPlace{sequence, run->slot, entry};
}

std::optional<EntryPlace> ChunkIndex::kill(std::uint64_t queue, std::uint64_t sequence) {
    const auto place = queues_.find(queue);
    if (place == queues_.end()) return std::nullopt;
    Run* const run = find_run(place->second, sequence);
    if (run == nullptr || run->live == 0) return std::nullopt;
    const auto entry =
        static_cast<std::uint32_t>(run->first_entry + (sequence - run->first_sequence));
    if (slots_[run->slot].is_dead(entry)) return std::nullopt;
    kill(place->second, *run, entry);
    return EntryPlace{sequence, run->slot, entry};
}

void ChunkIndex::kill(QueueRuns& queue, Run& run, std::uint32_t entry) {
    ChunkSlot& slot = slots_[run.slot];
    slot.dead[entry / 64] |= std::uint64_t{1} << entry % 64;
    --slot.live;
    --live_entries_;
    if (--run.live == 0) ++queue.dead;
    list_when_sparse(run.slot);
}

void ChunkIndex::list(SlotIndex index) {
    ChunkSlot& slot = slots_[index];
    std::vector<SlotIndex>& where = slot.full ? sparse_slots_ : young_slots_;
    slot.listed = true;
    slot.list_at = static_cast<std::uint32_t>(where.size());
    where.push_back(index);
}

void ChunkIndex::list_when_sparse(SlotIndex index) {
    const ChunkSlot& slot = slots_[index];
    if (!slot.full || slot.listed) return;
    if (std::uint64_t{slot.live} * 100 < std::uint64_t{slot.entries} * sparse_percent) list(index);
}

void ChunkIndex::unlist(SlotIndex index) {
    ChunkSlot& slot = slots_[index];
    if (!std::exchange(slot.listed, false)) return;
    std::vector<SlotIndex>& where = slot.full ? sparse_slots_ : young_slots_;
    slots_[where.back()].list_at = slot.list_at;
    where[slot.list_at] = where.back();
    where.pop_back();
}

void ChunkIndex::revive(std::uint64_t queue, const EntryPlace& place) {
    QueueRuns& runs = queues_[queue];
    Run* const run = find_run(runs, place.sequence);
    LEVERET_ASSERT(run != nullptr && run->slot == place.slot);
    ChunkSlot& slot = slots_[place.slot];
    slot.dead[place.entry / 64] &= ~(std::uint64_t{1} << place.entry % 64);
    ++slot.live;
    ++live_entries_;
    if (run->live++ == 0) --runs.dead;
}

void ChunkIndex::purge(std::uint64_t queue, std::uint64_t below,
                       std::span<const std::uint64_t> kept, std::vector<SlotRef>& changed) {
    const auto place = queues_.find(queue);
    if (place == queues_.end()) return;
    for (Run& run : place->second.runs) {
        if (run.first_sequence >= below) break;
        if (run.live == 0) continue;
        const std::uint32_t before = run.live;
        const std::uint64_t end = std::min(below, run.first_sequence + run.count);
        for (std::uint64_t sequence = run.first_sequence; sequence < end; ++sequence) {
            const auto entry =
                static_cast<std::uint32_t>(run.first_entry + (sequence - run.first_sequence));
            if (slots_[run.slot].is_dead(entry)) continue;
            if (std::binary_search(kept.begin(), kept.end(), sequence)) continue;
            kill(place->second, run, entry);
        }
        if (run.live != before) changed.push_back({run.slot, slots_[run.slot].id});
    }
    tidy(queue);
}

void ChunkIndex::remove(std::uint64_t queue, std::vector<SlotRef>& changed) {
    purge(queue, ~std::uint64_t{0}, {}, changed);
    queues_.erase(queue);
}

std::vector<EntryPlace> ChunkIndex::live_from(std::uint64_t queue, std::uint64_t from,
                                              std::uint32_t count) const {
    std::vector<EntryPlace> found;
    const auto place = queues_.find(queue);
    if (place == queues_.end()) return found;
    const std::deque<Run>& runs = place->second.runs;
    auto run = std::upper_bound(
        runs.begin(), runs.end(), from,
        [](std::uint64_t wanted, const Run& other) { return wanted < other.first_sequence; });
    if (run != runs.begin()) --run;
    for (; run != runs.end() && found.size() < count; ++run) {
        if (run->live == 0) continue;
        const ChunkSlot& slot = slots_[run->slot];
        const std::uint64_t skipped = from > run->first_sequence ? from - run->first_sequence : 0;
        for (std::uint64_t i = skipped; i < run->count && found.size() < count; ++i) {
            const auto entry = static_cast<std::uint32_t>(run->first_entry + i);
            if (!slot.is_dead(entry)) {
                found.push_back({run->first_sequence + i, run->slot, entry});
            }
        }
    }
    return found;
}

void ChunkIndex::release(SlotIndex index) {
    ChunkSlot& slot = slots_[index];
    --(slot.full ? full_ : young_);
    unlist(index);
    for (const PieceRange& pieces : slot.pieces) {
        const auto users = piece_users_.find(pieces.first);
        if (--users->second == 0) piece_users_.erase(users);
    }
    slot = {};
    free_slots_.push_back(index);
}

void ChunkIndex::free(SlotIndex index) {
    LEVERET_ASSERT(slots_[index].live == 0);
    release(index);
}

void ChunkIndex::free_moved(SlotIndex index, std::span<const ChunkRun> runs) {
    for (const ChunkRun& moved : runs) {
        const auto place = queues_.find(moved.queue);
        if (place == queues_.end()) continue;
        QueueRuns& queue = place->second;
        const Run* const run = find_run(queue, moved.first_sequence);
        if (run == nullptr || run->slot != index) continue;  // nothing of it lived
        if (run->live == 0) --queue.dead;
        queue.runs.erase(queue.runs.begin() + static_cast<std::ptrdiff_t>(queue.near));
        queue.near = 0;
    }
    live_entries_ -= slots_[index].live;
    release(index);
}

void ChunkIndex::tidy(std::uint64_t queue) {
    const auto place = queues_.find(queue);
    if (place == queues_.end()) return;
    QueueRuns& runs = place->second;
    while (!runs.runs.empty() && runs.runs.front().live == 0) {
        runs.runs.pop_front();
        --runs.dead;
        if (runs.near > 0) --runs.near;
    }
    constexpr std::size_t dead_for_sweep = 64;
    if (runs.dead >= dead_for_sweep && runs.dead > runs.runs.size() / 2) {
        std::erase_if(runs.runs, [](const Run& run) { return run.live == 0; });
        runs.dead = 0;
        runs.near = 0;
    }
    if (runs.runs.empty()) queues_.erase(place);
}

std::uint32_t ChunkIndex::piece_users(std::uint64_t first_piece) const {
    const auto place = piece_users_.find(first_piece);
    return place == piece_users_.end() ? 0 : place->second;
}

}  // namespace leveret::storage

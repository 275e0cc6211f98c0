#include "storage/chunk_index.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "protocol/assert.hpp"

namespace leveret::storage {

namespace {

constexpr auto run_octets = static_cast<std::uint32_t>(chunk_run_octets);

}  // namespace

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

void ChunkSlot::die(std::uint32_t entry) {
    dead[entry / 64] |= std::uint64_t{1} << entry % 64;
    --live;
    const std::uint32_t of = message(entry);
    if (entries_live_of.empty() || --entries_live_of[of] == 0) live_octets -= octets_of(of);
}

void ChunkSlot::revive(std::uint32_t entry) {
    dead[entry / 64] &= ~(std::uint64_t{1} << entry % 64);
    ++live;
    const std::uint32_t of = message(entry);
    if (entries_live_of.empty() || entries_live_of[of]++ == 0) live_octets += octets_of(of);
}

SlotIndex ChunkIndex::take_slot(PackedChunk& chunk, const AckRecord* acks) {
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
    slot.message_octets = std::move(chunk.message_octets);
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
    count_messages(slot, chunk.runs);
    return index;
}

/// How entries and messages belong together, before count_live() of each run.
void ChunkIndex::count_messages(ChunkSlot& slot, const std::vector<ChunkRun>& runs) {
    std::uint32_t entry = 0;
    bool alike = slot.entries == slot.message_octets.size();
    for (const ChunkRun& run : runs) {
        alike = alike && run.first_message == entry;
        entry += run.count;
    }
    if (!alike) {
        slot.entries_live_of.assign(slot.message_octets.size(), 0);
        slot.message_of.reserve(slot.entries);
        for (const ChunkRun& run : runs) {
            for (std::uint32_t i = 0; i < run.count; ++i) {
                slot.message_of.push_back(static_cast<std::uint16_t>(run.first_message + i));
            }
        }
    }
    std::vector<std::uint16_t>& octets = slot.message_octets;
    if (std::adjacent_find(octets.begin(), octets.end(), std::not_equal_to<>()) == octets.end()) {
        octets.resize(1);
    }
    octets.shrink_to_fit();
}

/// Counts what lives of a run, and of its messages.
std::uint32_t ChunkIndex::count_live(ChunkSlot& slot, const ChunkRun& run,
                                     std::uint32_t first_entry) {
    const std::uint32_t before = slot.live;
    for (std::uint32_t entry = first_entry; entry < first_entry + run.count; ++entry) {
        if (slot.is_dead(entry)) continue;
        slot.revive(entry);
    }
    const std::uint32_t live = slot.live - before;
    slot.live = before;
    if (live != 0) slot.live_octets += run_octets;
    return live;
}

SlotIndex ChunkIndex::add(PackedChunk&& chunk, const AckRecord* acks) {
    const SlotIndex index = take_slot(chunk, acks);
    std::uint32_t entry = 0;
    for (const ChunkRun& run : chunk.runs) {
        const std::uint32_t live = count_live(slots_[index], run, entry);
        if (live != 0) insert(run.queue, {run.first_sequence, run.count, live, index, entry});
        entry += run.count;
    }
    list_when_worthwhile(index);
    return index;
}

/// New runs mostly come last.
void ChunkIndex::insert(std::uint64_t id, const Run& run) {
    QueueRuns& queue = queues_[id];
    if (queue.runs.empty() || queue.runs.back().first_sequence < run.first_sequence) {
        queue.runs.push_back(run);
        return;
    }
    if (filling_) {
        if (!std::exchange(queue.unsorted, true)) unsorted_.push_back(id);
        queue.runs.push_back(run);
        return;
    }
    const auto place = std::upper_bound(
        queue.runs.begin(), queue.runs.end(), run.first_sequence,
        [](std::uint64_t sequence, const Run& other) { return sequence < other.first_sequence; });
    queue.runs.insert(place, run);
    queue.near = 0;
}

void ChunkIndex::end_filling() {
    filling_ = false;
    for (const std::uint64_t id : std::exchange(unsorted_, {})) {
        QueueRuns& queue = queues_[id];
        queue.unsorted = false;
        std::sort(queue.runs.begin(), queue.runs.end(),
                  [](const Run& a, const Run& b) { return a.first_sequence < b.first_sequence; });
    }
}

ChunkIndex::QueueRuns* ChunkIndex::runs_of(std::uint64_t queue) {
    if (last_queue_.second == nullptr || last_queue_.first != queue) {
        const auto place = queues_.find(queue);
        if (place == queues_.end()) return nullptr;
        last_queue_ = {queue, &place->second};
    }
    return last_queue_.second;
}

void ChunkIndex::forget(std::uint64_t queue) {
    queues_.erase(queue);
    last_queue_ = {};
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
    QueueRuns* const runs = runs_of(queue);
    if (runs == nullptr) return std::nullopt;
    const Run* const run = find_run(*runs, sequence);
    if (run == nullptr || run->live == 0) return std::nullopt;
    const auto entry =
        static_cast<std::uint32_t>(run->first_entry + (sequence - run->first_sequence));
    if (slots_[run->slot].is_dead(entry)) return std::nullopt;
    return EntryPlace{sequence, run->slot, entry};
}

std::optional<EntryPlace> ChunkIndex::kill(std::uint64_t queue, std::uint64_t sequence) {
    QueueRuns* const runs = runs_of(queue);
    if (runs == nullptr) return std::nullopt;
    Run* const run = find_run(*runs, sequence);
    if (run == nullptr || run->live == 0) return std::nullopt;
    const auto entry =
        static_cast<std::uint32_t>(run->first_entry + (sequence - run->first_sequence));
    if (slots_[run->slot].is_dead(entry)) return std::nullopt;
    kill(*runs, *run, entry);
    return EntryPlace{sequence, run->slot, entry};
}

void ChunkIndex::kill(QueueRuns& queue, Run& run, std::uint32_t entry) {
    ChunkSlot& slot = slots_[run.slot];
    const std::uint32_t before = slot.live_octets;
    slot.die(entry);
    --live_entries_;
    if (--run.live == 0) {
        ++queue.dead;
        slot.live_octets -= run_octets;
    }
    if (slot.listed) {
        list_of(slot).live_octets -= before - slot.live_octets;
    } else {
        list_when_worthwhile(run.slot);
    }
}

void ChunkIndex::list(SlotIndex index) {
    ChunkSlot& slot = slots_[index];
    Listed& where = list_of(slot);
    slot.listed = true;
    slot.list_at = static_cast<std::uint32_t>(where.slots.size());
    where.slots.push_back(index);
    where.live_octets += slot.live_octets;
}

void ChunkIndex::list_when_worthwhile(SlotIndex index) {
    const ChunkSlot& slot = slots_[index];
    if (!slot.full || slot.sparse()) list(index);
}

void ChunkIndex::unlist(SlotIndex index) {
    ChunkSlot& slot = slots_[index];
    if (!std::exchange(slot.listed, false)) return;
    Listed& where = list_of(slot);
    where.live_octets -= slot.live_octets;
    slots_[where.slots.back()].list_at = slot.list_at;
    where.slots[slot.list_at] = where.slots.back();
    where.slots.pop_back();
}

void ChunkIndex::revive(std::uint64_t queue, const EntryPlace& place) {
    QueueRuns& runs = queues_[queue];
    Run* const run = find_run(runs, place.sequence);
    LEVERET_ASSERT(run != nullptr && run->slot == place.slot);
    ChunkSlot& slot = slots_[place.slot];
    const bool listed = slot.listed;
    unlist(place.slot);
    slot.revive(place.entry);
    ++live_entries_;
    if (run->live++ == 0) {
        --runs.dead;
        slot.live_octets += run_octets;
    }
    if (listed) list_when_worthwhile(place.slot);
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
    forget(queue);
}

std::vector<EntryPlace> ChunkIndex::live_in(std::uint64_t queue,
                                            std::span<const SequenceRange> ranges,
                                            std::uint32_t count) const {
    std::vector<EntryPlace> found;
    const auto place = queues_.find(queue);
    if (place == queues_.end()) return found;
    const std::deque<Run>& runs = place->second.runs;
    for (const SequenceRange& range : ranges) {
        const auto first = static_cast<std::uint64_t>(range.first);
        const auto end = static_cast<std::uint64_t>(range.end);
        auto run = std::upper_bound(
            runs.begin(), runs.end(), first,
            [](std::uint64_t wanted, const Run& other) { return wanted < other.first_sequence; });
        if (run != runs.begin()) --run;
        for (; run != runs.end() && run->first_sequence < end; ++run) {
            if (run->live == 0) continue;
            const ChunkSlot& slot = slots_[run->slot];
            const std::uint64_t from = std::max(first, run->first_sequence);
            const std::uint64_t until = std::min(end, run->first_sequence + run->count);
            for (std::uint64_t sequence = from; sequence < until; ++sequence) {
                if (found.size() == count) return found;
                const auto entry =
                    static_cast<std::uint32_t>(run->first_entry + sequence - run->first_sequence);
                if (!slot.is_dead(entry)) found.push_back({sequence, run->slot, entry});
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

void ChunkIndex::replace(std::span<const MovedChunk> moved, std::vector<PackedChunk>& chunks,
                         std::span<const AckRecord> acks) {
    std::unordered_map<std::uint64_t, Replacement> replacements;
    for (const MovedChunk& chunk : moved) {
        slots_[chunk.slot].moved = true;
        live_entries_ -= slots_[chunk.slot].live;
        for (const ChunkRun& run : chunk.runs) {
            Replacement& replacement = replacements[run.queue];
            replacement.first = std::min(replacement.first, run.first_sequence);
            replacement.last = std::max(replacement.last, run.first_sequence);
        }
    }
    for (std::size_t i = 0; i < chunks.size(); ++i) {
        const SlotIndex index = take_slot(chunks[i], &acks[i]);
        std::uint32_t entry = 0;
        for (const ChunkRun& run : chunks[i].runs) {
            const std::uint32_t live = count_live(slots_[index], run, entry);
            replacements[run.queue].runs.push_back(
                {run.first_sequence, run.count, live, index, entry});
            entry += run.count;
        }
        list_when_worthwhile(index);
    }
    for (auto& [queue, replacement] : replacements) replace(queue, replacement);
    for (const MovedChunk& chunk : moved) release(chunk.slot);
}

/// Merges what stays of the runs in the range that changes with those that come.
void ChunkIndex::replace(std::uint64_t id, Replacement& replacement) {
    const auto place = queues_.find(id);
    if (place == queues_.end()) return;  // removed: nothing of it lived
    QueueRuns& queue = place->second;
    const auto by_sequence = [](const Run& a, const Run& b) {
        return a.first_sequence < b.first_sequence;
    };
    std::vector<Run>& fresh = replacement.runs;
    std::sort(fresh.begin(), fresh.end(), by_sequence);
    const auto begin = std::lower_bound(queue.runs.begin(), queue.runs.end(),
                                        Run{replacement.first, 0, 0, 0, 0}, by_sequence);
    const auto end =
        std::upper_bound(begin, queue.runs.end(), Run{replacement.last, 0, 0, 0, 0}, by_sequence);
    std::vector<Run> merged;
    merged.reserve(static_cast<std::size_t>(end - begin) + fresh.size());
    auto next = fresh.begin();
    for (auto run = begin; run != end; ++run) {
        if (run->live == 0) --queue.dead;
        if (run->live == 0 || slots_[run->slot].moved) continue;
        while (next != fresh.end() && by_sequence(*next, *run)) merged.push_back(*next++);
        merged.push_back(*run);
    }
    merged.insert(merged.end(), next, fresh.end());
    const auto room = static_cast<std::size_t>(end - begin);
    const auto in_place = static_cast<std::ptrdiff_t>(std::min(room, merged.size()));
    const auto after = std::copy(merged.begin(), merged.begin() + in_place, begin);
    if (merged.size() < room) {
        queue.runs.erase(after, end);
    } else {
        queue.runs.insert(after, merged.begin() + in_place, merged.end());
    }
    queue.near = 0;
    if (queue.runs.empty()) forget(id);
}

void ChunkIndex::tidy(std::uint64_t queue) {
    QueueRuns* const found = runs_of(queue);
    if (found == nullptr) return;
    QueueRuns& runs = *found;
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
    if (runs.runs.empty()) forget(queue);
}

std::uint32_t ChunkIndex::piece_users(std::uint64_t first_piece) const {
    const auto place = piece_users_.find(first_piece);
    return place == piece_users_.end() ? 0 : place->second;
}

}  // namespace leveret::storage

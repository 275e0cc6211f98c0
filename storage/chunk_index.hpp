// Where the live entries are: the map from (queue, sequence) to (chunk, entry), and what is dead
// in each chunk. In memory only; the writer owns it, and recovery fills it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "storage/entry.hpp"
#include "storage/packer.hpp"
#include "storage/records.hpp"

namespace leveret::storage {

/// A chunk with a table: what of it lives.
struct ChunkSlot {
    std::uint64_t id = 0;  ///< 0: the slot is free
    bool full = false;
    bool touched = false;  ///< in the list of the writer's group under way
    bool moved = false;    ///< its runs are being replaced
    bool listed = false;   ///< among the young or the sparse ones, at list_at
    std::uint32_t list_at = 0;
    std::uint32_t entries = 0;
    std::uint32_t live = 0;
    std::uint32_t used_octets = 0;
    /// Of messages with a live entry, rows and what of their payload is here; of runs with one.
    std::uint32_t live_octets = 0;
    std::vector<std::uint64_t> dead{};  ///< as in AckRecord
    std::vector<DeliveryCount> counts{};
    std::vector<PieceRange> pieces{};
    std::vector<std::uint16_t> message_octets{};  ///< one for all when they are of one size
    // Only where messages have more than one entry; elsewhere the two are numbered alike.
    std::vector<std::uint16_t> message_of{};       ///< by entry
    std::vector<std::uint16_t> entries_live_of{};  ///< by message

    [[nodiscard]] bool is_dead(std::uint32_t entry) const {
        return (dead[entry / 64] >> entry % 64 & 1) != 0;
    }
    [[nodiscard]] std::uint16_t count_of(std::uint32_t entry) const {
        return storage::count_of(counts, entry);
    }
    void set_count(std::uint32_t entry, std::uint16_t count);
    [[nodiscard]] AckRecord ack_record() const { return {entries, live, dead, counts}; }
    /// Whether so little of it lives that what lives is worth moving.
    [[nodiscard]] bool sparse() const {
        constexpr std::uint64_t percent = 40;
        return full && std::uint64_t{live_octets} * 100 < used_octets * percent;
    }

    void die(std::uint32_t entry);
    void revive(std::uint32_t entry);

private:
    [[nodiscard]] std::uint32_t message(std::uint32_t entry) const {
        return message_of.empty() ? entry : message_of[entry];
    }
    [[nodiscard]] std::uint32_t octets_of(std::uint32_t message) const {
        return message_octets[message_octets.size() == 1 ? 0 : message];
    }
};

using SlotIndex = std::uint32_t;

/// A chunk whose live entries were moved, and what stood in it.
struct MovedChunk {
    SlotIndex slot{};
    std::vector<ChunkRun> runs{};
};

/// A slot, and the chunk that it held when it was noted down.
struct SlotRef {
    SlotIndex slot{};
    std::uint64_t chunk{};
};

/// An entry and where it is.
struct EntryPlace {
    std::uint64_t sequence{};
    SlotIndex slot{};
    std::uint32_t entry{};
};

/// Counts of entries, by queue and sequence.
using DeliveryCounts =
    std::unordered_map<std::uint64_t, std::unordered_map<std::uint64_t, std::uint16_t>>;

/// The acks of a chunk that was just packed: all its entries live.
[[nodiscard]] AckRecord acks_of_new(const PackedChunk& chunk, const DeliveryCounts& counts);

/// Thread: one at a time.
class ChunkIndex {
public:
    /// Takes up a chunk. Without acks, all its entries live.
    SlotIndex add(PackedChunk&& chunk, const AckRecord* acks = nullptr);

    /// Between these two, chunks may be added whatever the order of their sequences, and nothing
    /// else may be done.
    void begin_filling() { filling_ = true; }
    void end_filling();

    /// Finds a live entry.
    [[nodiscard]] std::optional<EntryPlace> find(std::uint64_t queue, std::uint64_t sequence);
    /// Marks an entry dead.
    /// Returns: its place; none when it is not there, or dead.
    std::optional<EntryPlace> kill(std::uint64_t queue, std::uint64_t sequence);
    /// Takes kill() back. Only before the next tidy(), add() or free() of its chunk.
    void revive(std::uint64_t queue, const EntryPlace& place);

    /// Marks all entries below dead, except those kept. Appends the chunks to `changed`.
    void purge(std::uint64_t queue, std::uint64_t below, std::span<const std::uint64_t> kept,
               std::vector<SlotRef>& changed);
    /// The same for all entries of the queue, and forgets the queue.
    void remove(std::uint64_t queue, std::vector<SlotRef>& changed);

    /// The first `count` live entries in these ranges, which rise.
    [[nodiscard]] std::vector<EntryPlace> live_in(std::uint64_t queue,
                                                  std::span<const SequenceRange> ranges,
                                                  std::uint32_t count) const;

    /// Frees the slot of a chunk that is gone. None of its entries lives.
    void free(SlotIndex slot);
    /// Takes up chunks in place of those whose live entries they hold. Takes time in proportion to
    /// these entries, and to the runs of a queue between its first and its last one of them.
    void replace(std::span<const MovedChunk> moved, std::vector<PackedChunk>& chunks,
                 std::span<const AckRecord> acks);

    /// Drops what is dead from the front of a queue's runs.
    void tidy(std::uint64_t queue);

    [[nodiscard]] ChunkSlot& slot(SlotIndex index) { return slots_[index]; }
    [[nodiscard]] const ChunkSlot& slot(SlotIndex index) const { return slots_[index]; }
    [[nodiscard]] SlotIndex slots() const { return static_cast<SlotIndex>(slots_.size()); }

    /// Chunks that are worth moving: young ones, and full ones of which little lives.
    struct Listed {
        std::vector<SlotIndex> slots{};
        std::uint64_t live_octets = 0;
    };
    [[nodiscard]] const Listed& young() const { return listed_young_; }
    [[nodiscard]] const Listed& sparse() const { return listed_sparse_; }
    /// Its octets are damaged: it stays where it is.
    void never_move(SlotIndex slot) { unlist(slot); }

    /// Chunks that name these pieces; 0: nobody does.
    [[nodiscard]] std::uint32_t piece_users(std::uint64_t first_piece) const;

    [[nodiscard]] std::uint64_t live_entries() const { return live_entries_; }
    [[nodiscard]] std::uint64_t young_chunks() const { return young_; }
    [[nodiscard]] std::uint64_t full_chunks() const { return full_; }

private:
    struct Run {
        std::uint64_t first_sequence;
        std::uint32_t count;
        std::uint32_t live;
        SlotIndex slot;
        std::uint32_t first_entry;
    };
    struct QueueRuns {
        std::deque<Run> runs;  ///< by sequence
        std::size_t near = 0;  ///< where something was found last
        std::size_t dead = 0;  ///< how many of the runs have nothing live
        bool unsorted = false;
    };

    /// What replace() does to one queue.
    struct Replacement {
        std::uint64_t first = ~std::uint64_t{0};  ///< of the runs that go
        std::uint64_t last = 0;
        std::vector<Run> runs{};  ///< that come
    };

    SlotIndex take_slot(PackedChunk& chunk, const AckRecord* acks);
    static void count_messages(ChunkSlot& slot, const std::vector<ChunkRun>& runs);
    std::uint32_t count_live(ChunkSlot& slot, const ChunkRun& run, std::uint32_t first_entry);
    void replace(std::uint64_t queue, Replacement& replacement);
    /// Returns: its runs; none when it has none.
    [[nodiscard]] QueueRuns* runs_of(std::uint64_t queue);
    void forget(std::uint64_t queue);
    static Run* find_run(QueueRuns& queue, std::uint64_t sequence);
    void insert(std::uint64_t id, const Run& run);
    void kill(QueueRuns& queue, Run& run, std::uint32_t entry);
    void release(SlotIndex slot);
    [[nodiscard]] Listed& list_of(const ChunkSlot& slot) {
        return slot.full ? listed_sparse_ : listed_young_;
    }
    void list(SlotIndex slot);
    void unlist(SlotIndex slot);
    void list_when_worthwhile(SlotIndex slot);

    std::deque<ChunkSlot> slots_{};
    std::vector<SlotIndex> free_slots_{};
    Listed listed_young_{};
    Listed listed_sparse_{};
    std::unordered_map<std::uint64_t, QueueRuns> queues_{};
    std::pair<std::uint64_t, QueueRuns*>
        last_queue_{};  ///< most questions are about the one before
    std::unordered_map<std::uint64_t, std::uint32_t> piece_users_{};  ///< by first piece
    std::vector<std::uint64_t> unsorted_{};  ///< queues that end_filling() must sort
    bool filling_ = false;
    std::uint64_t live_entries_ = 0;
    std::uint64_t young_ = 0;
    std::uint64_t full_ = 0;
};

}  // namespace leveret::storage

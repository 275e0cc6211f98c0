// The index beside a naive model: where every live entry is, and how much of each chunk lives.
#include "storage/chunk_index.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "tests/support/catch.hpp"

using namespace leveret::storage;

namespace {

constexpr std::array all_there_are{SequenceRange{Sequence{0}, Sequence{~std::uint64_t{0}}}};

struct NaiveMessage {
    std::uint16_t octets;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> entries;  ///< queue and sequence, live
};

/// A chunk with the messages in their order; runs are made as the packer makes them.
PackedChunk packed(std::uint64_t id, ChunkKind kind, const std::vector<NaiveMessage>& messages) {
    PackedChunk chunk;
    chunk.id = id;
    chunk.kind = kind;
    chunk.used_octets = chunk_header_octets;
    std::map<std::uint64_t, std::size_t> last_run_of;
    for (std::uint32_t i = 0; i < messages.size(); ++i) {
        chunk.message_octets.push_back(messages[i].octets);
        chunk.used_octets += messages[i].octets;
        for (const auto& [queue, sequence] : messages[i].entries) {
            ++chunk.entries;
            const auto last = last_run_of.find(queue);
            if (last != last_run_of.end()) {
                ChunkRun& run = chunk.runs[last->second];
                if (run.first_message + run.count == i &&
                    run.first_sequence + run.count == sequence) {
                    ++run.count;
                    continue;
                }
            }
            last_run_of[queue] = chunk.runs.size();
            chunk.runs.push_back({queue, sequence, i, 1});
            chunk.used_octets += chunk_run_octets;
        }
    }
    return chunk;
}

/// The index and what it must know.
class World {
public:
    explicit World(std::uint32_t seed) : random_(seed) {}

    std::uint32_t draw(std::uint32_t below) {
        return std::uniform_int_distribution<std::uint32_t>(0, below - 1)(random_);
    }

    /// A chunk of new messages to one to three of five queues.
    void publish() {
        std::vector<NaiveMessage> messages(1 + draw(30));
        const bool alike = draw(2) == 0;
        for (NaiveMessage& message : messages) {
            message.octets = static_cast<std::uint16_t>(alike ? 132 : 32 + draw(900));
            const std::uint32_t first = draw(5);
            for (std::uint32_t i = 0; i <= (alike ? 0 : draw(3)); ++i) {
                message.entries.emplace_back((first + i) % 5, ++last_sequence_);
            }
        }
        add(std::move(messages));
    }

    void settle_some() {
        for (auto& [id, chunk] : chunks_) {
            for (NaiveMessage& message : chunk.messages) {
                std::erase_if(message.entries, [&](const auto& entry) {
                    if (draw(4) != 0) return false;
                    REQUIRE(index.kill(entry.first, entry.second));
                    CHECK_FALSE(index.kill(entry.first, entry.second));
                    return true;
                });
            }
        }
        for (std::uint64_t queue = 0; queue < 5; ++queue) index.tidy(queue);
    }

    /// Moves what lives of some chunks into new ones, sorted by queue.
    void move_some() {
        std::vector<MovedChunk> moved;
        std::vector<NaiveMessage> live;
        for (auto chunk = chunks_.begin(); chunk != chunks_.end();) {
            if (draw(3) != 0) {
                ++chunk;
                continue;
            }
            moved.push_back({chunk->second.slot, chunk->second.runs});
            for (NaiveMessage& message : chunk->second.messages) {
                if (!message.entries.empty()) live.push_back(std::move(message));
            }
            chunk = chunks_.erase(chunk);
        }
        std::sort(live.begin(), live.end(), [](const NaiveMessage& a, const NaiveMessage& b) {
            return a.entries.front() < b.entries.front();
        });
        std::vector<PackedChunk> chunks;
        std::vector<AckRecord> acks;
        std::vector<Chunk> naive;
        for (std::size_t i = 0; i < live.size(); i += 40) {
            const auto end = live.begin() + static_cast<long>(std::min(i + 40, live.size()));
            naive.push_back({0, {live.begin() + static_cast<long>(i), end}, {}});
            chunks.push_back(packed(++last_id_, ChunkKind::full, naive.back().messages));
            naive.back().runs = chunks.back().runs;
            acks.push_back(acks_of_new(chunks.back(), {}));
        }
        const std::uint64_t first_id = last_id_ - chunks.size() + 1;
        index.replace(moved, chunks, acks);
        for (std::size_t i = 0; i < naive.size(); ++i) {
            naive[i].slot = slot_of(first_id + i);
            chunks_[first_id + i] = std::move(naive[i]);
        }
    }

    void check() {
        std::map<std::uint64_t, std::set<std::uint64_t>> live;
        std::uint64_t entries = 0;
        std::uint64_t young_octets = 0;
        for (const auto& [id, chunk] : chunks_) {
            const ChunkSlot& slot = index.slot(chunk.slot);
            REQUIRE(slot.id == id);
            std::set<std::pair<std::uint64_t, std::uint64_t>> of_chunk;
            std::uint32_t octets = 0;
            for (const NaiveMessage& message : chunk.messages) {
                if (!message.entries.empty()) octets += message.octets;
                of_chunk.insert(message.entries.begin(), message.entries.end());
            }
            for (const auto& [queue, sequence] : of_chunk) live[queue].insert(sequence);
            for (const ChunkRun& run : chunk.runs) {
                const auto first = of_chunk.lower_bound({run.queue, run.first_sequence});
                if (first != of_chunk.end() && first->first == run.queue &&
                    first->second < run.first_sequence + run.count) {
                    octets += static_cast<std::uint32_t>(chunk_run_octets);
                }
            }
            CHECK(slot.live_octets == octets);
            CHECK(slot.live == of_chunk.size());
            if (!slot.full) young_octets += octets;
            entries += of_chunk.size();
        }
        CHECK(index.live_entries() == entries);
        CHECK(index.young().live_octets == young_octets);
        for (std::uint64_t queue = 0; queue < 5; ++queue) {
            const auto places = index.live_in(queue, all_there_are, 1u << 30);
            REQUIRE(places.size() == live[queue].size());
            CHECK(std::equal(places.begin(), places.end(), live[queue].begin(),
                             [](const EntryPlace& place, std::uint64_t sequence) {
                                 return place.sequence == sequence;
                             }));
            for (const std::uint64_t sequence : live[queue]) {
                REQUIRE(index.find(queue, sequence));
            }
        }
    }

    ChunkIndex index;

private:
    struct Chunk {
        SlotIndex slot;
        std::vector<NaiveMessage> messages;
        std::vector<ChunkRun> runs;
    };

    void add(std::vector<NaiveMessage> messages) {
        const ChunkKind kind = draw(2) == 0 ? ChunkKind::young : ChunkKind::full;
        PackedChunk chunk = packed(++last_id_, kind, messages);
        std::vector<ChunkRun> runs = chunk.runs;
        const SlotIndex slot = index.add(std::move(chunk));
        chunks_[last_id_] = {slot, std::move(messages), std::move(runs)};
    }

    SlotIndex slot_of(std::uint64_t id) {
        for (SlotIndex slot = 0; slot < index.slots(); ++slot) {
            if (index.slot(slot).id == id) return slot;
        }
        throw std::runtime_error("a chunk has no slot");
    }

    std::mt19937 random_;
    std::map<std::uint64_t, Chunk> chunks_;
    std::uint64_t last_id_ = 0;
    std::uint64_t last_sequence_ = 0;
};

}  // namespace

TEST_CASE("the index finds what lives, and knows its octets, whatever is settled and moved",
          "[storage][index]") {
    const auto seed = Catch::rngSeed() + GENERATE(range(0u, 20u));
    CAPTURE(seed);
    World world(seed);
    for (int round = 0; round < 15; ++round) {
        for (int i = 0; i < 4; ++i) world.publish();
        world.settle_some();
        world.check();
        world.move_some();
        world.check();
    }
}

TEST_CASE("chunks that a start adds in any order are in order afterwards", "[storage][index]") {
    ChunkIndex index;
    index.begin_filling();
    for (const std::uint64_t sequence : {5u, 1u, 9u, 3u, 7u}) {
        index.add(packed(sequence, ChunkKind::full, {{100, {{7, sequence}, {8, 10 - sequence}}}}));
    }
    index.end_filling();
    for (const std::uint64_t queue : {7u, 8u}) {
        std::vector<std::uint64_t> sequences;
        for (const EntryPlace& place : index.live_in(queue, all_there_are, 10)) {
            sequences.push_back(place.sequence);
        }
        CHECK(sequences == std::vector<std::uint64_t>{1, 3, 5, 7, 9});
        CHECK(index.find(queue, 9));
    }
}

TEST_CASE("killed entries that are revived count as before", "[storage][index]") {
    ChunkIndex index;
    const SlotIndex slot =
        index.add(packed(1, ChunkKind::full, {{1000, {{7, 1}, {8, 1}}}, {100, {{7, 2}}}}));
    const std::uint32_t whole = index.slot(slot).live_octets;
    CHECK(whole == 1100 + 2 * chunk_run_octets);
    const auto first = index.kill(7, 1);
    REQUIRE(first);
    CHECK(index.slot(slot).live_octets == whole);  // the message lives in queue 8
    const auto second = index.kill(8, 1);
    REQUIRE(second);
    CHECK(index.slot(slot).live_octets == 100 + chunk_run_octets);
    CHECK(index.sparse().live_octets == 100 + chunk_run_octets);
    index.revive(8, *second);
    index.revive(7, *first);
    CHECK(index.slot(slot).live_octets == whole);
    CHECK(index.sparse().slots.empty());
}

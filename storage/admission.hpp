// From operations to what one commit writes: takes them in order up to a bound, leaves out what is
// settled before it was written, and knows who is told when.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "storage/batch.hpp"
#include "storage/chunk_index.hpp"

namespace leveret::storage {

/// What one commit writes.
/// Lifetime: leads into the batches it was made from.
struct Group {
    /// A message of this group, with its entries that are not settled yet.
    struct Message {
        const Batch::Published* published{};
        std::uint32_t first{};  ///< of `entries`
        std::uint32_t count{};
        std::uint32_t live{};
        bool all_taken = true;  ///< of those settled: by a consumer or time
        Operation* operation{};
        std::size_t due_at{};  ///< of `due`, when somebody waits
    };
    struct MessageEntry {
        std::uint64_t queue{};
        std::uint64_t sequence{};
        std::uint32_t message{};
        std::uint16_t count = 0;  ///< as in DeliveryCount
        bool dead = false;
    };
    struct Killed {
        std::uint64_t queue{};
        EntryPlace place{};
    };
    struct Purge {
        std::uint64_t queue{};
        PurgeMark mark{};
    };
    struct Record {
        const Batch* batch{};
        const Operation* operation{};
    };

    std::vector<Message> messages{};
    std::vector<MessageEntry> entries{};
    std::vector<Killed> killed{};             ///< in the index, until the commit has failed
    std::vector<SlotIndex> touched{};         ///< chunks whose acks change; each once
    std::vector<Record> records{};            ///< define and undefine, in order
    std::vector<std::uint64_t> marks_done{};  ///< queues whose purge mark has served
    std::vector<Purge> purges{};              ///< that write a mark
    std::vector<std::uint64_t> removed{};     ///< queues
    std::vector<DueWaiter> at_once{};         ///< may be told now
    std::vector<DueWaiter> due{};             ///< are told when the group is durable
    std::vector<Operation*> out_of_order{};   ///< taken while others before them wait
    std::uint64_t payload_octets = 0;
    std::uint64_t elided = 0;
    bool counts = false;  ///< some entries have one

    // Where the next group begins, if this one succeeds.
    std::size_t batches_done = 0;
    std::size_t operations_done = 0;  ///< of the first batch that is not done

    /// Whether a commit has anything to write for it.
    [[nodiscard]] bool writes() const {
        return !touched.empty() || !records.empty() || !purges.empty() || !removed.empty() ||
               !marks_done.empty() || elided < messages.size();
    }
};

/// Takes operations from the queue of batches. Changes the index as settles demand; revert() takes
/// that back.
class Admission {
public:
    enum class Take : std::uint8_t {
        in_order,
        /// Disk or map are full: single settles, counts, definitions and deletes, over the heads of
        /// what must wait.
        what_frees,
    };

    explicit Admission(ChunkIndex& index) : index_(index) {}

    [[nodiscard]] Group take(std::deque<std::unique_ptr<Batch>>& batches,
                             std::size_t operations_done, Take take);

    /// The group was not written: settles are forgotten, to be taken again.
    void revert(Group& group);

private:
    /// The entries of a queue that are in the group, by their place in Group::entries.
    using Staged = std::vector<std::uint32_t>;

    void take(Group& group, const Batch& batch, Operation& operation, Take take);
    [[nodiscard]] bool frees(const Operation& operation, bool in_transaction);
    void publish(Group& group, const Batch& batch, Operation& operation);
    void settle(Group& group, const Operation& operation);
    void settle_one(Group& group, const Staged* staged, std::uint64_t queue, std::uint64_t sequence,
                    Settled how);
    void count(Group& group, const Operation& operation);
    void purge(Group& group, const Batch& batch, const Operation& operation);
    void remove(Group& group, std::uint64_t queue);
    void drop_staged_below(Group& group, std::uint64_t queue, std::uint64_t below,
                           std::span<const std::uint64_t> kept);
    [[nodiscard]] Staged* staged_of(std::uint64_t queue);
    [[nodiscard]] static Group::MessageEntry* find_staged(Group& group, const Staged* staged,
                                                          std::uint64_t sequence);
    static void kill_staged(Group& group, Group::MessageEntry& entry, Settled how);
    void touch(Group& group, SlotIndex slot);
    static void finish(Group& group);

    ChunkIndex& index_;
    std::unordered_map<std::uint64_t, Staged> staged_{};
    std::pair<std::uint64_t, Staged*> last_staged_{};    ///< most entries are of the queue before
    std::unordered_set<std::uint64_t> removed_early_{};  ///< while messages for them still wait
    bool in_transaction_ = false;
};

/// More than this is not put into one commit, but for a transaction or message that is larger.
inline constexpr std::uint64_t commit_payload_max = 8ULL << 20;

}  // namespace leveret::storage

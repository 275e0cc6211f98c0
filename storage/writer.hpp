// The writer: one thread that turns what is handed over into commits, as large as what came
// meanwhile, and tells the mailbox what is durable.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/admission.hpp"
#include "storage/chunk_index.hpp"
#include "storage/environment.hpp"
#include "storage/mailbox.hpp"
#include "storage/maintenance.hpp"
#include "storage/packer.hpp"
#include "storage/records.hpp"
#include "storage/store_options.hpp"

namespace leveret::storage {

/// Chunks whose acks in memory are not yet on disk: of a purge, a removed queue.
struct Treatment {
    std::uint64_t queue = 0;
    std::uint64_t mark = 0;  ///< number of the purge mark that goes with the last chunk; 0: none
    std::vector<SlotRef> chunks{};
    std::size_t next = 0;
    std::size_t next_if_good = 0;  ///< when the commit under way is written
};

/// A record that belongs to nothing.
struct Orphan {
    Database database{};
    std::uint64_t key{};
};

/// What the writer starts from.
struct WriterStart {
    BootRecord boot{};
    std::uint64_t next_chunk{};
    std::vector<Treatment> treatments{};
    std::vector<Orphan> orphans{};
};

/// Thread: hand_over(), find(), stats(), set_disk_free_limit() on any; start() and stop() on the
/// broker thread. The index
///         is the writer thread's between those two.
class Writer {
public:
    Writer(Environment& environment, ChunkIndex& index, const StoreOptions& options,
           Mailbox& mailbox);
    ~Writer();

    void start(WriterStart start);
    void hand_over(std::unique_ptr<Batch> batch);
    /// Notes down where the wanted entries are. Waits while the writer uses the index: not while
    /// it waits for the disk.
    void find(PageRequest& request);

    enum class Stop : std::uint8_t {
        orderly,  ///< writes everything, marks the end
        now,      ///< as a crash would
    };
    /// Ends the thread. What is left of batches and requests goes to the mailbox.
    void stop(Stop how);

    void set_disk_free_limit(std::uint64_t octets) { disk_free_limit_ = octets; }
    [[nodiscard]] StoreStats stats() const;

private:
    using Clock = std::chrono::steady_clock;
    using TimePoint = Clock::time_point;

    /// A group on its way to be durable.
    struct Waiting {
        std::vector<DueWaiter> due{};
        std::vector<std::unique_ptr<Batch>> batches{};
        std::uint64_t turn = 0;
        bool any = false;  ///< there is such a group
    };

    void run();
    void work();
    [[nodiscard]] bool wait_for_work();
    [[nodiscard]] bool must_begin(TimePoint now) const;
    [[nodiscard]] TimePoint next_deadline(TimePoint now) const;

    void step();
    void make_room();
    [[nodiscard]] bool commit_group(Admission::Take take);
    void gather_treatments(Group& group);
    void advance_treatments();
    void write(Group& group, Packer& packer, Maintenance* maintenance);
    void pack(const Group& group, Packer& packer);
    void write_acks(const Group& group);
    void note_pieces(std::span<const PieceRange> pieces, std::int32_t users);
    void erase_pieces();
    [[nodiscard]] Committed commit();

    void written(Group& group, Packer& packer, Maintenance* maintenance);
    void update_index(Group& group, Packer& packer);
    [[nodiscard]] bool maintains() const { return !making_room_ && maintenance_due(index_); }
    void nothing_to_write(Group& group);
    void lost(Group& group);
    void fail();
    void finish_batches(Group& group, Waiting& waiting);
    void sync_and_post();
    [[nodiscard]] bool sync();
    void post(Waiting& waiting);
    void release_all();
    void check_space(TimePoint now);
    void tell_health();
    void update_stats();
    void end_orderly();

    Environment& environment_;
    ChunkIndex& index_;
    const StoreOptions& options_;
    std::atomic<std::uint64_t>
        disk_free_limit_;  ///< set on the broker thread, read on the writer's
    Mailbox& mailbox_;
    Admission admission_;

    // The writer thread's own.
    BootRecord boot_{};
    std::uint64_t next_chunk_ = 0;
    std::deque<Treatment> treatments_{};
    std::vector<Orphan> orphans_{};
    std::unordered_map<std::uint64_t, std::uint64_t> newest_mark_{};  ///< of a queue
    std::uint64_t last_mark_ = 0;
    std::unordered_map<std::uint64_t, std::pair<PieceRange, std::int32_t>> piece_changes_{};
    std::vector<AckRecord> packed_acks_{};  ///< of the chunks of the commit under way
    std::deque<std::unique_ptr<Batch>> pending_{};
    std::size_t operations_done_ = 0;  ///< of the first batch pending
    Waiting written_{};                ///< its commit has returned; its root may not be on disk
    TimePoint written_at_{};
    TimePoint last_begin_{};
    TimePoint space_checked_at_{};
    TimePoint retry_at_{};
    std::uint32_t commits_until_full_ = 0;  ///< while room is made
    bool failed_ = false;
    bool making_room_ = false;
    bool space_alarm_ = false;
    Health told_{};

    std::thread thread_{};
    std::mutex index_mutex_{};  ///< guards the index against find() while the writer changes it
    std::unique_lock<std::mutex> index_lock_{index_mutex_, std::defer_lock};  ///< the writer's
    mutable std::mutex mutex_{};  ///< guards what follows
    std::condition_variable work_{};
    std::deque<std::unique_ptr<Batch>> incoming_{};
    bool stopping_ = false;
    Stop stop_how_ = Stop::orderly;
    StoreStats stats_{};
};

}  // namespace leveret::storage

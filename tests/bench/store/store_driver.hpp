// The store with a broker thread that is the benchmark's own: batches go in, notices are waited
// for. Knows when a commit is at its sync, so that the next batch can be handed over just then.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "protocol/amqp/message.hpp"
#include "storage/lmdb_store.hpp"

namespace leveret::bench {

/// A directory of its own below another one, gone with the object.
class ScratchDirectory {
public:
    explicit ScratchDirectory(const std::filesystem::path& below);
    ~ScratchDirectory();
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// How often a file of this process was synced by fdatasync().
std::uint64_t syncs();
/// Returns when that many syncs have begun.
void wait_for_sync(std::uint64_t number);

/// A persistent message with a body of this size and a head of 30 octets.
protocol::amqp::MessagePtr message_of(std::size_t body_octets, char fill);

/// Counts what is stored, and remembers nothing.
class CountingSink final : public storage::RecoverySink {
public:
    void definition(const storage::Definition&) override {}
    void entries(storage::QueueId, std::span<const storage::RecoveredEntry> entries) override {
        count += entries.size();
    }
    void done(const storage::RecoverySummary&) override {}
    std::uint64_t count = 0;
};

/// Remembers the last number it was told.
class LastTold final : public storage::DurableListener {
public:
    void durable(std::uint64_t number) override { told = number; }
    std::uint64_t told = 0;
};

class StoreDriver {
public:
    StoreDriver(const std::filesystem::path& directory, storage::SyncMode sync);
    ~StoreDriver() { close(); }
    StoreDriver(const StoreDriver&) = delete;
    StoreDriver& operator=(const StoreDriver&) = delete;

    [[nodiscard]] storage::LmdbStore& store() { return *store_; }
    [[nodiscard]] std::uint64_t recovered() const { return sink_.count; }
    void define_queue(std::uint64_t queue);

    /// The next sequence of a queue; they are counted together.
    [[nodiscard]] storage::Sequence next_sequence() {
        return storage::Sequence{store_->id_base() + ++sequences_};
    }
    void publish(const protocol::amqp::MessagePtr& message, std::uint64_t queue) {
        const storage::Entry entry{storage::QueueId{queue}, next_sequence()};
        store_->publish(message, {&entry, 1}, {}, {});
    }

    /// Ends the turn; somebody waits for it.
    void submit_awaited();
    /// Runs notices until all turns that somebody waits for are durable.
    void settle_down();
    /// Runs the notices that are there, or waits for one.
    void run_notices();
    void wait_for_notice();
    void close();

private:
    void post(std::function<void()> call);

    std::mutex mutex_{};  ///< guards what follows
    std::condition_variable came_{};
    std::vector<std::function<void()>> calls_{};

    CountingSink sink_{};
    std::uint64_t sequences_ = 0;
    std::uint64_t awaited_ = 0;
    boost::intrusive_ptr<LastTold> listener_{new LastTold};
    std::unique_ptr<storage::LmdbStore> store_;
};

}  // namespace leveret::bench

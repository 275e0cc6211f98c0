// What tests of the store need: a directory, a broker thread that is the test's own, and listeners
// that remember.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "protocol/amqp/message.hpp"
#include "storage/environment.hpp"
#include "storage/lmdb_store.hpp"

namespace leveret::test {

/// A directory of its own, gone with the object.
class ScratchDirectory {
public:
    explicit ScratchDirectory(
        const std::filesystem::path& parent = std::filesystem::temp_directory_path());
    ~ScratchDirectory();
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// Where files cost no disk, if there is such a place: for tests that lose no power of their own.
[[nodiscard]] std::filesystem::path memory_directory();

/// The broker thread: the test itself, which runs what was posted while it waits.
class PostedCalls {
public:
    /// In lockstep it returns when the call was run, so that nothing happens on the store's threads
    /// between what they tell and the test hearing of it. Ends before the store does.
    void post(std::function<void()> call);
    void set_lockstep(bool lockstep);
    /// Runs what comes until the condition holds; fails the test after a long time.
    void run_until(const std::function<bool()>& holds);
    void run_all();

private:
    /// Returns: whether there was one.
    bool run_one(std::unique_lock<std::mutex>& lock);

    std::mutex mutex_;  ///< guards what follows
    std::condition_variable came_;
    std::condition_variable ran_;
    std::deque<std::function<void()>> calls_;
    std::uint64_t posted_ = 0;
    std::uint64_t run_ = 0;
    bool lockstep_ = false;
};

class RememberingListener final : public storage::DurableListener {
public:
    void durable(std::uint64_t number) override { told.push_back(number); }
    std::vector<std::uint64_t> told;
};

struct RememberingHealth final : storage::HealthListener {
    void storage_health_changed(const storage::Health& health) override { told.push_back(health); }
    std::vector<storage::Health> told;
};

using StoredEntries = std::map<std::uint64_t, storage::RecoveredEntry>;  ///< by sequence

class RememberingSink final : public storage::RecoverySink {
public:
    void definition(const storage::Definition& definition) override {
        definitions.push_back(definition);
    }
    void entries(storage::QueueId queue, std::span<const storage::RecoveredEntry> entries) override;
    void done(const storage::RecoverySummary& told) override { summary = told; }

    std::vector<storage::Definition> definitions;
    std::map<std::uint64_t, StoredEntries> queues;
    std::optional<storage::RecoverySummary> summary;
};

/// Pages that came, as values.
class RememberingPages final : public storage::PageSink {
public:
    void paged_in(storage::QueueId, std::span<const storage::PagedMessage> messages,
                  storage::Sequence next_from) override;
    void crashed(storage::QueueId, std::span<const storage::DamagedMessages> damaged) override;

    struct Page {
        storage::RecoveredEntry entry;
        protocol::amqp::MessagePtr message;
    };
    std::map<std::uint64_t, Page> pages;
    std::vector<storage::DamagedMessages> damaged;
    std::vector<std::uint64_t> crashed_entries;
    std::uint64_t next = 0;
    std::size_t calls = 0;
};

protocol::amqp::MessagePtr message_of(std::string_view body, bool persistent = true);

/// A store with its broker thread.
class StoreWorld {
public:
    explicit StoreWorld(const ScratchDirectory& directory,
                        storage::SyncMode sync = storage::SyncMode::pipelined);
    explicit StoreWorld(std::unique_ptr<storage::Environment> environment,
                        storage::SyncMode sync = storage::SyncMode::pipelined);
    ~StoreWorld() { calls.set_lockstep(false); }
    StoreWorld(const StoreWorld&) = delete;
    StoreWorld& operator=(const StoreWorld&) = delete;

    [[nodiscard]] static storage::StoreOptions options(const ScratchDirectory& directory,
                                                       storage::SyncMode sync);

    void define_queue(std::uint64_t queue);
    /// One message to these entries, counted by the listener.
    void publish(std::string_view body, std::vector<storage::Entry> entries,
                 storage::MessageFacts facts = {}, bool persistent = true);
    void settle(std::uint64_t queue, std::uint64_t sequence,
                storage::Settled how = storage::Settled::taken) {
        store->settle({storage::QueueId{queue}, storage::Sequence{sequence}}, how);
    }
    [[nodiscard]] storage::Waiter waiter() { return {listener, ++asked}; }
    /// Submits, and waits until everything so far is durable.
    void settle_down();
    /// Everything that is there of a queue.
    [[nodiscard]] boost::intrusive_ptr<RememberingPages> page_in(std::uint64_t queue,
                                                                 std::uint64_t from = 0,
                                                                 std::uint32_t count = 1u << 30);
    /// The next sequence number of this process.
    [[nodiscard]] std::uint64_t next_sequence() { return store->id_base() + ++sequences; }

    PostedCalls calls;
    RememberingSink recovered;
    RememberingHealth health;
    boost::intrusive_ptr<RememberingListener> listener{new RememberingListener};
    std::uint64_t asked = 0;
    std::uint64_t sequences = 0;
    std::unique_ptr<storage::LmdbStore> store;
};

inline storage::Entry entry(std::uint64_t queue, std::uint64_t sequence) {
    return {storage::QueueId{queue}, storage::Sequence{sequence}};
}

}  // namespace leveret::test

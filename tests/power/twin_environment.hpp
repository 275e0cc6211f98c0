// The environment of the product under the hand of a test: it tells the recorded disk where commits
// begin, holds them back, and carries the mistakes that the power-loss test must find.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "storage/environment.hpp"
#include "storage/store_options.hpp"
#include "tests/power/recorded_disk.hpp"

namespace leveret::test {

/// Mistakes that lose what was confirmed when the power goes. The product has no switch for them.
enum class Mistake : std::uint8_t {
    none,
    no_sync,              ///< commits sync nothing
    own_return,           ///< a group is confirmed when its own commit returns
    empty_commit_counts,  ///< an empty commit counts as a sync of the one before
    lost_sync_forgiven,   ///< a failed sync is taken for a full disk
    late_first_sync,      ///< a process makes two commits before its first sync
};

/// Holds commits at their beginning.
class CommitGate {
public:
    void close() { set(true); }
    void open() { set(false); }
    /// Lets the commit go that stands there, or the next one.
    void let_one_pass();
    /// Waits until a commit stands at the closed gate.
    void wait_for_commit();
    /// For the environment.
    void pass();

private:
    void set(bool closed);

    std::mutex mutex_;  ///< guards what follows
    std::condition_variable changed_;
    bool closed_ = false;
    bool standing_ = false;
    int may_pass_ = 0;
};

class TwinEnvironment final : public storage::Environment {
public:
    /// Throws: StorageError.
    TwinEnvironment(storage::StoreOptions options, RecordedDisk* disk,
                    Mistake mistake = Mistake::none, std::shared_ptr<CommitGate> gate = nullptr);

    std::span<char> reserve(storage::Database database, const storage::Key& key,
                            std::size_t octets) override;
    void put(storage::Database database, const storage::Key& key, std::string_view value) override;
    bool erase(storage::Database database, const storage::Key& key) override;
    storage::Committed commit() override;
    void abandon() override;
    bool sync() override;
    [[nodiscard]] std::unique_ptr<storage::Snapshot> snapshot() const override;
    [[nodiscard]] storage::Space space() const override { return real_->space(); }
    void forget_pages(std::uint64_t above) const override { real_->forget_pages(above); }
    void compact() override { real_->compact(); }
    void begin_unsynced() override { real_->begin_unsynced(); }
    void end_unsynced() override { real_->end_unsynced(); }
    [[nodiscard]] std::string last_error() const override { return real_->last_error(); }

private:
    void forget_transaction();

    RecordedDisk* disk_;
    Mistake mistake_;
    std::shared_ptr<CommitGate> gate_;
    std::unique_ptr<storage::Environment> real_;
    bool synced_ = false;
    std::atomic<std::thread::id> writer_{};  ///< who committed last
    mutable bool maintaining_ = false;       ///< the writer reads what it moves
    bool moves_full_ = false;
    std::unordered_map<std::string, bool> full_chunks_{};  ///< by key, of those this one has put
};

}  // namespace leveret::test

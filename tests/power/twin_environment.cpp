#include "tests/power/twin_environment.hpp"

#include <utility>

#include "storage/chunk.hpp"
#include "storage/lmdb_environment.hpp"

namespace leveret::test {

using namespace storage;

void CommitGate::set(bool closed) {
    const std::lock_guard lock(mutex_);
    closed_ = closed;
    changed_.notify_all();
}

void CommitGate::wait_for_commit() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return standing_; });
}

void CommitGate::let_one_pass() {
    const std::lock_guard lock(mutex_);
    ++may_pass_;
    standing_ = false;
    changed_.notify_all();
}

void CommitGate::pass() {
    std::unique_lock lock(mutex_);
    standing_ = closed_ && may_pass_ == 0;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !closed_ || may_pass_ > 0; });
    if (may_pass_ > 0) --may_pass_;
    standing_ = false;
}

TwinEnvironment::TwinEnvironment(StoreOptions options, RecordedDisk* disk, Mistake mistake,
                                 std::shared_ptr<CommitGate> gate)
    : disk_(disk), mistake_(mistake), gate_(std::move(gate)), real_(open_lmdb(std::move(options))) {
    if (mistake == Mistake::no_sync) real_->begin_unsynced();
}

std::span<char> TwinEnvironment::reserve(Database database, const Key& key, std::size_t octets) {
    if (database == Database::chunks) {
        full_chunks_[std::string(key.octets())] = octets == full_chunk_octets;
    }
    return real_->reserve(database, key, octets);
}

void TwinEnvironment::put(Database database, const Key& key, std::string_view value) {
    real_->put(database, key, value);
}

bool TwinEnvironment::erase(Database database, const Key& key) {
    if (maintaining_ && database == Database::chunks) {
        const auto chunk = full_chunks_.find(std::string(key.octets()));
        moves_full_ |= chunk != full_chunks_.end() && chunk->second;
    }
    return real_->erase(database, key);
}

Committed TwinEnvironment::commit() {
    writer_ = std::this_thread::get_id();
    if (gate_ != nullptr) gate_->pass();
    std::optional<Scene> scene;
    if (maintaining_) scene = moves_full_ ? Scene::compaction : Scene::promotion;
    if (disk_ != nullptr) disk_->begin_commit(scene);
    const Committed committed = real_->commit();
    if (disk_ != nullptr) disk_->end_commit();
    forget_transaction();
    if (mistake_ == Mistake::empty_commit_counts && committed == Committed::nothing) {
        return Committed::written;
    }
    return committed;
}

void TwinEnvironment::abandon() {
    forget_transaction();
    real_->abandon();
}

void TwinEnvironment::forget_transaction() {
    maintaining_ = false;
    moves_full_ = false;
}

bool TwinEnvironment::sync() {
    if (!std::exchange(synced_, true) && mistake_ == Mistake::late_first_sync) return true;
    return real_->sync();
}

/// A commit that reads before it is complete moves chunks.
std::unique_ptr<Snapshot> TwinEnvironment::snapshot() const {
    if (std::this_thread::get_id() == writer_.load()) maintaining_ = true;
    return real_->snapshot();
}

}  // namespace leveret::test

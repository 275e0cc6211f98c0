// An environment in memory, under the hand of the test: it stalls, fails and counts, and what it
// holds can be looked into.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "storage/environment.hpp"

namespace leveret::test {

/// What the environments of one "disk" share: a store can be opened on it again.
struct MapDisk {
    using Records = std::map<std::string, std::shared_ptr<const std::string>, std::less<>>;

    std::mutex mutex{};  ///< guards all
    std::condition_variable changed{};
    std::vector<Records> databases{storage::database_names.size()};

    /// What the next commits answer; when there is none, they are written.
    std::vector<storage::Committed> verdicts{};
    bool sync_fails = false;
    bool stalled = false;     ///< commits wait until this is taken back
    std::size_t commits = 0;  ///< that began
    std::size_t syncs = 0;
    std::vector<std::string> log{};  ///< "commit", "sync"

    void stall() {
        const std::lock_guard lock(mutex);
        stalled = true;
    }
    void let_go() {
        const std::lock_guard lock(mutex);
        stalled = false;
        changed.notify_all();
    }
    void answer(storage::Committed verdict) {
        const std::lock_guard lock(mutex);
        verdicts.push_back(verdict);
    }
    [[nodiscard]] std::size_t records(storage::Database database) {
        const std::lock_guard lock(mutex);
        return databases[static_cast<std::size_t>(database)].size();
    }
    void wait_for_commits(std::size_t count) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return commits >= count; });
    }
};

class MapEnvironment final : public storage::Environment {
public:
    explicit MapEnvironment(std::shared_ptr<MapDisk> disk) : disk_(std::move(disk)) {}

    std::span<char> reserve(storage::Database database, const storage::Key& key,
                            std::size_t octets) override;
    void put(storage::Database database, const storage::Key& key, std::string_view value) override;
    bool erase(storage::Database database, const storage::Key& key) override;
    storage::Committed commit() override;
    void abandon() override { changes_.clear(); }
    bool sync() override;
    [[nodiscard]] std::unique_ptr<storage::Snapshot> snapshot() const override;
    [[nodiscard]] storage::Space space() const override {
        return {0, 0, 1u << 30, 0, 1u << 30, 1u << 30};
    }
    void forget_pages(std::uint64_t) const override {}
    [[nodiscard]] std::string last_error() const override { return "as the test wants it"; }

private:
    using Name = std::pair<storage::Database, std::string>;

    std::shared_ptr<MapDisk> disk_;
    std::map<Name, std::shared_ptr<std::string>> changes_{};  ///< nullptr: erased
};

}  // namespace leveret::test

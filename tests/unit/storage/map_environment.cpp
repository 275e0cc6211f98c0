#include "tests/unit/storage/map_environment.hpp"

#include <stdexcept>

namespace leveret::test {

using namespace storage;

namespace {

class MapScan final : public Scan {
public:
    explicit MapScan(const MapDisk::Records& records)
        : next_(records.begin()), end_(records.end()) {}
    bool next() override {
        if (next_ == end_) return false;
        at_ = next_++;
        return true;
    }
    [[nodiscard]] std::string_view key() const override { return at_->first; }
    [[nodiscard]] std::string_view value() const override { return *at_->second; }

private:
    MapDisk::Records::const_iterator next_;
    MapDisk::Records::const_iterator end_;
    MapDisk::Records::const_iterator at_{};
};

class MapSnapshot final : public Snapshot {
public:
    explicit MapSnapshot(std::vector<MapDisk::Records> databases)
        : databases_(std::move(databases)) {}
    [[nodiscard]] std::optional<std::string_view> get(Database database,
                                                      const Key& key) const override {
        const auto& records = databases_[static_cast<std::size_t>(database)];
        const auto place = records.find(key.octets());
        if (place == records.end()) return std::nullopt;
        return *place->second;
    }
    [[nodiscard]] std::unique_ptr<Scan> scan(Database database) const override {
        return std::make_unique<MapScan>(databases_[static_cast<std::size_t>(database)]);
    }

private:
    std::vector<MapDisk::Records> databases_;
};

}  // namespace

std::span<char> MapEnvironment::reserve(Database database, const Key& key, std::size_t octets) {
    auto value = std::make_shared<std::string>(octets, '\xEE');  // not cleared, as in LMDB
    const std::span<char> room(value->data(), value->size());
    changes_[{database, std::string(key.octets())}] = std::move(value);
    return room;
}

void MapEnvironment::put(Database database, const Key& key, std::string_view value) {
    changes_[{database, std::string(key.octets())}] = std::make_shared<std::string>(value);
}

bool MapEnvironment::erase(Database database, const Key& key) {
    const std::lock_guard lock(disk_->mutex);
    const Name name{database, std::string(key.octets())};
    const auto change = changes_.find(name);
    const bool there =
        change != changes_.end()
            ? change->second != nullptr
            : disk_->databases[static_cast<std::size_t>(database)].contains(name.second);
    if (there) changes_[name] = nullptr;
    return there;
}

Committed MapEnvironment::commit() {
    std::unique_lock lock(disk_->mutex);
    ++disk_->commits;
    disk_->log.emplace_back("commit");
    disk_->changed.notify_all();
    disk_->changed.wait(lock, [&] { return !disk_->stalled; });
    const auto changes = std::exchange(changes_, {});
    if (!disk_->verdicts.empty()) {
        const Committed verdict = disk_->verdicts.front();
        disk_->verdicts.erase(disk_->verdicts.begin());
        if (verdict != Committed::written) return verdict;
    }
    if (changes.empty()) return Committed::nothing;
    for (const auto& [name, value] : changes) {
        auto& records = disk_->databases[static_cast<std::size_t>(name.first)];
        if (value == nullptr) {
            records.erase(name.second);
        } else {
            records[name.second] = value;
        }
    }
    return Committed::written;
}

bool MapEnvironment::sync() {
    const std::lock_guard lock(disk_->mutex);
    ++disk_->syncs;
    disk_->log.emplace_back("sync");
    return !disk_->sync_fails;
}

std::unique_ptr<Snapshot> MapEnvironment::snapshot() const {
    const std::lock_guard lock(disk_->mutex);
    return std::make_unique<MapSnapshot>(disk_->databases);
}

}  // namespace leveret::test

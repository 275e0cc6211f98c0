// Every call that reaches the disk fails in turn, while the group before still waits for its
// answer.
#include <algorithm>

#include "tests/power/recorded_disk.hpp"
#include "tests/power/twin_environment.hpp"
#include "tests/power/workload.hpp"
#include "tests/support/catch.hpp"

using namespace leveret::storage;
using namespace leveret::test;

namespace {

constexpr std::uint64_t nearly_full = 10 << 20;

/// A store with one queue on a disk that fails when told.
class FailingDiskWorld {
public:
    FailingDiskWorld() {
        world_ = open();
        world_->define_queue(7);
        world_->settle_down();
    }

    /// Two groups: the first one is committed and waits, the second one stands before its commit.
    void commit_one_and_begin_another() {
        gate_->close();
        first_ = publish();
        gate_->wait_for_commit();
        second_ = publish();
        gate_->let_one_pass();
        gate_->wait_for_commit();
        world_->calls.run_all();
        REQUIRE_FALSE(told(first_));
    }
    void go_on(DiskFault fault) {
        disk.fail(fault);
        gate_->open();
    }
    std::uint64_t publish() {
        const std::uint64_t sequence = world_->next_sequence();
        sent_[world_->asked + 1] = sequence;
        world_->publish(body_of(sequence, 20'000), {entry(7, sequence)});
        world_->store->submit();
        return world_->asked;
    }
    [[nodiscard]] bool told(std::uint64_t number) const {
        const auto& all = world_->listener->told;
        return std::find(all.begin(), all.end(), number) != all.end();
    }
    [[nodiscard]] bool first_told() const { return told(first_); }
    [[nodiscard]] bool second_told() const { return told(second_); }
    void run_until(const std::function<bool()>& holds) { world_->calls.run_until(holds); }
    [[nodiscard]] Health::State health() const { return world_->store->health().state; }
    void wait_for_failure() {
        run_until([&] { return health() == Health::State::failed; });
        // Nothing that comes later is ever answered either, and all is given back.
        const std::uint64_t later = publish();
        run_until([&] { return world_->store->unwritten_octets() == 0; });
        CHECK_FALSE(told(later));
        CHECK_FALSE(second_told());
    }

    /// The next process, on what the page cache has.
    void restart() {
        std::vector<std::uint64_t> answered;
        for (const auto& [number, sequence] : sent_) {
            if (told(number)) answered.push_back(sequence);
        }
        world_.reset();
        disk.heal();
        world_ = open();
        for (const std::uint64_t sequence : answered) {
            CHECK(world_->recovered.queues[7].contains(sequence));
        }
        const auto pages = world_->page_in(7);
        CHECK(pages->pages.size() == world_->recovered.queues[7].size());
    }
    [[nodiscard]] std::size_t stored() { return world_->recovered.queues[7].size(); }

private:
    std::unique_ptr<StoreWorld> open() {
        return std::make_unique<StoreWorld>(std::make_unique<TwinEnvironment>(
            StoreWorld::options(directory_, SyncMode::pipelined), &disk, Mistake::none, gate_));
    }
    static std::filesystem::path make_store(const ScratchDirectory& directory) {
        std::filesystem::create_directory(directory.path() / "store");
        return directory.path() / "store" / "data.mdb";
    }

    ScratchDirectory directory_{memory_directory()};

public:
    RecordedDisk disk{make_store(directory_)};

private:
    std::shared_ptr<CommitGate> gate_ = std::make_shared<CommitGate>();
    std::unique_ptr<StoreWorld> world_;
    std::uint64_t first_ = 0;
    std::uint64_t second_ = 0;
    std::map<std::uint64_t, std::uint64_t> sent_;  ///< sequences by what waits for them
};

/// Calls by which one commit writes its data.
int data_writes_of_a_commit() {
    FailingDiskWorld failing;
    failing.commit_one_and_begin_another();
    (void)failing.disk.count_data_writes();
    failing.go_on({.call = DiskFault::Call::lone_sync, .calls_before = 1000, .error = EIO});
    failing.run_until([&] { return failing.second_told(); });
    return failing.disk.count_data_writes();
}

}  // namespace

TEST_CASE("an error of any write of a commit, on a disk with room, ends the store",
          "[disk][failure]") {
    const auto call = GENERATE(DiskFault::Call::data_write, DiskFault::Call::meta_write);
    const int error = GENERATE(EIO, 0);
    FailingDiskWorld failing;
    failing.commit_one_and_begin_another();
    failing.go_on({.call = call, .error = error});
    failing.wait_for_failure();
    CHECK(failing.disk.strikes() == 1);
    failing.restart();
    CHECK(failing.stored() >= 1);
}

TEST_CASE("a sync that fails is no full disk: neither this group nor the one before is answered",
          "[disk][failure]") {
    const int error = GENERATE(EIO, ENOSPC);
    FailingDiskWorld failing;
    failing.disk.set_free_octets(nearly_full);
    failing.commit_one_and_begin_another();
    failing.go_on({.call = DiskFault::Call::commit_sync, .error = error});
    failing.wait_for_failure();
    CHECK_FALSE(failing.first_told());
    failing.restart();
}

TEST_CASE("when the sync of a lone group fails, it is never answered, nor what follows",
          "[disk][failure]") {
    const int error = GENERATE(EIO, ENOSPC);
    FailingDiskWorld failing;
    failing.disk.fail({.call = DiskFault::Call::lone_sync, .error = error});
    const std::uint64_t lone = failing.publish();
    failing.wait_for_failure();
    CHECK_FALSE(failing.told(lone));
    failing.restart();
}

TEST_CASE("a disk that is full at any write of a commit answers the group before, then goes on",
          "[disk][disk-full]") {
    const int writes = data_writes_of_a_commit();
    REQUIRE(writes >= 1);
    for (int at = 0; at < writes; ++at) {
        // A short write is all that LMDB tells of a disk that is nearly full.
        for (const int error : {ENOSPC, 0}) {
            INFO("write " << at + 1 << " of " << writes << ", errno " << error);
            FailingDiskWorld failing;
            failing.disk.set_free_octets(nearly_full);
            failing.commit_one_and_begin_another();
            failing.go_on({.call = DiskFault::Call::data_write,
                           .calls_before = at,
                           .error = error,
                           .again = at == 0 && error == ENOSPC});
            failing.run_until([&] { return failing.health() == Health::State::disk_alarm; });
            failing.run_until([&] { return failing.first_told(); });
            CHECK(failing.disk.strikes() == 1);  // before the next try
            if (at == 0 && error == ENOSPC) failing.disk.wait_for_strikes(2);
            CHECK_FALSE(failing.second_told());
            failing.disk.heal();
            failing.run_until([&] { return failing.second_told(); });
            failing.run_until([&] { return failing.health() == Health::State::good; });
            failing.restart();
            CHECK(failing.stored() == 2);
        }
    }
}

TEST_CASE("a root that cannot be written for want of room ends the store, and the group is lost",
          "[disk][disk-full]") {
    FailingDiskWorld failing;
    failing.commit_one_and_begin_another();
    failing.go_on({.call = DiskFault::Call::meta_write, .error = ENOSPC});
    // The data were synced, and with them the root of the group before.
    failing.run_until([&] { return failing.first_told(); });
    failing.wait_for_failure();
    failing.restart();
}

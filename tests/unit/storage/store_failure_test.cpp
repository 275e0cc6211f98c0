// When the disk fails or is full: who is told, who never is, and that nothing is written twice.
#include "tests/support/catch.hpp"
#include "tests/unit/storage/map_environment.hpp"
#include "tests/unit/storage/store_fixture.hpp"

using namespace leveret::storage;
using namespace leveret::test;

namespace {

struct FailingWorld {
    std::shared_ptr<MapDisk> disk = std::make_shared<MapDisk>();
    StoreWorld world{std::make_unique<MapEnvironment>(disk)};

    FailingWorld() {
        world.define_queue(7);
        world.settle_down();
    }
    /// Publishes one message in a turn of its own.
    std::uint64_t publish() {
        world.publish("body", {entry(7, world.next_sequence())});
        world.store->submit();
        return world.asked;
    }
    [[nodiscard]] bool told(std::uint64_t number) const {
        const auto& all = world.listener->told;
        return std::find(all.begin(), all.end(), number) != all.end();
    }
    void wait_for_health(Health::State state) {
        world.calls.run_until([&] { return world.store->health().state == state; });
    }
    /// What a restart finds on the disk.
    [[nodiscard]] std::size_t stored() {
        RememberingSink sink;
        LmdbStore store({}, [](auto) {}, std::make_unique<MapEnvironment>(disk));
        store.recover(sink);
        return sink.queues[7].size();
    }
};

}  // namespace

TEST_CASE("a group is answered when the next commit has returned, not with its own",
          "[storage][failure]") {
    FailingWorld failing;
    failing.disk->stall();
    const std::size_t commits = failing.disk->commits;
    const std::uint64_t first = failing.publish();
    failing.disk->wait_for_commits(commits + 1);
    const std::uint64_t second = failing.publish();
    failing.world.calls.run_all();
    CHECK_FALSE(failing.told(first));
    failing.disk->let_go();
    failing.world.calls.run_until([&] { return failing.told(second); });
    CHECK(failing.told(first));
    // The second one had no commit after it: a sync of its own.
    CHECK(failing.disk->log.back() == "sync");
}

TEST_CASE("when a commit fails for good, neither it nor the one before is answered",
          "[storage][failure]") {
    FailingWorld failing;
    failing.disk->stall();
    const std::size_t commits = failing.disk->commits;
    const std::uint64_t first = failing.publish();
    failing.disk->wait_for_commits(commits + 1);
    const std::uint64_t second = failing.publish();
    failing.disk->answer(Committed::written);
    failing.disk->answer(Committed::failed);
    failing.disk->let_go();
    failing.wait_for_health(Health::State::failed);
    const std::uint64_t third = failing.publish();
    failing.world.calls.run_until([&] { return failing.world.store->unwritten_octets() == 0; });
    CHECK_FALSE(failing.told(first));
    CHECK_FALSE(failing.told(second));
    CHECK_FALSE(failing.told(third));
    CHECK(failing.world.health.told.size() == 1);
    const std::size_t written = failing.disk->commits;
    failing.world.store->close();
    CHECK(failing.disk->commits == written);  // no word more
}

TEST_CASE("when the sync of a lone group fails, it is never answered", "[storage][failure]") {
    FailingWorld failing;
    failing.disk->stall();
    const std::uint64_t number = failing.publish();
    {
        const std::lock_guard lock(failing.disk->mutex);
        failing.disk->sync_fails = true;
    }
    failing.disk->let_go();
    failing.wait_for_health(Health::State::failed);
    failing.world.calls.run_all();
    CHECK_FALSE(failing.told(number));
}

TEST_CASE("a full disk answers the group before, loses nothing, and goes on when there is room",
          "[storage][failure][disk-full]") {
    FailingWorld failing;
    failing.disk->stall();
    const std::size_t commits = failing.disk->commits;
    const std::uint64_t first = failing.publish();
    failing.disk->wait_for_commits(commits + 1);
    const std::uint64_t second = failing.publish();
    failing.disk->answer(Committed::written);
    failing.disk->answer(Committed::no_space);
    failing.disk->let_go();
    failing.wait_for_health(Health::State::disk_alarm);
    failing.world.calls.run_until([&] { return failing.told(first); });
    failing.world.calls.run_until([&] { return failing.told(second); });
    failing.wait_for_health(Health::State::good);
    CHECK(failing.stored() == 2);
}

TEST_CASE("while the disk is full, settles, definitions and deletes overtake publishes",
          "[storage][failure][disk-full]") {
    FailingWorld failing;
    StoreWorld& world = failing.world;
    const std::uint64_t old = world.next_sequence();
    world.publish("old", {entry(7, old)});
    world.define_queue(8);
    world.settle_down();
    world.publish("held", {entry(7, world.next_sequence()), entry(8, world.next_sequence())});
    const std::uint64_t held = world.asked;
    // A transaction waits as a whole, and what follows of its messages behind it.
    world.store->begin_transaction();
    world.settle(7, old, Settled::dropped);
    const std::uint64_t moved = world.next_sequence();
    world.store->publish(message_of("moved"), std::vector<Entry>{entry(7, moved)}, {}, {});
    world.store->end_transaction(world.waiter());
    const std::uint64_t transaction = world.asked;
    world.store->remove(QueueId{8}, world.waiter());
    const std::uint64_t removed = world.asked;
    world.settle(7, moved);
    for (int i = 0; i < 6; ++i) failing.disk->answer(Committed::no_space);
    failing.disk->verdicts[1] = Committed::written;
    failing.disk->verdicts[2] = Committed::written;
    failing.disk->verdicts[3] = Committed::written;
    world.store->submit();
    world.calls.run_until([&] { return failing.told(removed); });
    CHECK_FALSE(failing.told(held));
    CHECK_FALSE(failing.told(transaction));
    CHECK(failing.disk->records(Database::chunks) == 1);
    world.calls.run_until([&] { return failing.told(transaction); });
    CHECK(failing.told(held));
    world.settle_down();
    CHECK(failing.stored() == 1);  // held in queue 7
}

TEST_CASE("a confirm of a message that a transaction settled waits for it",
          "[storage][failure][confirm]") {
    FailingWorld failing;
    StoreWorld& world = failing.world;
    failing.disk->stall();
    world.publish("moves twice", {entry(7, world.next_sequence())});
    const std::uint64_t published = world.asked;
    const std::uint64_t first = world.sequences + world.store->id_base();
    world.store->begin_transaction();
    world.settle(7, first);
    world.store->publish(message_of("moved"), std::vector<Entry>{entry(7, world.next_sequence())},
                         {}, {});
    world.store->end_transaction({});
    world.publish("taken", {entry(7, world.next_sequence())});
    const std::uint64_t taken = world.asked;
    world.settle(7, world.store->id_base() + world.sequences);
    world.store->submit();
    // What a consumer took is confirmed at once; the other half of the move is not durable yet.
    world.calls.run_until([&] { return failing.told(taken); });
    CHECK_FALSE(failing.told(published));
    failing.disk->let_go();
    world.calls.run_until([&] { return failing.told(published); });
    world.settle_down();
    CHECK(failing.stored() == 1);
}

TEST_CASE("an empty commit does not answer for the one before", "[storage][failure]") {
    FailingWorld failing;
    StoreWorld& world = failing.world;
    failing.disk->stall();
    const std::size_t commits = failing.disk->commits;
    const std::uint64_t first = failing.publish();
    failing.disk->wait_for_commits(commits + 1);
    world.publish("dropped", {entry(7, world.next_sequence())});
    world.settle(7, world.store->id_base() + world.sequences, Settled::dropped);
    world.store->submit();
    const std::uint64_t second = world.asked;
    failing.disk->let_go();
    world.calls.run_until([&] { return failing.told(second); });
    CHECK(failing.told(first));
    CHECK(failing.disk->log.back() == "sync");
    CHECK(failing.disk->commits == commits + 1);
}

// What the store promises: nothing that was answered is lost, nothing that was settled comes back.
#include "storage/storage_error.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/storage/store_fixture.hpp"

using namespace leveret::storage;
using namespace leveret::test;

namespace {

std::vector<std::uint64_t> sequences_of(const StoredEntries& entries) {
    std::vector<std::uint64_t> sequences;
    for (const auto& [sequence, entry] : entries) sequences.push_back(sequence);
    return sequences;
}

}  // namespace

TEST_CASE("a published message is durable, comes back after a restart, and its octets with it",
          "[storage][store]") {
    const ScratchDirectory directory;
    const auto sync = GENERATE(SyncMode::pipelined, SyncMode::each);
    std::uint64_t sequence = 0;
    {
        StoreWorld world(directory, sync);
        world.define_queue(7);
        sequence = world.next_sequence();
        world.publish("a body", {entry(7, sequence)}, {.expiry = std::chrono::milliseconds(1500)});
        world.settle_down();
        CHECK(world.listener->told == std::vector<std::uint64_t>{1, 2});
    }
    StoreWorld world(directory, sync);
    CHECK(world.recovered.summary->entries == 1);
    REQUIRE(world.recovered.queues[7].contains(sequence));
    const RecoveredEntry& recovered = world.recovered.queues[7][sequence];
    CHECK(recovered.body_octets == 6);
    CHECK(recovered.expiry == std::chrono::milliseconds(1500));
    CHECK(recovered.enqueued > UnixTime{});
    CHECK(recovered.redelivered);  // the process before did not stop in order
    const auto pages = world.page_in(7);
    REQUIRE(pages->pages.size() == 1);
    CHECK(pages->pages[sequence].message->body() == "a body");
    CHECK(pages->pages[sequence].message->exchange() == "an exchange");
    CHECK(pages->pages[sequence].message->routing_key() == "a.key");
    CHECK(pages->pages[sequence].message->persistent());
    CHECK(pages->next > sequence);
}

TEST_CASE("what is settled, of no known queue, or transient is gone after a restart",
          "[storage][store]") {
    const ScratchDirectory directory;
    std::uint64_t kept = 0;
    {
        StoreWorld world(directory);
        world.define_queue(7);
        const std::uint64_t settled = world.next_sequence();
        kept = world.next_sequence();
        world.publish("settled", {entry(7, settled)});
        world.publish("kept", {entry(7, kept)});
        world.publish("unknown queue", {entry(8, world.next_sequence())});
        world.publish("transient", {entry(7, world.next_sequence())}, {}, false);
        world.settle_down();
        world.settle(7, settled);
        world.settle_down();
        world.store->close();
    }
    StoreWorld world(directory);
    CHECK(world.recovered.summary->clean);
    CHECK(sequences_of(world.recovered.queues[7]) == std::vector<std::uint64_t>{kept});
    CHECK(world.recovered.queues.size() == 1);
    CHECK_FALSE(world.recovered.queues[7][kept].redelivered);
}

TEST_CASE("definitions come back, sorted by kind", "[storage][store]") {
    const ScratchDirectory directory;
    std::uint64_t base = 0;
    {
        StoreWorld world(directory);
        base = world.store->id_base();
        CHECK(world.store->next_id() == base + 1);
        const auto define = [&](DefinitionKind kind, std::uint64_t id, std::string text) {
            Definition definition{kind, DefinitionId{id}, 1, 0, {}};
            definition.add(1, std::move(text));
            world.store->define(std::move(definition), world.waiter());
        };
        define(DefinitionKind::exchange, 3, "x");
        define(DefinitionKind::vhost, 2, "v");
        define(DefinitionKind::vhost, 9, "gone");
        define(DefinitionKind::exchange, 3, "newer");
        world.store->undefine(DefinitionKind::vhost, DefinitionId{9}, world.waiter());
        world.define_queue(4);
        world.define_queue(5);
        world.store->remove(QueueId{5}, world.waiter());
        world.settle_down();
        CHECK(world.listener->told.size() == 7);
        world.store->close();
    }
    StoreWorld world(directory);
    REQUIRE(world.recovered.definitions.size() == 3);
    CHECK(world.recovered.definitions[0].kind == DefinitionKind::vhost);
    CHECK(world.recovered.definitions[1].find(1) == "newer");
    CHECK(world.recovered.definitions[2].id == DefinitionId{4});
    CHECK(world.store->id_base() > base);
}

TEST_CASE("a message that is taken before it is written never touches the disk, and is confirmed",
          "[storage][store][elision]") {
    const ScratchDirectory directory;
    StoreWorld world(directory);
    world.define_queue(7);
    world.settle_down();
    const std::uint64_t commits = world.store->stats().commits;
    const std::uint64_t sequence = world.next_sequence();
    world.publish("short-lived", {entry(7, sequence)});
    const std::uint64_t number = world.asked;
    world.settle(7, sequence);
    world.store->submit();
    world.calls.run_until([&] { return world.listener->told.back() == number; });
    world.settle_down();
    const StoreStats stats = world.store->stats();
    CHECK(stats.elided_messages == 1);
    CHECK(stats.commits == commits);
}

TEST_CASE("a purge settles everything below, but for what is kept", "[storage][store][purge]") {
    const ScratchDirectory directory;
    // More are settled one by one instead of with a mark.
    const std::size_t kept_count = GENERATE(0u, 2u, 4095u, 4096u, 4097u);
    const bool crash = GENERATE(false, true);
    std::vector<std::uint64_t> expected;
    {
        StoreWorld world(directory, SyncMode::each);
        world.define_queue(7);
        std::vector<Sequence> kept;
        for (std::size_t i = 0; i < kept_count + 500; ++i) {
            const std::uint64_t sequence = world.next_sequence();
            world.store->publish(message_of("p"), std::vector<Entry>{entry(7, sequence)}, {}, {});
            if (i % 2 == 0 && kept.size() < kept_count) kept.push_back(Sequence{sequence});
        }
        world.settle_down();
        while (kept.size() < kept_count) {
            const std::uint64_t sequence = world.next_sequence();
            world.store->publish(message_of("p"), std::vector<Entry>{entry(7, sequence)}, {}, {});
            kept.push_back(Sequence{sequence});
        }
        const std::uint64_t below = world.next_sequence();
        world.store->purge(QueueId{7}, Sequence{below}, kept, world.waiter());
        world.publish("after", {entry(7, below)});
        for (const Sequence sequence : kept) {
            expected.push_back(static_cast<std::uint64_t>(sequence));
        }
        expected.push_back(below);
        world.settle_down();
        if (!crash) world.store->close();
    }
    for (int start = 0; start < 2; ++start) {
        StoreWorld world(directory);
        CHECK(sequences_of(world.recovered.queues[7]) == expected);
        world.settle_down();
        world.store->close();
    }
}

TEST_CASE("a removed queue takes its messages along", "[storage][store]") {
    const ScratchDirectory directory;
    std::uint64_t kept = 0;
    {
        StoreWorld world(directory);
        world.define_queue(7);
        world.define_queue(8);
        kept = world.next_sequence();
        for (int i = 0; i < 3000; ++i) {
            world.store->publish(message_of(std::string(100, 'x')),
                                 std::vector<Entry>{entry(7, world.next_sequence())}, {}, {});
        }
        world.publish("both", {entry(7, world.next_sequence()), entry(8, kept)});
        world.settle_down();
        CHECK(world.store->stats().live_entries == 3002);
        world.store->remove(QueueId{7}, world.waiter());
        for (int i = 0; i < 3; ++i) world.settle_down();
        CHECK(world.store->stats().live_entries == 1);
        CHECK(world.store->stats().full_chunks == 0);
        CHECK(world.page_in(7)->pages.empty());
    }
    StoreWorld world(directory);
    CHECK(world.recovered.queues.size() == 1);
    CHECK(sequences_of(world.recovered.queues[8]) == std::vector<std::uint64_t>{kept});
    CHECK(world.page_in(8)->pages[kept].message->body() == "both");
}

TEST_CASE("a transaction is answered once it is durable as a whole", "[storage][store][tx]") {
    const ScratchDirectory directory;
    std::uint64_t moved = 0;
    {
        StoreWorld world(directory);
        world.define_queue(7);
        world.define_queue(8);
        const std::uint64_t first = world.next_sequence();
        world.publish("moves", {entry(7, first)});
        world.settle_down();
        world.store->begin_transaction();
        world.settle(7, first, Settled::dropped);
        moved = world.next_sequence();
        world.store->publish(message_of("moves"), std::vector<Entry>{entry(8, moved)}, {}, {});
        world.store->end_transaction(world.waiter());
        const std::uint64_t number = world.asked;
        world.store->submit();
        world.calls.run_until([&] { return world.listener->told.back() == number; });
    }
    StoreWorld world(directory);
    CHECK(world.recovered.queues.size() == 1);
    CHECK(sequences_of(world.recovered.queues[8]) == std::vector<std::uint64_t>{moved});
}

TEST_CASE("counts of failed deliveries survive, and say redelivered", "[storage][store]") {
    const ScratchDirectory directory;
    std::uint64_t twice = 0;
    std::uint64_t delivered = 0;
    std::uint64_t fresh = 0;
    {
        StoreWorld world(directory);
        world.define_queue(7);
        twice = world.next_sequence();
        delivered = world.next_sequence();
        fresh = world.next_sequence();
        world.publish("twice", {entry(7, twice)});
        world.publish("delivered", {entry(7, delivered)});
        world.publish("fresh", {entry(7, fresh)});
        world.store->count(entry(7, twice), 1);  // in the commit of its message
        world.settle_down();
        world.store->count(entry(7, twice), 2);
        world.store->count(entry(7, delivered), 0);
        world.store->close();
    }
    StoreWorld world(directory);
    StoredEntries& entries = world.recovered.queues[7];
    CHECK(entries[twice].failed_deliveries == 2);
    CHECK(entries[twice].redelivered);
    CHECK(entries[delivered].failed_deliveries == 0);
    CHECK(entries[delivered].redelivered);
    CHECK_FALSE(entries[fresh].redelivered);
    const auto pages = world.page_in(7);
    CHECK(pages->pages[twice].entry.failed_deliveries == 2);
    CHECK_FALSE(pages->pages[fresh].entry.redelivered);
}

TEST_CASE("bodies of every size are paged in, in order and from any place", "[storage][store]") {
    const ScratchDirectory directory;
    StoreWorld world(directory);
    world.define_queue(7);
    std::map<std::uint64_t, std::string> bodies;
    for (const std::size_t octets : {0u, 1u, 1000u, 49'100u, 49'152u, 65'472u, 70'000u, 400'000u}) {
        const std::uint64_t sequence = world.next_sequence();
        bodies[sequence] = std::string(octets, static_cast<char>('a' + octets % 26));
        world.publish(bodies[sequence], {entry(7, sequence)});
        world.store->submit();
    }
    const std::uint64_t turn = world.store->turn_number() - 1;
    world.settle_down();
    CHECK(world.store->durable_turn() >= turn);
    const auto pages = world.page_in(7);
    REQUIRE(pages->pages.size() == bodies.size());
    for (const auto& [sequence, body] : bodies) {
        CHECK((pages->pages[sequence].message->body() == body));
    }
    const auto some = world.page_in(7, bodies.begin()->first + 3, 2);
    CHECK(some->pages.size() == 2);
    CHECK(some->pages.begin()->first == bodies.begin()->first + 3);
    CHECK(some->next == bodies.begin()->first + 5);
    CHECK(world.page_in(99)->pages.empty());
}

TEST_CASE("memory that was handed over is given back", "[storage][store]") {
    const ScratchDirectory directory;
    StoreWorld world(directory);
    world.define_queue(7);
    const auto message = message_of("counted");
    world.store->publish(message, std::vector<Entry>{entry(7, world.next_sequence())}, {},
                         world.waiter());
    world.store->submit();
    CHECK(message->use_count() == 2);
    CHECK(world.store->unwritten_octets() >= message->memory_octets());
    world.settle_down();
    CHECK(message->use_count() == 1);
    CHECK(world.store->unwritten_octets() == 0);
}

TEST_CASE("what nobody waits for is written and given back too", "[storage][store]") {
    const ScratchDirectory directory;
    StoreWorld world(directory);
    const auto message = message_of("counted");
    world.store->publish(message, std::vector<Entry>{entry(7, world.next_sequence())}, {}, {});
    world.store->submit();
    world.calls.run_until([&] { return world.store->durable_turn() == 1; });
    CHECK(message->use_count() == 1);
    CHECK(world.store->stats().commits == 1);
}

TEST_CASE("one broker has a directory at a time", "[storage][store]") {
    const ScratchDirectory directory;
    StoreWorld world(directory);
    CHECK_THROWS_AS(LmdbStore(StoreWorld::options(directory, SyncMode::each), [](auto) {}),
                    StorageError);
    world.store->close();
    CHECK_NOTHROW(LmdbStore(StoreWorld::options(directory, SyncMode::each), [](auto) {}));
}

TEST_CASE("a thousand starts, clean and not, leave ids rising and flags right",
          "[storage][store][.slow]") {
    const ScratchDirectory directory;
    std::uint64_t last_base = 0;
    std::map<std::uint64_t, bool> uncertain;  // by sequence
    bool was_clean = true;
    for (int start = 0; start < 1000; ++start) {
        StoreWorld world(directory);
        REQUIRE(world.store->id_base() > last_base);
        last_base = world.store->id_base();
        CHECK(world.recovered.summary->clean == was_clean);
        if (!was_clean) {
            for (auto& [sequence, flag] : uncertain) flag = true;
        }
        const StoredEntries& found = world.recovered.queues[7];
        REQUIRE(found.size() == uncertain.size());
        for (const auto& [sequence, flag] : uncertain) {
            REQUIRE(found.contains(sequence));
            CHECK(found.at(sequence).redelivered == flag);
        }
        if (start == 0) world.define_queue(7);
        const std::uint64_t sequence = world.next_sequence();
        world.publish("x", {entry(7, sequence)});
        uncertain[sequence] = false;
        if (uncertain.size() > 20) {
            world.settle(7, uncertain.begin()->first);
            uncertain.erase(uncertain.begin());
        }
        world.settle_down();
        was_clean = start % 3 != 1;
        if (was_clean) world.store->close();
    }
}

// What lives long moves into full chunks, and nobody can tell but by the space it takes.
#include "tests/support/catch.hpp"
#include "tests/unit/storage/map_environment.hpp"
#include "tests/unit/storage/store_fixture.hpp"

using namespace leveret::storage;
using namespace leveret::test;

namespace {

std::string body_of(std::uint64_t sequence) {
    return std::string(100 + sequence % 50, static_cast<char>('a' + sequence % 26));
}

}  // namespace

TEST_CASE("many small commits end in few full chunks, with counts and order",
          "[storage][maintenance]") {
    const auto disk = std::make_shared<MapDisk>();
    std::map<std::uint64_t, std::uint64_t> queue_of;  // by sequence
    std::uint64_t counted = 0;
    {
        StoreWorld world(std::make_unique<MapEnvironment>(disk), SyncMode::each);
        world.define_queue(7);
        world.define_queue(8);
        for (int i = 0; i < 3000; ++i) {
            const std::uint64_t sequence = world.next_sequence();
            queue_of[sequence] = i % 2 == 0 ? 7 : 8;
            world.publish(body_of(sequence), {entry(queue_of[sequence], sequence)});
            if (i == 10) {
                counted = sequence;
                world.settle_down();
                world.store->count(entry(7, counted), 3);
            }
            if (i % 10 == 9) world.settle_down();
        }
        world.settle_down();
        const StoreStats stats = world.store->stats();
        CHECK(stats.live_entries == 3000);
        CHECK(stats.young_chunks <= 257);
        CHECK(stats.full_chunks >= 3000 * 150 / 65'520 / 2);
        // One queue is drained: its chunks go as a whole, though the two were interleaved.
        for (auto place = queue_of.begin(); place != queue_of.end();) {
            if (place->second == 8) {
                world.settle(8, place->first);
                place = queue_of.erase(place);
            } else {
                ++place;
            }
        }
        world.settle_down();
        world.settle_down();
        const auto pages = world.page_in(7);
        CHECK(pages->pages.size() == 1500);
        world.store->close();
    }
    StoreWorld world(std::make_unique<MapEnvironment>(disk));
    REQUIRE(world.recovered.queues[7].size() == 1500);
    CHECK(world.recovered.queues.size() == 1);
    CHECK(world.recovered.queues[7][counted].failed_deliveries == 3);
    const auto pages = world.page_in(7);
    REQUIRE(pages->pages.size() == 1500);
    for (const auto& [sequence, queue] : queue_of) {
        CHECK((pages->pages[sequence].message->body() == body_of(sequence)));
    }
}

TEST_CASE("full chunks of which little lives are rewritten, and big messages keep their pieces",
          "[storage][maintenance]") {
    const auto disk = std::make_shared<MapDisk>();
    std::map<std::uint64_t, std::string> kept;
    {
        StoreWorld world(std::make_unique<MapEnvironment>(disk), SyncMode::each);
        world.define_queue(7);
        std::vector<std::uint64_t> sequences;
        for (int i = 0; i < 20'000; ++i) {
            const std::uint64_t sequence = world.next_sequence();
            const std::string body = i % 1000 == 0
                                         ? std::string(150'000, static_cast<char>(i / 1000))
                                         : body_of(sequence);
            world.publish(body, {entry(7, sequence)});
            sequences.push_back(sequence);
            if (i % 5 == 0) kept[sequence] = body;
            if (i % 2000 == 1999) world.settle_down();
        }
        world.settle_down();
        const std::size_t before = disk->records(Database::chunks);
        for (const std::uint64_t sequence : sequences) {
            if (!kept.contains(sequence)) world.settle(7, sequence);
        }
        world.settle_down();
        for (int i = 0; i < 20; ++i) world.settle_down();
        world.store->close();
        CHECK(world.store->stats().live_entries == kept.size());
        // 20 big messages of three pieces at most, and a fifth of the small ones.
        CHECK(disk->records(Database::chunks) < before / 2 + 60);
    }
    // A crash: what was written by then is redelivered for ever, wherever it moves.
    {
        StoreWorld world(std::make_unique<MapEnvironment>(disk));
        CHECK(world.recovered.queues[7].size() == kept.size());
    }
    for (int start = 0; start < 2; ++start) {
        StoreWorld world(std::make_unique<MapEnvironment>(disk));
        const auto pages = world.page_in(7);
        REQUIRE(pages->pages.size() == kept.size());
        for (const auto& [sequence, body] : kept) {
            REQUIRE((pages->pages[sequence].message->body() == body));
            REQUIRE(pages->pages[sequence].entry.redelivered);
        }
        // Half of it goes, so that the rest moves.
        for (int i = 0; kept.size() > 100 && i < 1500; ++i) {
            world.settle(7, kept.begin()->first);
            kept.erase(kept.begin());
        }
        world.settle_down();
        world.store->close();
    }
}

TEST_CASE("damaged octets are not moved under a new checksum, and never delivered",
          "[storage][maintenance][damage]") {
    const auto disk = std::make_shared<MapDisk>();
    std::uint64_t damaged = 0;
    {
        StoreWorld world(std::make_unique<MapEnvironment>(disk), SyncMode::each);
        world.define_queue(7);
        damaged = world.next_sequence();
        world.publish("to be damaged", {entry(7, damaged)});
        world.settle_down();
        {
            const std::lock_guard lock(disk->mutex);
            auto& value =
                disk->databases[static_cast<std::size_t>(Database::chunks)].begin()->second;
            std::string octets = *value;
            octets.back() = static_cast<char>(octets.back() ^ 1);
            value = std::make_shared<std::string>(octets);
        }
        for (int i = 0; i < 600; ++i) {
            const std::uint64_t sequence = world.next_sequence();
            world.publish(body_of(sequence), {entry(7, sequence)});
            world.settle_down();
        }
        CHECK(world.store->stats().full_chunks > 0);
        world.store->close();
    }
    StoreWorld world(std::make_unique<MapEnvironment>(disk));
    const auto pages = world.page_in(7);
    CHECK(pages->pages.size() == 600);
    CHECK(pages->crashed_entries == std::vector<std::uint64_t>{damaged});
    world.settle(7, damaged);
    world.settle_down();
    CHECK(world.page_in(7)->crashed_entries.empty());
}

TEST_CASE("a damaged chunk is told with its number, its entries and the cause; others come whole",
          "[storage][damage]") {
    const auto disk = std::make_shared<MapDisk>();
    const auto& chunks = disk->databases[static_cast<std::size_t>(Database::chunks)];
    const auto damage_newest = [&](std::size_t octet_from_end) {
        const std::lock_guard lock(disk->mutex);
        auto& value = disk->databases[static_cast<std::size_t>(Database::chunks)].rbegin()->second;
        std::string octets = *value;
        octets[octets.size() - octet_from_end] ^= 1;
        value = std::make_shared<std::string>(octets);
    };
    StoreWorld world(std::make_unique<MapEnvironment>(disk), SyncMode::each);
    world.define_queue(7);
    std::vector<std::uint64_t> sequences;
    std::uint64_t damaged_chunk = 0;
    for (int i = 0; i < 9; ++i) {
        sequences.push_back(world.next_sequence());
        world.publish("body", {entry(7, sequences.back())});
        if (i % 3 != 2) continue;
        world.settle_down();
        if (i == 5) {
            damaged_chunk = *Key::number_of(chunks.rbegin()->first, 0);
            SECTION("octets of a message") { damage_newest(1); }
            SECTION("its table") { damage_newest(chunks.rbegin()->second->size() - 60); }
        }
    }
    const auto pages = world.page_in(7);
    REQUIRE(pages->damaged.size() == 1);
    CHECK(pages->damaged[0].chunk == damaged_chunk);
    CHECK(pages->crashed_entries ==
          std::vector<std::uint64_t>(sequences.begin() + 3, sequences.begin() + 6));
    CHECK_THAT(pages->damaged[0].why,
               Catch::Matchers::Contains("chunk " + std::to_string(damaged_chunk)));
    CHECK(pages->pages.size() == 6);
    CHECK(pages->calls == 1);
}

TEST_CASE("a big message with a damaged or missing piece is told, and its neighbours come",
          "[storage][damage]") {
    const auto disk = std::make_shared<MapDisk>();
    StoreWorld world(std::make_unique<MapEnvironment>(disk), SyncMode::each);
    world.define_queue(7);
    std::vector<std::uint64_t> sequences;
    for (const std::size_t size : {10u, 200'000u, 10u}) {
        sequences.push_back(world.next_sequence());
        world.publish(std::string(size, 'b'), {entry(7, sequences.back())});
    }
    world.settle_down();
    {
        const std::lock_guard lock(disk->mutex);
        auto& chunks = disk->databases[static_cast<std::size_t>(Database::chunks)];
        SECTION("damaged") {
            std::string octets = *chunks.begin()->second;
            octets[5000] ^= 1;
            chunks.begin()->second = std::make_shared<std::string>(octets);
        }
        SECTION("missing") { chunks.erase(chunks.begin()); }
    }
    const auto pages = world.page_in(7);
    CHECK(pages->crashed_entries == std::vector<std::uint64_t>{sequences[1]});
    CHECK(pages->pages.size() == 2);
    CHECK(pages->pages.contains(sequences[2]));
}

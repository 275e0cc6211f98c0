// Starts that meet something unusual: a store without syncs, another format, damage, missing
// rights, a file that is mostly empty. Each is refused with what to do, or dealt with.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "storage/chunk.hpp"
#include "storage/data_directory.hpp"
#include "storage/environment.hpp"
#include "storage/map_memory.hpp"
#include "storage/records.hpp"
#include "storage/storage_error.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/storage/map_environment.hpp"
#include "tests/unit/storage/store_fixture.hpp"

using namespace leveret::storage;
using namespace leveret::test;
using Catch::Matchers::Contains;

namespace {

/// While it is not 0, every file system is of this type.
long pretended_file_system = 0;

struct Logged {
    LogLevel level;
    std::string line;
};

/// A start with options of its own, whose log is kept.
struct Start {
    explicit Start(StoreOptions given) : options(std::move(given)) {
        options.log = [this](LogLevel level, std::string_view line) {
            log.push_back({level, std::string(line)});
        };
    }
    std::unique_ptr<LmdbStore> open(std::unique_ptr<Environment> environment = nullptr) {
        const auto post = [](auto) {};
        sink = {};
        auto store = environment == nullptr
                         ? std::make_unique<LmdbStore>(options, post)
                         : std::make_unique<LmdbStore>(options, post, std::move(environment));
        store->recover(sink);
        return store;
    }
    /// Returns: the text of the refusal; empty when it started.
    std::string refusal(std::unique_ptr<Environment> environment = nullptr) {
        try {
            open(std::move(environment))->close();
        } catch (const StorageError& error) {
            return error.what();
        }
        return {};
    }
    [[nodiscard]] bool logged(LogLevel level, std::string_view part) const {
        return std::any_of(log.begin(), log.end(), [&](const Logged& one) {
            return one.level == level && one.line.find(part) != std::string::npos;
        });
    }

    StoreOptions options;
    std::vector<Logged> log;
    RememberingSink sink;
};

Start start_on(const ScratchDirectory& directory, SyncMode sync = SyncMode::pipelined) {
    return Start(StoreWorld::options(directory, sync));
}

/// A store with one message in queue 7.
void leave_one_message(const ScratchDirectory& directory, SyncMode sync, bool orderly) {
    StoreWorld world(directory, sync);
    world.define_queue(7);
    world.publish("kept", {entry(7, world.next_sequence())});
    world.settle_down();
    if (orderly) world.store->close();
}

std::size_t files_like(const ScratchDirectory& directory, std::string_view start) {
    std::size_t count = 0;
    for (const auto& file : std::filesystem::directory_iterator(directory.path())) {
        if (file.path().filename().native().starts_with(start)) ++count;
    }
    return count;
}

}  // namespace

/// Stands before the one of libc in this executable.
extern "C" int statfs(const char* path, struct statfs* figures) noexcept {
    using Function = int (*)(const char*, struct statfs*);
    static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "statfs"));
    const int result = real(path, figures);
    if (result == 0 && pretended_file_system != 0) figures->f_type = pretended_file_system;
    return result;
}

TEST_CASE("a store without syncs is marked while it is written, and not after an orderly stop",
          "[storage][start][unsynced]") {
    const ScratchDirectory directory;
    const auto mark = directory.path() / "store" / "unsynced";
    {
        StoreWorld world(directory, SyncMode::none);
        CHECK(std::filesystem::file_size(mark) == 16);
        world.store->close();
    }
    CHECK_FALSE(std::filesystem::exists(mark));
    Start again = start_on(directory, SyncMode::none);
    CHECK(again.refusal().empty());
    CHECK(again.logged(LogLevel::warning, "storage.sync is \"none\""));
}

TEST_CASE("after a crash of the process alone, a store without syncs goes on, with syncs too",
          "[storage][start][unsynced]") {
    const SyncMode next = GENERATE(SyncMode::none, SyncMode::pipelined, SyncMode::each);
    const ScratchDirectory directory;
    leave_one_message(directory, SyncMode::none, false);
    const auto mark = directory.path() / "store" / "unsynced";
    REQUIRE(std::filesystem::exists(mark));
    Start start = start_on(directory, next);
    const auto store = start.open();
    CHECK(start.sink.queues[7].size() == 1);
    CHECK(std::filesystem::exists(mark) == (next == SyncMode::none));
}

TEST_CASE("after the machine went down, a store without syncs is refused until it is discarded",
          "[storage][start][unsynced]") {
    const ScratchDirectory directory;
    leave_one_message(directory, SyncMode::none, false);
    std::ofstream(directory.path() / "store" / "unsynced") << "another boot id.";
    for (const SyncMode sync : {SyncMode::none, SyncMode::pipelined}) {
        const std::string refusal = start_on(directory, sync).refusal();
        CHECK_THAT(refusal, Contains((directory.path() / "store").string()));
        CHECK_THAT(refusal, Contains("--discard-store"));
    }
    Start start = start_on(directory);
    start.options.discard = true;
    start.open()->close();
    CHECK(start.sink.queues.empty());
    CHECK(start.logged(LogLevel::warning, "store.untrusted-"));
    CHECK(files_like(directory, "store.untrusted-") == 1);
    CHECK(start_on(directory).refusal().empty());
}

TEST_CASE("the mark in the database refuses as the file does", "[storage][start][unsynced]") {
    const ScratchDirectory directory;
    leave_one_message(directory, SyncMode::none, false);
    std::filesystem::remove(directory.path() / "store" / "unsynced");
    CHECK(start_on(directory).refusal().empty());  // same boot
    const auto disk = std::make_shared<MapDisk>();
    Start start{StoreOptions{}};
    start.open(std::make_unique<MapEnvironment>(disk))->close();
    disk->databases[static_cast<std::size_t>(Database::meta)]["unsynced"] =
        std::make_shared<std::string>("another boot id.");
    CHECK_THAT(start.refusal(std::make_unique<MapEnvironment>(disk)), Contains("--discard-store"));
}

TEST_CASE("where only unsynced stores are wanted, a synced one is refused and left alone",
          "[storage][start][unsynced]") {
    const ScratchDirectory directory;
    Start dev = start_on(directory, SyncMode::none);
    dev.options.refuse_synced = true;
    SECTION("a new one, and its own again") {
        CHECK(dev.refusal().empty());
        CHECK(dev.refusal().empty());
    }
    SECTION("one that was written with syncs") {
        leave_one_message(directory, SyncMode::pipelined, true);
        CHECK_THAT(dev.refusal(), Contains("--dev"));
        CHECK_FALSE(std::filesystem::exists(directory.path() / "store" / "unsynced"));
    }
    SECTION("one that was written without them, and with them since") {
        CHECK(dev.refusal().empty());
        leave_one_message(directory, SyncMode::each, true);
        CHECK_THAT(dev.refusal(), Contains("--dev"));
    }
}

TEST_CASE("a damaged chunk is named with the way out; --repair starts once without it",
          "[storage][start][damage]") {
    const auto disk = std::make_shared<MapDisk>();
    std::string damaged;
    {
        StoreWorld world(std::make_unique<MapEnvironment>(disk));
        world.define_queue(7);
        for (int i = 0; i < 3; ++i) {
            world.publish("body", {entry(7, world.next_sequence())});
            world.settle_down();
        }
        world.store->close();
    }
    {
        auto& chunks = disk->databases[static_cast<std::size_t>(Database::chunks)];
        auto& [key, value] = *std::next(chunks.begin());
        std::string octets = *value;
        octets[chunk_header_octets] = static_cast<char>(octets[chunk_header_octets] ^ 1);
        value = std::make_shared<std::string>(octets);
        damaged = "chunk " + std::to_string(*Key::number_of(key, 0));
    }
    StoreOptions options;
    options.data_dir = "/the/data";
    Start start(options);
    const std::string refusal = start.refusal(std::make_unique<MapEnvironment>(disk));
    CHECK_THAT(refusal, Contains("/the/data/store") && Contains(damaged) && Contains("--repair"));
    start.options.repair = true;
    start.open(std::make_unique<MapEnvironment>(disk))->close();
    CHECK(start.sink.summary->skipped_chunks == 1);
    CHECK(start.sink.queues[7].size() == 2);
    CHECK(start.logged(LogLevel::error, damaged));
    // It is gone: the next start needs no repair.
    Start next(options);
    CHECK(next.refusal(std::make_unique<MapEnvironment>(disk)).empty());
    CHECK(next.sink.queues[7].size() == 2);
}

TEST_CASE("a store of a newer format is refused", "[storage][start]") {
    const auto disk = std::make_shared<MapDisk>();
    Start start{StoreOptions{}};
    start.open(std::make_unique<MapEnvironment>(disk))->close();
    FormatRecord newer;
    newer.version = 9;
    newer.min_reader_version = 7;
    disk->databases[static_cast<std::size_t>(Database::meta)]["format"] =
        std::make_shared<std::string>(newer.encode());
    CHECK_THAT(start.refusal(std::make_unique<MapEnvironment>(disk)),
               Contains("format version 9") && Contains("7") && Contains("this one knows 1"));
}

TEST_CASE("a database for other pages, and a file that is none, are refused", "[storage][start]") {
    const ScratchDirectory directory;
    leave_one_message(directory, SyncMode::pipelined, true);
    const auto file = directory.path() / "store" / "data.mdb";
    const int descriptor = open(file.c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(descriptor >= 0);
    SECTION("pages of 8 KiB") {
        // LMDB's meta page: its header, then magic, version, address and map size, then the page
        // size; the other meta page lies one page further.
        constexpr off_t at_page_size = 16 + 4 + 4 + 8 + 8;
        constexpr std::uint32_t other = 8192;
        std::vector<char> page(4096);
        REQUIRE(pread(descriptor, page.data(), page.size(), 4096) == 4096);
        REQUIRE(pwrite(descriptor, page.data(), page.size(), other) == 4096);
        for (const off_t meta : {off_t{0}, off_t{other}}) {
            REQUIRE(pwrite(descriptor, &other, sizeof other, meta + at_page_size) == sizeof other);
        }
        CHECK_THAT(start_on(directory).refusal(),
                   Contains(file.string()) && Contains("pages of 8192 octets"));
    }
    SECTION("something else") {
        REQUIRE(pwrite(descriptor, "nothing of the kind", 19, 0) == 19);
        REQUIRE(pwrite(descriptor, "nothing of the kind", 19, 16) == 19);
        CHECK_THAT(start_on(directory).refusal(),
                   Contains(file.string()) && Contains("cannot be opened as a database"));
    }
    close(descriptor);
}

TEST_CASE("a directory that is in use is refused, and free again afterwards", "[storage][start]") {
    const ScratchDirectory directory;
    {
        const DataDirectory held(StoreWorld::options(directory, SyncMode::each));
        CHECK_THAT(start_on(directory).refusal(),
                   Contains(directory.path().string()) && Contains("another broker"));
    }
    CHECK(start_on(directory).refusal().empty());
}

TEST_CASE("missing rights are told with who owns what", "[storage][start]") {
    const ScratchDirectory directory;
    leave_one_message(directory, SyncMode::pipelined, true);
    const auto file = directory.path() / "store" / "data.mdb";
    const auto told = [&] {
        constexpr uid_t nobody = 65534;
        const uid_t before = geteuid();
        if (before == 0) REQUIRE(seteuid(nobody) == 0);
        std::string refusal = start_on(directory).refusal();
        if (before == 0) REQUIRE(seteuid(before) == 0);
        return refusal;
    };
    SECTION("to the directory") {
        REQUIRE(chmod(directory.path().c_str(), 0500) == 0);
        CHECK_THAT(told(), Contains(directory.path().string()) && Contains("Permission denied") &&
                               Contains("belongs to user " + std::to_string(getuid())));
        REQUIRE(chmod(directory.path().c_str(), 0700) == 0);
    }
    SECTION("to the file") {
        for (const auto& path : {directory.path(), directory.path() / "store"}) {
            REQUIRE(chmod(path.c_str(), 0777) == 0);
        }
        REQUIRE(chmod((directory.path() / "broker.lock").c_str(), 0666) == 0);
        REQUIRE(chmod(file.c_str(), 0400) == 0);
        CHECK_THAT(told(), Contains(file.string()) && Contains("Permission denied"));
    }
}

TEST_CASE("a network file system is refused, unless it is allowed", "[storage][start]") {
    const ScratchDirectory directory;
    Start start = start_on(directory);
    constexpr long nfs = 0x6969;
    pretended_file_system = nfs;
    start.options.allow_network = false;
    const std::string refusal = start.refusal();
    start.options.allow_network = true;
    const std::string allowed = start.refusal();
    pretended_file_system = 0;
    CHECK_THAT(refusal, Contains("storage.allow_network") && Contains("network"));
    CHECK(allowed.empty());
}

TEST_CASE("missing directories above the data directory are made", "[storage][start]") {
    const ScratchDirectory directory;
    Start start = start_on(directory);
    start.options.data_dir = directory.path() / "a" / "b" / "data";
    CHECK(start.refusal().empty());
    CHECK(std::filesystem::exists(directory.path() / "a" / "b" / "data" / "store" / "data.mdb"));
}

TEST_CASE("a file that is mostly free is compacted by the start, and holds what it held",
          "[storage][start][compact]") {
    const ScratchDirectory directory;
    const auto file = directory.path() / "store" / "data.mdb";
    const std::string body(20'000, 'b');
    std::uint64_t kept = 0;
    {
        StoreWorld world(directory);
        world.define_queue(7);
        kept = world.next_sequence();
        world.publish("kept", {entry(7, kept)});
        for (int i = 0; i < 400; ++i) {
            world.publish(body, {entry(7, world.next_sequence())});
        }
        world.settle_down();
        for (std::uint64_t i = 1; i <= 400; ++i) world.settle(7, kept + i);
        world.settle_down();
        world.store->close();
    }
    const auto before = std::filesystem::file_size(file);
    REQUIRE(before > 8'000'000);
    std::ofstream(directory.path() / "store" / "data.mdb.compact") << "half a copy";
    Start start = start_on(directory);
    SECTION("not when it is small") { start.open()->close(); }
    SECTION("when it is large") {
        start.options.compact_above = 1'000'000;
        start.open()->close();
        CHECK(start.logged(LogLevel::info, "compacted"));
        CHECK(std::filesystem::file_size(file) < before / 10);
    }
    SECTION("when it is asked for") {
        start.options.compact = true;
        start.open()->close();
        CHECK(std::filesystem::file_size(file) < before / 10);
    }
    CHECK(files_like(directory, "data.mdb.compact") == 0);
    CHECK_FALSE(std::filesystem::exists(directory.path() / "store" / "data.mdb.compact"));
    CHECK(start.sink.queues[7].size() == 1);
    StoreWorld world(directory);
    CHECK((world.page_in(7)->pages[kept].message->body() == "kept"));
    world.store->close();
}

TEST_CASE("what is read of a large store does not stay in the memory of the process",
          "[storage][memory]") {
    const ScratchDirectory directory;
    constexpr std::uint32_t messages = 2600;
    constexpr std::uint32_t at_a_time = 100;
    std::uint64_t first = 0;
    {
        const std::string body(65'000, 'b');
        StoreWorld world(directory, SyncMode::none);
        world.define_queue(7);
        for (std::uint32_t i = 0; i < messages; ++i) {
            const std::uint64_t sequence = world.next_sequence();
            if (first == 0) first = sequence;
            world.publish(body, {entry(7, sequence)});
            if (i % at_a_time == 0) world.settle_down();
        }
        world.settle_down();
        world.store->close();
    }
    const std::uint64_t before = resident_file_octets();
    REQUIRE(before > 0);
    const std::uint64_t most = std::max(before, resident_pages_max) + (8ULL << 20);
    REQUIRE(most < before + messages * 65'000);
    StoreWorld world(directory);
    CHECK(resident_file_octets() < most);
    std::uint64_t peak = 0;
    for (std::uint32_t i = 0; i < messages; i += at_a_time) {
        REQUIRE(world.page_in(7, first + i, at_a_time)->pages.size() == at_a_time);
        peak = std::max(peak, resident_file_octets());
    }
    CHECK(peak < most);
    world.store->close();
}

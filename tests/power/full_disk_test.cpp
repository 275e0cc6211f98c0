// A disk, a file or a map that is full for real: nothing is lost, deletes make room, and work goes
// on.
#include <signal.h>
#include <sys/resource.h>

#include <cstdlib>
#include <iostream>

#include "tests/power/twin_environment.hpp"
#include "tests/power/workload.hpp"
#include "tests/support/catch.hpp"

using namespace leveret::storage;
using namespace leveret::test;

namespace {

constexpr std::size_t body_octets = 150'000;

/// Files of this process grow to this size at most.
class FileSizeLimit {
public:
    explicit FileSizeLimit(std::uint64_t octets) {
        before_handler_ = ::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit limit = before_;
        limit.rlim_cur = octets;
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, before_handler_);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
    rlimit before_{};
    void (*before_handler_)(int) = nullptr;
};

/// Publishes until nothing more fits, makes room, and goes on; then a restart finds just what is
/// there.
class FullDisk {
public:
    /// The alarm ends where deletes give back what was short: the file itself never shrinks.
    enum class Alarm : std::uint8_t { ends, stays };
    FullDisk(StoreOptions options, Alarm alarm) : options_(std::move(options)), alarm_(alarm) {}

    void run() {
        {
            StoreWorld world(std::make_unique<TwinEnvironment>(options_, nullptr));
            world_ = &world;
            world.define_queue(7);
            world.settle_down();
            fill();
            make_room();
            go_on();
            world.store->close();
        }
        StoreWorld world(std::make_unique<TwinEnvironment>(options_, nullptr));
        const StoredEntries& found = world.recovered.queues[7];
        CHECK(found.size() == stored_.size());
        for (const std::uint64_t sequence : stored_) CHECK(found.contains(sequence));
        const auto pages = world.page_in(7);
        REQUIRE(pages->pages.size() == stored_.size());
        for (const auto& [sequence, page] : pages->pages) {
            CHECK((page.message->body() == body_of(sequence, body_octets)));
        }
    }

private:
    void publish() {
        const std::uint64_t sequence = world_->next_sequence();
        stored_.push_back(sequence);
        world_->publish(body_of(sequence, body_octets), {entry(7, sequence)});
        world_->store->submit();
    }
    void settle_oldest() {
        world_->settle(7, stored_.front());
        stored_.pop_front();
    }
    [[nodiscard]] bool all_told() const { return world_->listener->told.size() == world_->asked; }
    [[nodiscard]] bool full() const {
        return world_->store->health().state == Health::State::disk_alarm;
    }

    void fill() {
        while (!full()) {
            REQUIRE(stored_.size() < 2000);
            publish();
            world_->calls.run_until([&] { return all_told() || full(); });
        }
        CHECK_FALSE(all_told());
        // Acks go on, and a declare is answered.
        world_->store->define({DefinitionKind::exchange, DefinitionId{9}, 1, 0, {}},
                              world_->waiter());
        const std::uint64_t declared = world_->asked;
        world_->store->submit();
        world_->calls.run_until([&] {
            const auto& told = world_->listener->told;
            return std::find(told.begin(), told.end(), declared) != told.end();
        });
        CHECK_FALSE(all_told());
    }
    void make_room() {
        for (std::size_t i = stored_.size() / 2; i > 0; --i) settle_oldest();
        world_->store->submit();
        world_->calls.run_until([&] { return all_told() && (alarm_ == Alarm::stays || !full()); });
    }
    void go_on() {
        for (int i = 0; i < 60; ++i) {
            settle_oldest();
            publish();
            world_->calls.run_until([&] { return all_told(); });
        }
        CHECK(full() == (alarm_ == Alarm::stays));
    }

    StoreOptions options_;
    Alarm alarm_;
    StoreWorld* world_ = nullptr;
    std::deque<std::uint64_t> stored_{};
};

bool shell(const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str()) == 0;  // NOLINT: a test's own words
}

/// A small file system in a file, when this user may mount one.
class MountedImage {
public:
    explicit MountedImage(const std::filesystem::path& directory) : path_(directory / "mounted") {
        std::filesystem::create_directory(path_);
        const std::string image = (directory / "image").string();
        mounted_ = shell("truncate -s 16M " + image + " && mkfs.ext4 -q " + image) &&
                   shell("mount -o loop " + image + " " + path_.string());
    }
    ~MountedImage() {
        if (mounted_) shell("umount " + path_.string());
    }
    MountedImage(const MountedImage&) = delete;
    MountedImage& operator=(const MountedImage&) = delete;
    [[nodiscard]] bool mounted() const { return mounted_; }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
    bool mounted_ = false;
};

}  // namespace

TEST_CASE("a file that may not grow loses nothing, and deletes make room", "[disk][disk-full]") {
    const ScratchDirectory directory(memory_directory());
    const FileSizeLimit limit(6 << 20);
    FullDisk(StoreWorld::options(directory, SyncMode::pipelined), FullDisk::Alarm::stays).run();
}

TEST_CASE("a full map loses nothing, and deletes make room", "[disk][disk-full]") {
    const ScratchDirectory directory(memory_directory());
    StoreOptions options = StoreWorld::options(directory, SyncMode::pipelined);
    options.max_octets = 6 << 20;
    FullDisk(options, FullDisk::Alarm::ends).run();
}

TEST_CASE("a full file system loses nothing, and deletes make room", "[disk][disk-full]") {
    const ScratchDirectory directory;
    MountedImage image(directory.path());
    if (!image.mounted()) {
        std::cout << "skipped: a file system of its own takes the right to mount\n";
        return;
    }
    StoreOptions options = StoreWorld::options(directory, SyncMode::pipelined);
    options.data_dir = image.path() / "data";
    FullDisk(options, FullDisk::Alarm::stays).run();
}

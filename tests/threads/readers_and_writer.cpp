// The store's threads at once, under ThreadSanitizer: the writer commits and moves chunks, readers
// page in, somebody asks for figures, and the broker thread never waits for any of them.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <thread>

#include "tests/unit/storage/store_fixture.hpp"

using namespace leveret::storage;
using namespace leveret::test;

namespace {

constexpr int turns = 1200;
constexpr std::size_t pages_asked_at_once = 4;
constexpr std::uint64_t queues[] = {7, 8, 9};

std::string body_of(std::uint64_t sequence) {
    const std::size_t octets = sequence % 97 == 0 ? 150'000 : sequence * 37 % 3000;
    return std::string(octets, static_cast<char>(sequence));
}

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::exit(1);
}

/// Checks what comes and forgets it.
class CheckingPages final : public PageSink {
public:
    void paged_in(QueueId, std::span<const PagedMessage> messages, Sequence) override {
        for (const PagedMessage& message : messages) {
            const auto sequence = static_cast<std::uint64_t>(message.entry.sequence);
            require(message.make_message()->body() == body_of(sequence), "the body of a page");
            ++seen;
        }
        --asked;
    }
    void crashed(QueueId, std::span<const DamagedMessages>) override {
        require(false, "no page is damaged");
    }
    std::size_t asked = 0;
    std::size_t seen = 0;
};

/// Asks for figures as the console does.
class Onlooker {
public:
    explicit Onlooker(const Store& store)
        : thread_([this, &store] {
              while (!ended_) {
                  most_ = std::max(most_, store.stats().live_entries);
                  std::this_thread::yield();
              }
          }) {}
    ~Onlooker() {
        ended_ = true;
        thread_.join();
    }
    Onlooker(const Onlooker&) = delete;
    Onlooker& operator=(const Onlooker&) = delete;

private:
    std::atomic<bool> ended_ = false;
    std::uint64_t most_ = 0;
    std::thread thread_;
};

class Crowd {
public:
    explicit Crowd(StoreWorld& world) : world_(world) {
        for (const std::uint64_t queue : queues) world.define_queue(queue);
    }

    void work() {
        const Onlooker onlooker(*world_.store);
        for (int turn = 0; turn < turns; ++turn) {
            publish_some();
            settle_some();
            if (turn % 200 == 199) purge();
            world_.store->submit();
            while (pages_->asked < pages_asked_at_once) ask_for_a_page();
            world_.calls.run_all();
            // Threads that are not waited for fall behind by so much and no more.
            world_.calls.run_until([&] { return world_.store->unwritten_octets() < 2 << 20; });
        }
        world_.settle_down();
        world_.calls.run_until([&] { return pages_->asked == 0; });
        require(pages_->seen > turns, "pages were read all along");
        check_content();
        const StoreStats stats = world_.store->stats();
        require(stats.full_chunks > 0, "chunks were moved");
        std::printf("%llu commits, %zu messages paged in\n",
                    static_cast<unsigned long long>(stats.commits), pages_->seen);
    }

private:
    std::uint64_t any_queue() { return queues[random_() % std::size(queues)]; }

    void publish_some() {
        for (std::uint32_t i = random_() % 12; i > 0; --i) {
            const std::uint64_t queue = any_queue();
            const std::uint64_t sequence = world_.next_sequence();
            world_.publish(body_of(sequence), {entry(queue, sequence)});
            content_[queue].push_back(sequence);
        }
    }
    void settle_some() {
        const std::uint64_t queue = any_queue();
        std::deque<std::uint64_t>& sequences = content_[queue];
        while (sequences.size() > 300) {
            const std::size_t at = random_() % sequences.size();
            world_.settle(queue, sequences[at]);
            sequences.erase(sequences.begin() + static_cast<std::ptrdiff_t>(at));
        }
    }
    void purge() {
        world_.store->purge(QueueId{9}, Sequence{world_.next_sequence()}, {}, world_.waiter());
        content_[9].clear();
    }
    void ask_for_a_page() {
        const std::uint64_t queue = any_queue();
        const auto& sequences = content_[queue];
        const std::uint64_t from = sequences.empty() ? 0 : sequences[random_() % sequences.size()];
        ++pages_->asked;
        world_.store->page_in(QueueId{queue}, {{Sequence{from}, Sequence{~std::uint64_t{0}}}},
                              1 + random_() % 100, pages_);
    }
    void check_content() {
        for (const std::uint64_t queue : queues) {
            const auto found = world_.page_in(queue);
            require(found->pages.size() == content_[queue].size(), "all that was kept is there");
            for (const std::uint64_t sequence : content_[queue]) {
                require(found->pages.contains(sequence), "each that was kept is there");
            }
        }
    }

    StoreWorld& world_;
    std::mt19937 random_{1};
    boost::intrusive_ptr<CheckingPages> pages_{new CheckingPages};
    std::map<std::uint64_t, std::deque<std::uint64_t>> content_{};
};

}  // namespace

int main() {
    for (const SyncMode sync : {SyncMode::pipelined, SyncMode::none}) {
        const ScratchDirectory directory(memory_directory());
        StoreWorld world(directory, sync);
        Crowd(world).work();
        world.store->close();
    }
}

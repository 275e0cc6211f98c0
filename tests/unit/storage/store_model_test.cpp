// Random operations on the store beside a model that is right at sight: a map of what is in each
// queue. After each start the store must hold what the model held after one of the operations
// since the last one that was answered, and exactly the last one when the stop was orderly.
#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "storage/chunk.hpp"
#include "storage/lmdb_environment.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/storage/store_fixture.hpp"

using namespace leveret::storage;
using namespace leveret::test;

namespace {

struct Item {
    std::shared_ptr<const std::string> body;
    std::uint16_t failed = 0;
    bool counted = false;
    bool persistent = true;
};
using QueueContent = std::map<std::uint64_t, Item>;     ///< by sequence
using Content = std::map<std::uint64_t, QueueContent>;  ///< by queue; all there are

class StoreModel {
public:
    explicit StoreModel(std::uint32_t seed) : random_(seed) {}

    void run(int starts, int turns) {
        for (int start = 0; start < starts; ++start) {
            StoreWorld world(directory_, chance(2) ? SyncMode::pipelined : SyncMode::each);
            world_ = &world;
            check_start();
            while (content_.size() < 3) add_queue();
            for (int turn = 0; turn < turns; ++turn) {
                for (int i = number(1, 12); i > 0; --i) {
                    operate();
                    possible_.push_back(content_);  // a commit may end at any operation
                }
                world.store->submit();
                if (chance(8)) {
                    world.settle_down();
                    possible_ = {content_};
                    if (chance(4)) check_pages();
                }
            }
            clean_ = chance(2);
            if (clean_) {
                world.store->close();
                possible_ = {content_};
            }
        }
        check_sizes();
    }

private:
    int number(int from, int to) { return std::uniform_int_distribution(from, to)(random_); }
    bool chance(int in) { return number(1, in) == 1; }

    std::uint64_t any_queue() {
        auto place = content_.begin();
        std::advance(place, number(0, static_cast<int>(content_.size()) - 1));
        return place->first;
    }

    void add_queue() {
        const std::uint64_t queue = world_->store->next_id();
        world_->define_queue(queue);
        content_[queue];
    }

    std::string any_body() {
        const int kind = number(1, 100);
        const int octets = kind <= 80   ? number(0, 300)
                           : kind <= 95 ? number(1000, 20'000)
                           : kind <= 99 ? number(40'000, 60'000)
                                        : number(60'000, 300'000);
        std::string body(static_cast<std::size_t>(octets), '\0');
        const int first = number(0, 255);
        for (std::size_t i = 0; i < body.size(); ++i) {
            body[i] = static_cast<char>(static_cast<std::size_t>(first) + i);
        }
        return body;
    }

    void publish() {
        const bool persistent = !chance(10);
        const auto body = std::make_shared<const std::string>(any_body());
        std::set<std::uint64_t> queues;
        for (int i = chance(3) ? number(2, 3) : 1; i > 0; --i) queues.insert(any_queue());
        std::vector<Entry> entries;
        for (const std::uint64_t queue : queues) {
            const std::uint64_t sequence = world_->next_sequence();
            entries.push_back(entry(queue, sequence));
            content_[queue][sequence] = {body, 0, false, persistent};
        }
        // A queue that nobody defined: its entries are in the store and gone at the next start.
        if (chance(20)) entries.push_back(entry(1, world_->next_sequence()));
        world_->store->publish(message_of(*body, persistent), entries, {},
                               chance(2) ? world_->waiter() : Waiter{});
    }

    void settle() {
        QueueContent& queue = content_[last_queue_ = any_queue()];
        if (queue.empty()) return;
        auto place = queue.begin();
        if (chance(3)) std::advance(place, number(0, static_cast<int>(queue.size()) - 1));
        for (int i = number(1, 10); i > 0 && place != queue.end(); --i) {
            world_->settle(last_queue_, place->first,
                           chance(4) ? Settled::dropped : Settled::taken);
            place = queue.erase(place);
        }
    }

    void count() {
        const std::uint64_t id = any_queue();
        QueueContent& queue = content_[id];
        if (queue.empty()) return;
        auto place = queue.begin();
        std::advance(place, number(0, static_cast<int>(queue.size()) - 1));
        place->second.failed = static_cast<std::uint16_t>(number(0, 3));
        place->second.counted = true;
        world_->store->count(entry(id, place->first), place->second.failed);
    }

    void purge() {
        const std::uint64_t id = any_queue();
        QueueContent& queue = content_[id];
        std::vector<Sequence> kept;
        for (auto place = queue.begin(); place != queue.end();) {
            if (chance(5)) {
                kept.push_back(Sequence{place->first});
                ++place;
            } else {
                place = queue.erase(place);
            }
        }
        world_->store->purge(QueueId{id}, Sequence{world_->next_sequence()}, kept,
                             world_->waiter());
    }

    void remove() {
        const std::uint64_t id = any_queue();
        world_->store->remove(QueueId{id}, {});
        content_.erase(id);
        add_queue();
    }

    void operate() {
        const int kind = number(1, 1000);
        if (kind <= 560) return publish();
        if (kind <= 900) return settle();
        if (kind <= 950) return count();
        if (kind <= 960) return purge();
        if (kind <= 965) return remove();
        world_->store->begin_transaction();
        settle();
        publish();
        world_->store->end_transaction(world_->waiter());
    }

    /// What was found must be one of what is possible; the model goes on from there.
    void check_start() {
        const RememberingSink& found = world_->recovered;
        if (!clean_) {
            last_unclean_ = (world_->store->id_base() >> 40) - 1;
        }
        std::set<std::uint64_t> queues;
        for (const Definition& definition : found.definitions) {
            queues.insert(static_cast<std::uint64_t>(definition.id));
        }
        std::string why = "nothing was possible";
        auto match = std::find_if(possible_.rbegin(), possible_.rend(), [&](const Content& one) {
            why = difference(one, queues, found);
            return why.empty();
        });
        INFO(why);
        REQUIRE(match != possible_.rend());
        Content content = *match;
        for (auto& [id, queue] : content) {
            std::erase_if(queue, [](const auto& item) { return !item.second.persistent; });
        }
        content_ = std::move(content);
        possible_ = {content_};
        check_pages();
    }

    [[nodiscard]] std::string difference(const Content& content,
                                         const std::set<std::uint64_t>& queues,
                                         const RememberingSink& found) const {
        std::set<std::uint64_t> expected;
        for (const auto& [id, queue] : content) expected.insert(id);
        if (expected != queues) return "other queues";
        for (const auto& [id, queue] : content) {
            const auto place = found.queues.find(id);
            const StoredEntries none;
            const StoredEntries& stored = place == found.queues.end() ? none : place->second;
            std::size_t persistent = 0;
            for (const auto& [sequence, item] : queue) {
                if (!item.persistent) continue;
                ++persistent;
                const auto entry = stored.find(sequence);
                if (entry == stored.end()) return "missing " + std::to_string(sequence);
                if (entry->second.body_octets != item.body->size()) return "another body";
                if (entry->second.failed_deliveries != item.failed) return "another count";
                const bool uncertain = sequence >> 40 <= last_unclean_;
                if (entry->second.redelivered != (uncertain || item.counted)) {
                    return "another redelivered flag";
                }
            }
            if (persistent != stored.size()) return "more than there should be";
        }
        return {};
    }

    void check_pages() {
        for (const auto& [id, queue] : content_) {
            const auto pages = world_->page_in(id);
            REQUIRE(pages->crashed_entries.empty());
            REQUIRE(pages->pages.size() == queue.size());
            for (const auto& [sequence, item] : queue) {
                REQUIRE(pages->pages.contains(sequence));
                const RememberingPages::Page& page = pages->pages[sequence];
                REQUIRE((page.message->body() == *item.body));
                REQUIRE(page.entry.failed_deliveries == item.failed);
                REQUIRE(page.entry.redelivered ==
                        (sequence >> 40 <= last_unclean_ || item.counted));
            }
        }
    }

    /// Whatever may live long has one size, or fits one page.
    void check_sizes() {
        const auto environment = open_lmdb(StoreWorld::options(directory_, SyncMode::each));
        const auto snapshot = environment->snapshot();
        const auto scan = snapshot->scan(Database::chunks);
        while (scan->next()) {
            const ChunkView chunk(*Key::number_of(scan->key(), 0), scan->value());
            CHECK((chunk.header().kind == ChunkKind::young
                       ? scan->value().size() < young_octets_below
                       : scan->value().size() == full_chunk_octets));
        }
    }

    ScratchDirectory directory_;
    std::mt19937 random_;
    StoreWorld* world_ = nullptr;
    Content content_;
    std::vector<Content> possible_{{}};
    std::uint64_t last_unclean_ = 0;
    std::uint64_t last_queue_ = 0;
    bool clean_ = true;
};

}  // namespace

TEST_CASE("the store agrees with a model over random operations and starts", "[storage][model]") {
    const std::uint32_t seed = Catch::rngSeed() != 0 ? Catch::rngSeed() : std::random_device{}();
    INFO("seed " << seed);
    StoreModel(seed).run(12, 60);
}

TEST_CASE("the store agrees with a model for long", "[storage][model][.slow]") {
    for (std::uint32_t i = 0; i < 5; ++i) {
        const std::uint32_t seed = std::random_device{}();
        INFO("seed " << seed);
        StoreModel(seed).run(20, 100);
    }
}

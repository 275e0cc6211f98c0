// A queue whose messages do not all fit into memory: what is given up, and how it comes back.
#include <map>
#include <string>
#include <vector>

#include "broker/limits.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/queue_world.hpp"

using namespace leveret;
using namespace leveret::broker;

namespace {

constexpr std::size_t body_octets = 10'000;
/// More than the window takes.
constexpr int many = 3 * limits::queue_window_octets / body_octets;

struct World : test::QueueWorld {
    using QueueWorld::QueueWorld;

    /// Publishes messages whose bodies begin with their number, one turn each.
    void fill(int count, bool persistent = true) {
        for (int i = 0; i < count; ++i) {
            (void)publish(*queue, body(published++), persistent);
            turn.end();
        }
        residency.look();
    }
    static std::string body(int number) {
        std::string text = std::to_string(number);
        text.resize(body_octets, ' ');
        return text;
    }
    /// Takes messages until none is left, waiting for those on disk. Returns: their numbers.
    std::vector<int> drain() {
        std::vector<int> numbers;
        for (;;) {
            if (std::optional<QueuedMessage> message = queue->take()) {
                numbers.push_back(std::stoi(std::string(message->message->body())));
                queue->settle(*message);
            } else if (queue->first_is_paged_out()) {
                bool came = false;
                queue->when_first_comes([&] { came = true; });
                turn.end_soon();
                turn.end();
                REQUIRE(came);
            } else {
                return numbers;
            }
        }
    }
    [[nodiscard]] std::uint64_t resident() const { return queue->ready()[0].memory_octets(); }

    QueuePtr queue = make_queue();
    int published = 0;
};

std::vector<int> numbers_up_to(int end) {
    std::vector<int> numbers;
    for (int i = 0; i < end; ++i) numbers.push_back(i);
    return numbers;
}

}  // namespace

TEST_CASE("a long durable queue keeps its window in memory and gives up the rest", "[paging]") {
    World world;
    world.fill(many);
    CHECK(world.resident() <= limits::queue_window_octets + 2 * body_octets);
    CHECK(world.residency.octets() == world.resident());
    CHECK(world.queue->ready_count() == many);
    CHECK(world.queue->ready_octets() == std::uint64_t{many} * body_octets);

    CHECK(world.drain() == numbers_up_to(many));
    CHECK(world.queue->ready_count() == 0);
    CHECK(world.queue->ready_octets() == 0);
    CHECK(world.residency.octets() == 0);
    CHECK(world.store.entries(world.queue->id()) == 0);
}

TEST_CASE("what is not durable yet stays in memory", "[paging]") {
    World world;
    world.store.hold();
    world.fill(many);
    CHECK(world.resident() >= std::uint64_t{many} * body_octets);
    CHECK(world.store.pages() == 0);
    world.store.release_all();
    (void)world.publish(*world.queue, "last", true);
    world.turn.end();
    world.residency.look();
    CHECK(world.resident() <= limits::queue_window_octets + 2 * body_octets);
}

TEST_CASE("messages come back from disk in order, also while others arrive", "[paging]") {
    World world;
    world.fill(many);
    std::vector<int> numbers;
    for (int i = 0; i < many / 2; ++i) {
        std::optional<QueuedMessage> message = world.queue->take();
        if (!message) {
            world.turn.end_soon();
            world.turn.end();
            message = world.queue->take();
        }
        REQUIRE(message);
        numbers.push_back(std::stoi(std::string(message->message->body())));
        world.queue->settle(*message);
        world.fill(1);
    }
    const std::vector<int> rest = world.drain();
    numbers.insert(numbers.end(), rest.begin(), rest.end());
    CHECK(numbers == numbers_up_to(many + many / 2));
}

TEST_CASE("what comes back from a consumer goes before what is on disk", "[paging]") {
    World world;
    world.fill(many);
    std::vector<QueuedMessage> out;
    for (int i = 0; i < 10; ++i) out.push_back(*world.queue->take());
    for (QueuedMessage& message : out) world.queue->requeue(std::move(message));
    CHECK(world.drain() == numbers_up_to(many));
}

TEST_CASE("a transient message behind persistent ones that are on disk is stored too", "[paging]") {
    World world;
    world.fill(many);
    const std::size_t stored = world.store.publishes();
    world.fill(1, false);
    CHECK(world.store.publishes() == stored + 1);
    world.fill(1);
    CHECK(world.drain() == numbers_up_to(many + 2));
}

TEST_CASE("transient messages are paged out only when memory is short", "[paging]") {
    SECTION("there is enough") {
        World world;
        world.fill(many, false);
        CHECK(world.store.publishes() == 0);
        CHECK(world.resident() >= std::uint64_t{many} * body_octets);
        CHECK(world.drain() == numbers_up_to(many));
    }
    SECTION("there is not") {
        World world{std::uint64_t{many} * body_octets};
        world.residency.watch(*world.queue);
        world.fill(many, false);
        world.turn.end();
        world.residency.look();
        CHECK(world.residency.is_short() == false);
        CHECK(world.resident() < std::uint64_t{many} * body_octets / 2);
        CHECK(world.drain() == numbers_up_to(many));
        CHECK(world.store.entries(world.queue->id()) == 0);
    }
}

TEST_CASE("transient messages are paged out also while more of them come", "[paging]") {
    World world{std::uint64_t{many} * body_octets};
    for (int i = 0; i < 2 * many; ++i) {
        world.residency.watch(*world.queue);  // as the broker does each tick
        world.fill(1, false);
    }
    CHECK(world.resident() < std::uint64_t{many} * body_octets);
    CHECK(world.drain() == numbers_up_to(2 * many));
}

TEST_CASE("a purge forgets what is on disk and what is on its way from there", "[paging]") {
    World world;
    world.fill(many);
    while (world.queue->take()) {
    }
    bool told = false;
    world.queue->when_first_comes([&] { told = true; });
    CHECK(world.queue->purge() > 0);
    CHECK(told);
    world.store.answer_pages();
    world.turn.end();
    CHECK(world.queue->ready_count() == 0);
    CHECK(world.residency.octets() == 0);
}

TEST_CASE("damaged octets stop the queue and nothing is lost", "[paging]") {
    World world;
    world.fill(many);
    world.store.damage(world.queue->id());
    while (world.queue->take()) {
    }
    world.turn.end_soon();
    world.turn.end();
    CHECK_FALSE(world.queue->damaged().empty());
    CHECK_FALSE(world.queue->first_is_paged_out());
    CHECK_FALSE(world.queue->take());
    CHECK(world.queue->ready_count() > 0);
    CHECK(world.store.entries(world.queue->id()) > 0);
}

// Deadlines: who is told when, and when the one timer must be set anew.
#include "broker/deadlines.hpp"

#include <memory>
#include <string>
#include <vector>

#include "broker/limits.hpp"
#include "tests/support/catch.hpp"

using namespace leveret::broker;
using namespace std::chrono_literals;

namespace {

const Instant start{1h};

struct World {
    struct Owner final : DeadlineOwner {
        Owner(World& world, char name) : world(world), name(name) {}
        ~Owner() { world.deadlines.clear(*this); }
        void deadline_reached() override { world.told += name; }
        World& world;
        char name;
    };

    std::vector<Instant> asked;  ///< when the timer was to be set to
    Deadlines deadlines{[this](Instant at) { asked.push_back(at); }};
    std::string told;
};

}  // namespace

TEST_CASE("the timer is set for the first deadline, and again for an earlier one", "[deadlines]") {
    World world;
    World::Owner a(world, 'a');
    World::Owner b(world, 'b');
    world.deadlines.set(a, start + 10s);
    CHECK(world.asked == std::vector<Instant>{start + 10s});
    world.deadlines.set(b, start + 20s);
    CHECK(world.asked.size() == 1);
    world.deadlines.set(b, start + 5s);
    CHECK(world.asked == std::vector<Instant>{start + 10s, start + 5s});
    CHECK(world.deadlines.next() == start + 5s);
}

TEST_CASE("owners are told in order, once, when their time has come", "[deadlines]") {
    World world;
    World::Owner a(world, 'a');
    World::Owner b(world, 'b');
    World::Owner c(world, 'c');
    world.deadlines.set(a, start + 3s);
    world.deadlines.set(b, start + 1s);
    world.deadlines.set(c, start + 2s);
    world.deadlines.run(start + 999ms);
    CHECK(world.told.empty());
    world.deadlines.clear(c);
    world.deadlines.run(start + 3s);
    CHECK(world.told == "ba");
    world.deadlines.run(start + 1h);
    CHECK(world.told == "ba");
    CHECK_FALSE(world.deadlines.next());
}

TEST_CASE("many deadlines of one time are served in parts", "[deadlines]") {
    World world;
    std::vector<std::unique_ptr<World::Owner>> owners;
    for (std::size_t i = 0; i < limits::deadlines_per_turn + 1; ++i) {
        owners.push_back(std::make_unique<World::Owner>(world, 'x'));
        world.deadlines.set(*owners.back(), start);
    }
    world.deadlines.run(start);
    CHECK(world.told.size() == limits::deadlines_per_turn);
    CHECK(world.deadlines.next() == start);
    world.deadlines.run(start);
    CHECK(world.told.size() == limits::deadlines_per_turn + 1);
}

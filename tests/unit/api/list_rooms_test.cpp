// Room for lists: who waits, and until when.
#include "admin-ui/api/list_rooms.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "admin-ui/api/error.hpp"
#include "admin-ui/api/limits.hpp"
#include "tests/support/catch.hpp"

namespace asio = boost::asio;
using namespace leveret::admin;

namespace {

/// Lists that ask for room, one after the other.
struct World {
    asio::io_context context;
    ListRooms rooms{context};
    std::deque<std::optional<ListRoom>> entered;
    std::vector<std::string> refused;

    asio::awaitable<void> take(std::size_t number) {
        entered[number].emplace(co_await rooms.enter());
    }
    /// Returns: its number.
    std::size_t enter() {
        const std::size_t number = entered.size();
        entered.emplace_back();
        asio::co_spawn(context, take(number), [this](const std::exception_ptr& thrown) {
            try {
                if (thrown) std::rethrow_exception(thrown);
            } catch (const ApiError& error) {
                refused.push_back(error.code());
            }
        });
        context.restart();
        context.poll();
        return number;
    }
    bool is_in(std::size_t number) {
        context.restart();
        context.poll();
        return entered[number].has_value();
    }
};

}  // namespace

TEST_CASE("one list is asked for at a time", "[api][list]") {
    World world;
    const auto first = world.enter();
    const auto second = world.enter();
    const auto third = world.enter();
    CHECK(world.is_in(first));
    CHECK_FALSE(world.is_in(second));
    world.entered[first]->hold(10);
    CHECK(world.is_in(second));
    CHECK_FALSE(world.is_in(third));
    world.entered[second].reset();  // it failed
    CHECK(world.is_in(third));
}

TEST_CASE("while lists hold many items others wait, in the order in which they came",
          "[api][list]") {
    World world;
    const auto big = world.enter();
    world.entered[big]->hold(limits::list_items);
    const auto second = world.enter();
    const auto third = world.enter();
    CHECK_FALSE(world.is_in(second));
    world.entered[big].reset();
    CHECK(world.is_in(second));
    CHECK_FALSE(world.is_in(third));
}

TEST_CASE("who waits when all is over is refused", "[api][list]") {
    World world;
    (void)world.enter();
    (void)world.enter();
    world.rooms.close();
    const auto late = world.enter();
    CHECK_FALSE(world.is_in(late));
    CHECK(world.refused == std::vector<std::string>{"busy", "busy"});
}

// Which endpoint a path leads to.
#include "admin-ui/api/route_table.hpp"

#include <set>

#include "tests/support/catch.hpp"

using namespace leveret::admin;
using Segments = std::vector<std::string>;

namespace {

std::string pattern_of(const Segments& segments, Method method = Method::get) {
    const Match match = match_path(routes(), segments);
    const Route* const route = match.find(method);
    return route == nullptr ? "" : std::string(route->pattern);
}

}  // namespace

TEST_CASE("a fixed word goes before a name, and names may be words", "[api][routes]") {
    CHECK(pattern_of({"queues"}) == "/queues");
    CHECK(pattern_of({"queues", "/"}) == "/queues/{vhost}");
    CHECK(pattern_of({"queues", "detailed"}) == "/queues/detailed");
    CHECK(pattern_of({"queues", "detailed", "q"}) == "/queues/{vhost}/{queue}");
    CHECK(pattern_of({"queues", "/", "bindings"}) == "/queues/{vhost}/{queue}");
    CHECK(pattern_of({"queues", "/", "get", "bindings"}) == "/queues/{vhost}/{queue}/bindings");
    CHECK(pattern_of({"connections", "username", "guest"}) == "/connections/username/{user}");
    CHECK(pattern_of({"bindings", "/", "e", "x", "q", "q1"}) ==
          "/bindings/{vhost}/e/{exchange}/q/{queue}");
    CHECK(pattern_of({"nothing"}).empty());
    CHECK(pattern_of({"queues", "", "q"}).empty());
}

TEST_CASE("what stands for the names of a pattern comes in its order", "[api][routes]") {
    const Match match = match_path(routes(), Segments{"bindings", "v", "e", "a", "e", "b", "~"});
    CHECK(match.values == Segments{"v", "a", "b", "~"});
}

TEST_CASE("a path says which methods it has", "[api][routes]") {
    CHECK(match_path(routes(), Segments{"queues", "/", "q"}).allow() ==
          "HEAD, GET, PUT, DELETE, OPTIONS");
    CHECK(match_path(routes(), Segments{"queues", "/", "q", "get"}).allow() == "POST, OPTIONS");
    CHECK(match_path(routes(), Segments{"login"}).allow() == "POST, DELETE, OPTIONS");
    CHECK(pattern_of({"overview"}, Method::head) == "/overview");
    CHECK(pattern_of({"overview"}, Method::put).empty());
}

TEST_CASE("no two endpoints are the same, and each says what it does", "[api][routes]") {
    std::set<std::pair<Method, std::string_view>> seen;
    for (const Route& route : routes()) {
        CAPTURE(route.pattern);
        CHECK(seen.emplace(route.method, route.pattern).second);
        CHECK(route.sentence.ends_with('.'));
        if (route.right == Right::vhost) {
            // Rights look at the first name of the path.
            CHECK(route.pattern.find('{') == route.pattern.find("{vhost}"));
        }
    }
}

// Paths and queries of requests.
#include "admin-ui/api/target.hpp"

#include "tests/support/catch.hpp"
#include "tests/unit/api/api_error.hpp"

using namespace leveret::admin;
using leveret::tests::api_error_of;
using Segments = std::vector<std::string>;

TEST_CASE("a path is split before it is decoded, and decoded once", "[api][target]") {
    CHECK(parse_target("/api/queues/%2F/a%2fb").segments == Segments{"api", "queues", "/", "a/b"});
    CHECK(parse_target("/api/queues/%252F").segments == Segments{"api", "queues", "%2F"});
    CHECK(parse_target("/api/queues/my%2Dqueue%2E1").segments ==
          Segments{"api", "queues", "my-queue.1"});
}

TEST_CASE("a plus in a path is a plus, in a query a space", "[api][target]") {
    const Target target = parse_target("/api/queues/a+b?name=c+d%2Be");
    CHECK(target.segments == Segments{"api", "queues", "a+b"});
    CHECK(target.query.find("name") == "c d+e");
}

TEST_CASE("a trailing slash says nothing, an empty segment inside does", "[api][target]") {
    CHECK(parse_target("/api/users/").segments == Segments{"api", "users"});
    CHECK(parse_target("/api//queues").segments == Segments{"api", "", "queues"});
    CHECK(parse_target("/").segments.empty());
}

TEST_CASE("malformed escapes and what is no UTF-8 are refused", "[api][target]") {
    const char* const target = GENERATE("/%", "/%2", "/%zz", "/a%2", "/?q=%g0");
    CHECK(api_error_of([&] { (void)parse_target(target); }) ==
          "400 bad_request: invalid percent-encoding in the request target");
    CHECK(api_error_of([] { (void)parse_target("/%FF"); }) ==
          "400 bad_request: the request target is not UTF-8");
}

TEST_CASE("the first of two parameters of one name counts, and a name alone is empty",
          "[api][target]") {
    const Query query = parse_query("a=1&a=2&b&=x&&c=");
    CHECK(query.find("a") == "1");
    CHECK(query.find("b") == "");
    CHECK(query.find("c") == "");
    CHECK_FALSE(query.has("d"));
}

TEST_CASE("what is encoded decodes to itself, for every octet", "[api][target]") {
    std::string all;
    for (int octet = 0; octet < 256; ++octet) all += static_cast<char>(octet);
    CHECK(percent_decode(percent_encode(all), false) == all);
    CHECK(percent_encode("a/b c+é") == "a%2Fb%20c%2B%C3%A9");
}

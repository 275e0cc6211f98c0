#include "broker/pattern.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace leveret::broker;

TEST_CASE("a pattern matches anywhere, unless it says otherwise", "[pattern]") {
    CHECK(Pattern("b").matches("abc"));
    CHECK(Pattern("").matches("anything"));
    CHECK_FALSE(Pattern("^b").matches("abc"));
    CHECK_FALSE(Pattern("^ab$").matches("abc"));
}

TEST_CASE("what only backtracking can match is matched", "[pattern]") {
    CHECK(Pattern("^(?!amq\\.)").matches("orders"));
    CHECK_FALSE(Pattern("^(?!amq\\.)").matches("amq.topic"));
    CHECK(Pattern("(a+)-\\1$").matches("aa-aa"));
}

TEST_CASE("both kinds of pattern read names as UTF-8", "[pattern]") {
    CHECK(Pattern("^.$").matches("ä"));
    CHECK(Pattern("^(?!x).$").matches("ä"));
    CHECK(Pattern("^(?!x)").matches("\xff\xfe"));  // no UTF-8: still no error
}

TEST_CASE("a pattern that is none says what is wrong and where", "[pattern]") {
    CHECK_THROWS_AS(Pattern("a(b"), PatternError);
    CHECK_THROWS_WITH(Pattern("*"), Catch::Contains("quantifier"));
    CHECK_THROWS_AS(Pattern(std::string(8193, 'a')), PatternError);
    CHECK_NOTHROW(Pattern(std::string(8192, 'a')));
}

TEST_CASE("a match that takes too many steps counts as none", "[pattern]") {
    const Pattern exponential("^(?=x)(x+x+)+y$");
    CHECK(exponential.matches("xxy"));
    CHECK_FALSE(exponential.matches(std::string(60, 'x')));
}

TEST_CASE("a set of patterns finds those that match, in their order", "[pattern]") {
    PatternSet set({"^a", "(?!x)b", "c$", "^a.*c$"});
    const auto found = [&](std::string_view text) {
        const auto places = set.matches(text);
        return std::vector<std::size_t>(places.begin(), places.end());
    };
    CHECK(found("abc") == std::vector<std::size_t>{0, 1, 2, 3});
    CHECK(found("ac") == std::vector<std::size_t>{0, 2, 3});
    CHECK(found("b") == std::vector<std::size_t>{1});
    CHECK(found("").empty());
    CHECK_FALSE(PatternSet({}).matches("a").size() != 0);
}

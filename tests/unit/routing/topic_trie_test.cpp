// The topic trie: what matches, how much work it takes, and that it forgets what is unbound.

#include "routing/topic_trie.hpp"

#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "routing/route.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/routing/naive_topic.hpp"
#include "tests/unit/routing/routing_world.hpp"

namespace leveret::routing {
namespace {

/// A trie with bindings that nobody else knows of.
class TrieUnderTest {
public:
    Binding& add(std::string_view pattern) {
        bindings_.push_back(std::make_unique<Binding>(*source_, queue_, pattern, FieldTable{}, ""));
        trie.insert(*bindings_.back());
        return *bindings_.back();
    }
    void remove(std::size_t index) {
        trie.remove(*bindings_[index]);
        bindings_.erase(bindings_.begin() + static_cast<std::ptrdiff_t>(index));
    }
    [[nodiscard]] std::size_t size() const { return bindings_.size(); }
    [[nodiscard]] const Binding& operator[](std::size_t index) const { return *bindings_[index]; }

    std::multiset<const Binding*> match(std::string_view key) {
        Route route;
        MatchSink sink(route, ++epoch_);
        const auto before = trie.steps();
        trie.match(key, sink);
        steps = trie.steps() - before;
        return {route.bindings.begin(), route.bindings.end()};
    }
    bool matches(std::string_view key) { return !match(key).empty(); }

    std::uint64_t steps = 0;  ///< of the last match

private:
    std::unique_ptr<Exchange> source_ = make_exchange({.name = "x", .type = "topic"});
    TestQueue queue_{"q"};
    std::vector<std::unique_ptr<Binding>> bindings_;
    std::uint64_t epoch_ = 0;

public:
    TopicTrie trie;  ///< goes before the bindings
};

std::string repeated(std::string_view word, int times) {
    std::string key;
    for (int i = 0; i < times; ++i) key.append(i == 0 ? "" : ".").append(word);
    return key;
}

}  // namespace

TEST_CASE("a topic pattern matches word by word", "[routing][topic]") {
    struct Row {
        std::string_view pattern, key;
        bool match;
    };
    const Row rows[] = {
        {"a.b", "a.b", true},     {"a.b", "a", false},
        {"a.b", "a.b.c", false},  {"a.b", "A.b", false},
        {"a.*", "a.b", true},     {"a.*", "a", false},
        {"a.*", "a.", true},      {"a.*", "a.b.c", false},
        {"*.b", "a.b", true},     {"*", "a", true},
        {"*", "", false},         {"*", ".", false},
        {"*.*", ".", true},       {"", "", true},
        {"", ".", false},         {"", "a", false},
        {".", ".", true},         {".", "", false},
        {"#", "", true},          {"#", "a", true},
        {"#", "..", true},        {"#.#", "", true},
        {"#.#", "a.b", true},     {"*.#", "", false},
        {"*.#", "a", true},       {"*.#", "a.b.c", true},
        {"#.*", "", false},       {"#.*", "a", true},
        {"#.*.#", "", false},     {"#.*.#", "a.b", true},
        {"a.#", "a", true},       {"a.#", "a.b.c", true},
        {"a.#", "b.a", false},    {"#.c", "a.b.c", true},
        {"#.c", "c", true},       {"#.c", "c.a", false},
        {"a.#.c", "a.c", true},   {"a.#.c", "a.b.b.c", true},
        {"a.#.c", "a.c.c", true}, {"a.#.c", "a.b", false},
        {"#.b.#", "a.b.c", true}, {"#.b.#", "a.c", false},
        {"a..b", "a..b", true},   {"a..b", "a.b", false},
        {"a.*.b", "a..b", true},  {"a.#.b", "a..b", true},
        {"a*", "ab", false},      {"a*", "a*", true},
        {"#a", "ba", false},      {"*", "*", true},
        {"a", "*", false},        {"a", "#", false},
        {"#.a", "#.a", true},     {"\xC3\xBC.\xFF", "\xC3\xBC.\xFF", true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.pattern, row.key);
        TrieUnderTest under_test;
        under_test.add(row.pattern);
        CHECK(under_test.matches(row.key) == row.match);
        CHECK(naive_topic_match(row.pattern, row.key) == row.match);
    }
}

TEST_CASE("bindings with the same pattern are all found, and removed one by one",
          "[routing][topic]") {
    TrieUnderTest under_test;
    const Binding& first = under_test.add("a.#");
    const Binding& second = under_test.add("a.#");
    CHECK(under_test.match("a.b") == std::multiset<const Binding*>{&first, &second});
    under_test.remove(0);
    CHECK(under_test.match("a.b") == std::multiset<const Binding*>{&second});
    under_test.remove(0);
    CHECK_FALSE(under_test.matches("a.b"));
}

TEST_CASE("a trie without bindings keeps no nodes", "[routing][topic]") {
    TrieUnderTest under_test;
    for (const auto* pattern : {"a.b.c", "a.b", "a.*.#", "#", "", "#.#.*", "..", "a.b.d"}) {
        under_test.add(pattern);
    }
    CHECK(under_test.trie.node_count() > 0);
    while (under_test.size() > 0) under_test.remove(under_test.size() / 2);
    CHECK(under_test.trie.node_count() == 0);
    CHECK_FALSE(under_test.matches("a.b"));
}

TEST_CASE("the work for a key does not grow with bindings that do not match it",
          "[routing][topic]") {
    TrieUnderTest under_test;
    for (const auto* pattern : {"a.*.c", "#.c", "a.#"}) under_test.add(pattern);
    CHECK(under_test.match("a.b.c").size() == 3);
    const auto alone = under_test.steps;
    for (int i = 0; i < 1000; ++i) {
        under_test.add("decoy." + std::to_string(i) + ".#");
        under_test.add("a.*." + std::to_string(i));
        under_test.add("#." + std::to_string(i));
    }
    CHECK(under_test.match("a.b.c").size() == 3);
    CHECK(under_test.steps == alone);
}

TEST_CASE("many '#' in a pattern take work in proportion to words and nodes, no more",
          "[routing][topic]") {
    TrieUnderTest under_test;
    under_test.add("a.#.#.#.#.#.#.b");
    under_test.add(repeated("#.x", 40) + ".b");
    under_test.add(repeated("#.*", 40));
    under_test.add(repeated("*.#", 40));
    const int words = 127;
    CHECK(under_test.match("a." + repeated("x", words - 1)).size() == 2);
    CHECK(under_test.steps <= (under_test.trie.node_count() + 1) * (words + 1));
    CHECK(under_test.match(std::string(254, '.')).size() == 2);
    CHECK(under_test.steps <= (under_test.trie.node_count() + 1) * 256);
}

TEST_CASE("a '#' at the end costs the same for a long key as for a short one", "[routing][topic]") {
    TrieUnderTest under_test;
    under_test.add("a.#");
    CHECK(under_test.matches("a.x"));
    const auto short_key = under_test.steps;
    CHECK(under_test.matches("a." + repeated("x", 100)));
    CHECK(under_test.steps == short_key);
}

TEST_CASE("the topic trie agrees with the definition while bindings come and go",
          "[routing][topic][model]") {
    const auto seed = random_test_seed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&](std::size_t bound) {
        return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
    };
    const auto random_key = [&](const std::vector<std::string_view>& alphabet, std::size_t words) {
        std::string key;
        for (std::size_t i = 0, count = below(words + 1); i < count; ++i) {
            key.append(i == 0 ? "" : ".").append(alphabet[below(alphabet.size())]);
        }
        return key;
    };
    TrieUnderTest under_test;
    for (int step = 0; step < 4000; ++step) {
        if (under_test.size() == 0 || below(100) < (under_test.size() < 60 ? 55u : 45u)) {
            under_test.add(random_key({"a", "b", "", "*", "#", "#"}, 6));
        } else {
            under_test.remove(below(under_test.size()));
        }
        const std::string key = random_key({"a", "b", "c", "", "*", "#"}, 7);
        std::multiset<const Binding*> wanted;
        for (std::size_t i = 0; i < under_test.size(); ++i) {
            if (naive_topic_match(under_test[i].routing_key, key)) wanted.insert(&under_test[i]);
        }
        CAPTURE(step, key);
        REQUIRE(under_test.match(key) == wanted);
    }
    while (under_test.size() > 0) under_test.remove(below(under_test.size()));
    CHECK(under_test.trie.node_count() == 0);
}

}  // namespace leveret::routing

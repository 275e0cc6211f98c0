// What the feed sends when something changes.
#include "admin-ui/api/feed_state.hpp"

#include <random>

#include "admin-ui/api/json_value.hpp"
#include "tests/support/catch.hpp"

using namespace leveret::admin;

namespace {

constexpr FrameHead head{.subscription = 7, .sequence = 2, .at = 1000};

TableState table(std::vector<TableState::Row> rows) {
    return {.columns = {"messages", "state"}, .rows = std::move(rows), .offset = 0, .total = 9};
}

/// Does what a page does with a diff.
TableState applied(TableState state, const std::string& frame) {
    const JsonValue value = parse_json(frame);
    const auto& diff = *value.as<JsonObject>();
    const auto number = [](const JsonValue& json) {
        return static_cast<std::size_t>(*json.as<std::int64_t>());
    };
    const auto text = [](const JsonValue& json) {
        return std::to_string(*json.as<std::int64_t>());
    };
    const auto& gone = *find(diff, "del")->as<JsonArray>();
    for (auto at = gone.rbegin(); at != gone.rend(); ++at) {
        state.rows.erase(state.rows.begin() + static_cast<std::ptrdiff_t>(number(*at)));
    }
    for (const auto& entry : *find(diff, "add")->as<JsonArray>()) {
        const auto& added = *entry.as<JsonArray>();
        const auto& cells = *added[1].as<JsonArray>();
        TableState::Row row{.key = *cells[0].as<std::string>(), .cells = {}};
        for (std::size_t i = 1; i < cells.size(); ++i) row.cells.push_back(text(cells[i]));
        state.rows.insert(state.rows.begin() + static_cast<std::ptrdiff_t>(number(added[0])), row);
    }
    for (const auto& entry : *find(diff, "set")->as<JsonArray>()) {
        const auto& changed = *entry.as<JsonArray>();
        for (const auto& [column, cell] : *changed[1].as<JsonObject>()) {
            state.rows.at(number(changed[0])).cells.at(std::stoul(column) - 1) = text(cell);
        }
    }
    state.total = static_cast<std::uint64_t>(*find(diff, "total")->as<std::int64_t>());
    return state;
}

}  // namespace

TEST_CASE("a snapshot of a list has its columns, the key first, and its rows", "[api][feed]") {
    CHECK(snap_frame(head, table({{"q", {"805", "\"running\""}}})) ==
          R"({"k":"snap","i":7,"s":2,"ts":1000,"total":9,"offset":0,)"
          R"("cols":["key","messages","state"],"rows":[["q",805,"running"]]})");
}

TEST_CASE("a diff of a list has only the cells that changed", "[api][feed]") {
    const FeedState from = table({{"a", {"1", "2"}}, {"b", {"3", "4"}}});
    const FeedState to = table({{"a", {"1", "5"}}, {"b", {"3", "4"}}});
    CHECK(diff_frame(head, from, to) ==
          R"({"k":"diff","i":7,"s":2,"ts":1000,"set":[[0,{"2":5}]],"add":[],"del":[],"total":9})");
}

TEST_CASE("rows that come, go and move are added and deleted", "[api][feed]") {
    const FeedState from = table({{"a", {"1", "1"}}, {"b", {"2", "2"}}, {"c", {"3", "3"}}});
    const FeedState to = table({{"c", {"3", "3"}}, {"a", {"1", "1"}}, {"d", {"4", "4"}}});
    CHECK(diff_frame(head, from, to) ==
          R"({"k":"diff","i":7,"s":2,"ts":1000,"set":[],)"
          R"("add":[[0,["c",3,3]],[2,["d",4,4]]],"del":[1,2],"total":9})");
}

TEST_CASE("whatever changes, the page that applies diffs has what the broker has", "[api][feed]") {
    std::mt19937 random(Catch::rngSeed());
    TableState state = table({});
    for (int round = 0; round < 300; ++round) {
        std::vector<TableState::Row> rows;
        for (int key = 0; key < 12; ++key) {
            if (random() % 3 == 0) continue;
            rows.push_back({"row" + std::to_string(key),
                            {std::to_string(random() % 3), std::to_string(random() % 3)}});
        }
        if (random() % 2 == 0) std::shuffle(rows.begin(), rows.end(), random);
        TableState next = table(std::move(rows));
        next.total = random() % 100;
        CHECK(applied(state, diff_frame(head, state, next)) == next);
        state = std::move(next);
    }
}

TEST_CASE("a diff of an object has its changed members, and those that are gone", "[api][feed]") {
    const FeedState from = ObjectState{{"messages", "1"}, {"oldest_at", "5"}, {"name", "\"q\""}};
    const FeedState to = ObjectState{{"messages", "2"}, {"name", "\"q\""}, {"new", "true"}};
    CHECK(
        diff_frame(head, from, to) ==
        R"({"k":"diff","i":7,"s":2,"ts":1000,"v":{"messages":2,"new":true},"del":["oldest_at"]})");
    CHECK(diff_frame(head, from, from) == R"({"k":"diff","i":7,"s":2,"ts":1000,"v":{}})");
}

TEST_CASE("another window or other columns need a new snapshot", "[api][feed]") {
    TableState other = table({});
    other.offset = 60;
    CHECK_FALSE(comparable(table({}), other));
    CHECK(comparable(table({}), table({{"a", {"1", "2"}}})));
    CHECK_FALSE(comparable(table({}), ObjectState{}));
}

TEST_CASE("an object that is written is split into its members", "[api][feed]") {
    MemberSplitter members;
    members.object([&] {
        members.member("a", 1);
        members.object("b", [&] {
            members.member("c", "x");
            members.array("d", [&] {
                members.integer(1);
                members.object([] {});
            });
        });
        members.array("e", [] {});
        members.member("f", false);
    });
    CHECK(members.take() ==
          ObjectState{{"a", "1"}, {"b", R"({"c":"x","d":[1,{}]})"}, {"e", "[]"}, {"f", "false"}});
}

// x-match: which headers satisfy which binding arguments.

#include "routing/header_match.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "protocol/amqp/protocol_error.hpp"
#include "routing/headers_exchange.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/routing/routing_world.hpp"

namespace leveret::routing {
namespace {

using namespace protocol::amqp;
using namespace std::string_literals;

bool matches(const FieldTable& arguments, const FieldTable& headers) {
    return HeaderMatch(arguments).matches(headers);
}

std::string refusal(const FieldTable& arguments) {
    try {
        HeaderMatch{arguments};
    } catch (const ProtocolError& error) {
        return error.text();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("x-match decides how many arguments must be met, and whether x- ones count",
          "[routing][headers]") {
    struct Row {
        std::string mode;  ///< empty: no x-match
        FieldTable arguments, headers;
        bool match;
    };
    const FieldTable ab{{"a", "1"s}, {"b", "2"s}};
    const FieldTable only_x{{"x-a", "1"s}};
    const Row rows[] = {
        {"", ab, {{"b", "2"s}, {"c", "3"s}, {"a", "1"s}}, true},
        {"", ab, {{"a", "1"s}}, false},
        {"", ab, {{"a", "1"s}, {"b", "3"s}}, false},
        {"", ab, {{"a", "1"s}, {"B", "2"s}}, false},
        {"all", ab, {{"a", "1"s}, {"b", "2"s}}, true},
        {"all", ab, {{"b", "2"s}}, false},
        {"any", ab, {{"b", "2"s}}, true},
        {"any", ab, {{"a", "2"s}, {"b", "1"s}}, false},
        {"any", ab, {}, false},
        // No argument that counts: all matches everything, any nothing.
        {"", {}, {}, true},
        {"", {}, {{"a", "1"s}}, true},
        {"all", {}, {}, true},
        {"any", {}, {{"a", "1"s}}, false},
        {"all-with-x", {}, {{"a", "1"s}}, true},
        {"any-with-x", {}, {{"a", "1"s}}, false},
        // Arguments that start with x-.
        {"all", only_x, {}, true},
        {"any", only_x, {{"x-a", "1"s}}, false},
        {"all-with-x", only_x, {{"x-a", "1"s}}, true},
        {"all-with-x", only_x, {{"x-a", "2"s}}, false},
        {"all-with-x", only_x, {}, false},
        {"any-with-x", only_x, {{"x-a", "1"s}}, true},
        {"any-with-x", only_x, {{"x-b", "1"s}}, false},
        {"all", {{"x-a", "1"s}, {"a", "1"s}}, {{"a", "1"s}}, true},
        {"all-with-x", {{"x-a", "1"s}, {"a", "1"s}}, {{"a", "1"s}}, false},
        {"any-with-x", {{"x-a", "1"s}, {"a", "1"s}}, {{"a", "1"s}}, true},
        // x-match itself never counts.
        {"any-with-x", {}, {{"x-match", "any-with-x"s}}, false},
        // A void argument is a test of presence.
        {"all", {{"a", Void{}}}, {{"a", std::int32_t{5}}}, true},
        {"all", {{"a", Void{}}}, {{"a", Void{}}}, true},
        {"all", {{"a", Void{}}}, {{"b", "1"s}}, false},
        {"any", {{"a", Void{}}, {"b", Void{}}}, {{"b", false}}, true},
        {"all", {{"a", "1"s}}, {{"a", Void{}}}, false},
        // The first of two headers of one name counts.
        {"all", {{"a", "1"s}}, {{"a", "1"s}, {"a", "2"s}}, true},
        {"all", {{"a", "1"s}}, {{"a", "2"s}, {"a", "1"s}}, false},
        // Of two arguments of one name each counts.
        {"all", {{"a", "1"s}, {"a", "2"s}}, {{"a", "1"s}}, false},
        {"any", {{"a", "1"s}, {"a", "2"s}}, {{"a", "2"s}}, true},
    };
    int number = 0;
    for (const Row& row : rows) {
        CAPTURE(number++, row.mode);
        FieldTable arguments = row.arguments;
        if (!row.mode.empty()) arguments.append("x-match", row.mode);
        CHECK(matches(arguments, row.headers) == row.match);
    }
}

TEST_CASE("header values are equal by value, within their kind", "[routing][headers]") {
    const FieldTable inner{{"k", std::int32_t{1}}};
    struct Row {
        FieldValue a, b;
        bool equal;
    };
    const double nan = std::nan("");
    const Row rows[] = {
        {std::int16_t{1}, std::int64_t{1}, true},
        {std::int8_t{-1}, LongLongInt{-1}, true},
        {std::uint8_t{200}, std::uint16_t{200}, true},
        {std::uint32_t{4'000'000'000}, std::int64_t{4'000'000'000}, true},
        {std::uint32_t{4'294'967'295}, std::int32_t{-1}, false},
        {std::int16_t{1}, std::int16_t{2}, false},
        {std::int16_t{1}, "1"s, false},
        {std::int16_t{1}, 1.0, false},
        {std::int32_t{1}, true, false},
        {std::int64_t{5}, Timestamp{5}, false},
        {1.5F, 1.5, true},
        {0.1F, 0.1, false},
        {0.0, -0.0, true},
        {nan, nan, false},
        {1.0, "1"s, false},
        {true, true, true},
        {true, false, false},
        {"a"s, "a"s, true},
        {"a"s, "A"s, false},
        {"a"s, ByteArray{"a"}, true},
        {"a\0b"s, "a"s, false},
        {Timestamp{5}, Timestamp{5}, true},
        {Timestamp{5}, Timestamp{6}, false},
        {Decimal{1, 10}, Decimal{1, 10}, true},
        {Decimal{1, 10}, Decimal{2, 100}, false},
        {FieldValue(inner), FieldValue(inner), true},
        {FieldValue(inner), FieldValue(FieldTable{{"k", std::int64_t{1}}}), false},
        {FieldArray{{"a"s, true}}, FieldArray{{"a"s, true}}, true},
        {FieldArray{{"a"s, true}}, FieldArray{{true, "a"s}}, false},
        {FieldArray{}, FieldValue(FieldTable{}), false},
        {Void{}, "a"s, false},
    };
    int number = 0;
    for (const Row& row : rows) {
        CAPTURE(number++, describe(row.a), describe(row.b));
        CHECK(equal_by_value(row.a, row.b) == row.equal);
        CHECK(equal_by_value(row.b, row.a) == row.equal);
        if (!std::holds_alternative<Void>(row.a)) {
            CHECK(matches({{"h", row.a}}, {{"h", row.b}}) == row.equal);
        }
    }
}

TEST_CASE("an x-match that is none of the four is refused", "[routing][headers]") {
    CHECK(refusal({{"x-match", "some"s}}) ==
          "PRECONDITION_FAILED - Invalid x-match field value <<\"some\">>; "
          "expected all, any, all-with-x, or any-with-x");
    CHECK(refusal({{"x-match", "ALL"s}}) != "accepted");
    CHECK(refusal({{"x-match", ""s}}) != "accepted");
    CHECK(refusal({{"x-match", std::int32_t{5}}}) ==
          "PRECONDITION_FAILED - Invalid x-match field type signedint (value 5); "
          "expected longstr");
    CHECK(refusal({{"x-match", Void{}}}) != "accepted");
    for (const auto* mode : {"all", "any", "all-with-x", "any-with-x"}) {
        CHECK(refusal({{"x-match", std::string(mode)}}) == "accepted");
    }
}

TEST_CASE("a refused binding of a headers exchange leaves the exchange as it was",
          "[routing][headers]") {
    RoutingWorld world;
    auto& exchange = world.exchange("x", "headers");
    auto& queue = world.queue("q");
    CHECK_THROWS_AS(exchange.bind(queue, "", {{"x-match", "some"s}}), ProtocolError);
    CHECK(exchange.binding_count() == 0);
    CHECK_FALSE(exchange.had_binding());
    CHECK(queue.incoming().empty());
    CHECK(world.route(exchange, "", {}, FieldTable{}).empty());
}

TEST_CASE("a message without headers meets only bindings that ask for none", "[routing][headers]") {
    RoutingWorld world;
    auto& exchange = world.exchange("x", "headers");
    exchange.bind(world.queue("all"), "", {});
    exchange.bind(world.queue("any"), "", {{"x-match", "any"s}});
    exchange.bind(world.queue("all of a"), "", {{"a", Void{}}});
    exchange.bind(world.queue("any of a"), "", {{"a", Void{}}, {"x-match", "any"s}});
    CHECK(world.route(exchange, "k") == Names{"all"});
    CHECK(world.route(exchange, "k", {}, FieldTable{}) == Names{"all"});
    CHECK(world.route(exchange, "k", {}, FieldTable{{"a", "1"s}}) ==
          Names{"all", "all of a", "any of a"});
}

TEST_CASE("a headers exchange ignores keys", "[routing][headers]") {
    RoutingWorld world;
    auto& exchange = world.exchange("x", "headers");
    exchange.bind(world.queue("q"), "key", {});
    CHECK(world.route(exchange, "another") == Names{"q"});
}

}  // namespace leveret::routing

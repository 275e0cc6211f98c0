// Keys that a publisher adds in CC and BCC.

#include <string>
#include <string_view>
#include <vector>

#include "protocol/amqp/protocol_error.hpp"
#include "routing/sender_selected_keys.hpp"
#include "tests/support/catch.hpp"

namespace leveret::routing {

using namespace protocol::amqp;
using namespace std::string_literals;
using Keys = std::vector<std::string_view>;

namespace {

Keys selected(const FieldTable& headers) {
    Keys keys;
    append_selected_keys(headers, keys);
    return keys;
}

}  // namespace

TEST_CASE("CC and BCC are lists of further keys", "[routing][cc]") {
    const FieldTable both{{"BCC", FieldArray{{"c"s}}}, {"CC", FieldArray{{"a"s, "b"s}}}};
    CHECK(selected(both) == Keys{"a", "b", "c"});
    CHECK(selected({}).empty());
    CHECK(selected({{"CC", FieldArray{}}}).empty());
    CHECK(selected({{"cc", FieldArray{{"a"s}}}}).empty());
}

TEST_CASE("elements of CC that are no long string are passed over", "[routing][cc]") {
    const FieldTable headers{
        {"CC", FieldArray{{std::int32_t{1}, "a"s, Void{}, ByteArray{"b"}, FieldArray{{"c"s}}}}}};
    CHECK(selected(headers) == Keys{"a"});
}

TEST_CASE("CC that is no array is refused before any key is taken", "[routing][cc]") {
    Keys keys{"own"};
    CHECK_THROWS_WITH(append_selected_keys({{"CC", "a"s}}, keys),
                      "PRECONDITION_FAILED - invalid message: "
                      "{unacceptable_type_in_header,\"CC\",longstr}");
    CHECK_THROWS_AS(append_selected_keys({{"CC", FieldArray{{"a"s}}}, {"BCC", true}}, keys),
                    ProtocolError);
    CHECK(keys == Keys{"own"});
}

TEST_CASE("a table without CC and BCC need not be decoded to know that", "[routing][cc]") {
    CHECK_FALSE(may_select_keys(""));
    CHECK_FALSE(
        may_select_keys(FieldTable{{"a", "=CC"s}, {"ACC", true}, {"x", "=BCC"s}}.encoded()));
    CHECK(may_select_keys(FieldTable{{"a", "1"s}, {"CC", FieldArray{}}}.encoded()));
    CHECK(may_select_keys(FieldTable{{"BCC", "1"s}}.encoded()));
}

}  // namespace leveret::routing

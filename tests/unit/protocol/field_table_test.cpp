// Field tables: every letter, duplicates, nesting, and what is malformed.
#include "protocol/amqp/field_table.hpp"

#include <cmath>
#include <limits>

#include "protocol/amqp/protocol_error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/octets.hpp"
#include "tests/unit/protocol/expect_error.hpp"

using namespace leveret::protocol::amqp;
using leveret::test::error_of;
using leveret::test::hex;
using leveret::test::octets;
using leveret::test::text_of_error;

namespace {

struct Row {
    char letter;
    std::string octets;
    FieldValue value;
    std::string name;
};

/// One row per letter of the wire.
std::vector<Row> rows() {
    return {
        {'V', "", Void{}, "void"},
        {'t', octets({1}), true, "bool"},
        {'b', octets({0x85}), std::int8_t{-123}, "byte"},
        {'B', octets({0x85}), std::uint8_t{133}, "unsignedbyte"},
        {'s', octets({0xFF, 0xFE}), std::int16_t{-2}, "short"},
        {'u', octets({0xFF, 0xFE}), std::uint16_t{65534}, "unsignedshort"},
        {'I', octets({0xFF, 0xFF, 0xFF, 0xFD}), std::int32_t{-3}, "signedint"},
        {'i', octets({0xFF, 0xFF, 0xFF, 0xFD}), std::uint32_t{4294967293}, "unsignedint"},
        {'l', octets({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFC}), std::int64_t{-4}, "long"},
        {'L', octets({0, 0, 0, 0, 0, 0, 1, 0}), LongLongInt{256}, "long"},
        {'f', octets({0x3F, 0x80, 0, 0}), 1.0f, "float"},
        {'d', octets({0xC0, 0, 0, 0, 0, 0, 0, 0}), -2.0, "double"},
        {'D', octets({2, 0, 0, 1, 0x3A}), Decimal{2, 314}, "decimal"},
        {'T', octets({0xFF, 0, 0, 0, 0, 0, 0, 1}), Timestamp{0xFF00000000000001}, "timestamp"},
        {'S', octets({0, 0, 0, 2, 'h', 'i'}), std::string("hi"), "longstr"},
        {'x', octets({0, 0, 0, 2, 0, 0xFF}), ByteArray{std::string("\0\xFF", 2)}, "binary"},
        {'A', octets({0, 0, 0, 3, 'V', 't', 0}), FieldArray{{Void{}, false}}, "array"},
        {'F', octets({0, 0, 0, 3, 1, 'a', 'V'}), FieldTable{{"a", Void{}}}, "table"},
    };
}

std::string entry(std::string_view name, char letter, std::string_view octets) {
    std::string made(1, static_cast<char>(name.size()));
    return made.append(name).append(1, letter).append(octets);
}

std::string nested(int depth, char letter) {
    std::string inner;
    for (int i = 0; i < depth; ++i) {
        std::string outer = letter == 'A' && i + 1 < depth ? "" : octets({1, 'n'});
        outer += letter;
        const auto size = static_cast<int>(inner.size());
        outer += octets({size >> 24, size >> 16 & 255, size >> 8 & 255, size & 255});
        inner = outer + inner;
    }
    return inner;
}

}  // namespace

TEST_CASE("every type letter survives a round trip with exactly its octets", "[field_table]") {
    for (const Row& row : rows()) {
        INFO("letter " << row.letter);
        const std::string wire = entry("key", row.letter, row.octets);
        const FieldTable table = FieldTable::parse(wire);
        CHECK(table == FieldTable{{"key", row.value}});
        CHECK(hex(table.encoded()) == hex(wire));
        CHECK(type_letter(row.value) == row.letter);
        CHECK(type_name(row.value) == row.name);

        const std::string in_array = entry(
            "list", 'A',
            octets({0, 0, 0, static_cast<int>(row.octets.size()) + 1}) + row.letter + row.octets);
        CHECK(hex(FieldTable::parse(in_array).encoded()) == hex(in_array));
    }
    CHECK(rows().size() == std::variant_size_v<FieldValue>);
}

TEST_CASE("every prefix of a value is refused", "[field_table]") {
    for (const Row& row : rows()) {
        const std::string wire = entry("key", row.letter, row.octets);
        for (std::size_t cut = 1; cut < wire.size(); ++cut) {
            INFO("letter " << row.letter << " cut at " << cut);
            const auto error = error_of([&] {
                static_cast<void>(FieldTable::parse(std::string_view(wire).substr(0, cut)));
            });
            CHECK(error.code() == reply::frame_error);
            CHECK_FALSE(FieldTable::find_fault(std::string_view(wire).substr(0, cut)).empty());
        }
    }
}

TEST_CASE("letters that nobody uses are refused", "[field_table]") {
    const std::string known = "VtbBsuIilLfdDTSxAF";
    for (int letter = 0; letter < 256; ++letter) {
        if (known.find(static_cast<char>(letter)) != std::string::npos) continue;
        const std::string wire =
            entry("key", static_cast<char>(letter), octets({0, 0, 0, 0, 0, 0, 0, 0}));
        CHECK_FALSE(FieldTable::find_fault(wire).empty());
    }
    CHECK(text_of_error([] { static_cast<void>(FieldTable::parse(entry("key", 'Z', ""))); }) ==
          "FRAME_ERROR - malformed field table: unknown type of a field value (type 0x5a) at octet "
          "4");
}

TEST_CASE("duplicate and empty keys keep their places; the first one is found", "[field_table]") {
    const std::string wire = entry("k", 'B', octets({1})) + entry("", 'V', "") +
                             entry("k", 'B', octets({2})) + entry("\xFF", 't', octets({0}));
    FieldTable table = FieldTable::parse(wire);
    CHECK(hex(table.encoded()) == hex(wire));
    CHECK(table.size() == 4);
    REQUIRE(table.find("k") != nullptr);
    CHECK(as_integer(*table.find("k")) == 1);
    CHECK(table.find("other") == nullptr);
    CHECK(table.contains(""));

    table.set("k", std::string("new"));
    CHECK(as_string(*table.find("k")) == "new");
    CHECK(table.size() == 4);
    CHECK(table.erase("k") == 2);
    CHECK(table.size() == 2);
    table.set("added", Void{});
    CHECK(table.size() == 3);
}

TEST_CASE("an inner length that reaches beyond its table is refused", "[field_table]") {
    // The array says 3 octets, the table around it ends after 2.
    const std::string wire =
        entry("t", 'F', octets({0, 0, 0, 9, 1, 'a', 'A', 0, 0, 0, 3, 'V', 'V'})) +
        entry("z", 'V', "");
    CHECK_FALSE(FieldTable::find_fault(wire).empty());
    const std::string huge = entry("s", 'S', octets({0xFF, 0xFF, 0xFF, 0xFF, 'x'}));
    CHECK(FieldTable::find_fault(huge) == "a field value is cut short (type 0x53) at octet 2");
}

TEST_CASE("tables and arrays may be nested a hundred deep and no deeper", "[field_table]") {
    const char letter = GENERATE('F', 'A');
    const std::string deepest = nested(field_nesting_max, letter);
    CHECK(hex(FieldTable::parse(deepest).encoded()) == hex(deepest));
    const auto fault = FieldTable::find_fault(nested(field_nesting_max + 1, letter));
    CHECK(fault.find("nested too deep") != std::string::npos);
    CHECK_FALSE(FieldTable::find_fault(nested(20'000, letter)).empty());
}

TEST_CASE("a true that came as another number than one is still true", "[field_table]") {
    const FieldTable table = FieldTable::parse(entry("k", 't', octets({7})));
    CHECK(table == FieldTable{{"k", true}});
}

TEST_CASE("tables differ by letter, order and sign of zero; a NaN equals itself", "[field_table]") {
    CHECK(FieldTable{{"k", std::int32_t{1}}} != FieldTable{{"k", std::int64_t{1}}});
    CHECK(FieldTable{{"k", std::int64_t{1}}} != FieldTable{{"k", LongLongInt{1}}});
    CHECK(FieldTable{{"a", Void{}}, {"b", Void{}}} != FieldTable{{"b", Void{}}, {"a", Void{}}});
    CHECK(FieldTable{{"k", 0.0}} != FieldTable{{"k", -0.0}});
    const FieldTable nan{{"k", FieldArray{{std::nan(""), std::nanf("")}}}};
    CHECK(nan == FieldTable(nan));
    CHECK(FieldTable{} == FieldTable{});
}

TEST_CASE("integers of every width can be asked for as one", "[field_table]") {
    CHECK(as_integer(std::int8_t{-1}) == -1);
    CHECK(as_integer(std::uint8_t{255}) == 255);
    CHECK(as_integer(std::int16_t{-2}) == -2);
    CHECK(as_integer(std::uint16_t{65535}) == 65535);
    CHECK(as_integer(std::int32_t{-3}) == -3);
    CHECK(as_integer(std::uint32_t{4294967295}) == 4294967295);
    CHECK(as_integer(std::numeric_limits<std::int64_t>::min()) ==
          std::numeric_limits<std::int64_t>::min());
    CHECK(as_integer(LongLongInt{-5}) == -5);
    for (const FieldValue& other :
         {FieldValue{true}, FieldValue{1.0}, FieldValue{Timestamp{1}}, FieldValue{Decimal{0, 1}},
          FieldValue{std::string("1")}, FieldValue{Void{}}}) {
        CHECK_FALSE(as_integer(other).has_value());
    }
}

TEST_CASE("values are described as RabbitMQ describes them", "[field_table]") {
    CHECK(describe(std::int32_t{10}) == "the value '10' of type 'signedint'");
    CHECK(describe(std::string("fanout")) == "the value 'fanout' of type 'longstr'");
    CHECK(describe(true) == "the value 'true' of type 'bool'");
    CHECK(render(FieldArray{{std::int64_t{1}, FieldTable{{"a", std::string("b")}}}}) ==
          "[1,{a:b}]");
    CHECK(render(Decimal{2, 314}) == "314e-2");
    CHECK(render(1.5) == "1.5");
}

TEST_CASE("a rendered value is short, whatever is in it", "[field_table]") {
    FieldArray wide;
    for (int i = 0; i < 1000; ++i) wide.values.push_back(FieldArray{{std::string(5000, 'x')}});
    CHECK(render(wide).size() <= 100);
    CHECK(render(std::string(255, '\xC3')).size() <= 100);
}

TEST_CASE("a key that does not fit the wire is refused when it is added", "[field_table]") {
    FieldTable table;
    table.append(std::string(255, 'k'), Void{});
    CHECK(error_of([&] { table.append(std::string(256, 'k'), Void{}); }).code() ==
          reply::syntax_error);
    CHECK(table.size() == 1);
}

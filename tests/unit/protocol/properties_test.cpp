// The basic properties: each alone, all together, and what is malformed.
#include "protocol/amqp/properties.hpp"

#include "protocol/amqp/field_table.hpp"
#include "protocol/amqp/protocol_error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/octets.hpp"
#include "tests/unit/protocol/expect_error.hpp"

using namespace leveret::protocol;
using namespace leveret::protocol::amqp;
using leveret::test::error_of;
using leveret::test::hex;
using leveret::test::octets;
using leveret::test::text_of_error;

namespace {

const std::string sample_headers =
    FieldTable{{"a", std::int64_t{1}}, {"a", LongLongInt{2}}, {"v", Void{}}}.encoded();

BasicProperties all_set() {
    BasicProperties p;
    p.flags = 0xFFFC;
    p.content_type = "text/plain";
    p.content_encoding = "gzip";
    p.headers = sample_headers;
    p.delivery_mode = 2;
    p.priority = 9;
    p.correlation_id = "correlation";
    p.reply_to = "reply";
    p.expiration = "60000";
    p.message_id = "message";
    p.timestamp = 0xFFFFFFFFFFFFFFFF;
    p.type = "type";
    p.user_id = "guest";
    p.app_id = "app";
    p.cluster_id = "cluster";
    return p;
}

std::string encoded(const BasicProperties& properties) {
    OctetBuffer out;
    properties.encode(out);
    return std::string(out.view());
}

}  // namespace

TEST_CASE("all properties survive a round trip", "[properties]") {
    const std::string wire = encoded(all_set());
    CHECK(BasicProperties::parse(wire) == all_set());
    CHECK(hex(encoded(BasicProperties::parse(wire))) == hex(wire));
}

TEST_CASE("every combination of two properties survives a round trip", "[properties]") {
    for (int one = 2; one < 16; ++one) {
        for (int other = 2; other < 16; ++other) {
            BasicProperties sent = all_set();
            sent.flags = static_cast<std::uint16_t>(1 << one | 1 << other);
            const std::string wire = encoded(sent);
            const BasicProperties got = BasicProperties::parse(wire);
            CHECK(got.flags == sent.flags);
            CHECK(hex(encoded(got)) == hex(wire));
        }
    }
}

TEST_CASE("properties have the octets of the specification", "[properties]") {
    CHECK(hex(encoded({})) == "00 00");
    BasicProperties p;
    p.set(property::delivery_mode, &BasicProperties::delivery_mode, 2)
        .set(property::content_type, &BasicProperties::content_type, "a/b")
        .set(property::headers, &BasicProperties::headers, std::string_view("\1kV", 3))
        .set(property::timestamp, &BasicProperties::timestamp, 258);
    CHECK(hex(encoded(p)) == "b0 40 03 61 2f 62 00 00 00 03 01 6b 56 02 00 00 00 00 00 00 01 02");
    CHECK(p.has(property::content_type));
    CHECK_FALSE(p.has(property::type));
}

TEST_CASE("absent and empty headers are told apart", "[properties]") {
    const BasicProperties absent = BasicProperties::parse(octets({0, 0}));
    const BasicProperties empty = BasicProperties::parse(octets({0x20, 0, 0, 0, 0, 0}));
    CHECK_FALSE(absent.has(property::headers));
    CHECK(empty.has(property::headers));
    CHECK(empty.headers.empty());
}

TEST_CASE("what a look at the properties says in brief is what parsing says", "[properties]") {
    CHECK(check_properties(octets({0, 0})) == PropertiesInBrief{});
    CHECK(check_properties(octets({0x10, 0, 2})) == PropertiesInBrief{2, 0});
    CHECK(check_properties(octets({0x18, 0, 1, 7})) == PropertiesInBrief{1, 7});
    CHECK(check_properties(encoded(all_set())) == PropertiesInBrief{2, 9});
    const BasicProperties p = BasicProperties::parse(octets({0x10, 0, 2}));
    CHECK(p.flags == property::delivery_mode);
    CHECK(p.delivery_mode == 2);
    for (const std::string& malformed :
         {octets({}), octets({0}), octets({0, 0, 0}), octets({0x10, 0}), octets({0x10, 0, 2, 2}),
          octets({0x10, 1, 2})}) {
        CHECK(error_of([&] { static_cast<void>(check_properties(malformed)); }).code() ==
              reply::syntax_error);
    }
}

TEST_CASE("every prefix of properties is a syntax error, and an octet too many", "[properties]") {
    const std::string wire = encoded(all_set());
    for (std::size_t cut = 0; cut < wire.size(); ++cut) {
        CHECK(error_of([&] {
                  static_cast<void>(BasicProperties::parse(std::string_view(wire).substr(0, cut)));
              }).code() == reply::syntax_error);
    }
    CHECK(error_of([&] { static_cast<void>(BasicProperties::parse(wire + "x")); }).code() ==
          reply::syntax_error);
    CHECK(error_of([] { static_cast<void>(BasicProperties::parse(octets({0, 0, 0}))); }).code() ==
          reply::syntax_error);
    CHECK(error_of([] {
              static_cast<void>(BasicProperties::parse(octets({0x10, 0, 2, 2})));
          }).code() == reply::syntax_error);
    CHECK(error_of([] { static_cast<void>(BasicProperties::parse(octets({0x10, 0}))); }).code() ==
          reply::syntax_error);
}

TEST_CASE("a second word of flags is a syntax error, a spare flag is none", "[properties]") {
    CHECK(text_of_error([] { static_cast<void>(BasicProperties::parse(octets({0, 1, 0, 0}))); }) ==
          "SYNTAX_ERROR - cannot decode basic properties: a second word of flags");
    CHECK(BasicProperties::parse(octets({0, 2})).flags == property::none_of_ours);
}

TEST_CASE("malformed headers are a syntax error", "[properties]") {
    CHECK(text_of_error([] {
              static_cast<void>(BasicProperties::parse(octets({0x20, 0, 0, 0, 0, 3, 1, 'k', 'Q'})));
          }) ==
          "SYNTAX_ERROR - cannot decode basic properties: field table: unknown type of a field "
          "value (type 0x51) at octet 2");
}

TEST_CASE("a text property too long for the wire is refused by name", "[properties]") {
    const std::string long_text(256, 'x');
    BasicProperties p;
    p.set(property::message_id, &BasicProperties::message_id, long_text);
    CHECK(text_of_error([&] { encoded(p); }) ==
          "SYNTAX_ERROR - property message_id of 256 octets is longer than 255");
}

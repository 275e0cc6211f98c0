// The two ends of the wire: exact octets of each kind of value, and what is too short.
#include "protocol/amqp/protocol_error.hpp"
#include "protocol/amqp/wire_reader.hpp"
#include "protocol/amqp/wire_writer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/octets.hpp"
#include "tests/unit/protocol/expect_error.hpp"

using namespace leveret::protocol;
using namespace leveret::protocol::amqp;
using leveret::test::error_of;
using leveret::test::hex;
using leveret::test::octets;
using leveret::test::text_of_error;

TEST_CASE("numbers are written big-endian", "[wire]") {
    OctetBuffer out;
    WireWriter writer(out);
    writer.u8(0xFE);
    writer.u16(0x0102);
    writer.u32(0x03040506);
    writer.u64(0x0708090A0B0C0D0E);
    CHECK(hex(out.view()) == "fe 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e");

    WireReader reader(out.view());
    CHECK(reader.u8() == 0xFE);
    CHECK(reader.u16() == 0x0102);
    CHECK(reader.u32() == 0x03040506);
    CHECK(reader.u64() == 0x0708090A0B0C0D0E);
    CHECK(reader.at_end());
}

TEST_CASE("strings and tables carry their length", "[wire]") {
    OctetBuffer out;
    WireWriter writer(out);
    writer.short_string("ab");
    writer.long_string("cd");
    writer.table({std::string_view("\1kV", 3)});
    CHECK(hex(out.view()) == "02 61 62 00 00 00 02 63 64 00 00 00 03 01 6b 56");

    WireReader reader(out.view());
    CHECK(reader.short_string() == "ab");
    CHECK(reader.long_string() == "cd");
    CHECK(reader.table().octets == "\1kV");
    CHECK(reader.at_end());
}

TEST_CASE("a length written afterwards counts what came since", "[wire]") {
    OctetBuffer out;
    WireWriter writer(out);
    writer.u8(9);
    const auto begin = writer.begin_length();
    writer.octets("abc");
    writer.end_length(begin);
    CHECK(hex(out.view()) == "09 00 00 00 03 61 62 63");
}

TEST_CASE("a value that is cut short is refused, wherever the cut is", "[wire]") {
    const auto refused = [](std::string_view in, auto read) {
        for (std::size_t cut = 0; cut < in.size(); ++cut) {
            WireReader reader(in.substr(0, cut));
            CHECK(error_of([&] { read(reader); }).code() == reply::frame_error);
            CHECK(reader.left() == cut);  // nothing was taken
        }
        WireReader whole(in);
        read(whole);
        CHECK(whole.at_end());
    };
    refused("1", [](WireReader& in) { in.u8(); });
    refused("12", [](WireReader& in) { in.u16(); });
    refused("1234", [](WireReader& in) { in.u32(); });
    refused("12345678", [](WireReader& in) { in.u64(); });
    refused("\3abc", [](WireReader& in) { in.short_string(); });
    refused("\3abc", [](WireReader& in) { in.short_octets(); });
    refused({"\0\0\0\3abc", 7}, [](WireReader& in) { in.long_string(); });
    refused({"\0\0\0\3\1kV", 7}, [](WireReader& in) { in.table(); });
    refused("abc", [](WireReader& in) { in.octets(3); });
}

TEST_CASE("the largest length a long string can announce is refused", "[wire]") {
    WireReader reader(std::string_view("\xFF\xFF\xFF\xFF...", 7), "queue.declare");
    CHECK(text_of_error([&] { reader.long_string(); }) ==
          "FRAME_ERROR - cannot decode queue.declare: 4294967299 octets wanted, 7 are left");
}

TEST_CASE("a short string must be UTF-8, table keys and properties need not", "[wire]") {
    CHECK(WireReader("\2\xC3\xA4").short_string() == "\xC3\xA4");
    CHECK(text_of_error([] { WireReader("\1\xFF", "queue.declare").short_string(); }) ==
          "FRAME_ERROR - Malformed UTF-8 in shortstr");
    CHECK(WireReader("\1\xFF").short_octets() == "\xFF");
    CHECK(WireReader(std::string_view("\0\0\0\1\xFF", 5)).long_string() == "\xFF");
}

TEST_CASE("a short string holds 255 octets", "[wire]") {
    const std::string longest(255, 'q');
    OctetBuffer out;
    WireWriter(out).short_string(longest);
    CHECK(WireReader(out.view()).short_string() == longest);
}

TEST_CASE("octets left over are refused with their number", "[wire]") {
    CHECK(text_of_error([] { WireReader("abc", "basic.ack").expect_end(); }) ==
          "FRAME_ERROR - cannot decode basic.ack: 3 octets after the last field");
}

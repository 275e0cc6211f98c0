// Every method of the list, there and back; the exact octets of each kind of field.
#include "protocol/amqp/method_codec.hpp"

#include <deque>
#include <set>

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

/// Gives every field another value, so that fields that change places are noticed.
class Fill {
public:
    void operator()(bool& field) { field = ++count_ % 2 == 0; }
    void operator()(std::uint8_t& field) { field = static_cast<std::uint8_t>(++count_); }
    void operator()(std::uint16_t& field) { field = static_cast<std::uint16_t>(0x100 + ++count_); }
    void operator()(std::uint32_t& field) { field = 0x10000 + ++count_; }
    void operator()(DeliveryTag& field) { field = DeliveryTag{0x1'0000'0000u + ++count_}; }
    void operator()(ShortString& field) { field = text("short"); }
    void operator()(ShortOctets& field) { field = text("octets"); }
    void operator()(LongString& field) { field = text("long"); }
    void operator()(TableOctets& field) {
        const FieldTable table{{"key", std::string(text("value"))}, {"n", std::int32_t{1}}};
        field.octets = kept_.emplace_back(table.encoded());
    }

private:
    std::string_view text(const char* stem) {
        return kept_.emplace_back(stem + std::to_string(++count_));
    }
    unsigned count_ = 0;
    std::deque<std::string> kept_;
};

template <class Method>
std::string fields_of(const Method& method) {
    OctetBuffer out;
    append_method_payload(out, method);
    return std::string(out.view().substr(4));
}

/// Not inlined: five copies of 66 decoders keep a sanitizing compiler busy for minutes.
template <class Method>
[[gnu::noinline]] Method decode(std::string_view fields) {
    return decode_method<Method>(WireReader(fields));
}

template <class Method>
std::string frame_of(const Method& method, std::uint16_t channel = 1) {
    OctetBuffer out;
    append_method(out, ChannelNumber{channel}, method);
    return std::string(out.view());
}

}  // namespace

TEST_CASE("every method survives encoding and decoding", "[method_codec]") {
    for_each_method(AllMethods{}, []<class Method>() {
        INFO(Method::name);
        Fill fill;
        Method sent;
        std::apply([&](auto&... field) { (fill(field), ...); }, Method::fields(sent));
        const std::string frame = frame_of(sent, 0x0203);

        REQUIRE(frame.size() >= 12);
        CHECK(frame[0] == 1);
        CHECK(load16(frame.data() + 1) == 0x0203);
        CHECK(load32(frame.data() + 3) == frame.size() - frame_overhead_octets);
        CHECK(static_cast<unsigned char>(frame.back()) == frame_end);
        WireReader in(std::string_view(frame).substr(7, frame.size() - 8));
        CHECK(read_method_id(in) == Method::id);
        CHECK(decode<Method>(in.rest()) == sent);
        CHECK(decode<Method>(fields_of(Method{})) == Method{});
    });
}

TEST_CASE("every proper prefix of a method is refused, and an octet too many", "[method_codec]") {
    for_each_method(AllMethods{}, []<class Method>() {
        Fill fill;
        Method sent;
        std::apply([&](auto&... field) { (fill(field), ...); }, Method::fields(sent));
        const std::string fields = fields_of(sent);
        for (std::size_t cut = 0; cut < fields.size(); ++cut) {
            INFO(Method::name << " cut at " << cut);
            const auto error = error_of([&] {
                static_cast<void>(decode<Method>(std::string_view(fields).substr(0, cut)));
            });
            CHECK(error.code() == reply::frame_error);
            CHECK(error.text().find(Method::name) != std::string::npos);
        }
        INFO(Method::name << " with an octet more");
        CHECK(error_of([&] { static_cast<void>(decode<Method>(fields + "x")); }).code() ==
              reply::frame_error);
    });
}

TEST_CASE("a flipped bit in any method never does worse than a refusal", "[method_codec]") {
    for_each_method(AllMethods{}, []<class Method>() {
        Fill fill;
        Method sent;
        std::apply([&](auto&... field) { (fill(field), ...); }, Method::fields(sent));
        const std::string fields = fields_of(sent);
        for (std::size_t bit = 0; bit < fields.size() * 8; ++bit) {
            std::string flipped = fields;
            flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
            try {
                static_cast<void>(decode<Method>(flipped));
            } catch (const ProtocolError& error) {
                REQUIRE(error.code() == reply::frame_error);
            }
        }
    });
}

TEST_CASE("methods have the octets of the specification", "[method_codec]") {
    SECTION("octets, shorts, longs, long strings, tables") {
        CHECK(hex(fields_of(connection::Start{.version_major = 0,
                                              .version_minor = 9,
                                              .server_properties = {std::string_view("\1aV", 3)},
                                              .mechanisms = "PLAIN",
                                              .locales = "en"})) ==
              "00 09 00 00 00 03 01 61 56 00 00 00 05 50 4c 41 49 4e 00 00 00 02 65 6e");
        CHECK(hex(fields_of(
                  connection::Tune{.channel_max = 2047, .frame_max = 131072, .heartbeat = 60})) ==
              "07 ff 00 02 00 00 00 3c");
    }
    SECTION("bits share an octet, the first one lowest") {
        CHECK(hex(frame_of(queue::Declare{
                  .queue = "q", .durable = true, .no_wait = true, .arguments = {}})) ==
              "01 00 01 00 00 00 0d 00 32 00 0a 00 00 01 71 12 00 00 00 00 ce");
        CHECK(hex(fields_of(
                  basic::Publish{.exchange = "e", .routing_key = "k", .mandatory = true})) ==
              "00 00 01 65 01 6b 01");
        CHECK(hex(fields_of(basic::Nack{
                  .delivery_tag = DeliveryTag{7}, .multiple = true, .requeue = true})) ==
              "00 00 00 00 00 00 00 07 03");
    }
    SECTION("a bit between other fields has an octet of its own") {
        CHECK(hex(fields_of(basic::GetOk{.delivery_tag = DeliveryTag{1},
                                         .redelivered = true,
                                         .exchange = "",
                                         .routing_key = "k",
                                         .message_count = 5})) ==
              "00 00 00 00 00 00 00 01 01 00 01 6b 00 00 00 05");
    }
    SECTION("the odd ones: channel.open-ok has a long string, exchange.unbind-ok is 51") {
        CHECK(hex(frame_of(channel::OpenOk{})) ==
              "01 00 01 00 00 00 08 00 14 00 0b 00 00 00 00 ce");
        CHECK(hex(frame_of(exchange::UnbindOk{})) == "01 00 01 00 00 00 04 00 28 00 33 ce");
    }
    SECTION("a heartbeat") {
        OctetBuffer out;
        append_heartbeat(out);
        CHECK(hex(out.view()) == "08 00 00 00 00 00 00 ce");
    }
}

TEST_CASE("unused bits of an octet are ignored", "[method_codec]") {
    const std::string all_set = octets({0, 0, 0, 0, 0xFF});
    const auto publish = decode_method<basic::Publish>(WireReader(all_set));
    CHECK(publish.mandatory);
    CHECK(publish.immediate);
}

TEST_CASE("a method with malformed arguments is refused by name", "[method_codec]") {
    const std::string fields = octets({0, 0, 1, 'q', 0, 0, 0, 0, 3, 1, 'k', '?'});
    CHECK(text_of_error(
              [&] { static_cast<void>(decode_method<queue::Declare>(WireReader(fields))); }) ==
          "FRAME_ERROR - cannot decode queue.declare: field table: unknown type of a field value "
          "(type 0x3f) at octet 2");
}

TEST_CASE("the lists hold what the two sides may send", "[method_codec]") {
    std::set<std::pair<int, int>> seen;
    for_each_method(AllMethods{}, [&]<class Method>() {
        CHECK(seen.emplace(Method::id.class_id, Method::id.method_id).second);
        CHECK(name_of(Method::id) == Method::name);
        const bool client = list::contains<Method, ClientMethods>;
        const bool server = list::contains<Method, ServerMethods>;
        INFO(Method::name);
        CHECK((client || server));
    });
    CHECK(name_of({60, 41}).empty());
    CHECK(name_of({0, 0}).empty());
    CHECK(list::contains<basic::CancelOk, ClientMethods>);
    CHECK_FALSE(list::contains<basic::Deliver, ClientMethods>);
    CHECK_FALSE(list::contains<basic::Publish, ServerMethods>);
}

namespace {

struct Recorder {
    std::string last;
    template <class Method>
    void on(const Method&) {
        last = Method::name;
    }
};

}  // namespace

TEST_CASE("dispatch calls the handler of each method", "[method_codec]") {
    Recorder recorder;
    for_each_method(AllMethods{}, [&]<class Method>() {
        const std::string fields = fields_of(Method{});
        dispatch(Method::id, WireReader(fields), recorder, AllMethods{});
        CHECK(recorder.last == Method::name);
    });
}

TEST_CASE("a method that is not on the list is refused by name or by number", "[method_codec]") {
    Recorder recorder;
    const auto error =
        error_of([&] { dispatch(basic::Deliver::id, WireReader(""), recorder, ClientMethods{}); });
    CHECK(error.text() == "COMMAND_INVALID - unimplemented method");
    CHECK(error.method() == basic::Deliver::id);
    CHECK(text_of_error([&] { dispatch({60, 200}, WireReader(""), recorder, ClientMethods{}); }) ==
          "COMMAND_INVALID - unknown method class_id=60, method_id=200");
    CHECK(recorder.last.empty());
}

TEST_CASE("a method frame without a whole number is refused", "[method_codec]") {
    for (std::size_t length = 0; length < 4; ++length) {
        const std::string payload(length, '\0');
        CHECK(error_of([&] {
                  WireReader in(payload);
                  read_method_id(in);
              }).code() == reply::frame_error);
    }
}

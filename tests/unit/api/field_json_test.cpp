// Field tables and properties as JSON, and back.
#include "admin-ui/api/field_json.hpp"

#include <limits>

#include "admin-ui/api/json_writer.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/api/api_error.hpp"

using namespace leveret::admin;
using leveret::tests::api_error_of;
namespace amqp = leveret::protocol::amqp;

namespace {

std::string shown(const amqp::FieldTable& table) {
    return json([&](JsonSink& out) { write_table(table, out); });
}
std::string types(const amqp::FieldTable& table) {
    return json([&](JsonSink& out) { write_types(table, out); });
}
amqp::FieldTable read(std::string_view text) { return to_table(parse_body(text)); }

std::string properties_again(std::string_view text) {
    const std::string octets = encode_properties(parse_body(text));
    const auto properties = amqp::BasicProperties::parse(octets);
    return json([&](JsonSink& out) { write_properties(properties, out); });
}

}  // namespace

TEST_CASE("every type of a table has a value and a letter", "[api][fields]") {
    const amqp::FieldTable table{
        {"t", true},
        {"b", std::int8_t{-1}},
        {"I", std::int32_t{-70000}},
        {"l", std::int64_t{1} << 40},
        {"L", amqp::LongLongInt{-5}},
        {"d", 1.5},
        {"D", amqp::Decimal{2, 314}},
        {"T", amqp::Timestamp{1764000120}},
        {"S", std::string("text")},
        {"bad", std::string("\xFF")},
        {"x", amqp::ByteArray{"\x01\x02"}},
        {"A", amqp::FieldArray{{std::int32_t{1}, std::string("a")}}},
        {"F", amqp::FieldTable{{"inner", amqp::Void{}}}},
    };
    CHECK(shown(table) == R"({"t":true,"b":-1,"I":-70000,"l":1099511627776,"L":-5,"d":1.5,)"
                          R"("D":3.14,"T":1764000120,"S":"text","bad":"/w==","x":"AQI=",)"
                          R"("A":[1,"a"],"F":{"inner":null}})");
    CHECK(types(table) == R"({"t":"t","b":"b","I":"I","l":"l","L":"L","d":"d","D":"D","T":"T",)"
                          R"("S":"S","bad":"S/base64","x":"x","A":["I","S"],"F":{"inner":"V"}})");
}

TEST_CASE("of keys that repeat the first one counts", "[api][fields]") {
    const amqp::FieldTable table{{"a", std::int32_t{1}}, {"a", std::int32_t{2}}};
    CHECK(shown(table) == R"({"a":1})");
}

TEST_CASE("JSON becomes the types that RabbitMQ makes of it", "[api][fields]") {
    CHECK(types(read(R"({"s":"x","i":5,"f":1.5,"b":true,"a":[1],"o":{"k":"v"}})")) ==
          R"({"s":"S","i":"l","f":"d","b":"t","a":["l"],"o":{"k":"S"}})");
    const std::string long_key = "{\"" + std::string(256, 'k') + "\":1}";
    CHECK(api_error_of([&] { (void)read(long_key); }) ==
          "400 bad_request: a key of a table is longer than 255 octets");
}

TEST_CASE("properties of a publish come back as they went in", "[api][fields]") {
    CHECK(properties_again("{}") == "{}");
    CHECK(properties_again(R"({"delivery_mode":2,"content_type":"text/plain","priority":"5",)"
                           R"("expiration":"60000","timestamp":1764000120,"headers":{"n":1}})") ==
          R"({"content_type":"text/plain","expiration":"60000","delivery_mode":2,"priority":5,)"
          R"("timestamp":1764000120,"headers":{"n":1}})");
}

TEST_CASE("a property of the wrong type is named", "[api][fields]") {
    const auto refused = [](std::string_view text) {
        return api_error_of([&] { (void)encode_properties(parse_body(text)); });
    };
    CHECK(refused(R"({"expiration":60000})") == "400 bad_request: not_string: expiration");
    CHECK(refused(R"({"priority":"high"})") == "400 bad_request: not_int: priority");
    CHECK(refused(R"({"priority":256})") == "400 bad_request: priority is not from 0 to 255");
    CHECK(refused(R"({"content_type":null})") == "400 bad_request: not_string: content_type");
    CHECK(refused(R"({"headers":[]})") == "400 bad_request: headers must be an object");
    CHECK(refused(R"({"colour":"red"})") == "400 bad_request: unknown property 'colour'");
}

// How messages are rewritten, and what an expiration may be.
#include "broker/rewrite.hpp"

#include <string>

#include "broker/expiration.hpp"
#include "protocol/amqp/protocol_error.hpp"
#include "tests/support/catch.hpp"

using namespace leveret::broker;
using namespace leveret::protocol::amqp;

namespace {

std::string refusal(std::string_view expiration) {
    try {
        (void)parse_expiration(expiration);
    } catch (const ProtocolError& error) {
        CHECK(error.code() == reply::precondition_failed);
        return error.text();
    }
    return "";
}

}  // namespace

TEST_CASE("an expiration is a whole number of milliseconds of at most ten years", "[rewrite]") {
    for (const char* good : {"0", "00", "1", "60000", "315360000000"}) {
        INFO(good);
        CHECK(refusal(good).empty());
    }
    for (const char* bad : {"", " ", "x", "1x", "1 ", " 1", "1.0", "-1", "315360000001",
                            "9223372036854775808", "99999999999999999999999999", "0x10"}) {
        INFO(bad);
        CHECK_FALSE(refusal(bad).empty());
    }
    CHECK(refusal("-1").find("value_negative") != std::string::npos);
    CHECK(refusal("315360000001").find("value_too_large") != std::string::npos);
    CHECK(refusal("1x").find("leftover_string") != std::string::npos);
}

TEST_CASE("a rewritten message keeps all else", "[rewrite]") {
    const std::string headers = FieldTable{{"BCC", FieldArray{{"b"}}}, {"k", 1}}.encoded();
    BasicProperties properties;
    properties.set(property::headers, &BasicProperties::headers, headers)
        .set(property::delivery_mode, &BasicProperties::delivery_mode, 2)
        .set(property::reply_to, &BasicProperties::reply_to, "old")
        .set(property::message_id, &BasicProperties::message_id, "id");
    const MessagePtr message = Message::make("exchange", "key", properties, "body");

    SECTION("another reply_to") {
        const MessagePtr rewritten = with_reply_to(*message, "new");
        properties.reply_to = "new";
        CHECK(rewritten->properties() == properties);
        CHECK(rewritten->exchange() == "exchange");
        CHECK(rewritten->routing_key() == "key");
        CHECK(rewritten->body() == "body");
        CHECK(rewritten->persistent());
    }
    SECTION("other headers") {
        const FieldTable visible{{"k", 1}};
        const MessagePtr rewritten = with_headers(*message, visible);
        CHECK(FieldTable::parse(rewritten->properties().headers) == visible);
        CHECK(rewritten->properties().message_id == "id");
        CHECK(rewritten->body() == "body");
    }
    SECTION("headers that are empty then are still there") {
        const MessagePtr rewritten = with_headers(*message, FieldTable{});
        CHECK(rewritten->properties().has(property::headers));
        CHECK(rewritten->properties().headers.empty());
    }
}

// The language in which messages are searched.
#include "admin-ui/api/message_filter.hpp"

#include "protocol/octet_buffer.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/api/api_error.hpp"

using namespace leveret::admin;
using leveret::broker::insight::PeekedMessage;
using leveret::tests::api_error_of;
namespace amqp = leveret::protocol::amqp;

namespace {

const auto now = std::chrono::system_clock::time_point{} + std::chrono::hours(500'000);

PeekedMessage sample() {
    const amqp::FieldTable death{{"reason", std::string("rejected")},
                                 {"queue", std::string("orders")},
                                 {"count", std::int64_t{3}}};
    const amqp::FieldTable headers{
        {"tenant", std::string("t1")},
        {"retries", std::int32_t{2}},
        {"flag", true},
        {"nested", amqp::FieldTable{{"deep", std::string("yes")}}},
        {"dotted.key", std::string("whole")},
        {"x-death", amqp::FieldArray{{amqp::FieldValue(death)}}},
    };
    const std::string encoded = headers.encoded();
    amqp::BasicProperties properties;
    properties.set(amqp::property::content_type, &amqp::BasicProperties::content_type,
                   "application/json");
    properties.set(amqp::property::priority, &amqp::BasicProperties::priority, 5);
    properties.set(amqp::property::headers, &amqp::BasicProperties::headers, encoded);
    leveret::protocol::OctetBuffer octets;
    properties.encode(octets);
    PeekedMessage message;
    message.routing_key = "order.created.eu";
    message.exchange = "orders";
    message.properties = std::string(octets.view());
    message.body = R"({"total":412.5,"items":[{"sku":"a-1"}],"paid":true,"note":"timeout \"x\""})";
    message.body_octets = message.body.size();
    message.enqueued_at =
        std::chrono::floor<std::chrono::milliseconds>(now - std::chrono::minutes(11));
    message.delivery_count = 2;
    return message;
}

bool matches(std::string_view text) {
    const PeekedMessage message = sample();
    FilteredMessage filtered(message, now);
    return MessageFilter(text).matches(filtered);
}

std::string fault(std::string_view text) {
    return api_error_of([&] { MessageFilter filter(text); });
}

}  // namespace

TEST_CASE("a term looks at one field of a message", "[api][filter]") {
    const char* const text = GENERATE(
        "key == \"order.created.eu\"", "key ~ \"^order\\..*\\.eu$\"", "key starts \"order\"",
        "key ends 'eu'", "exchange != \"other\"", "size > 10", "size <= 1KiB", "age > 10m",
        "age < 12m", "not redelivered", "deliveries >= 2", "priority == 5",
        "prop.content_type contains \"json\"", "prop.reply_to != \"x\"", "header.tenant == \"t1\"",
        "header.retries < 10", "header.flag == true", "header.flag",
        "header.nested.deep == \"yes\"", "header.dotted.key == \"whole\"",
        "header.tenant in (\"t0\", \"t1\")", "header.tenant exists", "not header.other exists",
        "death.reason == \"rejected\"", "death.count == 3", "body contains \"timeout\"",
        "json.total > 400", "json.items.0.sku == \"a-1\"", "json.paid == true", "json.paid");
    CAPTURE(text);
    CHECK(matches(text));
}

TEST_CASE("what a message lacks matches nothing but being unequal", "[api][filter]") {
    const char* const text =
        GENERATE("prop.reply_to == \"\"", "header.other == \"t1\"", "header.other > 0",
                 "header.other ~ \".*\"", "json.missing == 1", "json.items.7.sku exists",
                 "redelivered", "death.exchange exists", "header.other in [\"\"]");
    CAPTURE(text);
    CHECK_FALSE(matches(text));
}

TEST_CASE("and goes before or, and brackets before both", "[api][filter]") {
    CHECK(matches("size > 1 or size > 1000 and size > 2000"));
    CHECK_FALSE(matches("(size > 1 or size > 1000) and size > 2000"));
    CHECK(matches("not size > 1000 and not (redelivered or size == 0)"));
    CHECK(
        matches("key ~ \"order.*\" and (header.tenant == \"t2\" or json.total > 400) and not "
                "redelivered"));
}

TEST_CASE("a number compares as a number whatever it came as", "[api][filter]") {
    CHECK(matches("header.retries == \"2\""));
    CHECK(matches("header.retries > 1.5"));
    CHECK(matches("json.total == \"412.5\""));
    CHECK_FALSE(matches("header.tenant > 5 and header.tenant < 1"));
}

TEST_CASE("a filter that is wrong says what and where", "[api][filter]") {
    CHECK(fault("headr.x == 1") == "400 bad_filter: unknown field 'headr.x' at 0");
    CHECK(fault("size > 1 and headr == 1") == "400 bad_filter: unknown field 'headr' at 13");
    CHECK(fault("size >") ==
          "400 bad_filter: a value is expected: a number, true, false, or a text in quotes at 6");
    CHECK(fault("(size > 1") == "400 bad_filter: ')' is missing at 9");
    CHECK(fault("size > 1 size") == "400 bad_filter: 'and' or 'or' is missing at 9");
    CHECK(fault("key == \"x") == "400 bad_filter: no closing quote for the text at 7");
    CHECK(fault("age > 5y") == "400 bad_filter: unknown unit 'y' at 7");
    CHECK(fault("key ~ \"(\"").starts_with("400 bad_filter: bad regular expression"));
    CHECK(fault("") == "400 bad_filter: a field is expected at 0");
    CHECK(fault("key == \"\x01\" $") == "400 bad_filter: unexpected '$' at 11");
}

TEST_CASE("filters are bounded in length, terms and depth", "[api][filter]") {
    std::string many = "size > 0";
    for (int i = 0; i < 256; ++i) many += " or size > 0";
    CHECK(fault(many).find("too many terms") != std::string::npos);
    CHECK(
        fault(std::string(100, '(') + "size > 0" + std::string(100, ')')).find("nested too deep") !=
        std::string::npos);
    std::string bodies = "body contains \"x\"";
    for (int i = 0; i < 8; ++i) bodies += " or body contains \"x\"";
    CHECK(fault(bodies).find("only 8 terms may look into bodies") != std::string::npos);
    CHECK(fault("key ~ \"" + std::string(1025, 'x') + "\"")
              .find("a regular expression may have 1024 characters") != std::string::npos);
    CHECK(fault(std::string(5000, ' ') + "size > 0") ==
          "400 bad_filter: a filter may have 4096 characters");
}

TEST_CASE("a filter knows whether it needs bodies", "[api][filter]") {
    CHECK(MessageFilter("body contains \"x\"").reads_body());
    CHECK(MessageFilter("size > 1 or json.a == 1").reads_body());
    CHECK_FALSE(MessageFilter("size > 1 and header.x == 1").reads_body());
}

TEST_CASE("a body that is no JSON matches no term on JSON", "[api][filter]") {
    PeekedMessage message = sample();
    message.body = "{broken";
    FilteredMessage filtered(message, now);
    CHECK_FALSE(MessageFilter("json.total > 400").matches(filtered));
    CHECK_FALSE(MessageFilter("json.total exists").matches(filtered));
}

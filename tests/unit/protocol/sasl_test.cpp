// Login responses.
#include "protocol/amqp/sasl.hpp"

#include "protocol/amqp/field_table.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/protocol/expect_error.hpp"

using namespace leveret::protocol::amqp;
using namespace std::string_view_literals;
using leveret::test::error_of;

TEST_CASE("a PLAIN response holds user and password; the authzid is ignored", "[sasl]") {
    CHECK(parse_plain("\0guest\0secret"sv) == Credentials{"guest", "secret"});
    CHECK(parse_plain("other\0guest\0secret"sv) == Credentials{"guest", "secret"});
    CHECK(parse_plain("\0\0"sv) == Credentials{"", ""});
}

TEST_CASE("a malformed PLAIN response is a syntax error that shows no password", "[sasl]") {
    for (std::string_view response : {""sv, "guest"sv, "\0guest"sv, "\0guest\0secret\0"sv}) {
        const auto error = error_of([&] { static_cast<void>(parse_plain(response)); });
        CHECK(error.code() == reply::syntax_error);
        CHECK(error.text().find("secret") == std::string::npos);
    }
}

TEST_CASE("an AMQPLAIN response is a table with LOGIN and PASSWORD", "[sasl]") {
    const FieldTable table{{"LOGIN", std::string("guest")}, {"PASSWORD", std::string("secret")}};
    CHECK(parse_amqplain(table.encoded()) == Credentials{"guest", "secret"});
}

TEST_CASE("a malformed AMQPLAIN response is a syntax error", "[sasl]") {
    const std::string sound =
        FieldTable{{"LOGIN", std::string("guest")}, {"PASSWORD", std::string("secret")}}.encoded();
    for (std::size_t cut = 0; cut < sound.size(); ++cut) {
        const auto error = error_of(
            [&] { static_cast<void>(parse_amqplain(std::string_view(sound).substr(0, cut))); });
        CHECK(error.code() == reply::syntax_error);
        CHECK(error.text().find("secret") == std::string::npos);
    }
    const FieldTable number{{"LOGIN", std::int32_t{1}}, {"PASSWORD", std::string("secret")}};
    CHECK(error_of([&] { static_cast<void>(parse_amqplain(number.encoded())); }).text() ==
          "SYNTAX_ERROR - malformed AMQPLAIN response: no long string LOGIN");
}

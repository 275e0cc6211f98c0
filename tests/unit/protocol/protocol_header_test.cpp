// Who knocks at the port.
#include "protocol/amqp/protocol_header.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace leveret::protocol::amqp;
using namespace std::string_view_literals;

TEST_CASE("greetings are told apart", "[protocol_header]") {
    struct Row {
        std::string_view octets;
        Greeting greeting;
    };
    const Row row = GENERATE(
        Row{"AMQP\0\0\x09\x01"sv, Greeting::amqp_0_9_1},
        Row{"AMQP\1\1\0\x09"sv, Greeting::amqp_0_9_1},
        Row{"AMQP\0\0\x09\x01more"sv, Greeting::amqp_0_9_1},
        Row{"AMQP\3\1\0\0"sv, Greeting::other_amqp}, Row{"AMQP\0\1\0\0"sv, Greeting::other_amqp},
        Row{"AMQP\1\1\x08\0"sv, Greeting::other_amqp}, Row{"GET / HTTP/1.1\r\n"sv, Greeting::http},
        Row{"GET "sv, Greeting::http}, Row{"POST /x"sv, Greeting::http},
        Row{"HEAD /"sv, Greeting::http}, Row{"PUT /"sv, Greeting::http},
        Row{"DELETE /"sv, Greeting::http}, Row{"\x16\x03\x01\x02\0\x01\0\x01"sv, Greeting::tls},
        Row{"HELO there"sv, Greeting::unknown}, Row{"\0\0\0\0\0\0\0\0"sv, Greeting::unknown},
        Row{"AMQX"sv, Greeting::unknown}, Row{"\x16\x04"sv, Greeting::unknown});
    CHECK(classify_greeting(row.octets) == row.greeting);
}

TEST_CASE("a greeting that is not whole yet is waited for", "[protocol_header]") {
    for (std::string_view whole :
         {"AMQP\0\0\x09\x01"sv, "AMQP\3\1\0\0"sv, "GET "sv, "DELETE "sv, "\x16\x03"sv}) {
        for (std::size_t cut = 0; cut < whole.size(); ++cut) {
            CHECK(classify_greeting(whole.substr(0, cut)) == Greeting::incomplete);
        }
        CHECK(classify_greeting(whole) != Greeting::incomplete);
    }
}

TEST_CASE("whoever is not understood is told what is spoken here", "[protocol_header]") {
    CHECK(answer_to(Greeting::amqp_0_9_1).empty());
    CHECK(answer_to(Greeting::incomplete).empty());
    for (Greeting other :
         {Greeting::other_amqp, Greeting::http, Greeting::tls, Greeting::unknown}) {
        CHECK(answer_to(other) == "AMQP\0\0\x09\x01"sv);
    }
}

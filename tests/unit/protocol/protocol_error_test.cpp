// Codes, texts and what an error closes.
#include "protocol/amqp/protocol_error.hpp"

#include "protocol/utf8.hpp"
#include "tests/support/catch.hpp"

using namespace leveret::protocol::amqp;

TEST_CASE("the reply-text is the name of the code and the explanation", "[protocol_error]") {
    const ProtocolError error(reply::not_found, "no queue 'q' in vhost '/'");
    CHECK(error.text() == "NOT_FOUND - no queue 'q' in vhost '/'");
    CHECK(error.explanation() == "no queue 'q' in vhost '/'");
    CHECK(std::string(error.what()) == error.text());
    CHECK(error.code().number == 404);
    CHECK(error.method() == MethodId{});
}

TEST_CASE("a long reply-text is cut to 255 octets between two characters", "[protocol_error]") {
    for (int shift = 0; shift < 3; ++shift) {
        std::string explanation(static_cast<std::size_t>(shift), 'x');
        for (int i = 0; i < 200; ++i) explanation += "\xE2\x82\xAC";
        const ProtocolError error(reply::not_found, explanation);
        CHECK(error.text().size() <= 255);
        CHECK(error.text().size() > 252);
        CHECK(leveret::protocol::is_utf8(error.text()));
    }
}

TEST_CASE("the first method blamed stays", "[protocol_error]") {
    ProtocolError error(reply::not_found, "x");
    error.blame({60, 40}).blame({50, 10});
    CHECK(error.method() == MethodId{60, 40});
}

TEST_CASE("soft errors close the channel, on channel 0 the connection", "[protocol_error]") {
    const ProtocolError soft(reply::not_found, "x");
    CHECK_FALSE(soft.closes_connection(ChannelNumber{1}));
    CHECK(soft.closes_connection(ChannelNumber{0}));
    const ProtocolError hard(reply::frame_error, "x");
    CHECK(hard.closes_connection(ChannelNumber{1}));
}

// What is UTF-8 and where it may be cut.
#include "protocol/utf8.hpp"

#include <string>

#include "tests/support/catch.hpp"

using leveret::protocol::cut_utf8;
using leveret::protocol::is_ascii;
using leveret::protocol::is_utf8;

TEST_CASE("a high bit at any place of a text is seen", "[utf8]") {
    for (std::size_t length = 0; length < 40; ++length) {
        std::string text(length, 'a');
        CHECK(is_ascii(text));
        for (std::size_t at = 0; at < length; ++at) {
            text[at] = '\x80';
            CHECK_FALSE(is_ascii(text));
            text[at] = 'a';
        }
    }
}

TEST_CASE("characters of one to four octets are UTF-8", "[utf8]") {
    CHECK(is_utf8(""));
    CHECK(is_utf8("hase"));
    CHECK(is_utf8("h\xC3\xA4sin"));              // ä
    CHECK(is_utf8("\xE2\x82\xAC"));              // €
    CHECK(is_utf8("\xF0\x9F\x90\x87"));          // rabbit
    CHECK(is_utf8("\xED\x9F\xBF\xEE\x80\x80"));  // either side of the surrogates
    CHECK(is_utf8("\xF4\x8F\xBF\xBF"));          // U+10FFFF
}

TEST_CASE("what is no UTF-8 is refused", "[utf8]") {
    const char* malformed = GENERATE("\x80", "\xC3", "\xC3(", "\xC0\xAF", "\xC1\xBF",
                                     "\xE0\x80\xAF", "\xE2\x82", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                                     "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "a\xFE");
    CHECK_FALSE(is_utf8(malformed));
}

TEST_CASE("a cut never parts a character", "[utf8]") {
    const std::string text = "ab\xC3\xA4\xE2\x82\xAC\xF0\x9F\x90\x87z";
    for (std::size_t max = 0; max <= text.size() + 2; ++max) {
        const auto cut = cut_utf8(text, max);
        CHECK(cut.size() <= max);
        CHECK(cut.size() + 4 > std::min(max, text.size()));
        CHECK(is_utf8(cut));
        CHECK(text.compare(0, cut.size(), cut) == 0);
    }
}

TEST_CASE("octets that are no text are cut all the same", "[utf8]") {
    CHECK(cut_utf8(std::string(10, '\x80'), 6).size() == 6);
}

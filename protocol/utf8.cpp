// UTF-8 checks that go beyond ASCII.
#include "protocol/utf8.hpp"

namespace leveret::protocol {

namespace {

bool is_continuation(char octet) { return (static_cast<unsigned char>(octet) & 0xC0) == 0x80; }

/// Returns: the octets of the character at the start of `text`, 0 when there is no sound one.
std::size_t character_octets(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) return 1;
    const std::size_t octets = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < octets) return 0;
    for (std::size_t i = 1; i < octets; ++i) {
        if (!is_continuation(text[i])) return 0;
    }
    const auto second = static_cast<unsigned char>(text[1]);
    if (first == 0xE0 && second < 0xA0) return 0;  // overlong
    if (first == 0xED && second > 0x9F) return 0;  // surrogates
    if (first == 0xF0 && second < 0x90) return 0;  // overlong
    if (first == 0xF4 && second > 0x8F) return 0;  // above U+10FFFF
    return octets;
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t octets = character_octets(text);
        if (octets == 0) return false;
        text.remove_prefix(octets);
    }
    return true;
}

std::string_view cut_utf8(std::string_view text, std::size_t octets_max) {
    if (text.size() <= octets_max) return text;
    std::size_t end = octets_max;
    // At most three steps back: what has more continuations in a row was no UTF-8 anyway.
    for (int back = 0; back < 3 && end > 0 && is_continuation(text[end]); ++back) --end;
    if (is_continuation(text[end])) end = octets_max;
    return text.substr(0, end);
}

}  // namespace leveret::protocol

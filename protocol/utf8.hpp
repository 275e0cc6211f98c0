// UTF-8 as the wire needs it: is this text sound, and where may it be cut.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace leveret::protocol {

/// True when no octet has its highest bit set; such text is UTF-8 without a further look.
inline bool is_ascii(std::string_view text) {
    const char* at = text.data();
    std::size_t left = text.size();
    std::uint64_t seen = 0;
    for (; left >= 8; at += 8, left -= 8) {
        std::uint64_t eight;
        std::memcpy(&eight, at, 8);
        seen |= eight;
    }
    for (; left > 0; ++at, --left) seen |= static_cast<unsigned char>(*at);
    return (seen & 0x8080808080808080u) == 0;
}

/// Rule: RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

/// The longest start of `text` of at most `octets_max` octets that does not cut a character.
[[nodiscard]] std::string_view cut_utf8(std::string_view text, std::size_t octets_max);

}  // namespace leveret::protocol

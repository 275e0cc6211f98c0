// Octets in tests: written as they stand in the specification, shown as hex when they differ.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace leveret::test {

/// Octets from numbers and texts: octets({1, 0, 7}) + "text" + octets({0xCE}).
inline std::string octets(std::initializer_list<int> values) {
    std::string made;
    for (int value : values) made += static_cast<char>(value);
    return made;
}

/// Compare hex(a) == hex(b), so that a failure can be read.
inline std::string hex(std::string_view octets) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (char octet : octets) {
        const auto code = static_cast<unsigned char>(octet);
        if (!text.empty()) text += ' ';
        text += digits[code >> 4];
        text += digits[code & 15];
    }
    return text;
}

}  // namespace leveret::test

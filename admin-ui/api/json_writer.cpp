#include "admin-ui/api/json_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "protocol/utf8.hpp"

namespace leveret::admin {

namespace {

/// Octets of a plain run: no quote, no backslash, no control character, ASCII.
std::size_t plain_octets(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size()) {
        const auto octet = static_cast<unsigned char>(text[i]);
        if (octet < 0x20 || octet >= 0x80 || octet == '"' || octet == '\\') break;
        ++i;
    }
    return i;
}

void append_escape(std::string& out, unsigned char octet) {
    static constexpr std::string_view digits = "0123456789abcdef";
    switch (octet) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            out += "\\u00";
            out += digits[octet >> 4];
            out += digits[octet & 15];
    }
}

/// Appends the character at the start of `text`, which is not ASCII. Returns: its octets.
std::size_t append_character(std::string& out, std::string_view text) {
    for (std::size_t octets = 2; octets <= 4 && octets <= text.size(); ++octets) {
        if (!protocol::is_utf8(text.substr(0, octets))) continue;
        out += text.substr(0, octets);
        return octets;
    }
    out += "\xEF\xBF\xBD";
    return 1;
}

template <class Number>
void append_number(std::string& out, Number value) {
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    while (true) {
        const std::size_t plain = plain_octets(text);
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        const auto octet = static_cast<unsigned char>(text.front());
        if (octet < 0x80) {
            append_escape(out, octet);
            text.remove_prefix(1);
        } else {
            text.remove_prefix(append_character(out, text));
        }
    }
    out += '"';
}

void JsonWriter::key(std::string_view name) {
    separate();
    append_quoted(out_, name);
    out_ += ':';
    comma_ = false;
}

void JsonWriter::text(std::string_view value) {
    separate();
    append_quoted(out_, value);
}

void JsonWriter::integer(std::int64_t value) {
    separate();
    append_number(out_, value);
}

void JsonWriter::natural(std::uint64_t value) {
    separate();
    append_number(out_, value);
}

void JsonWriter::number(double value) {
    separate();
    if (!std::isfinite(value)) value = 0;
    const std::size_t start = out_.size();
    append_number(out_, value);
    if (std::string_view(out_).substr(start).find_first_of(".e") == std::string_view::npos) {
        out_ += ".0";
    }
}

void JsonWriter::boolean(bool value) {
    separate();
    out_ += value ? "true" : "false";
}

void JsonWriter::null() {
    separate();
    out_ += "null";
}

}  // namespace leveret::admin

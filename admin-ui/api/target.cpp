#include "admin-ui/api/target.hpp"

#include <algorithm>
#include <cctype>

#include "admin-ui/api/error.hpp"
#include "protocol/utf8.hpp"

namespace leveret::admin {

namespace {

std::optional<unsigned> digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

std::string decode(std::string_view text, bool plus_is_space) {
    std::optional<std::string> decoded = percent_decode(text, plus_is_space);
    if (!decoded) throw bad_request("invalid percent-encoding in the request target");
    if (!protocol::is_utf8(*decoded)) throw bad_request("the request target is not UTF-8");
    return *std::move(decoded);
}

}  // namespace

std::optional<std::string_view> Query::find(std::string_view name) const {
    const auto found = std::find_if(parameters_.begin(), parameters_.end(),
                                    [&](const auto& parameter) { return parameter.first == name; });
    if (found == parameters_.end()) return std::nullopt;
    return found->second;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const auto high = digit(text[i + 1]);
        const auto low = digit(text[i + 2]);
        if (!high || !low) return std::nullopt;
        decoded += static_cast<char>(*high << 4 | *low);
        i += 2;
    }
    return decoded;
}

std::string percent_encode(std::string_view text) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (std::isalnum(octet) != 0 ||
            std::string_view("-._~").find(c) != std::string_view::npos) {
            encoded += c;
        } else {
            encoded += {'%', digits[octet >> 4], digits[octet & 15]};
        }
    }
    return encoded;
}

Query parse_query(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> parameters;
    while (!query.empty()) {
        const std::string_view part = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), part.size() + 1));
        if (part.empty()) continue;
        const std::size_t equals = std::min(part.find('='), part.size());
        const std::string_view value =
            equals == part.size() ? std::string_view() : part.substr(equals + 1);
        parameters.emplace_back(decode(part.substr(0, equals), true), decode(value, true));
    }
    return Query(std::move(parameters));
}

Target parse_target(std::string_view target) {
    Target parsed;
    const std::size_t question = target.find('?');
    std::string_view path = target.substr(0, question);
    if (question != std::string_view::npos) parsed.query = parse_query(target.substr(question + 1));
    if (path.starts_with('/')) path.remove_prefix(1);
    if (path.ends_with('/')) path.remove_suffix(1);
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        parsed.segments.push_back(decode(path.substr(0, slash), false));
        if (slash == std::string_view::npos) break;
        path.remove_prefix(slash + 1);
    }
    return parsed;
}

}  // namespace leveret::admin

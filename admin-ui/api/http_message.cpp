#include "admin-ui/api/http_message.hpp"

#include <algorithm>
#include <cctype>

namespace leveret::admin {

namespace {

bool same_letter(char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
}

bool same_name(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_letter);
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const std::size_t start = text.find_first_not_of(space);
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(space) - start + 1);
}

void Fields::add(std::string_view name, std::string_view value) { all_.emplace_back(name, value); }

std::optional<std::string_view> Fields::find(std::string_view name) const {
    const auto found = std::find_if(
        all_.begin(), all_.end(), [&](const auto& field) { return same_name(field.first, name); });
    if (found == all_.end()) return std::nullopt;
    return found->second;
}

bool Fields::has_beginning(std::string_view start) const {
    return std::any_of(all_.begin(), all_.end(), [&](const auto& field) {
        return same_name(std::string_view(field.first).substr(0, start.size()), start);
    });
}

}  // namespace leveret::admin

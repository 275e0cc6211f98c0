// What belongs to the values themselves, wherever they come from.
#include "broker/config.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <cmath>

namespace leveret::broker {

std::string to_string(const ListenAddress& address) {
    if (address.is_unix()) return "unix:" + address.path;
    const bool brackets = address.host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", brackets ? "[" : "", address.host, brackets ? "]" : "",
                       address.port);
}

std::uint64_t RatioOrSize::of(std::uint64_t whole) const {
    if (const auto* size = std::get_if<std::uint64_t>(&value)) return *size;
    return static_cast<std::uint64_t>(std::get<double>(value) * static_cast<double>(whole));
}

Variables process_environment() {
    Variables variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        if (const auto equals = text.find('='); equals != std::string_view::npos)
            variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return variables;
}

}  // namespace leveret::broker

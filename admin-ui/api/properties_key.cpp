#include "admin-ui/api/properties_key.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <numeric>
#include <set>
#include <tuple>

#include "admin-ui/api/target.hpp"
#include "broker/digest.hpp"

namespace leveret::admin {

namespace {

std::string escaped(std::string_view key) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (const char c : key) {
        const auto octet = static_cast<unsigned char>(c);
        if (std::isalnum(octet) != 0 || c == '.' || c == '-' || c == '_') {
            text += c;
        } else if (c == ' ') {
            text += '+';
        } else {
            text += {'%', digits[octet >> 4], digits[octet & 15]};
        }
    }
    return text;
}

/// FNV-1a, 32 bits: the same after every restart.
std::uint32_t hash(std::string_view octets) {
    std::uint32_t value = 2166136261U;
    for (const char c : octets) value = (value ^ static_cast<unsigned char>(c)) * 16777619U;
    return value;
}

std::string hash_text(std::uint32_t value) {
    std::string octets;
    for (const int shift : {24, 16, 8, 0}) octets += static_cast<char>(value >> shift & 0xFF);
    return broker::base64_url(octets);
}

}  // namespace

std::string properties_key(std::string_view routing_key,
                           const protocol::amqp::FieldTable& sorted_arguments,
                           std::uint32_t collisions) {
    if (sorted_arguments.empty()) return routing_key.empty() ? "~" : escaped(routing_key);
    return escaped(routing_key) + "~" + hash_text(hash(sorted_arguments.encoded()) + collisions);
}

std::vector<std::string> properties_keys(
    std::span<const broker::insight::BindingSnapshot> bindings) {
    // In the order of their arguments, so that a list and a single binding agree.
    std::vector<std::size_t> order(bindings.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::vector<std::string> arguments(bindings.size());
    for (std::size_t i = 0; i < bindings.size(); ++i)
        arguments[i] = bindings[i].arguments.encoded();
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return arguments[a] < arguments[b]; });
    std::set<std::tuple<std::string_view, std::string_view, std::string_view, bool, std::string>>
        seen;
    std::vector<std::string> keys(bindings.size());
    for (const std::size_t i : order) {
        const auto& binding = bindings[i];
        const bool to_queue = binding.destination_kind == routing::Destination::Kind::queue;
        std::uint32_t collisions = 0;
        do {
            keys[i] = properties_key(binding.routing_key, binding.arguments, collisions++);
        } while (!binding.arguments.empty() &&
                 !seen.emplace(std::tuple(std::string_view(binding.vhost),
                                          std::string_view(binding.source),
                                          std::string_view(binding.destination), to_queue, keys[i]))
                      .second);
    }
    return keys;
}

std::optional<std::string> unescape_properties_key(std::string_view key) {
    return percent_decode(key, true);
}

}  // namespace leveret::admin

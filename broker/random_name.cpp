#include "broker/random_name.hpp"

#include <sys/random.h>

#include <array>
#include <cstdint>

#include "protocol/assert.hpp"

namespace leveret::broker {

std::string random_name(std::string_view prefix) {
    static constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::array<std::uint8_t, 18> octets{};  // 16 count; three octets make four letters
    LEVERET_ASSERT(getrandom(octets.data(), 16, 0) == 16);
    std::string name(prefix);
    for (std::size_t i = 0; i < octets.size(); i += 3) {
        const std::uint32_t bits = static_cast<std::uint32_t>(octets[i]) << 16 |
                                   static_cast<std::uint32_t>(octets[i + 1]) << 8 | octets[i + 2];
        for (const int shift : {18, 12, 6, 0}) name += letters[bits >> shift & 63];
    }
    name.resize(prefix.size() + 22);
    return name;
}

}  // namespace leveret::broker

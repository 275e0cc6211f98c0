#include "storage/crc32c.hpp"

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace leveret::storage {

namespace {

constexpr std::uint32_t polynomial = 0x82F63B78;  // reflected

/// Tables for eight octets at a time.
constexpr std::array<std::array<std::uint32_t, 256>, 8> make_tables() {
    std::array<std::array<std::uint32_t, 256>, 8> tables{};
    for (std::uint32_t octet = 0; octet < 256; ++octet) {
        std::uint32_t value = octet;
        for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1) != 0 ? polynomial : 0);
        tables[0][octet] = value;
    }
    for (std::size_t octet = 0; octet < 256; ++octet) {
        for (std::size_t table = 1; table < 8; ++table) {
            const std::uint32_t value = tables[table - 1][octet];
            tables[table][octet] = value >> 8 ^ tables[0][value & 0xFF];
        }
    }
    return tables;
}

constexpr auto tables = make_tables();

using Function = std::uint32_t (*)(std::string_view, std::uint32_t);

#if defined(__x86_64__)
[[gnu::target("sse4.2")]] std::uint32_t crc32c_by_instruction(std::string_view octets,
                                                              std::uint32_t before) {
    const char* at = octets.data();
    std::size_t left = octets.size();
    std::uint64_t value = ~before;
    for (; left >= 8; at += 8, left -= 8) {
        std::uint64_t eight;
        std::memcpy(&eight, at, sizeof eight);
        value = _mm_crc32_u64(value, eight);
    }
    auto rest = static_cast<std::uint32_t>(value);
    for (; left > 0; ++at, --left) rest = _mm_crc32_u8(rest, static_cast<unsigned char>(*at));
    return ~rest;
}
#endif

Function choose() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) return crc32c_by_instruction;
#endif
    return crc32c_by_table;
}

}  // namespace

std::uint32_t crc32c_by_table(std::string_view octets, std::uint32_t before) {
    std::uint32_t value = ~before;
    const char* at = octets.data();
    std::size_t left = octets.size();
    for (; left >= 8; at += 8, left -= 8) {
        std::uint64_t eight;
        std::memcpy(&eight, at, sizeof eight);
        eight ^= value;
        value = 0;
        for (std::size_t i = 0; i < 8; ++i) value ^= tables[7 - i][eight >> (8 * i) & 0xFF];
    }
    for (; left > 0; ++at, --left) {
        value = value >> 8 ^ tables[0][(value ^ static_cast<unsigned char>(*at)) & 0xFF];
    }
    return ~value;
}

std::uint32_t crc32c(std::string_view octets, std::uint32_t before) {
    static const Function function = choose();
    return function(octets, before);
}

}  // namespace leveret::storage

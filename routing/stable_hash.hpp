// A hash that is the same in every process, on every machine and in every version: what was routed
// to a queue by it goes there again after a restart.

#pragma once

#include <cstdint>
#include <string_view>

namespace leveret::routing {

/// Spreads every bit over all others.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t bits) {
    bits ^= bits >> 30;
    bits *= 0xBF58476D1CE4E5B9U;
    bits ^= bits >> 27;
    bits *= 0x94D049BB133111EBU;
    return bits ^ (bits >> 31);
}

/// Rule: never changed. FNV-1a, its bits spread.
[[nodiscard]] constexpr std::uint64_t stable_hash(std::string_view octets, std::uint64_t seed = 0) {
    std::uint64_t hash = 0xCBF29CE484222325U ^ seed;
    for (const char octet : octets) {
        hash = (hash ^ static_cast<std::uint8_t>(octet)) * 0x100000001B3U;
    }
    return mix(hash);
}

}  // namespace leveret::routing

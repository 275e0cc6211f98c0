// CRC32C (Castagnoli), the checksum of everything on disk.
#pragma once

#include <cstdint>
#include <string_view>

namespace leveret::storage {

/// Adds octets to a checksum; the checksum of nothing is 0. Uses the machine's instruction where
/// it has one.
[[nodiscard]] std::uint32_t crc32c(std::string_view octets, std::uint32_t before = 0);

/// The same by tables, for other machines and to test the fast one.
[[nodiscard]] std::uint32_t crc32c_by_table(std::string_view octets, std::uint32_t before = 0);

}  // namespace leveret::storage

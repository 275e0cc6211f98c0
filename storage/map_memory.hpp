// Memory of the process that is pages of files: how much there is, and how to give it back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace leveret::storage {

/// Pages of all mapped files, the executable's among them, that are in memory: RssFile. 0 when the
/// kernel does not tell.
[[nodiscard]] std::uint64_t resident_file_octets();

/// Where a file is mapped, from its first octet on; empty when it is not.
[[nodiscard]] std::span<char> map_of(const std::filesystem::path& file);

/// Gives the pages of a map back; the page cache keeps them, reading brings them again.
void forget_pages(std::span<char> map);

}  // namespace leveret::storage

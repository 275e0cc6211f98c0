// Memory of the process that is pages of files: how much there is, and how to give it back.
#pragma once

#include <cstdint>
#include <filesystem>

namespace leveret::storage {

/// Pages of all mapped files, the executable's among them, that are in memory: RssFile. 0 when the
/// kernel does not tell.
[[nodiscard]] std::uint64_t resident_file_octets();

/// Gives the pages of one mapped file back; the page cache keeps them, reading brings them again.
void forget_pages_of(const std::filesystem::path& file);

}  // namespace leveret::storage

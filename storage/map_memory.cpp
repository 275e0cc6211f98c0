#include "storage/map_memory.hpp"

#include <sys/mman.h>

#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <string>

namespace leveret::storage {

std::uint64_t resident_file_octets() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        std::uint64_t kibibytes = 0;
        if (std::sscanf(line.c_str(), "RssFile: %" SCNu64, &kibibytes) == 1) {
            return kibibytes << 10;
        }
    }
    return 0;
}

std::span<char> map_of(const std::filesystem::path& file) {
    // Nobody else tells.
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        if (!line.ends_with(" " + file.native())) continue;
        std::uintptr_t begin = 0;
        std::uintptr_t end = 0;
        std::uint64_t offset = 0;
        const int found = std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " %*s %" SCNx64,
                                      &begin, &end, &offset);
        if (found == 3 && offset == 0) return {reinterpret_cast<char*>(begin), end - begin};
    }
    return {};
}

void forget_pages(std::span<char> map) { ::madvise(map.data(), map.size(), MADV_DONTNEED); }

}  // namespace leveret::storage

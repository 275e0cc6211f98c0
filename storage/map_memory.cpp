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

void forget_pages_of(const std::filesystem::path& file) {
    // Where a map lies is told by nobody else.
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        if (!line.ends_with(" " + file.native())) continue;
        std::uintptr_t begin = 0;
        std::uintptr_t end = 0;
        if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR, &begin, &end) != 2) continue;
        ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
}

}  // namespace leveret::storage

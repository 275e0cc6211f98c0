// What a power loss leaves of a recorded disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "tests/power/recorded_disk.hpp"

namespace leveret::test {

/// Which of the writes that no sync has covered reach the disk.
enum class Survivors : std::uint8_t { some_pages, whole_writes, only_roots, all, none };

/// The disk behind the page cache, event by event.
class DiskAfterPowerLoss {
public:
    explicit DiskAfterPowerLoss(std::uint32_t seed) : random_(seed) {}

    void follow(const DiskEvent& event);
    /// Makes the file what a power loss now would leave of it.
    void write_image(const std::filesystem::path& file, Survivors survivors,
                     std::uint32_t seed) const;

private:
    /// Octets of one page that are only in the page cache.
    struct Unsynced {
        std::uint64_t write{};  ///< its number
        std::uint64_t offset{};
        std::string octets{};
    };
    void add(std::uint64_t offset, const std::string& octets);

    std::mt19937 random_;
    std::string durable_{};
    std::vector<Unsynced> unsynced_{};
    std::uint64_t writes_ = 0;
};

}  // namespace leveret::test

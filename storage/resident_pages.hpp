// What reads through the map keeps its bound with this: pages of the map count as memory of the
// process, and nobody takes them back by itself.
#pragma once

#include <cstdint>

#include "storage/environment.hpp"

namespace leveret::storage {

/// Thread: one at a time. Several may watch the same environment.
class ResidentPages {
public:
    explicit ResidentPages(const Environment& environment) : environment_(environment) {}

    /// So much was read. Looks now and then whether pages must be given back; what was read stays
    /// readable.
    void read(std::uint64_t octets) {
        since_look_ += octets;
        if (since_look_ >= octets_between_looks) look();
    }
    void look() {
        since_look_ = 0;
        environment_.forget_pages(resident_pages_max);
    }

private:
    /// A look costs some 50 microseconds, reading this much some 2 milliseconds at least.
    static constexpr std::uint64_t octets_between_looks = 16ULL << 20;

    const Environment& environment_;
    std::uint64_t since_look_ = 0;
};

}  // namespace leveret::storage

// What the kernel knows of this process: time, octets, memory. And how figures are put together.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace leveret::bench {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// CPU seconds of the calling thread, and of all others of the process.
double cpu_of_this_thread();
double cpu_of_others();

/// Octets handed to write(2) and its kin by the process.
std::uint64_t octets_written();

/// A line of /proc/self/status such as "VmRSS:", in octets.
std::uint64_t memory_of(const char* key);

inline double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

}  // namespace leveret::bench

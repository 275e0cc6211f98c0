#include "tests/bench/store/measure.hpp"

#include <sys/resource.h>

#include <fstream>
#include <string>

namespace leveret::bench {

namespace {

double cpu_of(int who) {
    rusage usage{};
    getrusage(who, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint64_t number_after(const char* file, const std::string& key) {
    std::ifstream lines(file);
    for (std::string word; lines >> word;) {
        std::uint64_t number = 0;
        if (word == key && lines >> number) return number;
    }
    return 0;
}

}  // namespace

double cpu_of_this_thread() { return cpu_of(RUSAGE_THREAD); }
double cpu_of_others() { return cpu_of(RUSAGE_SELF) - cpu_of(RUSAGE_THREAD); }

std::uint64_t octets_written() { return number_after("/proc/self/io", "wchar:"); }

std::uint64_t memory_of(const char* key) { return number_after("/proc/self/status", key) << 10; }

}  // namespace leveret::bench

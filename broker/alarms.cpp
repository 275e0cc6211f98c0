#include "broker/alarms.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>

#include "broker/limits.hpp"
#include "broker/log.hpp"

namespace leveret::broker {

void Alarms::memory_used(std::uint64_t octets) {
    const auto mark = static_cast<double>(memory_high_watermark_);
    const auto used = static_cast<double>(octets);
    const bool raised = memory_ ? used > mark * limits::memory_alarm_clears_at : used > mark;
    if (raised == memory_) return;
    memory_ = raised;
    if (raised) {
        log::warning(
            "memory alarm: {} MiB used, memory.high_watermark is {} MiB; publishers are "
            "blocked until consumers have made room",
            octets >> 20, memory_high_watermark_ >> 20);
    } else {
        log::info("memory alarm ended: {} MiB used; publishers go on", octets >> 20);
    }
    tell();
}

void Alarms::disk_short(bool is_short) {
    if (is_short == disk_) return;
    disk_ = is_short;
    parked_octets_ = 0;
    if (is_short) {
        log::warning("disk alarm: the store has too little room; publishers are blocked");
    } else {
        log::info("disk alarm ended; publishers go on");
    }
    tell();
}

void Alarms::tell() const {
    const std::vector<AlarmListener*> listeners = listeners_;
    for (AlarmListener* listener : listeners) listener->alarms_changed();
}

std::string Alarms::reason() const {
    std::string reason;
    if (memory_) reason = "low on memory";
    if (disk_) reason += memory_ ? " & low on disk" : "low on disk";
    return reason;
}

std::uint64_t process_memory_octets() {
    std::ifstream status("/proc/self/status");
    std::uint64_t kib = 0;
    for (std::string line; std::getline(status, line);) {
        for (const std::string_view key : {"RssAnon:", "RssShmem:"}) {
            if (line.starts_with(key)) kib += std::stoull(line.substr(key.size()));
        }
    }
    return kib * 1024;
}

std::uint64_t available_memory_octets() {
    const auto pages = static_cast<std::uint64_t>(std::max(0L, sysconf(_SC_PHYS_PAGES)));
    const auto page_octets = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    std::uint64_t octets = pages * page_octets;
    for (const char* file : {"/sys/fs/cgroup/memory.max",                       // version 2
                             "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {  // version 1
        std::ifstream limit(file);
        if (std::uint64_t value = 0; limit >> value) octets = std::min(octets, value);
    }
    return octets;
}

}  // namespace leveret::broker

// What the kernel knows of the broker's process, from /proc.
#pragma once

#include <string_view>

namespace leveret::bench {

/// Units: seconds, user and system, all threads. 0 when there is no such process.
double process_cpu_seconds(int pid);

/// A line of /proc/PID/status such as "VmRSS:".
/// Units: KiB. 0 when there is no such process or line.
long process_status_kib(int pid, std::string_view key);

}  // namespace leveret::bench

#include "tests/bench/process_stats.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace leveret::bench {

double process_cpu_seconds(int pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(file, line);
    const auto after_name = line.rfind(')');  // the name itself may hold blanks and brackets
    if (after_name == line.npos) return 0;
    std::istringstream fields(line.substr(after_name + 2));
    constexpr int fields_before_utime = 11;
    std::string skipped;
    for (int i = 0; i < fields_before_utime; ++i) fields >> skipped;
    unsigned long user_ticks = 0;
    unsigned long system_ticks = 0;
    fields >> user_ticks >> system_ticks;
    return static_cast<double>(user_ticks + system_ticks) /
           static_cast<double>(sysconf(_SC_CLK_TCK));
}

long process_status_kib(int pid, std::string_view key) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(key)) return std::stol(line.substr(key.size()));
    return 0;
}

}  // namespace leveret::bench

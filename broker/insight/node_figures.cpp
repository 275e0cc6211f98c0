#include "broker/insight/node_figures.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <system_error>
#include <thread>

#include "broker/alarms.hpp"

namespace leveret::broker::insight {

namespace {

std::uint64_t entries_of(const char* folder) {
    std::error_code error;
    const std::filesystem::directory_iterator entries(folder, error);
    if (error) return 0;
    return static_cast<std::uint64_t>(std::distance(begin(entries), end(entries)));
}

}  // namespace

NodeFigures read_node_figures(const std::filesystem::path& data_dir) {
    NodeFigures figures;
    figures.memory_used = process_memory_octets();
    std::error_code no_such_folder;
    const std::filesystem::space_info space = std::filesystem::space(data_dir, no_such_folder);
    if (!no_such_folder) figures.disk_free = space.available;
    figures.descriptors_used = entries_of("/proc/self/fd");
    figures.threads = entries_of("/proc/self/task");
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.descriptors_max = limit.rlim_cur;
    figures.processors = std::max(1U, std::thread::hardware_concurrency());
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        figures.context_switches = static_cast<std::uint64_t>(usage.ru_nvcsw + usage.ru_nivcsw);
    }
    figures.process_id = static_cast<std::uint64_t>(getpid());
    return figures;
}

}  // namespace leveret::broker::insight

// What the durable store costs, measured beside a raw log on the same disk in the same run.
#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <string_view>

#include "tests/bench/store/scenarios.hpp"

namespace leveret::bench {

namespace {

constexpr std::string_view help =
    R"(store_bench: what the durable store costs. Prints figures beside their targets.

  --dir=DIR        on the disk to be measured; the working directory otherwise
  --only=NAME      pipelined, each, queues, fan-out, recovery, fragmentation, aging, elision
  --row=BxN        of the commit tables: octets and number of messages, as 16x10000
  --seconds=S      per row of the commit tables; 2 otherwise
  --scale=X        of what is counted instead of timed; --only=recovery --scale=10: 10 million
)";

struct Scenario {
    std::string_view name;
    void (*run)(const StoreBenchOptions&);
};

constexpr Scenario scenarios[] = {
    {"pipelined",
     [](const StoreBenchOptions& options) {
         compare_commits(options, storage::SyncMode::pipelined);
     }},
    {"each",
     [](const StoreBenchOptions& options) { compare_commits(options, storage::SyncMode::each); }},
    {"queues", many_queues},
    {"fan-out", fan_out},
    {"recovery", recovery_and_consumption},
    {"fragmentation", fragmentation},
    {"aging", aging},
    {"elision", elision},
};

/// In a process of its own, so that memory and CPU are its own.
bool run(const Scenario& scenario, const StoreBenchOptions& options) {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child < 0) return false;
    if (child == 0) {
        int code = 0;
        try {
            scenario.run(options);
        } catch (const std::exception& error) {
            fmt::print(stderr, "store_bench: {}: {}\n", scenario.name, error.what());
            code = 1;
        }
        std::fflush(stdout);
        _exit(code);
    }
    int status = 0;
    return waitpid(child, &status, 0) == child && status == 0;
}

int main(int argc, char** argv) {
    StoreBenchOptions options;
    options.directory = std::filesystem::current_path();
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        const std::string value(argument.substr(std::min(argument.size(), argument.find('=') + 1)));
        if (argument.starts_with("--dir=")) {
            options.directory = value;
        } else if (argument.starts_with("--only=")) {
            options.only = value;
        } else if (argument.starts_with("--row=")) {
            options.row = value;
        } else if (argument.starts_with("--seconds=")) {
            options.seconds = std::atof(value.c_str());
        } else if (argument.starts_with("--scale=")) {
            options.scale = std::atof(value.c_str());
        } else {
            fmt::print("{}", help);
            return argument == "--help" ? 0 : 2;
        }
    }
    int failed = 0;
    for (const Scenario& scenario : scenarios) {
        if (scenario.name.starts_with(options.only) && !run(scenario, options)) ++failed;
    }
    return failed == 0 ? 0 : 1;
}

}  // namespace

}  // namespace leveret::bench

int main(int argc, char** argv) { return leveret::bench::main(argc, argv); }

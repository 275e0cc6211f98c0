// What the store is measured by. Each prints its figures beside their targets.
#pragma once

#include <filesystem>
#include <string>

#include "storage/store_options.hpp"

namespace leveret::bench {

struct StoreBenchOptions {
    std::filesystem::path directory{};  ///< on the disk that is measured
    std::string only{};                 ///< scenarios whose name begins so; empty: all
    std::string row{};                  ///< of the table, as 16x1000; empty: all
    double seconds = 2;                 ///< per row of the table
    double scale = 1;                   ///< of what is counted instead of timed
};

/// Commits per second beside the raw log, by size of body and commit.
void compare_commits(const StoreBenchOptions& options, storage::SyncMode sync);
void many_queues(const StoreBenchOptions& options);
void fan_out(const StoreBenchOptions& options);
void recovery_and_consumption(const StoreBenchOptions& options);
void fragmentation(const StoreBenchOptions& options);
void aging(const StoreBenchOptions& options);
void elision(const StoreBenchOptions& options);

}  // namespace leveret::bench

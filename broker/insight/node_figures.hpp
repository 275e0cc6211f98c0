// What the process takes of its machine.
#pragma once

#include <cstdint>
#include <filesystem>

namespace leveret::broker::insight {

struct NodeFigures {
    std::uint64_t memory_used{};       ///< octets that no file backs, as the memory alarm counts
    std::uint64_t disk_free{};         ///< octets, where the data are
    std::uint64_t descriptors_used{};  ///< open files and sockets
    std::uint64_t descriptors_max{};
    std::uint64_t threads{};
    std::uint64_t processors{};
    std::uint64_t context_switches{};
    std::uint64_t process_id{};
};

/// Asks the system; may take milliseconds.
/// Thread: any, but not the broker thread.
[[nodiscard]] NodeFigures read_node_figures(const std::filesystem::path& data_dir);

}  // namespace leveret::broker::insight

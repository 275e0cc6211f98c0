// What the owner of the store decides: where, how large, how safe.
#pragma once

#include <cstdint>
#include <filesystem>

#include "storage/log.hpp"

namespace leveret::storage {

/// When a commit counts as durable.
enum class SyncMode : std::uint8_t {
    pipelined,  ///< with the next commit, or after a sync of its own: one sync per commit
    each,       ///< when it returns: two syncs per commit
    none,       ///< when it returns, with no sync at all: survives a crash of the process only
};

struct StoreOptions {
    std::filesystem::path data_dir{};
    SyncMode sync = SyncMode::pipelined;
    std::uint64_t max_octets = 0;       ///< of the map; 0: 90 % of the file system
    std::uint64_t disk_free_limit = 0;  ///< octets; 0: by the size of the file system
    bool allow_network = false;         ///< a network file system is refused otherwise
    bool refuse_synced = false;         ///< a store whose commits were synced is not opened
    /// A file that is larger, and mostly of free pages, is compacted by the start.
    std::uint64_t compact_above = 1ULL << 30;

    // For one start.
    bool repair = false;   ///< delete and count damaged chunks instead of refusing
    bool compact = false;  ///< whatever the size of the file
    bool discard = false;  ///< move what is stored aside and begin with nothing

    Log log = [](LogLevel, std::string_view) {};
};

}  // namespace leveret::storage

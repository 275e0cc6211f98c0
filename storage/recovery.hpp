// The start of the store: what the files hold is read by its tables alone, told to the broker, and
// taken up in the index.
#pragma once

#include "storage/chunk_index.hpp"
#include "storage/environment.hpp"
#include "storage/recovery_sink.hpp"
#include "storage/store_options.hpp"
#include "storage/writer.hpp"

namespace leveret::storage {

/// What the files say of former starts, and what this one writes.
struct Boot {
    std::optional<FormatRecord> format{};  ///< none: the store is new
    BootRecord found{};
    BootRecord now{};
    bool unsynced = false;  ///< the process before this one was not told to sync

    /// Ids and sequences of this process are above.
    [[nodiscard]] std::uint64_t id_base() const { return std::uint64_t{now.count} << 40; }
};

/// Throws: StorageError when the store is of a later version, damaged, or not to be trusted.
[[nodiscard]] Boot read_boot(const Environment& environment, const StoreOptions& options);

/// Fills the index, tells the sink all but done(), and makes the first commit of the process,
/// durable when it returns.
/// Throws: StorageError that names what is damaged.
[[nodiscard]] WriterStart recover_store(Environment& environment, const StoreOptions& options,
                                        const Boot& boot, ChunkIndex& index, RecoverySink& sink,
                                        RecoverySummary& summary);

}  // namespace leveret::storage

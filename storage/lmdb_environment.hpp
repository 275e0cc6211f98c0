// The files of the store: the lock of the data directory, LMDB's environment in it, and a second
// descriptor that tells a lost sync from a full disk. The only place that knows LMDB.
#pragma once

#include <memory>

#include "storage/environment.hpp"
#include "storage/store_options.hpp"

namespace leveret::storage {

/// Opens, or creates, what is in options.data_dir. One at a time in a process and on a directory.
/// Throws: StorageError when the directory is in use, on a network file system, or damaged.
[[nodiscard]] std::unique_ptr<Environment> open_lmdb(const StoreOptions& options);

}  // namespace leveret::storage

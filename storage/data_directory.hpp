// The directory of a store, before and around the database in it: made, locked, looked at, and the
// mark of commits that are not synced. Knows nothing of LMDB but the names of its files.
#pragma once

#include <filesystem>
#include <string>

#include "storage/descriptor.hpp"
#include "storage/store_options.hpp"

namespace leveret::storage {

/// One at a time on a directory, in all processes.
class DataDirectory {
public:
    /// Locks the directory, makes what is missing, and moves aside what is to be discarded.
    /// Throws: StorageError when it is in use, may not be written, is on a network file system, or
    ///         holds a store that a machine left without a sync.
    explicit DataDirectory(const StoreOptions& options);

    [[nodiscard]] const std::filesystem::path& store() const { return store_; }
    [[nodiscard]] std::filesystem::path file() const { return store_ / "data.mdb"; }
    /// The database, opened for reading and writing, and made when it is missing.
    /// Throws: StorageError.
    [[nodiscard]] Descriptor open_file() const;

    /// Says on disk that commits are not synced from now on.
    /// Throws: StorageError.
    void mark_unsynced() const;
    /// Takes that back, when everything is synced.
    /// Throws: StorageError.
    void unmark_unsynced() const;

private:
    void lock();
    void discard(const Log& log) const;
    void refuse_untrusted() const;

    std::filesystem::path data_dir_;
    std::filesystem::path store_;
    Descriptor lock_{};
};

/// Sixteen octets that the kernel draws when the machine starts.
/// Throws: StorageError.
[[nodiscard]] std::string kernel_boot_id();

/// Throws: StorageError that says what to do, unless this machine has been up since it was marked.
void refuse_mark_of_another_boot(std::string_view mark);

/// Makes the names in a directory durable.
/// Throws: StorageError.
void sync_directory(const std::filesystem::path& path);

/// Throws: StorageError with the error's text; of missing rights, it says who is who.
[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what, int error);

}  // namespace leveret::storage

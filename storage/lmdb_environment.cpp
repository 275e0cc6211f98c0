#include "storage/lmdb_environment.hpp"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>
#include <vector>

#include "storage/data_directory.hpp"
#include "storage/map_memory.hpp"
#include "storage/storage_error.hpp"

namespace leveret::storage {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t gibibyte = 1ULL << 30;
/// The whole schema and some to come.
constexpr MDB_dbi databases_max = 16;
constexpr unsigned readers_max = 126;
/// EIO of a write that met the end of the disk, as long as less than this is left.
constexpr std::uint64_t nearly_full_octets = 64ULL << 20;
/// Data that is copied within a second: a start compacts the file without being asked.
constexpr std::uint64_t compact_at_once_octets = 256ULL << 20;
/// The sizes of chunks are made for this page.
constexpr unsigned page_octets = 4096;
/// Where LMDB's file begins, with one root or the other; data follow.
constexpr std::uintmax_t root_pages = 2;

[[noreturn]] void fail_lmdb(const fs::path& path, const std::string& what, int error) {
    if (error > 0) fail(path, what, error);  // the system's, not LMDB's own
    throw StorageError(path.string() + ": " + what + ": " + mdb_strerror(error));
}

/// liblmdb calls it when it finds its own pages damaged, and aborts the process afterwards.
void log_assertion(MDB_env* environment, const char* message) {
    const auto& options = *static_cast<const StoreOptions*>(mdb_env_get_userctx(environment));
    options.log(LogLevel::fatal,
                "the database in " + options.data_dir.string() + " is damaged: " + message);
}

std::string mebibytes(std::uint64_t octets) { return std::to_string(octets >> 20); }

MDB_val as_value(std::string_view octets) {
    return {octets.size(), const_cast<char*>(octets.data())};
}
std::string_view as_view(const MDB_val& value) {
    return {static_cast<const char*>(value.mv_data), value.mv_size};
}

constexpr MDB_dbi missing = ~MDB_dbi{0};
using Handles = std::array<MDB_dbi, database_names.size()>;

class LmdbScan final : public Scan {
public:
    LmdbScan(MDB_txn* transaction, MDB_dbi database) {
        if (database == missing) return;
        if (const int error = mdb_cursor_open(transaction, database, &cursor_); error != 0) {
            throw StorageError(std::string("cursor: ") + mdb_strerror(error));
        }
    }
    ~LmdbScan() override {
        if (cursor_ != nullptr) mdb_cursor_close(cursor_);
    }
    LmdbScan(const LmdbScan&) = delete;
    LmdbScan& operator=(const LmdbScan&) = delete;

    bool next() override {
        if (cursor_ == nullptr) return false;
        const int error = mdb_cursor_get(cursor_, &key_, &value_, MDB_NEXT);
        if (error == MDB_NOTFOUND) return false;
        if (error != 0) throw StorageError(std::string("scan: ") + mdb_strerror(error));
        return true;
    }
    [[nodiscard]] std::string_view key() const override { return as_view(key_); }
    [[nodiscard]] std::string_view value() const override { return as_view(value_); }

private:
    MDB_cursor* cursor_ = nullptr;
    MDB_val key_{};
    MDB_val value_{};
};

class LmdbSnapshot final : public Snapshot {
public:
    LmdbSnapshot(MDB_env* environment, const Handles& handles, const char* map, int file)
        : handles_(handles), map_(map), file_(file) {
        const int error = mdb_txn_begin(environment, nullptr, MDB_RDONLY, &transaction_);
        if (error != 0) throw StorageError(std::string("snapshot: ") + mdb_strerror(error));
    }
    ~LmdbSnapshot() override { mdb_txn_abort(transaction_); }
    LmdbSnapshot(const LmdbSnapshot&) = delete;
    LmdbSnapshot& operator=(const LmdbSnapshot&) = delete;

    [[nodiscard]] std::optional<std::string_view> get(Database database,
                                                      const Key& key) const override {
        const MDB_dbi handle = handles_[static_cast<std::size_t>(database)];
        if (handle == missing) return std::nullopt;
        MDB_val name = as_value(key.octets());
        MDB_val value{};
        const int error = mdb_get(transaction_, handle, &name, &value);
        if (error == MDB_NOTFOUND) return std::nullopt;
        if (error != 0) throw StorageError(std::string("get: ") + mdb_strerror(error));
        return as_view(value);
    }
    [[nodiscard]] std::unique_ptr<Scan> scan(Database database) const override {
        return std::make_unique<LmdbScan>(transaction_,
                                          handles_[static_cast<std::size_t>(database)]);
    }

    void load(std::string_view value, std::size_t from, std::span<char> room) const override {
        const auto at = static_cast<off_t>(value.data() - map_ + static_cast<off_t>(from));
        for (std::size_t done = 0; done < room.size();) {
            const ssize_t read = ::pread(file_, room.data() + done, room.size() - done,
                                         at + static_cast<off_t>(done));
            if (read < 0 && errno == EINTR) continue;
            if (read <= 0) {
                throw StorageError(std::string("octets ") + std::to_string(at) +
                                   " and following cannot be read: " +
                                   (read == 0 ? "the file ends before" : mdb_strerror(errno)));
            }
            done += static_cast<std::size_t>(read);
        }
    }

private:
    Handles handles_;
    const char* map_;
    int file_;
    MDB_txn* transaction_ = nullptr;
};

class LmdbEnvironment final : public Environment {
public:
    explicit LmdbEnvironment(const StoreOptions& options)
        : options_(options), directory_(options), file_(directory_.file()) {
        fs::remove(compacted_file());  // of a start that did not come to its end
        open();
    }

    ~LmdbEnvironment() override {
        abandon();
        if (environment_ != nullptr) mdb_env_close(environment_);
    }
    LmdbEnvironment(const LmdbEnvironment&) = delete;
    LmdbEnvironment& operator=(const LmdbEnvironment&) = delete;

    [[nodiscard]] std::span<char> reserve(Database database, const Key& key,
                                          std::size_t octets) override {
        if (begin()) {
            MDB_val name = as_value(key.octets());
            MDB_val value{octets, nullptr};
            const unsigned flags =
                MDB_RESERVE | (database == Database::chunks ? unsigned{MDB_APPEND} : 0u);
            error_ = mdb_put(transaction_, handle(database), &name, &value, flags);
            if (error_ == 0) {
                octets_ += octets;
                return {static_cast<char*>(value.mv_data), octets};
            }
        }
        nowhere_.resize(std::max(nowhere_.size(), octets));
        return {nowhere_.data(), octets};
    }

    void put(Database database, const Key& key, std::string_view value) override {
        if (!begin()) return;
        MDB_val name = as_value(key.octets());
        MDB_val octets = as_value(value);
        error_ = mdb_put(transaction_, handle(database), &name, &octets, 0);
        octets_ += value.size();
    }

    bool erase(Database database, const Key& key) override {
        if (!begin()) return false;
        MDB_val name = as_value(key.octets());
        const int error = mdb_del(transaction_, handle(database), &name, nullptr);
        if (error != MDB_NOTFOUND) error_ = error;
        return error == 0;
    }

    [[nodiscard]] Committed commit() override {
        if (failed_) {
            abandon();
            return Committed::failed;
        }
        int error = error_;
        if (transaction_ == nullptr && error == 0) return Committed::nothing;
        const std::uint64_t octets = octets_;
        bool counted = false;
        if (error == 0) {
            const std::size_t number = mdb_txn_id(transaction_);
            error = mdb_txn_commit(std::exchange(transaction_, nullptr));
            MDB_envinfo info{};
            mdb_env_info(environment_, &info);
            counted = info.me_last_txnid == number;
        }
        if (error != 0) {
            abandon();
            return judge(error, octets);
        }
        for (const std::size_t fresh : std::exchange(fresh_, {})) exists_[fresh] = true;
        octets_ = 0;
        return counted ? Committed::written : Committed::nothing;
    }

    void abandon() override {
        if (transaction_ != nullptr) mdb_txn_abort(std::exchange(transaction_, nullptr));
        for (const std::size_t fresh : std::exchange(fresh_, {})) handles_[fresh] = missing;
        error_ = 0;
        octets_ = 0;
        std::vector<char>().swap(nowhere_);
    }

    [[nodiscard]] bool sync() override {
        if (failed_) return false;
        if (const int error = mdb_env_sync(environment_, 1); error != 0) {
            failed_ = true;
            last_error_ = file_.string() + ": sync: " + mdb_strerror(error);
        }
        return !failed_;
    }

    [[nodiscard]] std::unique_ptr<Snapshot> snapshot() const override {
        Handles handles = handles_;
        for (std::size_t i = 0; i < handles.size(); ++i) {
            if (!exists_[i]) handles[i] = missing;
        }
        return std::make_unique<LmdbSnapshot>(environment_, handles, map_.data(), probe_.number());
    }

    [[nodiscard]] Space space() const override {
        Space space;
        MDB_envinfo info{};
        mdb_env_info(environment_, &info);
        space.map = info.me_mapsize;
        space.extent = (info.me_last_pgno + 1) * std::uint64_t{page_octets};
        space.used = space.extent;
        // The list of free pages is read only when its answer can matter.
        if (space.used > space.map / 10 * 7) {
            space.used -= std::min(space.used, free_pages() * page_octets);
        }
        struct stat file{};
        if (::fstat(probe_.number(), &file) == 0) {
            space.file = static_cast<std::uint64_t>(file.st_size);
        }
        struct statvfs disk{};
        if (::fstatvfs(probe_.number(), &disk) == 0) {
            space.disk_free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
            space.disk_total = std::uint64_t{disk.f_blocks} * disk.f_frsize;
        }
        rlimit limit{};
        if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
            space.disk_free =
                std::min(space.disk_free,
                         limit.rlim_cur - std::min<std::uint64_t>(limit.rlim_cur, space.file));
        }
        return space;
    }

    void forget_pages(std::uint64_t above) const override {
        if (resident_file_octets() > above) storage::forget_pages(map_);
    }

    void compact() override {
        if (!worth_compacting()) return;
        const std::uint64_t before = space().file;
        const fs::path copy = compacted_file();
        if (const int error = copy_compacted(copy); error != 0) {
            std::error_code ignored;
            fs::remove(copy, ignored);
            options_.log(LogLevel::warning,
                         copy.string() + ": " + mdb_strerror(error) + "; the file stays as it is");
            return;
        }
        mdb_env_close(std::exchange(environment_, nullptr));
        probe_ = Descriptor();
        if (::rename(copy.c_str(), file_.c_str()) != 0) fail(copy, "cannot be renamed", errno);
        sync_directory(directory_.store());
        open();
        options_.log(LogLevel::info, file_.string() + " was compacted from " + mebibytes(before) +
                                         " to " + mebibytes(space().file) + " MiB");
    }

    void begin_unsynced() override {
        directory_.mark_unsynced();
        mdb_env_set_flags(environment_, MDB_NOSYNC, 1);
    }
    void end_unsynced() override { directory_.unmark_unsynced(); }

    [[nodiscard]] std::string last_error() const override { return last_error_; }

private:
    [[nodiscard]] fs::path compacted_file() const {
        return directory_.store() / "data.mdb.compact";
    }

    void open() {
        probe_ = directory_.open_file();
        open_environment();
        open_databases();
        map_ = map_of(file_);
        if (map_.empty()) {
            mdb_env_close(std::exchange(environment_, nullptr));
            throw StorageError(file_.string() + ": its map does not stand in /proc/self/maps");
        }
    }

    /// Whether the file is mostly free pages, and what lives in it is little, or it is asked for.
    [[nodiscard]] bool worth_compacting() const {
        const Space now = space();
        if (!options_.compact && now.extent <= options_.compact_above) return false;
        const std::uint64_t live =
            now.extent - std::min(now.extent, free_pages() * std::uint64_t{page_octets});
        if (!options_.compact && live >= now.extent / 2) return false;
        if (now.disk_free <= live) {
            options_.log(LogLevel::warning, file_.string() + ": no room on the disk to compact " +
                                                mebibytes(live) + " MiB of data");
            return false;
        }
        if (options_.compact || live < compact_at_once_octets) return true;
        options_.log(LogLevel::warning,
                     file_.string() + ": only " + mebibytes(live) + " of " + mebibytes(now.extent) +
                         " MiB are in use; `leveret serve --compact` gives the rest back to the "
                         "disk, and takes some seconds per GiB in use");
        return false;
    }

    /// Returns: 0, or the error.
    [[nodiscard]] int copy_compacted(const fs::path& path) const {
        const Descriptor copy(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!copy.open()) return errno;
        const int error = mdb_env_copyfd2(environment_, copy.number(), MDB_CP_COMPACT);
        if (error == 0 && ::fsync(copy.number()) != 0) return errno;
        return error;
    }

    void create_environment() {
        if (const int error = mdb_env_create(&environment_); error != 0) {
            fail_lmdb(file_, "mdb_env_create", error);
        }
        mdb_env_set_userctx(environment_, const_cast<StoreOptions*>(&options_));
        mdb_env_set_assert(environment_, log_assertion);
        mdb_env_set_maxdbs(environment_, databases_max);
        mdb_env_set_maxreaders(environment_, readers_max);
    }

    [[nodiscard]] std::uint64_t map_octets() const {
        if (options_.max_octets != 0) return options_.max_octets;
        struct statvfs disk{};
        if (::fstatvfs(probe_.number(), &disk) != 0) fail(file_, "statvfs", errno);
        const std::uint64_t most = std::uint64_t{disk.f_blocks} * disk.f_frsize / 10 * 9;
        return std::max(most / gibibyte, std::uint64_t{1}) * gibibyte;
    }

    /// Nothing but roots: nothing was committed yet.
    [[nodiscard]] bool is_without_data() const {
        return fs::file_size(file_) <= root_pages * page_octets;
    }

    void open_environment() {
        // What is not to be synced is so only after the first commit: see begin_unsynced().
        const unsigned flags =
            MDB_NOTLS | (options_.sync == SyncMode::each ? 0u : unsigned{MDB_NOMETASYNC});
        const bool without_data = is_without_data();
        int error = 0;
        for (std::uint64_t map = map_octets();;) {
            create_environment();
            error = mdb_env_set_mapsize(environment_, map);
            if (error == 0) {
                error = mdb_env_open(environment_, directory_.store().c_str(), flags, 0600);
            }
            if (error == 0) break;
            mdb_env_close(std::exchange(environment_, nullptr));
            if (error == MDB_INVALID && is_without_data() && fs::file_size(file_) != 0) {
                // The power went while it was made, and half of its roots were written.
                if (::ftruncate(probe_.number(), 0) != 0) fail(file_, "cannot be emptied", errno);
                continue;
            }
            // Only address space; where little of it may be had, half must do.
            if (error != ENOMEM || map / 2 < gibibyte || options_.max_octets != 0) break;
            map /= 2;
        }
        if (error == 0 && without_data) error = mdb_env_sync(environment_, 1);
        if (error != 0) {
            if (environment_ != nullptr) mdb_env_close(std::exchange(environment_, nullptr));
            fail_lmdb(file_, "cannot be opened as a database", error);
        }
        MDB_stat figures{};
        mdb_env_stat(environment_, &figures);
        if (figures.ms_psize != page_octets) {
            mdb_env_close(std::exchange(environment_, nullptr));
            throw StorageError(file_.string() + ": made for pages of " +
                               std::to_string(figures.ms_psize) + " octets; this broker has " +
                               std::to_string(page_octets));
        }
        int dead = 0;
        mdb_reader_check(environment_, &dead);
    }

    void open_databases() {
        MDB_txn* transaction = nullptr;
        int error = mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &transaction);
        for (std::size_t i = 0; error == 0 && i < handles_.size(); ++i) {
            error = mdb_dbi_open(transaction, database_names[i].data(), 0, &handles_[i]);
            exists_[i] = error == 0;
            if (error == MDB_NOTFOUND) {
                handles_[i] = missing;
                error = 0;
            }
        }
        if (error != 0) {
            if (transaction != nullptr) mdb_txn_abort(transaction);
            mdb_env_close(std::exchange(environment_, nullptr));
            fail_lmdb(file_, "its databases cannot be opened", error);
        }
        mdb_txn_commit(transaction);
    }

    /// Returns: whether there is a transaction to write to.
    bool begin() {
        if (failed_ || error_ != 0) return false;
        if (transaction_ != nullptr) return true;
        error_ = mdb_txn_begin(environment_, nullptr, 0, &transaction_);
        if (error_ != 0) {
            transaction_ = nullptr;
            return false;
        }
        for (std::size_t i = 0; error_ == 0 && i < handles_.size(); ++i) {
            if (handles_[i] != missing) continue;
            error_ = mdb_dbi_open(transaction_, database_names[i].data(), MDB_CREATE, &handles_[i]);
            if (error_ == 0) {
                fresh_.push_back(i);
            } else {
                handles_[i] = missing;
            }
        }
        return error_ == 0;
    }

    [[nodiscard]] MDB_dbi handle(Database database) const {
        return handles_[static_cast<std::size_t>(database)];
    }

    /// Tells a full disk from a lost sync: Linux reports a failed write-back once to every
    /// descriptor that is open, so the probe knows what LMDB's descriptors may not tell.
    Committed judge(int error, std::uint64_t octets) {
        last_error_ = file_.string() + ": commit: " + mdb_strerror(error);
        if (::fdatasync(probe_.number()) != 0) {
            last_error_ += "; then fdatasync: ";
            last_error_ += mdb_strerror(errno);
            failed_ = true;
            return Committed::failed;
        }
        const bool full =
            error == MDB_MAP_FULL || error == ENOSPC || error == EDQUOT || error == EFBIG ||
            (error == EIO && space().disk_free < std::max(nearly_full_octets, 2 * octets));
        if (full) return Committed::no_space;
        failed_ = true;
        return Committed::failed;
    }

    /// Reads LMDB's list of free pages: database 0, values of a count and that many page numbers.
    [[nodiscard]] std::uint64_t free_pages() const {
        MDB_txn* transaction = nullptr;
        if (mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &transaction) != 0) return 0;
        std::uint64_t pages = 0;
        MDB_cursor* cursor = nullptr;
        if (mdb_cursor_open(transaction, 0, &cursor) == 0) {
            MDB_val key{};
            MDB_val value{};
            while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
                std::size_t count = 0;
                if (value.mv_size >= sizeof count) {
                    std::memcpy(&count, value.mv_data, sizeof count);
                    pages += count;
                }
            }
            mdb_cursor_close(cursor);
        }
        mdb_txn_abort(transaction);
        return pages;
    }

    const StoreOptions options_;
    const DataDirectory directory_;
    const fs::path file_;
    Descriptor probe_{};  ///< on the database file, opened before LMDB opens it
    MDB_env* environment_ = nullptr;
    std::span<char> map_{};
    Handles handles_{};
    std::array<bool, database_names.size()> exists_{};  ///< committed, not only in transaction_
    std::vector<std::size_t> fresh_{};                  ///< created by transaction_
    MDB_txn* transaction_ = nullptr;
    int error_ = 0;             ///< of transaction_: the first one
    std::uint64_t octets_ = 0;  ///< put by transaction_
    std::vector<char> nowhere_{};
    bool failed_ = false;
    std::string last_error_{};
};

}  // namespace

std::unique_ptr<Environment> open_lmdb(const StoreOptions& options) {
    return std::make_unique<LmdbEnvironment>(options);
}

}  // namespace leveret::storage

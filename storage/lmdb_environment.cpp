#include "storage/lmdb_environment.hpp"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <utility>
#include <vector>

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
/// The sizes of chunks are made for this page.
constexpr unsigned page_octets = 4096;

[[noreturn]] void fail(const fs::path& path, const std::string& what, int error) {
    throw StorageError(path.string() + ": " + what + ": " + mdb_strerror(error));
}

/// A file descriptor with an owner.
class Descriptor {
public:
    explicit Descriptor(int number = -1) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int number() const { return number_; }
    [[nodiscard]] bool open() const { return number_ >= 0; }

private:
    int number_;
};

void sync_directory(const fs::path& path) {
    const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.open() || ::fsync(directory.number()) != 0) {
        fail(path, "cannot be synced", errno);
    }
}

void make_directory(const fs::path& path) {
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
        fail(path, "cannot be created", errno);
    }
}

void refuse_network(const fs::path& path) {
    struct statfs figures{};
    if (::statfs(path.c_str(), &figures) != 0) fail(path, "statfs", errno);
    // NFS, SMB, SMB2, CIFS, 9P, AFS, Coda, Ceph, GlusterFS and others by FUSE
    constexpr std::uint32_t network[] = {0x6969,     0x517B,     0xFE534D42, 0xFF534D42, 0x01021997,
                                         0x5346414F, 0x73757245, 0x00C36400, 0x65735546};
    const auto type = static_cast<std::uint32_t>(figures.f_type);
    if (std::find(std::begin(network), std::end(network), type) == std::end(network)) return;
    throw StorageError(path.string() +
                       ": on a network or user-space file system, where the database cannot be "
                       "trusted; storage.allow_network = true opens it nevertheless");
}

/// liblmdb calls it when it finds its own pages damaged, and aborts the process afterwards.
void log_assertion(MDB_env*, const char* message) {
    std::fprintf(stderr, "leveret: the database is damaged: %s\n", message);
}

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
    LmdbSnapshot(MDB_env* environment, const Handles& handles) : handles_(handles) {
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

private:
    Handles handles_;
    MDB_txn* transaction_ = nullptr;
};

class LmdbEnvironment final : public Environment {
public:
    explicit LmdbEnvironment(const StoreOptions& options) : directory_(options.data_dir / "store") {
        make_directory(options.data_dir);
        lock(options.data_dir);
        make_directory(directory_);
        if (!options.allow_network) refuse_network(directory_);
        const fs::path file = directory_ / "data.mdb";
        const bool created = !fs::exists(file);
        probe_ = Descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        if (!probe_.open()) fail(file, "cannot be opened", errno);
        file_ = fs::canonical(file);
        if (created) sync_new_files(options.data_dir);
        open_environment(options);
        open_databases();
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
        return std::make_unique<LmdbSnapshot>(environment_, handles);
    }

    [[nodiscard]] Space space() const override {
        Space space;
        MDB_envinfo info{};
        mdb_env_info(environment_, &info);
        space.map = info.me_mapsize;
        space.used = (info.me_last_pgno + 1) * std::uint64_t{page_octets};
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

    void forget_pages() const override {
        // Where the map lies is told by nobody else.
        std::ifstream maps("/proc/self/maps");
        for (std::string line; std::getline(maps, line);) {
            if (!line.ends_with(file_.native())) continue;
            std::uintptr_t begin = 0;
            std::uintptr_t end = 0;
            if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR, &begin, &end) != 2) continue;
            ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
        }
    }

    [[nodiscard]] std::string last_error() const override { return last_error_; }

private:
    void lock(const fs::path& data_dir) {
        const fs::path path = data_dir / "broker.lock";
        lock_ = Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        if (!lock_.open()) fail(path, "cannot be opened", errno);
        if (::flock(lock_.number(), LOCK_EX | LOCK_NB) == 0) return;
        if (errno != EWOULDBLOCK) fail(path, "cannot be locked", errno);
        throw StorageError(data_dir.string() + ": in use by another broker");
    }

    /// LMDB syncs its file and no directory.
    void sync_new_files(const fs::path& data_dir) {
        if (::fsync(probe_.number()) != 0) fail(file_, "cannot be synced", errno);
        const fs::path whole = fs::canonical(data_dir);
        sync_directory(directory_);
        sync_directory(whole);
        sync_directory(whole.parent_path());
    }

    void open_environment(const StoreOptions& options) {
        int error = mdb_env_create(&environment_);
        if (error != 0) fail(file_, "mdb_env_create", error);
        mdb_env_set_assert(environment_, log_assertion);
        mdb_env_set_maxdbs(environment_, databases_max);
        mdb_env_set_maxreaders(environment_, readers_max);
        std::uint64_t map = options.max_octets;
        if (map == 0) {
            struct statvfs disk{};
            if (::fstatvfs(probe_.number(), &disk) != 0) fail(file_, "statvfs", errno);
            map = std::uint64_t{disk.f_blocks} * disk.f_frsize / 10 * 9;
            map = std::max(map / gibibyte, std::uint64_t{1}) * gibibyte;
        }
        unsigned flags = MDB_NOTLS;
        if (options.sync == SyncMode::pipelined) flags |= MDB_NOMETASYNC;
        if (options.sync == SyncMode::none) flags |= MDB_NOSYNC;
        for (;;) {
            error = mdb_env_set_mapsize(environment_, map);
            if (error == 0) error = mdb_env_open(environment_, directory_.c_str(), flags, 0600);
            // Only address space; where little of it may be had, half must do.
            if (error != ENOMEM || map / 2 < gibibyte || options.max_octets != 0) break;
            map /= 2;
            mdb_env_close(std::exchange(environment_, nullptr));
            if (error = mdb_env_create(&environment_); error != 0) break;
            mdb_env_set_assert(environment_, log_assertion);
            mdb_env_set_maxdbs(environment_, databases_max);
            mdb_env_set_maxreaders(environment_, readers_max);
        }
        if (error != 0) {
            mdb_env_close(std::exchange(environment_, nullptr));
            fail(file_, "cannot be opened as a database", error);
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
            fail(file_, "its databases cannot be opened", error);
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

    fs::path directory_;
    fs::path file_;
    Descriptor lock_;
    Descriptor probe_;  ///< on the database file, opened before LMDB opens it
    MDB_env* environment_ = nullptr;
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

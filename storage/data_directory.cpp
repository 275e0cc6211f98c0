#include "storage/data_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>

#include "storage/storage_error.hpp"

namespace leveret::storage {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t boot_id_octets = 16;
constexpr const char* mark_name = "unsynced";

void make_directory(const fs::path& path) {
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
        fail(path, "cannot be created", errno);
    }
    if (::eaccess(path.c_str(), R_OK | W_OK | X_OK) != 0) fail(path, "cannot be written", errno);
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

std::string read_all(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string octets{std::istreambuf_iterator<char>(file), {}};
    if (!file.is_open() || file.bad()) fail(path, "cannot be read", errno);
    return octets;
}

}  // namespace

void fail(const fs::path& path, const std::string& what, int error) {
    std::string text = path.string() + ": " + what + ": " + std::strerror(error);
    if (error == EACCES || error == EPERM) {
        struct stat owner{};
        const fs::path there = ::stat(path.c_str(), &owner) == 0 ? path : path.parent_path();
        if (::stat(there.c_str(), &owner) == 0) {
            text += "; " + there.string() + " belongs to user " + std::to_string(owner.st_uid) +
                    ", and this is user " + std::to_string(::geteuid());
        }
    }
    throw StorageError(text);
}

void sync_directory(const fs::path& path) {
    const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.open() || ::fsync(directory.number()) != 0) {
        fail(path, "cannot be synced", errno);
    }
}

std::string kernel_boot_id() {
    const fs::path path = "/proc/sys/kernel/random/boot_id";
    std::string digits = read_all(path);
    std::erase_if(digits, [](char digit) { return digit == '-' || digit == '\n'; });
    if (digits.size() != 2 * boot_id_octets) throw StorageError(path.string() + ": no id");
    std::string id;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        id.push_back(static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
    }
    return id;
}

void refuse_mark_of_another_boot(std::string_view mark) {
    if (mark == kernel_boot_id()) return;
    throw StorageError(
        "written without syncs (storage.sync = \"none\") when the machine went down: it may be "
        "damaged in ways that nobody can see. `leveret serve --discard-store` moves it aside and "
        "begins with nothing");
}

DataDirectory::DataDirectory(const StoreOptions& options)
    : data_dir_(options.data_dir), store_(data_dir_ / "store") {
    std::error_code told_below;
    fs::create_directories(fs::absolute(data_dir_).parent_path(), told_below);
    make_directory(data_dir_);
    lock();
    data_dir_ = fs::canonical(data_dir_);
    store_ = data_dir_ / "store";
    if (options.discard) discard(options.log);
    make_directory(store_);
    if (!options.allow_network) refuse_network(store_);
    refuse_untrusted();
}

void DataDirectory::lock() {
    const fs::path path = data_dir_ / "broker.lock";
    lock_ = Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock_.open()) fail(path, "cannot be opened", errno);
    if (::flock(lock_.number(), LOCK_EX | LOCK_NB) == 0) return;
    if (errno != EWOULDBLOCK) fail(path, "cannot be locked", errno);
    throw StorageError(data_dir_.string() + ": in use by another broker");
}

void DataDirectory::discard(const Log& log) const {
    if (!fs::exists(store_)) return;
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(
        std::chrono::system_clock::now().time_since_epoch());
    const fs::path aside = data_dir_ / ("store.untrusted-" + std::to_string(now.count()));
    if (fs::exists(aside)) throw StorageError(aside.string() + ": exists already");
    if (::rename(store_.c_str(), aside.c_str()) != 0) fail(store_, "cannot be moved", errno);
    sync_directory(data_dir_);
    log(LogLevel::warning,
        "what was stored is now in " + aside.string() + ", and this broker begins with nothing");
}

void DataDirectory::refuse_untrusted() const {
    const fs::path mark = store_ / mark_name;
    if (!fs::exists(mark)) return;
    try {
        refuse_mark_of_another_boot(read_all(mark));
    } catch (const StorageError& error) {
        throw StorageError(store_.string() + ": " + error.what());
    }
}

Descriptor DataDirectory::open_file() const {
    const fs::path path = file();
    const bool created = !fs::exists(path);
    Descriptor descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!descriptor.open()) fail(path, "cannot be opened", errno);
    if (created) {
        // LMDB syncs its file and no directory.
        if (::fsync(descriptor.number()) != 0) fail(path, "cannot be synced", errno);
        sync_directory(store_);
        sync_directory(data_dir_);
        // Where we may not read, whoever made the directory for us has seen to it.
        const fs::path parent = data_dir_.parent_path();
        if (::eaccess(parent.c_str(), R_OK) == 0) sync_directory(parent);
    }
    return descriptor;
}

void DataDirectory::mark_unsynced() const {
    const fs::path path = store_ / mark_name;
    const std::string id = kernel_boot_id();
    const Descriptor mark(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!mark.open() ||
        ::write(mark.number(), id.data(), id.size()) != static_cast<ssize_t>(id.size()) ||
        ::fsync(mark.number()) != 0) {
        fail(path, "cannot be written", errno);
    }
    sync_directory(store_);
}

void DataDirectory::unmark_unsynced() const {
    const fs::path path = store_ / mark_name;
    if (::unlink(path.c_str()) != 0) {
        if (errno == ENOENT) return;
        fail(path, "cannot be removed", errno);
    }
    sync_directory(store_);
}

}  // namespace leveret::storage

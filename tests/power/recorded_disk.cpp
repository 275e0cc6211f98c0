#include "tests/power/recorded_disk.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace leveret::test {

namespace {

std::atomic<RecordedDisk*> recorded{nullptr};
constexpr std::uint64_t meta_octets = 2 * 4096;

}  // namespace

RecordedDisk::RecordedDisk(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct stat figures{};
    if (descriptor < 0 || ::fstat(descriptor, &figures) != 0) {
        throw std::runtime_error("cannot open " + file.string());
    }
    ::close(descriptor);
    device_ = figures.st_dev;
    inode_ = figures.st_ino;
    if (recorded.exchange(this) != nullptr) throw std::logic_error("one disk at a time");
}

RecordedDisk::~RecordedDisk() { recorded = nullptr; }

RecordedDisk* RecordedDisk::of(int descriptor) {
    RecordedDisk* const disk = recorded;
    if (disk == nullptr) return nullptr;
    struct stat figures{};
    if (::fstat(descriptor, &figures) != 0) return nullptr;
    return figures.st_ino == disk->inode_ && figures.st_dev == disk->device_ ? disk : nullptr;
}

void RecordedDisk::set_scene(Scene scene) {
    const std::lock_guard lock(mutex_);
    scene_ = scene;
}

void RecordedDisk::begin_commit(std::optional<Scene> scene) {
    const std::lock_guard lock(mutex_);
    in_commit_ = true;
    commit_scene_ = scene;
}

void RecordedDisk::end_commit() {
    const std::lock_guard lock(mutex_);
    in_commit_ = false;
    commit_scene_.reset();
}

void RecordedDisk::record(DiskEvent event) {
    event.scene = commit_scene_.value_or(scene_);
    events_.push_back(std::move(event));
}

void RecordedDisk::note(DiskEvent::Kind kind, std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    DiskEvent event;
    event.kind = kind;
    event.number = number;
    record(std::move(event));
}

void RecordedDisk::fail(DiskFault fault) {
    const std::lock_guard lock(mutex_);
    fault_ = fault;
    strikes_ = 0;
    data_writes_ = 0;
}

void RecordedDisk::heal() {
    const std::lock_guard lock(mutex_);
    fault_.reset();
    untold_errors_.clear();
    free_octets_.reset();
}

int RecordedDisk::strikes() const {
    const std::lock_guard lock(mutex_);
    return strikes_;
}

void RecordedDisk::set_free_octets(std::optional<std::uint64_t> octets) {
    const std::lock_guard lock(mutex_);
    free_octets_ = octets;
}

std::optional<std::uint64_t> RecordedDisk::free_octets() const {
    const std::lock_guard lock(mutex_);
    return free_octets_;
}

std::vector<DiskEvent> RecordedDisk::take_events() {
    const std::lock_guard lock(mutex_);
    return std::exchange(events_, {});
}

std::size_t RecordedDisk::event_count() const {
    const std::lock_guard lock(mutex_);
    return events_.size();
}

void RecordedDisk::wait_for_strikes(int strikes) const {
    std::unique_lock lock(mutex_);
    struck_.wait(lock, [&] { return strikes_ >= strikes; });
}

int RecordedDisk::count_data_writes() {
    const std::lock_guard lock(mutex_);
    return std::exchange(data_writes_, 0);
}

bool RecordedDisk::strike(DiskFault::Call call) {
    if (!fault_ || fault_->call != call || (strikes_ > 0 && !fault_->again)) return false;
    if (fault_->calls_before-- > 0) return false;
    ++strikes_;
    struck_.notify_all();
    return true;
}

RecordedDisk::Verdict RecordedDisk::write(int descriptor, std::uint64_t offset,
                                          std::string octets) {
    const std::lock_guard lock(mutex_);
    const bool data = offset >= meta_octets;
    if (data) ++data_writes_;
    Verdict verdict{octets.size(), 0};
    if (strike(data ? DiskFault::Call::data_write : DiskFault::Call::meta_write)) {
        verdict.let_through = fault_->error == 0 ? octets.size() / 2 : 0;
        verdict.error = fault_->error;
        if (verdict.let_through == 0) return verdict;
        octets.resize(verdict.let_through);
    }
    const bool durable = (::fcntl(descriptor, F_GETFL) & O_DSYNC) != 0;
    DiskEvent event;
    event.kind = durable ? DiskEvent::Kind::durable_write : DiskEvent::Kind::write;
    event.offset = offset;
    event.octets = std::move(octets);
    record(std::move(event));
    return verdict;
}

int RecordedDisk::sync(int descriptor) {
    const std::lock_guard lock(mutex_);
    if (const auto untold = untold_errors_.find(descriptor); untold != untold_errors_.end()) {
        const int error = untold->second;
        untold_errors_.erase(untold);
        return error;
    }
    DiskEvent event;
    event.kind = DiskEvent::Kind::sync;
    if (strike(in_commit_ ? DiskFault::Call::commit_sync : DiskFault::Call::lone_sync)) {
        event.kind = DiskEvent::Kind::lost_sync;
        record(std::move(event));
        if (fault_->told_to_all) tell_all_but(descriptor, fault_->error);
        return fault_->error;
    }
    record(std::move(event));
    return 0;
}

void RecordedDisk::tell_all_but(int descriptor, int error) {
    constexpr int descriptors_looked_at = 256;
    for (int other = 0; other < descriptors_looked_at; ++other) {
        if (other != descriptor && of(other) == this) untold_errors_[other] = error;
    }
}

}  // namespace leveret::test

namespace {

using leveret::test::RecordedDisk;

/// The C library's own function of that name.
template <class Function>
Function* next_of(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

std::string octets_of(const iovec* parts, int count) {
    std::string octets;
    for (int i = 0; i < count; ++i) {
        octets.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
    }
    return octets;
}

ssize_t write_recorded(RecordedDisk& disk, int descriptor, std::string octets, off_t offset) {
    static const auto real = next_of<ssize_t(int, const void*, size_t, off_t)>("pwrite");
    const RecordedDisk::Verdict verdict =
        disk.write(descriptor, static_cast<std::uint64_t>(offset), octets);
    ssize_t written = 0;
    if (verdict.let_through != 0) {
        written = real(descriptor, octets.data(), verdict.let_through, offset);
    }
    if (verdict.error == 0) return written;
    errno = verdict.error;
    return -1;
}

}  // namespace

// By the names that the linker sees: those of the headers may stand for others (pwrite64).
#define LEVERET_STANDS_FOR(name) __asm__(name) __attribute__((visibility("default")))

extern "C" {

ssize_t recorded_pwrite(int descriptor, const void* octets, size_t count, off_t offset)
    LEVERET_STANDS_FOR("pwrite");
ssize_t recorded_pwritev(int descriptor, const iovec* parts, int count, off_t offset)
    LEVERET_STANDS_FOR("pwritev");
ssize_t recorded_writev(int descriptor, const iovec* parts, int count) LEVERET_STANDS_FOR("writev");
int recorded_fdatasync(int descriptor) LEVERET_STANDS_FOR("fdatasync");
int recorded_fsync(int descriptor) LEVERET_STANDS_FOR("fsync");
int recorded_fstatvfs(int descriptor, struct statvfs* figures) LEVERET_STANDS_FOR("fstatvfs64");

ssize_t recorded_pwrite(int descriptor, const void* octets, size_t count, off_t offset) {
    static const auto real = next_of<ssize_t(int, const void*, size_t, off_t)>("pwrite");
    RecordedDisk* const disk = RecordedDisk::of(descriptor);
    if (disk == nullptr) return real(descriptor, octets, count, offset);
    return write_recorded(*disk, descriptor, std::string(static_cast<const char*>(octets), count),
                          offset);
}

ssize_t recorded_pwritev(int descriptor, const iovec* parts, int count, off_t offset) {
    static const auto real = next_of<ssize_t(int, const iovec*, int, off_t)>("pwritev");
    RecordedDisk* const disk = RecordedDisk::of(descriptor);
    if (disk == nullptr) return real(descriptor, parts, count, offset);
    return write_recorded(*disk, descriptor, octets_of(parts, count), offset);
}

ssize_t recorded_writev(int descriptor, const iovec* parts, int count) {
    static const auto real = next_of<ssize_t(int, const iovec*, int)>("writev");
    RecordedDisk* const disk = RecordedDisk::of(descriptor);
    if (disk == nullptr) return real(descriptor, parts, count);
    const off_t offset = ::lseek(descriptor, 0, SEEK_CUR);
    const ssize_t written = write_recorded(*disk, descriptor, octets_of(parts, count), offset);
    if (written > 0) ::lseek(descriptor, offset + written, SEEK_SET);
    return written;
}

int recorded_fdatasync(int descriptor) {
    static const auto real = next_of<int(int)>("fdatasync");
    RecordedDisk* const disk = RecordedDisk::of(descriptor);
    if (disk == nullptr) return real(descriptor);
    errno = disk->sync(descriptor);
    return errno == 0 ? 0 : -1;
}

int recorded_fsync(int descriptor) {
    static const auto real = next_of<int(int)>("fsync");
    RecordedDisk* const disk = RecordedDisk::of(descriptor);
    if (disk == nullptr) return real(descriptor);
    errno = disk->sync(descriptor);
    return errno == 0 ? 0 : -1;
}

int recorded_fstatvfs(int descriptor, struct statvfs* figures) {
    static const auto real = next_of<int(int, struct statvfs*)>("fstatvfs64");
    const int result = real(descriptor, figures);
    RecordedDisk* const disk = RecordedDisk::of(descriptor);
    if (result != 0 || disk == nullptr) return result;
    if (const auto octets = disk->free_octets()) figures->f_bavail = *octets / figures->f_frsize;
    return result;
}

}  // extern "C"

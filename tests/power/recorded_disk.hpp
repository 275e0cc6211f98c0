// The disk under the database, seen through the system calls that reach it: this executable's own
// pwrite, writev, fdatasync and the like stand before those of the C library. What passes is
// recorded, and fails when a test wants it to.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace leveret::test {

/// What the store was doing, as far as a test tells them apart.
enum class Scene : std::uint8_t {
    first_commit,
    publish,
    settle,
    transaction,
    definition,
    purge,
    removal,
    promotion,
    compaction,
    nothing_written,
    many_at_once,
    lost_sync,
    orderly_stop,
};
inline constexpr std::array<const char*, 13> scene_names{
    "first commit", "publish",   "settle",      "transaction", "definition",
    "purge",        "removal",   "promotion",   "compaction",  "nothing written",
    "many at once", "lost sync", "orderly stop"};

/// One thing that happened to the file, or between it and those who wait.
struct DiskEvent {
    enum class Kind : std::uint8_t {
        write,          ///< into the page cache
        durable_write,  ///< through a descriptor with O_DSYNC
        sync,
        lost_sync,    ///< failed: what was not written by then is never written, reads see it
        handed_over,  ///< operations up to `number` are on their way
        answered,     ///< operations up to `number` must be there
    };
    Kind kind{};
    Scene scene{};
    std::uint64_t offset{};
    std::string octets{};
    std::uint64_t number{};
};

/// Which call is to fail, and how.
struct DiskFault {
    enum class Call : std::uint8_t { data_write, meta_write, commit_sync, lone_sync };
    Call call{};
    int calls_before = 0;  ///< calls of this kind that still succeed
    int error{};           ///< errno; 0: a short write
    bool again = false;    ///< this and all further ones
    /// A failed sync is told once to every descriptor that was open, as the kernel does. When not,
    /// only to the one that was synced.
    bool told_to_all = true;
};

/// Records a file, one at a time in a process. Syncs are recorded and not made.
/// Thread: any.
class RecordedDisk {
public:
    /// Creates the file when it is missing.
    explicit RecordedDisk(const std::filesystem::path& file);
    ~RecordedDisk();
    RecordedDisk(const RecordedDisk&) = delete;
    RecordedDisk& operator=(const RecordedDisk&) = delete;

    void set_scene(Scene scene);
    /// Between these two, syncs and writes are a commit's. Maintenance in it has a scene of its
    /// own.
    void begin_commit(std::optional<Scene> scene);
    void end_commit();
    void note(DiskEvent::Kind kind, std::uint64_t number);

    void fail(DiskFault fault);
    /// Takes back fail() and set_free_octets().
    void heal();
    /// How often the fault has struck.
    [[nodiscard]] int strikes() const;
    void wait_for_strikes(int strikes) const;
    /// What statvfs() tells of free octets; none: the truth.
    void set_free_octets(std::optional<std::uint64_t> octets);
    [[nodiscard]] std::optional<std::uint64_t> free_octets() const;

    [[nodiscard]] std::vector<DiskEvent> take_events();
    [[nodiscard]] std::size_t event_count() const;
    /// Calls that wrote data since fail() or this.
    [[nodiscard]] int count_data_writes();

    // For the calls themselves.

    /// The disk that records this descriptor's file; nullptr: nobody does.
    [[nodiscard]] static RecordedDisk* of(int descriptor);
    struct Verdict {
        std::size_t let_through{};  ///< octets
        int error{};                ///< errno; 0: none
    };
    [[nodiscard]] Verdict write(int descriptor, std::uint64_t offset, std::string octets);
    /// Returns: errno; 0: it is synced.
    [[nodiscard]] int sync(int descriptor);

private:
    void record(DiskEvent event);
    [[nodiscard]] bool strike(DiskFault::Call call);
    void tell_all_but(int descriptor, int error);

    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;
    mutable std::mutex mutex_;  ///< guards what follows
    mutable std::condition_variable struck_;
    std::vector<DiskEvent> events_{};
    Scene scene_{};
    std::optional<Scene> commit_scene_{};
    bool in_commit_ = false;
    std::optional<DiskFault> fault_{};
    int strikes_ = 0;
    int data_writes_ = 0;
    std::optional<std::uint64_t> free_octets_{};
    std::map<int, int> untold_errors_{};  ///< by descriptor
};

}  // namespace leveret::test

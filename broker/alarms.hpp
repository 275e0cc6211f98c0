// Alarms: what the broker is short of, and who must know when that changes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace leveret::broker {

/// Told when an alarm is raised or ends.
class AlarmListener {
public:
    virtual void alarms_changed() = 0;

protected:
    ~AlarmListener() = default;
};

/// Thread: broker thread.
class Alarms {
public:
    /// Units: octets of memory above which the memory alarm stands.
    explicit Alarms(std::uint64_t memory_high_watermark)
        : memory_high_watermark_(memory_high_watermark) {}

    /// Takes a new measurement. The alarm ends somewhat below the mark that raises it.
    void memory_used(std::uint64_t octets);

    /// Moves the mark (SIGHUP); it counts from the next measurement on.
    void set_memory_high_watermark(std::uint64_t octets) { memory_high_watermark_ = octets; }

    /// Whether the store has too little room on its disk.
    void disk_short(bool is_short);

    /// Units: octets.
    [[nodiscard]] std::uint64_t memory_high_watermark() const { return memory_high_watermark_; }

    [[nodiscard]] bool any() const { return memory_ || disk_; }
    [[nodiscard]] bool memory() const { return memory_; }
    [[nodiscard]] bool disk() const { return disk_; }

    /// A message was published though the disk alarm stands: it waits in memory.
    void parked(std::uint64_t octets) { parked_octets_ += octets; }
    /// Of all connections, since the disk alarm began.
    [[nodiscard]] std::uint64_t parked_octets() const { return parked_octets_; }

    /// Returns: what connection.blocked says: "low on memory", "low on disk".
    [[nodiscard]] std::string reason() const;

    void add(AlarmListener& listener) { listeners_.push_back(&listener); }
    void remove(AlarmListener& listener) { std::erase(listeners_, &listener); }

private:
    void tell() const;

    std::uint64_t memory_high_watermark_;
    bool memory_ = false;
    bool disk_ = false;
    std::uint64_t parked_octets_ = 0;
    std::vector<AlarmListener*> listeners_;
};

/// Returns: octets of memory of this process that no file backs (RssAnon + RssShmem): what the
///          alarm counts, as pages of the store's map can be given back at any time.
[[nodiscard]] std::uint64_t process_memory_octets();

/// Returns: octets of memory this process may use: the machine's, or its control group's if less.
[[nodiscard]] std::uint64_t available_memory_octets();

}  // namespace leveret::broker

// What the store tells the broker when it starts: definitions, and the messages of each queue by
// what their chunk's table knows of them. Octets of messages are not read.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "storage/definition.hpp"
#include "storage/entry.hpp"

namespace leveret::storage {

/// Wall clock, as it is stored.
using UnixTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// A message that is still in its queue.
struct RecoveredEntry {
    Sequence sequence{};
    std::uint32_t head_octets{};  ///< exchange, routing key and properties
    std::uint32_t body_octets{};
    UnixTime enqueued{};
    /// The message's own expiration, counted from `enqueued`, or the delay of a delayed message.
    /// The largest value there is means longer than can be told here: see the property.
    std::optional<std::chrono::milliseconds> expiry{};
    std::uint8_t priority{};
    bool delayed{};
    bool dead_lettered{};  ///< its x-death was written by this broker
    /// It may have been delivered before: marked so, counted, or nobody knows after a crash.
    bool redelivered{};
    std::uint16_t failed_deliveries{};
};
inline constexpr std::chrono::milliseconds expiry_beyond_table{0xFFFF'FFFFu};

struct RecoverySummary {
    std::uint32_t boot_count{};
    bool clean{};  ///< the process before this one stopped in order
    std::uint64_t chunks{};
    std::uint64_t entries{};
    std::uint64_t skipped_chunks{};  ///< damaged ones, only with Options::repair
    std::uint64_t orphans{};         ///< of what was deleted and not yet removed
};

/// Receives what is stored. Called from within Store::recover(), on its caller's thread.
class RecoverySink {
public:
    virtual ~RecoverySink() = default;

    /// Every definition, by rising kind and then id; before any entry.
    virtual void definition(const Definition& definition) = 0;

    /// Live entries of one queue that has a definition; sequences rise within a call. Calls for one
    /// queue mostly rise too, but where messages were moved on disk they do not: sort by sequence
    /// when done() comes. No entry comes twice.
    virtual void entries(QueueId queue, std::span<const RecoveredEntry> entries) = 0;

    /// All is told. Something damaged and skipped stands in the log by now.
    virtual void done(const RecoverySummary& summary) = 0;
};

}  // namespace leveret::storage

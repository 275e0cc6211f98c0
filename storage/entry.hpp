// How everybody names a message in a queue, in the broker and on disk.
#pragma once

#include <cstdint>

namespace leveret::storage {

/// Of a durable queue: the number of its definition's id.
enum class QueueId : std::uint64_t {};

/// A message's place in its queue: rising, never reused, the order of publishing. Counted from
/// Store::id_base() + 1, so that it rises over restarts.
enum class Sequence : std::uint64_t {};

/// One message in one queue.
struct Entry {
    QueueId queue{};
    Sequence sequence{};
    bool operator==(const Entry&) const = default;
};

/// Sequence numbers from `first` up to, but without, `end`.
struct SequenceRange {
    Sequence first{};
    Sequence end{};
    bool operator==(const SequenceRange&) const = default;
};

}  // namespace leveret::storage

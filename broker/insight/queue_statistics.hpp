// What is counted of a queue on the path of its messages.
#pragma once

#include <cstdint>

#include "broker/insight/figures.hpp"

namespace leveret::broker::insight {

/// How an object was at the last reading of the counters: who has not moved since need not be told
/// of again.
struct LastReading {
    std::uint64_t fingerprint = 0;
    UnixTime unchanged_since{};  ///< none: it moved, or was not read yet
};

/// Deliveries are counted by whoever makes them, as the queue does not know how they end.
struct QueueStatistics {
    MessageFigures<std::uint64_t> messages;
    std::uint64_t dead_letter_in = 0;  ///< came by dead-lettering; not among the published ones
    std::uint64_t returned = 0;        ///< deliveries and gets that were rejected or came back
    std::uint64_t unacked_octets = 0;
    LastReading last_reading;

    /// What went out to be acknowledged, and was not settled yet.
    [[nodiscard]] std::uint64_t unacked_messages() const {
        return messages.deliver + messages.get - messages.ack - returned;
    }
};

}  // namespace leveret::broker::insight

// When deliveries went out, told afterwards from a few marks: no delivery pays for it.
#pragma once

#include <optional>
#include <vector>

#include "broker/clock.hpp"
#include "protocol/amqp/types.hpp"

namespace leveret::broker::amqp {

/// Of one channel. Right to the time between two notes while there are few of them; the older a
/// delivery, the coarser it may be.
class DeliveryTimes {
public:
    /// All deliveries up to `last` had gone out by now, and `first_unacked` is the oldest one that
    /// may still be asked for.
    void note(protocol::amqp::DeliveryTag last,
              std::optional<protocol::amqp::DeliveryTag> first_unacked, Instant now);

    /// Returns: about when this one went out; of one since the last note, the time of that.
    [[nodiscard]] Instant of(protocol::amqp::DeliveryTag tag) const;

private:
    struct Mark {
        protocol::amqp::DeliveryTag last;
        Instant at;
    };

    void make_room();

    std::vector<Mark> marks_;  ///< of rising tags and times
    Instant last_note_{};
    protocol::amqp::DeliveryTag last_{};
};

}  // namespace leveret::broker::amqp

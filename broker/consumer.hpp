// A consumer as a queue sees it: somebody with a priority who takes messages while it has credit.
// What a delivery looks like on the wire is the protocol's affair.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <chrono>
#include <cstdint>
#include <optional>

#include "broker/queued_message.hpp"
#include "routing/walk_list.hpp"

namespace leveret::broker {

class Queue;
namespace insight {
struct ConsumerSnapshot;
}

/// Lifetime: shared by its channel and the deliveries it has not settled; a queue borrows it from
///           add_consumer() to remove_consumer().
/// Thread:   broker thread; counted without atomics.
class Consumer : public boost::intrusive_ref_counter<Consumer, boost::thread_unsafe_counter>,
                 public routing::Walkable {
public:
    struct Properties {
        bool no_ack = false;
        bool exclusive = false;
        std::int32_t priority = 0;  ///< `x-priority`: higher ones first while they have credit
        /// `x-consumer-timeout`: how long its deliveries may wait for their acks; none: what the
        /// queue says.
        std::optional<std::chrono::milliseconds> ack_timeout{};
    };

    explicit Consumer(Properties properties) : properties_(properties) {}
    virtual ~Consumer() = default;

    [[nodiscard]] const Properties& properties() const { return properties_; }

    /// Whether deliver() may be called now. Who says no marks the queue when it has credit again.
    [[nodiscard]] virtual bool has_credit() = 0;

    /// Takes the message; with no_ack it is settled by this.
    virtual void deliver(Queue& queue, QueuedMessage&& message) = 0;

    /// The queue is gone; no delivery will follow.
    virtual void queue_deleted() = 0;

    /// Tells who it is, for whoever looks. A consumer that has left its queue is not asked.
    virtual void describe(insight::ConsumerSnapshot&) const {}

private:
    Properties properties_;
};

using ConsumerPtr = boost::intrusive_ptr<Consumer>;

}  // namespace leveret::broker

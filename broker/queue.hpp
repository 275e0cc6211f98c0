// A queue: ready messages in the order they were published, and the consumers who take them.
//
// Messages that come back (rejected, or their channel closed) return to their old place. Messages
// out for delivery belong to the channel that holds them until they are settled or requeued.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/consumer.hpp"
#include "broker/queue_arguments.hpp"
#include "broker/sequence_window.hpp"
#include "protocol/amqp/message.hpp"
#include "routing/destination.hpp"
#include "storage/store.hpp"

namespace leveret::broker {

class Turn;

/// A connection, as the owner of exclusive queues. None: nobody's.
enum class ConnectionId : std::uint64_t { none = 0 };

/// What a queue was declared with.
struct QueueProperties {
    bool durable = false;
    bool auto_delete = false;
    ConnectionId exclusive_owner = ConnectionId::none;
    QueueArguments arguments;
};

/// Who must know when an auto-delete queue has lost its last consumer: its vhost.
class QueueOwner {
public:
    virtual void last_consumer_left(Queue& queue) = 0;

protected:
    ~QueueOwner() = default;
};

/// Lifetime: the vhost holds it until it is deleted; channels hold it while they have unacked
///           deliveries of it. A deleted queue takes no messages and gives none.
/// Thread:   broker thread; counted without atomics.
class Queue final : public routing::Destination,
                    public boost::intrusive_ref_counter<Queue, boost::thread_unsafe_counter> {
public:
    Queue(std::string name, storage::QueueId id, QueueProperties properties, QueueOwner& owner,
          Turn& turn, storage::Store& store);
    ~Queue() override;

    [[nodiscard]] const QueueProperties& properties() const { return properties_; }
    [[nodiscard]] storage::QueueId id() const { return id_; }
    [[nodiscard]] bool exclusive() const {
        return properties_.exclusive_owner != ConnectionId::none;
    }
    [[nodiscard]] bool deleted() const { return deleted_; }

    /// Appends a message; the pump at the end of the turn delivers it.
    /// Returns: the place it was given. Storing it is the caller's affair, as one message may go
    ///          to several queues: `stored` says that the store is told.
    storage::Sequence publish(const protocol::amqp::MessagePtr& message, bool stored);

    /// Gives ready messages to consumers with credit: higher priorities first, equals in turn.
    void pump();

    /// Takes the first ready message, as basic.get does. Consumers and their credit do not matter.
    [[nodiscard]] std::optional<QueuedMessage> take();

    /// A message that was out comes back to its old place, to be delivered again.
    void requeue(QueuedMessage&& message);

    /// A message that was out, or was taken with no_ack, is done with.
    void settle(const QueuedMessage& message) {
        if (message.stored && !deleted_) store_settle(message);
    }

    /// Drops all ready messages; those out for delivery stay.
    /// Returns: how many there were.
    std::uint32_t purge();

    /// The consumer takes part from the next pump on.
    /// Requires: may_add_consumer() is true.
    void add_consumer(Consumer& consumer);

    /// False while an exclusive consumer stands in the way, or one is to be added to others.
    [[nodiscard]] bool may_add_consumer(bool exclusive) const;

    /// Takes the consumer out; what it holds unacked stays with its channel. When an auto-delete
    /// queue loses its last one, its owner is told.
    void remove_consumer(Consumer& consumer);

    /// Puts back a message that was stored, in its old place behind those that are here already.
    void restore(QueuedMessage&& message);

    /// Tells the store which of its messages were delivered before: at an orderly stop.
    void store_counts();

    /// Ends the queue: consumers are told, ready messages are gone.
    /// Returns: how many were ready. The vhost calls this after it has forgotten the name.
    std::uint32_t end();

    [[nodiscard]] std::uint32_t ready_count() const {
        return static_cast<std::uint32_t>(ready_.size() + returned_.size());
    }
    [[nodiscard]] std::uint64_t ready_octets() const { return ready_octets_; }
    [[nodiscard]] std::uint32_t consumer_count() const { return consumer_count_; }

    /// What its ready messages take in memory, about; for pacing publishers.
    [[nodiscard]] std::uint64_t memory_octets() const {
        constexpr std::uint64_t overhead = 100;  // a message and its slot without a body
        return ready_octets_ + overhead * ready_count();
    }

private:
    friend class Turn;

    /// Consumers of one priority, served in turn.
    struct Level {
        std::int32_t priority;
        std::vector<Consumer*> consumers;
        std::size_t next = 0;
    };

    [[nodiscard]] bool has_ready() const { return !ready_.empty() || !returned_.empty(); }
    QueuedMessage take_front();
    Consumer* next_with_credit();
    void store_settle(const QueuedMessage& message);

    storage::QueueId id_;
    QueueProperties properties_;
    QueueOwner& owner_;
    Turn& turn_;
    storage::Store& store_;

    std::deque<QueuedMessage> ready_;
    /// What came back. It was delivered before anything in ready_ was, so it comes first.
    std::map<storage::Sequence, QueuedMessage> returned_;
    std::uint64_t ready_octets_ = 0;
    std::uint64_t last_sequence_;
    SequenceWindow out_;  ///< stored messages that are out for delivery

    std::vector<Level> levels_;  ///< highest priority first
    std::uint32_t consumer_count_ = 0;
    bool exclusive_consumer_ = false;
    bool deleted_ = false;
    bool in_turn_ = false;
};

using QueuePtr = boost::intrusive_ptr<Queue>;

}  // namespace leveret::broker

// A queue: ready messages in the order they were published, and the consumers who take them.
//
// Messages that come back (rejected, or their channel closed) return to their old place. Messages
// out for delivery belong to the channel that holds them until they are settled or requeued.
// Which of the ready ones are in memory is the affair of ReadyMessages.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/consumer.hpp"
#include "broker/dead_letter.hpp"
#include "broker/deadlines.hpp"
#include "broker/delayed_messages.hpp"
#include "broker/expiry_index.hpp"
#include "broker/insight/queue_statistics.hpp"
#include "broker/queue_arguments.hpp"
#include "broker/queue_consumers.hpp"
#include "broker/queue_settings.hpp"
#include "broker/queued_message.hpp"
#include "broker/ready_messages.hpp"
#include "broker/sequence_window.hpp"
#include "protocol/amqp/message.hpp"
#include "routing/destination.hpp"
#include "storage/store.hpp"

namespace leveret::broker {

class Turn;
class Residency;

/// A connection, as the owner of exclusive queues. None: nobody's.
enum class ConnectionId : std::uint64_t { none = 0 };

/// What a queue was declared with.
struct QueueProperties {
    bool durable = false;
    bool auto_delete = false;
    ConnectionId exclusive_owner = ConnectionId::none;
    bool delays = false;  ///< it has no name of its own: its messages wait behind an exchange
    QueueArguments arguments;
};

/// What a queue cannot do by itself: its vhost does it.
class QueueOwner {
public:
    /// An auto-delete queue has lost its last consumer.
    virtual void last_consumer_left(Queue& queue) = 0;
    /// It was not used for as long as x-expires allows.
    virtual void queue_expired(Queue& queue) = 0;
    /// Moves a message that has left the ready ones to where the queue's dead letters go, and
    /// settles it here, in one transaction of the store.
    virtual void dead_letter(Queue& queue, const QueuedMessage& message, DeathReason reason) = 0;
    /// A message of a queue that delays has waited long enough: it goes on, and is settled here, in
    /// one transaction.
    virtual void delay_is_over(Queue& queue, const QueuedMessage& message) = 0;

protected:
    ~QueueOwner() = default;
};

/// What all queues share.
struct QueueContext {
    Turn& turn;
    storage::Store& store;
    Residency& residency;
    Deadlines& deadlines;
};

/// What a queue must know of a message that comes.
struct Arrival {
    bool persistent = false;
    bool dead_lettered = false;                        ///< its x-death was written by this broker
    bool traces = false;                               ///< it tells of another message
    std::optional<std::chrono::milliseconds> delay{};  ///< for a queue that delays
    std::uint32_t expiration_ms = QueuedMessage::no_expiration;

    /// Whether it may come while some queue is pumped: it must not pump another one.
    [[nodiscard]] bool comes_on_the_way() const { return dead_lettered || traces; }
};

/// The place that a message was given.
struct Placement {
    storage::Sequence sequence{};
    bool stored = false;  ///< the store must be told
};

/// Lifetime: the vhost holds it until it is deleted; channels hold it while they have unacked
///           deliveries of it. A deleted queue takes no messages and gives none.
/// Thread:   broker thread; counted without atomics.
class Queue final : public routing::Destination,
                    public boost::intrusive_ref_counter<Queue, boost::thread_unsafe_counter>,
                    private DeadlineOwner,
                    private DueListener,
                    private LateStore {
public:
    Queue(std::string name, storage::QueueId id, QueueProperties properties, QueueOwner& owner,
          const QueueContext& context);
    ~Queue() override;

    [[nodiscard]] const QueueProperties& properties() const { return properties_; }
    [[nodiscard]] const QueueSettings& settings() const { return settings_; }
    [[nodiscard]] storage::QueueId id() const { return id_; }
    [[nodiscard]] bool exclusive() const {
        return properties_.exclusive_owner != ConnectionId::none;
    }
    [[nodiscard]] bool deleted() const { return deleted_; }

    // Publishing

    /// Whether a message that comes now is refused, as the queue is full.
    [[nodiscard]] bool refuses(const protocol::amqp::Message& message, const Arrival& arrival);

    /// Appends a message; the pump at the end of the turn delivers it. Storing it is the caller's
    /// affair, as one message may go to several queues; then the caller calls published().
    Placement publish(const protocol::amqp::MessagePtr& message, const Arrival& arrival);

    /// The store knows what was published: what is beyond the limits leaves now.
    void published(const Arrival& arrival) {
        if (settings_.limits_length()) make_room(arrival);
    }

    // Delivering

    /// Gives ready messages to consumers with credit.
    void pump();

    /// A paused queue takes, expires and dead-letters messages and delivers none: consumers wait,
    /// and for basic.get it is empty.
    [[nodiscard]] bool paused() const { return paused_; }
    void set_paused(bool paused);

    /// Takes the first ready message. Consumers, their credit and a pause do not matter.
    /// Returns: none when the queue is empty, or first_is_paged_out().
    [[nodiscard]] std::optional<QueuedMessage> take();

    /// The first message is on its way from disk.
    [[nodiscard]] bool first_is_paged_out() const;
    /// `call` is called when it has come, or the queue has no message any more.
    void when_first_comes(std::function<void()> call);

    /// A message that was out comes back to its old place, to be delivered again: at once, or after
    /// the wait that delayed-retry says; unless it has failed too often.
    void requeue(QueuedMessage&& message, ComesBack how = ComesBack::failed);

    /// A message that was out, or was taken with no_ack, is done with.
    void settle(const QueuedMessage& message, storage::Settled how = storage::Settled::taken) {
        if (message.stored && !deleted_) store_settle(message, how);
    }

    /// A message that was out is not wanted by its consumer: it is dead-lettered, or dropped.
    void reject(QueuedMessage&& message);

    /// Drops all ready messages and those that wait to be tried again; those out for delivery stay.
    /// Returns: how many there were.
    std::uint32_t purge();

    // Consumers

    /// The consumer takes part from the next pump on.
    /// Requires: may_add_consumer() is true.
    void add_consumer(Consumer& consumer);

    /// False while an exclusive consumer stands in the way, or one is to be added to others.
    [[nodiscard]] bool may_add_consumer(bool exclusive) const {
        return consumers_.may_add(exclusive);
    }

    /// Takes the consumer out; what it holds unacked stays with its channel. When an auto-delete
    /// queue loses its last one, its owner is told.
    void remove_consumer(Consumer& consumer);

    // Its life

    /// When a message expires that came at `enqueued` with an expiration of its `own`. None: never.
    [[nodiscard]] std::optional<UnixTime> expiry_of(
        UnixTime enqueued, std::optional<std::chrono::milliseconds> own) const;
    [[nodiscard]] std::optional<UnixTime> expiry_of(const QueuedMessage& message) const;

    /// Arguments and policies come to something else than before: it holds from now on, also for
    /// the messages that are there.
    /// Requires: what only arguments can set is the same.
    void apply(QueueSettings settings);

    /// It was declared again, or asked for a message: x-expires counts from now.
    void used();

    /// Puts back messages that only the store has. In order, before anything is published.
    void restore(std::uint8_t priority, const PagedRuns::Run& run);
    /// All is put back, and has been there for as long as the broker was not: what has expired
    /// since leaves, and what is beyond the limits. `expiring`: some have an expiration of their
    /// own.
    void restored(bool expiring);
    /// One of those put back expires then, by an expiration of its own.
    void restore_expiry(storage::Sequence sequence, UnixTime expiry);
    /// What waits: for its time in a queue that delays, else to be tried again. nullptr: none ever
    /// did.
    [[nodiscard]] DelayedMessages* delayed() { return delayed_.get(); }
    [[nodiscard]] const DelayedMessages* delayed() const { return delayed_.get(); }

    /// Tells the store which of its messages were delivered before: at an orderly stop.
    void store_counts();

    /// Gives up memory beyond what the queue may keep.
    /// Returns: whether something waits to be durable, and can be given up then.
    bool page_out();

    /// Ends the queue: consumers are told, ready messages are gone.
    /// Returns: how many were ready. The vhost calls this after it has forgotten the name.
    std::uint32_t end();

    [[nodiscard]] std::uint32_t ready_count() const;
    /// Of the bodies of ready messages.
    [[nodiscard]] std::uint64_t ready_octets() const;
    [[nodiscard]] std::uint32_t consumer_count() const { return consumers_.count(); }
    [[nodiscard]] const QueueConsumers& consumers() const { return consumers_; }
    /// By rising priority: one for each that x-max-priority allows.
    [[nodiscard]] const std::vector<ReadyMessages>& ready() const { return ready_; }

    /// Messages whose octets are damaged on disk. While there are any, nothing is delivered.
    [[nodiscard]] const std::vector<storage::Sequence>& damaged() const { return damaged_; }

    [[nodiscard]] insight::QueueStatistics& statistics() { return statistics_; }
    [[nodiscard]] const insight::QueueStatistics& statistics() const { return statistics_; }

    /// What its ready messages take, in memory or on disk; for pacing publishers.
    [[nodiscard]] std::uint64_t waiting_octets() const {
        constexpr std::uint64_t overhead = 100;  // a message and its slot without a body
        return ready_octets() + overhead * ready_count();
    }

private:
    friend class Turn;
    friend class Residency;
    class Page;
    class ExpiredPage;

    void deadline_reached() override;
    void due(QueuedMessage&& message) override;
    void lost(storage::Sequence sequence) override;
    void store_late(QueuedMessage& message) override;

    [[nodiscard]] ReadyMessages& level_of(const protocol::amqp::Message& message);
    /// The level that the next message comes from. nullptr: the queue is empty.
    [[nodiscard]] ReadyMessages* next_level();
    QueuedMessage take_first(ReadyMessages& level);
    void put_back(QueuedMessage&& message);
    void wait_for_retry(QueuedMessage&& message, std::chrono::milliseconds delay);
    void make_room(const Arrival& arrival);
    void drop_beyond_limits();
    [[nodiscard]] bool is_over_limit() const;
    [[nodiscard]] bool needs_pages() const;
    void ask_for_pages();
    void page_arrived(const Page& page, std::span<const storage::PagedMessage> messages,
                      storage::Sequence next);
    void first_has_come();
    void damage(std::span<const storage::DamagedMessages> damaged);

    // Expiry: queue_expiry.cpp
    void expire_first(bool those_of_now);
    void expire_anywhere();
    void expire_paged_out(std::vector<storage::Sequence>&& sequences);
    void note_expiry(const QueuedMessage& message);
    void note_expiry(storage::Sequence sequence, UnixTime expiry);
    void note_expiries_of_all();
    void schedule();

    void drop(QueuedMessage&& message, DeathReason reason, storage::Settled how);
    void store_settle(const QueuedMessage& message, storage::Settled how);

    storage::QueueId id_;
    QueueProperties properties_;
    QueueSettings settings_;
    QueueOwner& owner_;
    const QueueContext& context_;

    std::vector<ReadyMessages> ready_;  ///< by rising priority
    std::unique_ptr<DelayedMessages> delayed_;
    QueueConsumers consumers_;
    std::uint64_t last_sequence_;
    SequenceWindow out_;  ///< stored messages that are out for delivery
    std::vector<std::function<void()>> waiting_gets_;
    std::vector<storage::Sequence> damaged_;
    Instant last_used_;
    std::unique_ptr<ExpiryIndex> expiries_;  ///< only where messages expire anywhere
    UnixTime last_sweep_{};                  ///< when expire_anywhere() looked last

    bool may_expire_ = false;  ///< some message has, or had, an expiration
    bool has_stored_ = false;  ///< the store has, or had, entries of it
    bool paused_ = false;
    bool deleted_ = false;
    bool in_turn_ = false;
    bool in_residency_ = false;
    insight::QueueStatistics statistics_;
};

using QueuePtr = boost::intrusive_ptr<Queue>;

}  // namespace leveret::broker

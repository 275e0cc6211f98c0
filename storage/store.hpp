// The door between the broker and what survives a crash: operations in, durable notices out.
//
// The broker names entries by (queue, sequence number) and hands over what it did in the order it
// did it; the store answers when that is durable. Who implements it decides what durable means.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "protocol/amqp/message.hpp"
#include "storage/definition.hpp"
#include "storage/entry.hpp"
#include "storage/page.hpp"
#include "storage/recovery_sink.hpp"

namespace leveret::storage {

/// Who is told when something is durable.
/// Thread: broker thread; counted without atomics.
class DurableListener
    : public boost::intrusive_ref_counter<DurableListener, boost::thread_unsafe_counter> {
public:
    virtual ~DurableListener() = default;
    /// `number` is what the listener gave when it asked. After a failure (Health::failed) it never
    /// comes.
    virtual void durable(std::uint64_t number) = 0;
};

/// A listener and the number by which it knows what it waits for; no listener: nobody waits.
struct Waiter {
    boost::intrusive_ptr<DurableListener> listener{};
    std::uint64_t number{};
};

/// What the store keeps of a message besides its octets, priority and delivery mode.
struct MessageFacts {
    UnixTime enqueued{};  ///< when it was first routed; not given: the time of this publish()
    /// Its own expiration, or, when `delayed`, its delay.
    std::optional<std::chrono::milliseconds> expiry{};
    bool delayed = false;
    bool redelivered = false;
    bool dead_lettered = false;  ///< its x-death was written by this broker
};

/// Why an entry is done with. Decides when its publisher may be told that all is well.
enum class Settled : std::uint8_t {
    taken,    ///< a consumer or time took it: final at once
    dropped,  ///< a limit, a dead-letter move or the like: final when this settle is durable
};

/// How the store is. Each later one is worse.
struct Health {
    enum class State : std::uint8_t {
        good,
        /// Disk or map are (nearly) full. Nothing is lost: block publishers; settles, deletes and
        /// consumers go on. It ends by itself.
        disk_alarm,
        /// A sync failed or the file is damaged: what was not answered never is, nothing more is
        /// written. Refuse durable publishes, close connections that wait, exit after draining.
        failed,
    };
    State state = State::good;
    std::string reason{};  ///< for the log
};

/// Who is told that the health changed.
/// Thread: broker thread.
class HealthListener {
public:
    virtual void storage_health_changed(const Health& health) = 0;

protected:
    ~HealthListener() = default;
};

/// Figures for metrics and tests; a snapshot.
struct StoreStats {
    std::uint64_t commits{};
    std::uint64_t explicit_syncs{};
    std::uint64_t commit_microseconds{};  ///< in commits and syncs, in all
    std::uint64_t published_messages{};   ///< handed over
    std::uint64_t written_messages{};
    std::uint64_t elided_messages{};  ///< settled before they were written
    std::uint64_t written_octets{};   ///< of values
    std::uint64_t full_chunks{};      ///< now, pieces of big messages among them
    std::uint64_t young_chunks{};     ///< now
    std::uint64_t sparse_chunks{};    ///< now: full ones, mostly dead
    std::uint64_t live_entries{};
    std::uint64_t used_octets{};  ///< of the file, free pages not counted
    std::uint64_t file_octets{};
    std::uint64_t paged_in_messages{};
};

/// Takes operations in the order in which they happened; submit() hands over those of one turn.
/// Messages are held until what they were handed over for is durable; then their references are
/// given up on the broker thread.
/// Thread: broker thread, but for stats(). No call blocks, but for recover() and close().
class Store {
public:
    virtual ~Store() = default;

    /// Tells everything that is stored, then makes ready for work. Once, before any operation.
    /// Throws: StorageError when the files are damaged or cannot be written.
    virtual void recover(RecoverySink& sink);

    /// The orderly stop: everything handed over becomes durable, its waiters and the health
    /// listener are told from within, then the files are closed. Write count() for each entry that
    /// was delivered and is still there first. After it, operations are ignored.
    virtual void close() {}

    /// Numbers of ids and sequences start above this: it rises with each start.
    [[nodiscard]] virtual std::uint64_t id_base() const { return 0; }
    /// The next id for a queue or definition.
    [[nodiscard]] std::uint64_t next_id() { return id_base() + ++last_id_; }

    /// A message entered these queues. The waiter is told when in each of them it is durable, or
    /// finally settled. It is stored whole even when it is transient, if it comes here; transient
    /// ones, and entries of queues without definition, are gone at the next start.
    virtual void publish(const protocol::amqp::MessagePtr& message, std::span<const Entry> entries,
                         const MessageFacts& facts, Waiter waiter) = 0;

    /// The entry will not be delivered again. Each entry is settled once at most; one of a removed
    /// or purged queue may be settled, or not.
    virtual void settle(Entry entry, Settled how) = 0;

    /// The entry was delivered before; `failed_deliveries` times that failed. Written for queues
    /// with a delivery limit when an entry comes back, and for all that were delivered before
    /// close().
    virtual void count(Entry entry, std::uint16_t failed_deliveries) = 0;

    /// Everything in the queue below this sequence number is settled, except what is listed (out
    /// for delivery, say), in rising order.
    virtual void purge(QueueId queue, Sequence below, std::span<const Sequence> kept,
                       Waiter waiter) = 0;

    /// The queue, its definition and all its entries are gone.
    virtual void remove(QueueId queue, Waiter waiter) = 0;

    /// Writes the definition, in place of one of the same kind and id. A queue's comes before its
    /// messages.
    virtual void define(Definition definition, Waiter waiter) = 0;
    /// Forgets a definition other than a queue's.
    virtual void undefine(DefinitionKind kind, DefinitionId id, Waiter waiter) = 0;

    /// The waiter is told when all that was handed over before is durable.
    virtual void barrier(Waiter waiter) = 0;

    /// What is handed over between these two (publish, settle, count) becomes durable in one
    /// piece, or not at all. A transaction within another is part of it: only the outermost one
    /// may have a waiter.
    void begin_transaction() {
        if (transaction_depth_++ == 0) open_transaction();
    }
    void end_transaction(Waiter waiter) {
        if (--transaction_depth_ == 0) close_transaction(std::move(waiter));
    }

    /// Hands over what came since the last call. Listeners are called from here or later, always
    /// on the broker thread.
    virtual void submit() = 0;

    /// The number of the turn that operations handed over now belong to.
    [[nodiscard]] virtual std::uint64_t turn_number() const { return 1; }
    /// What was handed over in turns up to this number is durable: bodies may be given up, as
    /// page_in() brings them back. 0: of none.
    [[nodiscard]] virtual std::uint64_t durable_turn() const { return 0; }

    /// Asks for the first `count` live entries of a queue in these ranges (rising, apart), of what
    /// turns up to durable_turn() handed over at least. The sink is told once, later; a settle or
    /// purge submitted meanwhile may or may not have been seen.
    virtual void page_in(QueueId queue, std::vector<SequenceRange> ranges, std::uint32_t count,
                         boost::intrusive_ptr<PageSink> sink) = 0;

    /// Memory of messages and operations that were handed over and not given back yet: above a
    /// bound of the broker's, publishers are slowed.
    [[nodiscard]] virtual std::uint64_t unwritten_octets() const { return 0; }

    /// Moves the limit of StoreOptions; 0: by the size of the file system.
    virtual void set_disk_free_limit(std::uint64_t /*octets*/) {}

    /// As the broker thread was last told.
    [[nodiscard]] const Health& health() const { return health_; }
    /// Lifetime: the listener outlives the store, or is taken out by nullptr.
    void set_health_listener(HealthListener* listener) { health_listener_ = listener; }

    /// Thread: any.
    [[nodiscard]] virtual StoreStats stats() const { return {}; }

protected:
    void tell_health(Health health);

private:
    virtual void open_transaction() = 0;
    virtual void close_transaction(Waiter waiter) = 0;

    std::uint64_t last_id_ = 0;
    std::uint32_t transaction_depth_ = 0;
    Health health_{};
    HealthListener* health_listener_ = nullptr;
};

}  // namespace leveret::storage

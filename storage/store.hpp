// The door between the broker and what survives a crash: operations in, durable notices out.
//
// The broker names entries by (queue, sequence number) and hands over what it did in the order it
// did it; the store answers when that is durable. Who implements it decides what durable means.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstdint>
#include <span>

#include "protocol/amqp/message.hpp"

namespace leveret::storage {

enum class QueueId : std::uint64_t {};

/// A message's place in its queue: rising, never reused, the order of publishing.
enum class Sequence : std::uint64_t {};

/// One message in one queue.
struct Entry {
    QueueId queue{};
    Sequence sequence{};
    bool operator==(const Entry&) const = default;
};

/// Who is told when something is durable.
/// Thread: broker thread; counted without atomics.
class DurableListener
    : public boost::intrusive_ref_counter<DurableListener, boost::thread_unsafe_counter> {
public:
    virtual ~DurableListener() = default;
    /// `number` is what the listener gave when it asked.
    virtual void durable(std::uint64_t number) = 0;
};

/// A listener and the number by which it knows what it waits for; no listener: nobody waits.
struct Waiter {
    boost::intrusive_ptr<DurableListener> listener{};
    std::uint64_t number{};
};

/// Takes operations in the order in which they happened; submit() hands over those of one turn.
/// Thread: broker thread. No call blocks.
class Store {
public:
    virtual ~Store() = default;

    /// A persistent message entered these durable queues. The waiter is told when it is durable,
    /// or finally settled, in all of them.
    virtual void publish(const protocol::amqp::MessagePtr& message, std::span<const Entry> entries,
                         Waiter waiter) = 0;

    /// The entry will not be delivered again: acked, taken by auto-ack, dropped.
    virtual void settle(Entry entry) = 0;

    /// All ready entries of the queue are settled.
    virtual void purge(QueueId queue, Sequence below, std::span<const Sequence> kept) = 0;

    /// The queue and all its entries are gone.
    virtual void remove(QueueId queue) = 0;

    /// What is handed over between these two becomes durable in one piece, or not at all.
    virtual void begin_transaction() = 0;
    virtual void end_transaction(Waiter waiter) = 0;

    /// Hands over what came since the last call. Listeners are called from here or later, always
    /// on the broker thread.
    virtual void submit() = 0;
};

}  // namespace leveret::storage

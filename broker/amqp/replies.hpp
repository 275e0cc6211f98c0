// The answers of a channel to its client's methods, in the order of the methods, where one of them
// must wait until what it answers is durable.
#pragma once

#include <cstdint>
#include <deque>

#include "broker/amqp/amqp_consumer.hpp"
#include "protocol/octet_buffer.hpp"
#include "storage/store.hpp"

namespace leveret::broker::amqp {

/// Who sends the answers: the channel.
class RepliesOwner {
public:
    /// `activated` is a consumer whose consume-ok this was, or none.
    virtual void send_reply(const protocol::OctetBuffer& frames, AmqpConsumer* activated) = 0;
    /// A message that basic.get asked for has come into memory, or its queue is gone.
    virtual void complete_get(std::uint64_t number, Queue& queue, bool no_ack) = 0;
    /// The last one that waited was sent. May end the life of the owner.
    virtual void replies_sent() = 0;

protected:
    ~RepliesOwner() = default;
};

/// Holds answers while one before them waits for the store.
/// Lifetime: outlives its channel while the store still owes it an answer.
/// Thread:   broker thread.
class Replies final : public storage::DurableListener {
public:
    explicit Replies(RepliesOwner& owner) : owner_(&owner) {}

    /// The channel is gone; what waits is never sent.
    void disown() { owner_ = nullptr; }

    /// Nothing waits: the next answer may be sent at once.
    [[nodiscard]] bool empty() const { return waiting_.empty(); }

    /// Holds an answer. With a store it waits until all that the store was told is durable;
    /// without, for those before it only.
    void hold(protocol::OctetBuffer frames, AmqpConsumerPtr activates, storage::Store* store);

    /// Keeps the place of the answer to a basic.get whose message is on its way from disk: the
    /// owner is told when it has come, and fills it.
    void hold_get(Queue& queue, bool no_ack);
    void fill(std::uint64_t number, protocol::OctetBuffer frames);

    /// Called by the store.
    void durable(std::uint64_t number) override;

private:
    void release(std::uint64_t number);

    struct Reply {
        protocol::OctetBuffer frames;
        AmqpConsumerPtr activates;
        bool may_leave;
    };

    RepliesOwner* owner_;
    std::deque<Reply> waiting_;
    std::uint64_t first_number_ = 0;  ///< of the first one in waiting_
};

}  // namespace leveret::broker::amqp

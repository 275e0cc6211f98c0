// A consumer of basic.consume: its tag, its credit, and how a message reaches its client.
#pragma once

#include <cstdint>
#include <string>

#include "broker/consumer.hpp"
#include "broker/queue.hpp"
#include "protocol/amqp/deliver.hpp"

namespace leveret::broker::amqp {

class Channel;

/// How many deliveries may be unacked, and how many are.
struct Prefetch {
    std::uint16_t limit = 0;  ///< 0: no limit
    std::uint64_t unacked = 0;

    [[nodiscard]] bool full() const { return limit != 0 && unacked >= limit; }
};

/// Lifetime: shared by its channel and its unacked deliveries; after end() it only counts.
class AmqpConsumer final : public Consumer {
public:
    AmqpConsumer(Channel& channel, Queue& queue, std::string tag, Properties properties,
                 std::uint16_t prefetch_limit, std::string arguments);

    [[nodiscard]] bool has_credit() override;
    void deliver(Queue& queue, QueuedMessage&& message) override;
    void queue_deleted() override;
    void describe(insight::ConsumerSnapshot& snapshot) const override;

    /// Its client has been told that it consumes: deliveries may come.
    void activate() { active_ = true; }

    /// It was cancelled or its channel is gone: it leaves its queue and delivers no more.
    void end();

    /// Its queue is gone: as end(), without telling the queue.
    void disown() { channel_ = nullptr; }

    [[nodiscard]] const std::string& tag() const { return tag_; }
    [[nodiscard]] Queue& queue() { return *queue_; }
    [[nodiscard]] const Queue& queue() const { return *queue_; }
    [[nodiscard]] Prefetch& prefetch() { return prefetch_; }
    [[nodiscard]] const Prefetch& prefetch() const { return prefetch_; }

private:
    Channel* channel_;  ///< none after end()
    QueuePtr queue_;
    std::string tag_;
    std::string arguments_;  ///< of basic.consume, as an encoded table
    protocol::amqp::DeliverPrefix prefix_;
    Prefetch prefetch_;
    bool active_ = false;
};

using AmqpConsumerPtr = boost::intrusive_ptr<AmqpConsumer>;

}  // namespace leveret::broker::amqp

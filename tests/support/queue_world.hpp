// What queues share, for tests of queues without a broker around them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "broker/deadlines.hpp"
#include "broker/queue.hpp"
#include "broker/residency.hpp"
#include "broker/turn.hpp"
#include "tests/support/holding_store.hpp"
#include "tests/support/manual_clock.hpp"

namespace leveret::test {

/// Owns what a queue needs, and notes what it asks its owner for.
struct QueueWorld : broker::QueueOwner {
    explicit QueueWorld(std::uint64_t memory = std::uint64_t{1} << 40) : residency(memory) {}

    [[nodiscard]] broker::QueuePtr make_queue(broker::QueueProperties properties = {
                                                  .durable = true, .arguments = {}}) {
        return new broker::Queue("q", storage::QueueId{7}, std::move(properties), *this, context);
    }
    /// A message with this body, in the queue and, when it is stored, in the store.
    storage::Sequence publish(broker::Queue& queue, std::string_view body, bool persistent = false,
                              broker::Arrival arrival = {}) {
        arrival.persistent = persistent;
        const auto message =
            protocol::amqp::Message::make("", "q", protocol::amqp::BasicProperties{}, body);
        const broker::Placement placed = queue.publish(message, arrival);
        if (placed.stored) {
            const storage::Entry entry{queue.id(), placed.sequence};
            store.publish(message, {&entry, 1}, {.enqueued = turn.unix_now()}, {});
        }
        queue.published(arrival);
        return placed.sequence;
    }

    void last_consumer_left(broker::Queue&) override { ++left; }
    void queue_expired(broker::Queue&) override { ++expired; }
    void delay_is_over(broker::Queue&, const broker::QueuedMessage&) override {}
    void dead_letter(broker::Queue& queue, const broker::QueuedMessage& message,
                     broker::DeathReason reason) override {
        dead += std::string(to_string(reason)) + ":" + std::string(message.message->body()) + " ";
        queue.settle(message, storage::Settled::dropped);
    }

    ManualClock clock;
    HoldingStore store;
    int turns_wanted = 0;
    broker::Turn turn{clock, [this] { ++turns_wanted; }, [this] { store.submit(); }};
    broker::Residency residency;
    broker::Deadlines deadlines{[](broker::Instant) {}};
    broker::QueueContext context{turn, store, residency, deadlines};
    int left = 0;
    int expired = 0;
    std::string dead;  ///< reason and body of what was dead-lettered
};

}  // namespace leveret::test

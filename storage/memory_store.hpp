// A store whose durability ends with the process: what it is handed counts as durable at the end
// of the turn, as long as the process lives.
#pragma once

#include <vector>

#include "storage/store.hpp"

namespace leveret::storage {

/// Keeps no copy of anything: queues hold their messages, and this answers their waiters.
class MemoryStore final : public Store {
public:
    void publish(const protocol::amqp::MessagePtr& message, std::span<const Entry> entries,
                 Waiter waiter) override;
    void settle(Entry) override {}
    void purge(QueueId, Sequence, std::span<const Sequence>) override {}
    void remove(QueueId) override {}
    void begin_transaction() override {}
    void end_transaction(Waiter waiter) override;
    void submit() override;

private:
    std::vector<Waiter> waiting_;
};

}  // namespace leveret::storage

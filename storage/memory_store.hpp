// A store whose durability ends with the process: what it is handed counts as durable at the end
// of the turn, as long as the process lives.
#pragma once

#include <vector>

#include "storage/store.hpp"

namespace leveret::storage {

/// Keeps no copy of anything: queues hold their messages, and this answers their waiters.
class MemoryStore final : public Store {
public:
    void publish(const protocol::amqp::MessagePtr&, std::span<const Entry>, const MessageFacts&,
                 Waiter waiter) override {
        add(std::move(waiter));
    }
    void settle(Entry, Settled) override {}
    void count(Entry, std::uint16_t) override {}
    void purge(QueueId, Sequence, std::span<const Sequence>, Waiter waiter) override {
        add(std::move(waiter));
    }
    void remove(QueueId, Waiter waiter) override { add(std::move(waiter)); }
    void define(Definition, Waiter waiter) override { add(std::move(waiter)); }
    void undefine(DefinitionKind, DefinitionId, Waiter waiter) override { add(std::move(waiter)); }
    void barrier(Waiter waiter) override { add(std::move(waiter)); }
    void submit() override;
    /// It has nothing that the queues have not: answers with none.
    void page_in(QueueId queue, std::vector<SequenceRange> ranges, std::uint32_t count,
                 boost::intrusive_ptr<PageSink> sink) override;

private:
    void open_transaction() override {}
    void close_transaction(Waiter waiter) override { add(std::move(waiter)); }
    void add(Waiter&& waiter) {
        if (waiter.listener) waiting_.push_back(std::move(waiter));
    }

    std::vector<Waiter> waiting_;
};

}  // namespace leveret::storage

#include "storage/memory_store.hpp"

#include <utility>

namespace leveret::storage {

void MemoryStore::publish(const protocol::amqp::MessagePtr&, std::span<const Entry>,
                          Waiter waiter) {
    if (waiter.listener) waiting_.push_back(std::move(waiter));
}

void MemoryStore::end_transaction(Waiter waiter) {
    if (waiter.listener) waiting_.push_back(std::move(waiter));
}

void MemoryStore::submit() {
    std::vector<Waiter> waiting;
    waiting.swap(waiting_);  // a listener may publish
    for (const Waiter& waiter : waiting) waiter.listener->durable(waiter.number);
    if (waiting_.empty()) {
        waiting.clear();
        waiting_.swap(waiting);  // keep the room for the next turn
    }
}

}  // namespace leveret::storage

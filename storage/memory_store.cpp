#include "storage/memory_store.hpp"

#include <utility>

namespace leveret::storage {

void MemoryStore::submit() {
    std::vector<Waiter> waiting;
    waiting.swap(waiting_);  // a listener may publish
    for (const Waiter& waiter : waiting) waiter.listener->durable(waiter.number);
    if (waiting_.empty()) {
        waiting.clear();
        waiting_.swap(waiting);  // keep the room for the next turn
    }
}

void MemoryStore::page_in(QueueId queue, std::vector<SequenceRange> ranges, std::uint32_t,
                          boost::intrusive_ptr<PageSink> sink) {
    sink->paged_in(queue, {}, ranges.back().end);
}

}  // namespace leveret::storage

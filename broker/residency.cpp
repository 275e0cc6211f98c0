#include "broker/residency.hpp"

#include <utility>

namespace leveret::broker {

void Residency::look() {
    std::vector<QueuePtr> queues = std::exchange(watched_, {});
    std::erase_if(queues, [](const QueuePtr& queue) {
        queue->in_residency_ = queue->page_out();
        return !queue->in_residency_;
    });
    // Paging out watches no queue that is not watched already, but stores late: keep what came.
    queues.insert(queues.end(), watched_.begin(), watched_.end());
    watched_ = std::move(queues);
}

}  // namespace leveret::broker

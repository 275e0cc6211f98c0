#include "broker/insight/unacked_walk.hpp"

#include <chrono>
#include <string>

namespace leveret::broker::insight {

UnackedWalk::UnackedWalk(Broker& broker, const Queue& queue, Place first)
    : clock_(broker.clock()),
      queue_(queue),
      first_channel_(first.channel_id),
      channels_(broker.observation().clients().channels),
      next_(first) {}

bool UnackedWalk::advance(Budget& budget, const Found& found) {
    budget_ = &budget;
    found_ = &found;
    const bool ended = channels_.advance([&](ObservedChannel& channel) {
        if (channel.channel_id() < first_channel_) return budget.visited();
        if (channel.channel_id() != next_.channel_id) next_ = {channel.channel_id(), 0};
        channel_ = &channel;
        channel.visit_unacked(next_.delivery_tag, *this);
        if (stopped_) return routing::Visited::stop;
        return budget.left() ? budget.visited() : routing::Visited::come_back;
    });
    return ended || stopped_;
}

bool UnackedWalk::visit(const ObservedDelivery& delivery) {
    next_.delivery_tag = delivery.delivery_tag;
    if (&delivery.queue == &queue_ && !(*found_)(delivery)) {
        stopped_ = true;
        return false;
    }
    ++next_.delivery_tag;
    return budget_->spend();
}

UnackedSnapshot UnackedWalk::snapshot(const ObservedDelivery& delivery) const {
    const auto since =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - delivery.since);
    return {.sequence = static_cast<std::uint64_t>(delivery.message.sequence),
            .delivery_tag = delivery.delivery_tag,
            .connection = channel_->observed_connection().name(),
            .channel_number = channel_->channel_number(),
            .channel = channel_->name(),
            .consumer_tag = std::string(delivery.consumer_tag),
            .since = clock_.unix_now() - since};
}

}  // namespace leveret::broker::insight

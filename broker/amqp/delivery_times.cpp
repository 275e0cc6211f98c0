#include "broker/amqp/delivery_times.hpp"

#include <algorithm>

#include "broker/limits.hpp"

namespace leveret::broker::amqp {

using protocol::amqp::DeliveryTag;

void DeliveryTimes::note(DeliveryTag last, std::optional<DeliveryTag> first_unacked, Instant now) {
    last_note_ = now;
    if (!first_unacked) {
        std::vector<Mark>().swap(marks_);
        last_ = last;
        return;
    }
    const auto first_needed = std::find_if(marks_.begin(), marks_.end(), [&](const Mark& mark) {
        return mark.last >= *first_unacked;
    });
    marks_.erase(marks_.begin(), first_needed);
    if (last == last_) return;
    last_ = last;
    if (marks_.size() == limits::delivery_time_marks) make_room();
    marks_.push_back({last, now});
}

/// Every second mark goes but the latest: what is older is told less exactly each time.
void DeliveryTimes::make_room() {
    std::size_t kept = 0;
    for (std::size_t i = 1; i < marks_.size(); i += 2) marks_[kept++] = marks_[i];
    marks_.resize(kept);
}

Instant DeliveryTimes::of(DeliveryTag tag) const {
    const auto mark =
        std::lower_bound(marks_.begin(), marks_.end(), tag,
                         [](const Mark& each, DeliveryTag wanted) { return each.last < wanted; });
    return mark == marks_.end() ? last_note_ : mark->at;
}

}  // namespace leveret::broker::amqp

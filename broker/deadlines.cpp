#include "broker/deadlines.hpp"

#include "broker/limits.hpp"

namespace leveret::broker {

void Deadlines::set(DeadlineOwner& owner, Instant at) {
    if (owner.deadline_ == at) return;
    clear(owner);
    owner.deadline_ = at;
    const auto place = waiting_.insert({at, &owner}).first;
    if (place == waiting_.begin()) on_earlier_(at);
}

void Deadlines::clear(DeadlineOwner& owner) {
    if (!owner.deadline_) return;
    waiting_.erase({*owner.deadline_, &owner});
    owner.deadline_.reset();
}

std::optional<Instant> Deadlines::next() const {
    if (waiting_.empty()) return {};
    return waiting_.begin()->first;
}

void Deadlines::run(Instant now) {
    for (std::size_t i = 0; i < limits::deadlines_per_turn; ++i) {
        if (waiting_.empty() || waiting_.begin()->first > now) return;
        DeadlineOwner& owner = *waiting_.begin()->second;
        clear(owner);
        owner.deadline_reached();
    }
}

}  // namespace leveret::broker

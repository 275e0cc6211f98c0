#include "broker/amqp/unacked.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "broker/amqp/amqp_consumer.hpp"
#include "protocol/assert.hpp"

namespace leveret::broker::amqp {

using protocol::amqp::DeliveryTag;

Unacked::Unacked() = default;
Unacked::~Unacked() = default;

void Unacked::add(UnackedDelivery delivery) {
    if (!slots_) slots_.emplace();
    slots_->push_back(std::move(delivery));
    ++count_;
}

Unacked::Slots::iterator Unacked::find(DeliveryTag tag) {
    if (!slots_) slots_.emplace();
    if (count_ == 0) return slots_->end();
    // Mostly tags have no gaps, and the place follows from the first one.
    const auto first = static_cast<std::uint64_t>(slots_->front().tag);
    const auto wanted = static_cast<std::uint64_t>(tag);
    if (wanted < first) return slots_->end();
    auto place = slots_->end();
    if (wanted - first < slots_->size()) {
        const auto guess = slots_->begin() + static_cast<std::ptrdiff_t>(wanted - first);
        if (guess->tag == tag) place = guess;
    }
    if (place == slots_->end()) {
        place = std::lower_bound(
            slots_->begin(), slots_->end(), tag,
            [](const UnackedDelivery& slot, DeliveryTag t) { return slot.tag < t; });
        if (place == slots_->end() || place->tag != tag) return slots_->end();
    }
    return place->queue ? place : slots_->end();
}

UnackedDelivery Unacked::give_back(DeliveryTag tag) {
    const auto place = find(tag);
    LEVERET_ASSERT(place != slots_->end() && !place->returned);
    UnackedDelivery given = std::move(*place);
    *place = {
        .tag = tag, .queue = given.queue, .consumer = nullptr, .message = {}, .returned = true};
    ++returned_;
    return given;
}

/// The slot leaves with all that was to be done about it.
void Unacked::move_to(std::vector<UnackedDelivery>& into, UnackedDelivery& slot) {
    if (slot.returned) {
        --returned_;
    } else {
        into.push_back(std::move(slot));
    }
}

std::optional<UnackedDelivery> Unacked::take(DeliveryTag tag) {
    const auto place = find(tag);
    if (place == slots_->end()) return std::nullopt;
    UnackedDelivery taken = std::move(*place);
    place->queue.reset();
    place->consumer.reset();
    place->message.message.reset();
    place->tag = taken.tag;
    if (std::exchange(place->returned, false)) --returned_;
    --count_;
    sweep();
    return taken;
}

bool Unacked::take_up_to(DeliveryTag tag, std::vector<UnackedDelivery>& into) {
    const auto last = find(tag);
    if (last == slots_->end()) return false;
    const auto end = std::next(last);
    for (auto slot = slots_->begin(); slot != end; ++slot) {
        if (!slot->queue) continue;
        move_to(into, *slot);
        --count_;
    }
    slots_->erase(slots_->begin(), end);
    sweep();
    return true;
}

void Unacked::take_all(std::vector<UnackedDelivery>& into) {
    if (!slots_) return;
    for (UnackedDelivery& slot : *slots_) {
        if (slot.queue) move_to(into, slot);
    }
    slots_.reset();
    count_ = 0;
}

void Unacked::put_back(std::vector<UnackedDelivery>&& deliveries) {
    if (deliveries.empty()) return;
    if (!slots_) slots_.emplace();
    const auto by_tag = [](const UnackedDelivery& a, const UnackedDelivery& b) {
        return a.tag < b.tag;
    };
    std::sort(deliveries.begin(), deliveries.end(), by_tag);
    Slots merged;
    std::erase_if(*slots_, [](const UnackedDelivery& slot) { return !slot.queue; });
    std::merge(std::make_move_iterator(slots_->begin()), std::make_move_iterator(slots_->end()),
               std::make_move_iterator(deliveries.begin()),
               std::make_move_iterator(deliveries.end()), std::back_inserter(merged), by_tag);
    *slots_ = std::move(merged);
    count_ = slots_->size();
}

void Unacked::sweep() {
    while (!slots_->empty() && !slots_->front().queue) slots_->pop_front();
    if (slots_->size() > 2 * count_ + 64) {
        std::erase_if(*slots_, [](const UnackedDelivery& slot) { return !slot.queue; });
    }
}

}  // namespace leveret::broker::amqp

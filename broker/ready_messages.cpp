#include "broker/ready_messages.hpp"

#include <algorithm>
#include <utility>

#include "broker/limits.hpp"
#include "protocol/assert.hpp"

namespace leveret::broker {

using storage::Sequence;

void ReadyMessages::push(QueuedMessage&& message, std::uint64_t turn, std::uint64_t window) {
    count_in(message);
    if (!must_be_stored() && (front_memory_ < window || !message.stored)) {
        front_memory_ += message.memory_octets();
        front_.push_back(std::move(message));
        return;
    }
    LEVERET_ASSERT(message.stored);
    if (marks_.empty() || marks_.back().turn != turn) marks_.push_back({turn, message.sequence});
    marks_.back().last = message.sequence;
    back_.push_back(std::move(message));
}

void ReadyMessages::put_back(QueuedMessage&& message) {
    count_in(message);
    const Sequence sequence = message.sequence;
    returned_.emplace(sequence, std::move(message));
}

const QueuedMessage* ReadyMessages::first() const {
    if (!returned_.empty()) return &returned_.begin()->second;
    if (!front_.empty()) return &front_.front();
    if (paged_.empty() && !back_.empty()) return &back_.front();
    return nullptr;
}

QueuedMessage ReadyMessages::take_first() {
    QueuedMessage message;
    if (!returned_.empty()) {
        message = std::move(returned_.begin()->second);
        returned_.erase(returned_.begin());
    } else {
        if (front_.empty()) {  // nothing is paged out: what has come since is next
            LEVERET_ASSERT(paged_.empty());
            front_.swap(back_);
            marks_.clear();
            front_memory_ = memory_octets_;
        }
        message = std::move(front_.front());
        front_.pop_front();
        front_memory_ -= message.memory_octets();
    }
    count_out(message);
    return message;
}

void ReadyMessages::page_out_back(std::uint64_t durable_turn) {
    while (!marks_.empty() && marks_.front().turn <= durable_turn) {
        const Sequence last = marks_.front().last;
        marks_.pop_front();
        while (!back_.empty() && back_.front().sequence <= last) {
            const QueuedMessage& message = back_.front();
            paged_.append({static_cast<std::uint64_t>(message.sequence), 1, message.redelivered,
                           message.message->body_octets()});
            count_out(message);
            back_.pop_front();
        }
    }
    if (back_.empty()) Messages().swap(back_);
}

void ReadyMessages::page_out(std::uint64_t keep, std::uint64_t durable_turn, std::uint64_t turn,
                             LateStore& store) {
    page_out_back(durable_turn);
    if (beyond_ && beyond_->turn <= durable_turn) {
        while (front_memory_ > keep && front_.back().stored &&
               front_.back().sequence <= beyond_->last) {
            prepend_last_to_paged();
        }
        beyond_.reset();
    }
    if (front_memory_ > keep && !beyond_) store_beyond(keep, turn, store);
}

/// Sees to it that what stands beyond the first `keep` octets is stored.
void ReadyMessages::store_beyond(std::uint64_t keep, std::uint64_t turn, LateStore& store) {
    Sequence last{0};
    std::uint64_t kept = 0;
    for (QueuedMessage& message : front_) {
        kept += message.memory_octets();
        last = message.sequence;
        if (kept > keep && !message.stored) store.store_late(message);
    }
    beyond_ = Mark{turn, last};
}

void ReadyMessages::prepend_last_to_paged() {
    const QueuedMessage& message = front_.back();
    front_memory_ -= message.memory_octets();
    paged_.prepend({static_cast<std::uint64_t>(message.sequence), 1, message.redelivered,
                    message.message->body_octets()});
    count_out(message);
    front_.pop_back();
    // What is on its way here would not be the next any more.
    ++asked_;
    waits_for_page_ = false;
}

std::uint32_t ReadyMessages::ask(std::uint64_t window,
                                 std::vector<storage::SequenceRange>& ranges) {
    if (paged_.empty() || waits_for_page_ || front_memory_ > window / 2) return 0;
    // What their heads take is not known: routing key, exchange and properties of the usual size.
    constexpr std::uint64_t overhead = sizeof(QueuedMessage) + sizeof(protocol::amqp::Message) + 64;
    const std::uint64_t mean = paged_.octets() / paged_.count() + overhead;
    const std::uint64_t fitting = (window - front_memory_) / mean;
    waits_for_page_ = true;
    ++asked_;
    return paged_.first_ranges(static_cast<std::uint32_t>(std::clamp<std::uint64_t>(
                                   fitting, 1, limits::messages_per_page)),
                               ranges);
}

bool ReadyMessages::paged_in(QueuedMessage&& message) {
    paged_.pop_below(message.sequence);
    if (paged_.empty() || paged_.first() != message.sequence) return false;
    paged_.pop_first(message.message->body_octets());
    count_in(message);
    front_memory_ += message.memory_octets();
    front_.push_back(std::move(message));
    return true;
}

void ReadyMessages::page_complete(Sequence next) {
    paged_.pop_below(next);
    waits_for_page_ = false;
}

void ReadyMessages::clear() {
    const std::uint32_t asked = asked_;
    *this = ReadyMessages();
    asked_ = asked + 1;
}

void ReadyMessages::count_in(const QueuedMessage& message) {
    resident_octets_ += message.message->body_octets();
    memory_octets_ += message.memory_octets();
}

void ReadyMessages::count_out(const QueuedMessage& message) {
    resident_octets_ -= message.message->body_octets();
    memory_octets_ -= message.memory_octets();
}

}  // namespace leveret::broker

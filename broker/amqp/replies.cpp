#include "broker/amqp/replies.hpp"

#include <utility>

#include "protocol/assert.hpp"

namespace leveret::broker::amqp {

void Replies::hold(protocol::OctetBuffer frames, AmqpConsumerPtr activates, storage::Store* store) {
    const std::uint64_t number = first_number_ + waiting_.size();
    waiting_.push_back({std::move(frames), std::move(activates), store == nullptr});
    if (store != nullptr) store->barrier({this, number});
}

void Replies::hold_get(Queue& queue, bool no_ack) {
    const std::uint64_t number = first_number_ + waiting_.size();
    waiting_.push_back({{}, {}, false});
    queue.when_first_comes(
        [self = boost::intrusive_ptr<Replies>(this), kept = QueuePtr(&queue), number, no_ack] {
            if (self->owner_ != nullptr) self->owner_->complete_get(number, *kept, no_ack);
        });
}

void Replies::fill(std::uint64_t number, protocol::OctetBuffer frames) {
    waiting_[number - first_number_].frames = std::move(frames);
    release(number);
}

void Replies::durable(std::uint64_t number) {
    if (owner_ != nullptr) release(number);
}

/// An answer need not wait any more, but for those before it.
void Replies::release(std::uint64_t number) {
    LEVERET_ASSERT(number - first_number_ < waiting_.size());
    waiting_[number - first_number_].may_leave = true;
    while (!waiting_.empty() && waiting_.front().may_leave) {
        const Reply reply = std::move(waiting_.front());
        waiting_.pop_front();
        ++first_number_;
        owner_->send_reply(reply.frames, reply.activates.get());
    }
    if (waiting_.empty()) owner_->replies_sent();
}

}  // namespace leveret::broker::amqp

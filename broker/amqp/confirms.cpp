#include "broker/amqp/confirms.hpp"

#include "protocol/amqp/basic_methods.hpp"
#include "protocol/amqp/method_codec.hpp"
#include "protocol/assert.hpp"

namespace leveret::broker::amqp {

using namespace protocol::amqp;

PublishNumber Confirms::expect() {
    waiting_.push_back(State::outstanding);
    return PublishNumber{acked_ + waiting_.size()};
}

void Confirms::settled_at_once() {
    if (waiting_.empty()) {
        ++acked_;
    } else {
        waiting_.push_back(State::acked);
    }
    notify();
}

void Confirms::settle(PublishNumber number, State state) {
    const std::uint64_t index = static_cast<std::uint64_t>(number) - acked_ - 1;
    LEVERET_ASSERT(index < waiting_.size() && waiting_[index] == State::outstanding);
    waiting_[index] = state;
    while (!waiting_.empty() && waiting_.front() == State::acked) {
        waiting_.pop_front();
        ++acked_;
    }
    notify();
}

void Confirms::notify() {
    if (notified_ || owner_ == nullptr) return;
    notified_ = true;
    owner_->confirms_ready();
}

std::uint64_t Confirms::write(protocol::OctetBuffer& out, ChannelNumber channel) {
    notified_ = false;
    std::uint64_t acked = 0;
    for (;;) {
        if (acked_ != answered_) {
            append_method(out, channel,
                          basic::Ack{.delivery_tag = DeliveryTag{acked_},
                                     .multiple = acked_ - answered_ > 1});
            acked += acked_ - answered_;
            answered_ = acked_;
        }
        if (waiting_.empty() || waiting_.front() == State::outstanding) return acked;
        if (waiting_.front() == State::nacked) {
            answered_ = ++acked_;
            append_method(out, channel, basic::Nack{.delivery_tag = DeliveryTag{answered_}});
        } else {
            ++acked_;
        }
        waiting_.pop_front();
    }
}

}  // namespace leveret::broker::amqp

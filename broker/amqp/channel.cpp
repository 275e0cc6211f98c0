#include "broker/amqp/channel.hpp"

#include <fmt/format.h>

#include <utility>

#include "broker/amqp/channel_send.hpp"
#include "broker/amqp/connection.hpp"
#include "broker/amqp/names.hpp"

namespace leveret::broker::amqp {

using namespace protocol::amqp;

Channel::Channel(Connection& connection, Vhost& vhost, ChannelNumber number)
    : connection_(connection),
      vhost_(vhost),
      number_(number),
      content_(connection.broker().config().limits.max_message_size),
      id_(connection.broker().observation().next_number()) {
    connection.broker().observation().clients().channels.add(*this);
}

Channel::~Channel() {
    release();
    if (replies_) replies_->disown();
}

void Channel::receive(const Frame& frame) {
    if (frame.type == FrameType::method) {
        WireReader in(frame.payload);
        const MethodId id = read_method_id(in);
        method_in_hand_ = id;
        if (goes_when_answered_) {
            throw ProtocolError(reply::channel_error, "expected 'channel.open'");
        }
        if (closing_ && id != channel::Close::id && id != channel::CloseOk::id) {
            if (id == channel::Open::id) on(decode_method<channel::Open>(in));
            return;
        }
        content_.expect_method();
        if (commit_) {
            throw ProtocolError(reply::channel_error,
                                "unexpected command while processing 'tx.commit'");
        }
        changes_before_method_ = vhost_.stored_changes();
        dispatch(id, in, *this, ClientChannelMethods{});  // may end the life of the channel
        return;
    }
    if (closing_) return;
    std::optional<Content> content = frame.type == FrameType::header
                                         ? content_.header(frame.payload)
                                         : content_.body(frame.payload);
    if (content) publish(std::move(*content));
    if (content_.idle()) method_in_hand_ = {};  // the next fault is not this publish's
}

// Class channel

void Channel::on(const channel::Open&) {
    throw ProtocolError(reply::channel_error, "second 'channel.open' seen");
}

void Channel::on(const channel::Flow& method) {
    if (!method.active) throw ProtocolError(reply::not_implemented, "active=false");
    answer(channel::FlowOk{.active = true});
}

void Channel::on(const channel::FlowOk&) {}  // the answer to what is never sent

void Channel::on(const channel::Close&) {
    end_turn();
    release();  // auto-delete queues are gone before the client sees close-ok
    answer(channel::CloseOk{});
    if (closing_) return;  // crossing closes: ours waits for its close-ok still
    goes_when_answered_ = true;
    if (no_reply_waits()) connection_.remove_channel(number_);
}

void Channel::on(const channel::CloseOk&) {
    if (!closing_) refuse_method(channel::CloseOk::id);  // nobody asked
    connection_.remove_channel(number_);
}

void Channel::on(const protocol::amqp::access::Request&) {
    answer(protocol::amqp::access::RequestOk{.ticket = 1});
}

// The end

void Channel::release() {
    content_.reset();
    auto consumers = std::move(consumers_);
    consumers_.clear();
    acking_consumers_ = 0;
    // What is unacked goes back before the consumers leave: their going may delete the queue, and
    // others must find the messages in their old order.
    if (transaction_) {
        for (Transaction::Settlement& settlement : transaction_->settlements) {
            unacked_.put_back(std::move(settlement.deliveries));
        }
        transaction_.reset();
    }
    requeue_all(Outcome::failed);
    for (const auto& [tag, consumer] : consumers) {
        leaves(*consumer);
        consumer->end();
    }
    close_reply_queue();
    if (confirms_) confirms_->disown();
    confirms_.reset();
    if (commit_) commit_->disown();
    commit_.reset();
}

void Channel::close(const ProtocolError& error) {
    closing_ = true;
    answer(channel::Close{.reply_code = error.code().number,
                          .reply_text = error.text(),
                          .class_id = error.method().class_id,
                          .method_id = error.method().method_id});
}

// Output

Replies& Channel::replies() {
    if (!replies_) replies_ = new Replies(*this);
    return *replies_;
}

void Channel::hold_reply(protocol::OctetBuffer frames, AmqpConsumer* activates, bool to_be_stored) {
    replies().hold(std::move(frames), activates,
                   to_be_stored ? &connection_.broker().store() : nullptr);
    connection_.output_later();  // the turn must end for the store to take it
}

void Channel::send_reply(const protocol::OctetBuffer& frames, AmqpConsumer* activated) {
    connection_.outbox().octets().append(frames.view());
    connection_.output_later();
    if (activated != nullptr) activate(*activated);
}

void Channel::replies_sent() {
    Connection& connection = connection_;
    if (goes_when_answered_) connection.remove_channel(number_);  // the end of this channel
    connection.close_when_answered();
}

void Channel::end_turn_later() {
    if (!std::exchange(in_turn_, true)) connection_.end_turn_later(*this);
}

void Channel::end_turn() {
    in_turn_ = false;
    // As with an answer: consumers hear of the end of a queue when it is durable, and after whoever
    // asked for it.
    for (const std::string& tag : std::exchange(lost_consumers_, {})) {
        answer(basic::Cancel{.consumer_tag = tag, .no_wait = true});
    }
    if (!confirms_) return;
    counters_.confirm += confirms_->write(connection_.outbox().octets(), number_);
}

std::string Channel::queue_name(std::string_view given) const {
    if (!given.empty()) return std::string(given);
    if (last_queue_.empty()) {
        throw ProtocolError(reply::not_found, "no previously declared queue");
    }
    return last_queue_;
}

}  // namespace leveret::broker::amqp

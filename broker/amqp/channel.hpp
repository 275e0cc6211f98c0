// A channel: what one client does on one number. It takes frames, holds what the protocol keeps
// per channel (the content under way, consumers, unacked deliveries, confirms, the transaction)
// and asks the vhost for everything else.
//
// Its handlers are grouped by class: channel_exchanges.cpp, channel_queues.cpp,
// channel_publish.cpp, channel_consume.cpp, channel_settle.cpp, channel_tx.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/amqp/amqp_consumer.hpp"
#include "broker/amqp/confirms.hpp"
#include "broker/amqp/delivery_times.hpp"
#include "broker/amqp/outbox.hpp"
#include "broker/amqp/replies.hpp"
#include "broker/amqp/transaction.hpp"
#include "broker/amqp/unacked.hpp"
#include "broker/vhost.hpp"
#include "protocol/amqp/content_assembler.hpp"
#include "protocol/amqp/frame.hpp"
#include "protocol/amqp/method_codec.hpp"
#include "protocol/amqp/method_list.hpp"
#include "protocol/amqp/protocol_error.hpp"
#include "routing/route.hpp"

namespace leveret::broker::amqp {

class Connection;

/// Lifetime: its connection owns it.
/// Thread:   broker thread.
class Channel final : public insight::ObservedChannel,
                      private ConfirmsOwner,
                      private CommitListener,
                      private RepliesOwner {
public:
    Channel(Connection& connection, Vhost& vhost, protocol::amqp::ChannelNumber number);
    ~Channel();

    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    [[nodiscard]] protocol::amqp::ChannelNumber number() const { return number_; }

    /// Takes a method, header or body frame of this channel.
    /// Throws: ProtocolError, which the connection turns into a close.
    void receive(const protocol::amqp::Frame& frame);

    /// The method that receive() was about, for the close of an error: {0, 0} for none.
    [[nodiscard]] protocol::amqp::MethodId method_in_hand() const { return method_in_hand_; }

    /// Ends everything the channel holds: consumers leave, unacked messages go back to their
    /// queues, an open transaction is forgotten. It may be closed and wait for close-ok then.
    void release();

    /// Sends channel.close; all but close and close-ok is dropped from now on.
    void close(const protocol::amqp::ProtocolError& error);
    [[nodiscard]] bool closing() const { return closing_; }

    /// Appends what waits for the end of the turn: the cancels of consumers that lost their
    /// queue, and the confirms that are due.
    void end_turn();

    /// Whether a delivery to this consumer may leave now.
    [[nodiscard]] bool has_credit(AmqpConsumer& consumer);
    void deliver(AmqpConsumer& consumer, const protocol::amqp::DeliverPrefix& prefix, Queue& queue,
                 QueuedMessage&& message);
    void consumer_lost_queue(AmqpConsumer& consumer);
    /// Its consumers may have credit again: their queues are pumped when the turn ends.
    void pump_consumers();

    /// Whether all methods so far were answered.
    [[nodiscard]] bool no_reply_waits() const { return !replies_ || replies_->empty(); }

    /// A moment has passed: remembers what was delivered before it, and takes back what was to be
    /// acked by now.
    /// Rule:   RabbitMQ 4.3: the consumer is cancelled if its client understands that.
    /// Throws: ProtocolError(precondition_failed) when it does not, or basic.get took the message.
    void tick(Instant now);

    /// Whether the client may owe acks: what slows its reading would slow these.
    [[nodiscard]] bool may_owe_acks() const { return acking_consumers_ != 0 || holds_unacked(); }

    // For whoever looks: channel_observed.cpp

    [[nodiscard]] std::uint64_t channel_id() const override { return id_; }
    [[nodiscard]] std::uint16_t channel_number() const override {
        return static_cast<std::uint16_t>(number_);
    }
    [[nodiscard]] std::string name() const override;
    [[nodiscard]] const insight::ObservedConnection& observed_connection() const override;
    [[nodiscard]] const insight::MessageFigures<std::uint64_t>& message_counters() const override {
        return counters_;
    }
    [[nodiscard]] std::uint64_t unacked_count() const override;
    void account() override;
    void describe(insight::ChannelSnapshot& snapshot) const override;
    void describe(const AmqpConsumer& consumer, insight::ConsumerSnapshot& snapshot) const;
    void visit_unacked(std::uint64_t from_tag, insight::UnackedVisitor& visitor) const override;

    // Handlers: one per method that a client may send on a channel.
    void on(const protocol::amqp::channel::Open& method);
    void on(const protocol::amqp::channel::Flow& method);
    void on(const protocol::amqp::channel::FlowOk& method);
    void on(const protocol::amqp::channel::Close& method);
    void on(const protocol::amqp::channel::CloseOk& method);
    void on(const protocol::amqp::access::Request& method);
    void on(const protocol::amqp::exchange::Declare& method);
    void on(const protocol::amqp::exchange::Delete& method);
    void on(const protocol::amqp::exchange::Bind& method);
    void on(const protocol::amqp::exchange::Unbind& method);
    void on(const protocol::amqp::queue::Declare& method);
    void on(const protocol::amqp::queue::Bind& method);
    void on(const protocol::amqp::queue::Purge& method);
    void on(const protocol::amqp::queue::Delete& method);
    void on(const protocol::amqp::queue::Unbind& method);
    void on(const protocol::amqp::basic::Qos& method);
    void on(const protocol::amqp::basic::Consume& method);
    void on(const protocol::amqp::basic::Cancel& method);
    void on(const protocol::amqp::basic::CancelOk& method);
    void on(const protocol::amqp::basic::Publish& method) { content_.start(method); }
    void on(const protocol::amqp::basic::Get& method);
    void on(const protocol::amqp::basic::Ack& method);
    void on(const protocol::amqp::basic::Reject& method);
    void on(const protocol::amqp::basic::RecoverAsync& method);
    void on(const protocol::amqp::basic::Recover& method);
    void on(const protocol::amqp::basic::Nack& method);
    void on(const protocol::amqp::confirm::Select& method);
    void on(const protocol::amqp::tx::Select& method);
    void on(const protocol::amqp::tx::Commit& method);
    void on(const protocol::amqp::tx::Rollback& method);

private:
    /// The queue a method means: an empty name is the last one declared on this channel.
    [[nodiscard]] std::string queue_name(std::string_view given) const;

    /// Sends a method on this channel; defined in channel_send.hpp.
    template <class Method>
    void send(const Method& method);

    /// Answers a method: when all that it told the store is durable, and not before the answers
    /// to the methods before it. A consumer is active from its consume-ok on.
    template <class Method>
    void answer(const Method& method, AmqpConsumer* activates = nullptr);
    [[nodiscard]] Replies& replies();
    void hold_reply(protocol::OctetBuffer frames, AmqpConsumer* activates, bool to_be_stored);
    void send_reply(const protocol::OctetBuffer& frames, AmqpConsumer* activated) override;
    void replies_sent() override;
    void complete_get(std::uint64_t number, Queue& queue, bool no_ack) override;

    // channel_queues.cpp
    void declare_ok(Queue& queue, bool no_wait);
    void probe_reply_queue(std::string_view name, bool no_wait);

    // channel_publish.cpp
    void publish(protocol::amqp::Content&& content);
    void check_and_route(protocol::amqp::MessagePtr& message, Arrival& arrival, bool remembered);
    /// Returns: whether all of the queues took it.
    bool enqueue(const protocol::amqp::MessagePtr& message, const Arrival& arrival, bool mandatory,
                 std::span<routing::Destination* const> queues);
    [[nodiscard]] storage::Waiter confirm(const Vhost::Placed& placed);
    [[nodiscard]] static bool is_lost_reply(const protocol::amqp::Message& message);
    void return_unroutable(const protocol::amqp::MessagePtr& message);

    // channel_consume.cpp
    void consume_replies(const protocol::amqp::basic::Consume& method, std::string tag);
    [[nodiscard]] protocol::OctetBuffer take_for_get(Queue& queue, bool no_ack);
    void add_consumer(Queue& queue, std::string tag, Consumer::Properties properties,
                      std::string arguments, bool no_wait);
    void activate(AmqpConsumer& consumer);
    void forget(AmqpConsumer& consumer);
    void close_reply_queue();
    void pump_later(Queue& queue);

    // channel_settle.cpp
    void settle(protocol::amqp::DeliveryTag tag, bool multiple, Outcome outcome);
    [[noreturn]] static void refuse_tag(protocol::amqp::DeliveryTag tag);
    void settle_now(std::span<UnackedDelivery> deliveries, Outcome outcome);
    void requeue_all(Outcome outcome);
    void take_back_overdue(Instant now);
    [[nodiscard]] std::optional<std::chrono::milliseconds> node_ack_timeout() const;
    [[nodiscard]] std::optional<std::chrono::milliseconds> ack_timeout_of(
        const UnackedDelivery& delivery) const;
    [[noreturn]] void refuse_overdue(std::chrono::milliseconds timeout) const;
    void cancel_overdue(AmqpConsumer& consumer);
    [[nodiscard]] bool holds_unacked() const {
        return !unacked_.empty() || (transaction_ && !transaction_->settlements.empty());
    }

    // channel_tx.cpp
    void put_aside(protocol::amqp::MessagePtr message, const Arrival& arrival, bool mandatory);
    void put_aside(std::vector<UnackedDelivery>&& deliveries, Outcome outcome);
    void require_transaction() const;
    void committed() override;

    /// Whom a trace tells of.
    [[nodiscard]] TracedClient traced() const;

    /// Counts one at the channel and the queue; the vhost's share follows with account().
    template <auto Figure>
    void count(Queue& queue) {
        ++(counters_.*Figure);
        ++(queue.statistics().messages.*Figure);
    }
    void joins(AmqpConsumer& consumer);
    void leaves(AmqpConsumer& consumer);
    void tell_of(insight::EventType type, const AmqpConsumer& consumer);

    void confirms_ready() override { end_turn_later(); }
    void end_turn_later();

    Connection& connection_;
    Vhost& vhost_;
    const protocol::amqp::ChannelNumber number_;
    protocol::amqp::MethodId method_in_hand_{};
    bool closing_ = false;
    bool in_turn_ = false;  ///< end_turn() will be called
    protocol::amqp::ContentAssembler content_;
    boost::intrusive_ptr<Replies> replies_;  ///< made when the first one waits
    std::uint64_t changes_before_method_ = 0;
    bool goes_when_answered_ = false;  ///< the client closed it; its close-ok waits
    std::string last_queue_;           ///< the queue declared last on this channel

    // Publishing
    routing::Route route_;               ///< the last route, with the room of those before
    std::string remembered_route_wire_;  ///< exchange and key of route_, if it may be used again
    std::uint64_t remembered_generation_ = 0;
    boost::intrusive_ptr<Confirms> confirms_;
    std::unique_ptr<Transaction> transaction_;
    boost::intrusive_ptr<CommitWaiter> commit_;  ///< a tx.commit whose answer is due

    // Consuming
    std::map<std::string, AmqpConsumerPtr, std::less<>> consumers_;
    std::vector<std::string> lost_consumers_;  ///< tags whose client must be told
    std::uint32_t acking_consumers_ = 0;
    std::uint16_t consumer_prefetch_ = 0;  ///< of the consumers to come
    Prefetch channel_prefetch_;            ///< shared by all consumers: qos with global
    std::uint64_t last_delivery_tag_ = 0;
    Unacked unacked_;
    std::vector<UnackedDelivery> settled_;  ///< of the ack under way; kept for its room
    QueuePtr reply_queue_;

    const std::uint64_t id_;
    insight::MessageFigures<std::uint64_t> counters_;
    insight::MessageFigures<std::uint64_t> accounted_;  ///< of these, what the vhost has
    DeliveryTimes delivery_times_;
};

}  // namespace leveret::broker::amqp

#include "broker/insight/publish.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "broker/insight/operations.hpp"
#include "broker/limits.hpp"
#include "broker/publish_checks.hpp"
#include "broker/selected_keys.hpp"
#include "protocol/amqp/protocol_error.hpp"

namespace leveret::broker::insight {

using namespace protocol::amqp;

namespace {

PublishOutcome publish_to(Vhost& vhost, const Publish& request,
                          std::optional<access::Rights> rights,
                          const std::function<storage::Waiter()>& waiter) {
    if (rights) rights->require_write_exchange(request.exchange);
    routing::Exchange& exchange = vhost.exchange(request.exchange);
    if (exchange.properties().internal) {
        throw ProtocolError(reply::access_refused,
                            fmt::format("cannot publish to internal exchange '{}' in vhost '{}'",
                                        request.exchange, request.vhost));
    }
    if (rights) rights->require_write_topic(exchange, request.routing_key);
    MessagePtr message =
        Message::make(request.exchange, request.routing_key, request.properties, request.body);
    const BasicProperties properties = message->properties();
    // The checks, in the order that they have on a channel, where replies may be consumed.
    if (properties.has(property::reply_to) && properties.reply_to == reply_to_name) {
        throw ProtocolError(reply::precondition_failed, "fast reply consumer does not exist");
    }
    Arrival arrival = arrival_of(properties);
    const SelectedKeys selected(properties);
    if (rights) {
        for (const std::string_view key : selected.keys()) {
            rights->require_write_topic(exchange, key);
        }
    }
    if (!rights || !rights->may_impersonate()) require_own_user_id(properties, request.user);

    routing::Route route;
    selected.route(vhost.router(), exchange, *message, route);
    arrival.delay = route.delay;
    message = selected.without_bcc(std::move(message), route);
    route.take(message);  // as it is seen by those who get it later

    MessageFigures<std::uint64_t>& counters = vhost.statistics().messages;
    ++counters.publish;
    const Vhost::Placed placed = vhost.place(message, arrival, route.queues);
    PublishOutcome outcome{Published::routed, false};
    if (placed.refused) {
        outcome.published = Published::rejected;
    } else if (route.queues.empty()) {
        outcome.published = Published::unroutable;
        ++counters.drop_unroutable;
    } else {
        outcome.durable = placed.durable;
    }
    vhost.stored(message, arrival, placed, route.queues,
                 outcome.durable ? waiter() : storage::Waiter{});
    return outcome;
}

/// What was taken stays taken until all were, so that no message comes twice.
class GetMessages final : public Task {
public:
    GetMessages(Broker& broker, Get request,
                std::function<void(Result<std::vector<GotMessage>>)> done)
        : broker_(broker), request_(std::move(request)), done_(std::move(done)) {}

    /// A get that is not ended by the time the broker is: as if its channel had closed.
    ~GetMessages() override { put_back(); }

    Progress step(Budget& budget) override {
        try {
            Vhost& vhost = find_vhost(broker_, request_.vhost);
            if (!queue_) queue_.reset(&vhost.queue(request_.queue, ConnectionId::none));
            const Progress progress = take_some(vhost, budget);
            if (progress != Progress::done) return progress;
        } catch (const ProtocolError& error) {
            put_back();
            done_(Refusal::of(error));
            return Progress::done;
        }
        finish();
        done_(std::move(found_));
        return Progress::done;
    }

    void wait(std::function<void()> resume) override {
        queue_->when_first_comes(std::move(resume));
        broker_.turn().end_soon();
    }

private:
    [[nodiscard]] bool puts_back() const {
        return request_.mode == GetMode::ack_requeue || request_.mode == GetMode::reject_requeue;
    }

    Progress take_some(Vhost& vhost, Budget& budget) {
        while (found_.size() < request_.count && octets_ < limits::get_octets) {
            if (queue_->deleted()) return Progress::done;
            if (queue_->first_is_paged_out()) return Progress::waits;
            std::optional<QueuedMessage> taken = queue_->take();
            if (!taken) {
                if (found_.empty()) {
                    ++queue_->statistics().messages.get_empty;
                    ++vhost.statistics().messages.get_empty;
                }
                return Progress::done;
            }
            add(vhost, std::move(*taken));
            if (!budget.spend_octets(found_.back().body.size())) return Progress::more;
        }
        return Progress::done;
    }

    void add(Vhost& vhost, QueuedMessage&& taken) {
        const Message& message = *taken.message;
        found_.push_back({.exchange = std::string(message.exchange()),
                          .routing_key = std::string(message.routing_key()),
                          .properties = std::string(message.property_octets()),
                          .body = std::string(message.body()),
                          .redelivered = taken.redelivered,
                          .message_count = queue_->ready_count()});
        octets_ += message.body_octets();
        count(queue_->statistics().messages, taken.redelivered);
        count(vhost.statistics().messages, taken.redelivered);
        queue_->statistics().unacked_octets += message.body_octets();
        taken_.push_back(std::move(taken));
    }

    static void count(MessageFigures<std::uint64_t>& counters, bool redelivered) {
        ++counters.get;
        if (redelivered) ++counters.redeliver;
    }

    void finish() {
        if (puts_back()) return put_back();
        Vhost* const vhost = broker_.find_vhost(request_.vhost);
        for (QueuedMessage& message : std::exchange(taken_, {})) {
            QueueStatistics& statistics = queue_->statistics();
            statistics.unacked_octets -= message.message->body_octets();
            if (request_.mode == GetMode::reject) {
                ++statistics.returned;
                queue_->reject(std::move(message));
            } else {
                ++statistics.messages.ack;
                if (vhost != nullptr) ++vhost->statistics().messages.ack;
                queue_->settle(message);
            }
        }
        broker_.turn().end_soon();
    }

    void put_back() {
        for (QueuedMessage& message : std::exchange(taken_, {})) {
            queue_->statistics().unacked_octets -= message.message->body_octets();
            ++queue_->statistics().returned;
            queue_->requeue(std::move(message), ComesBack::returned);
        }
        broker_.turn().end_soon();
    }

    Broker& broker_;
    const Get request_;
    const std::function<void(Result<std::vector<GotMessage>>)> done_;
    QueuePtr queue_;
    std::vector<QueuedMessage> taken_;
    std::vector<GotMessage> found_;
    std::uint64_t octets_ = 0;
};

}  // namespace

Result<PublishOutcome> publish(Broker& broker, const Publish& request,
                               const std::function<storage::Waiter()>& waiter) {
    try {
        return publish_to(find_vhost(broker, request.vhost), request,
                          rights_of(broker, request.user, request.vhost), waiter);
    } catch (const ProtocolError& error) {
        return Refusal::of(error);
    }
}

std::unique_ptr<Task> get_messages(Broker& broker, Get request,
                                   std::function<void(Result<std::vector<GotMessage>>)> done) {
    return std::make_unique<GetMessages>(broker, std::move(request), std::move(done));
}

}  // namespace leveret::broker::insight

// Transactions: publishes and settlements are put aside until tx.commit makes them happen, all in
// one transaction of the store, or tx.rollback forgets the publishes and gives the tags back.
#include <fmt/format.h>

#include <utility>

#include "broker/amqp/channel.hpp"
#include "broker/amqp/channel_send.hpp"
#include "broker/amqp/connection.hpp"
#include "broker/limits.hpp"

namespace leveret::broker::amqp {

using namespace protocol::amqp;

namespace {

void require_within_bounds(const Transaction& transaction) {
    const std::uint64_t operations = transaction.publishes.size() + transaction.settled_count;
    if (transaction.octets > limits::transaction_octets) {
        throw ProtocolError(
            reply::precondition_failed,
            fmt::format("transaction larger than {} bytes", limits::transaction_octets));
    }
    if (operations > limits::transaction_operations) {
        throw ProtocolError(reply::precondition_failed,
                            fmt::format("transaction of more than {} publishes and acks",
                                        limits::transaction_operations));
    }
}

}  // namespace

void Channel::on(const tx::Select&) {
    if (confirms_) {
        throw ProtocolError(reply::precondition_failed, "cannot switch from confirm to tx mode");
    }
    if (!transaction_) transaction_ = std::make_unique<Transaction>();
    answer(tx::SelectOk{});
}

void Channel::on(const tx::Commit&) {
    require_transaction();
    const std::unique_ptr<Transaction> transaction =
        std::exchange(transaction_, std::make_unique<Transaction>());
    storage::Store& store = connection_.broker().store();
    store.begin_transaction();
    bool complete = true;
    std::vector<routing::Destination*> queues;
    for (const Transaction::Publish& publish : transaction->publishes) {
        queues.clear();
        for (const QueuePtr& queue : publish.queues) {
            if (!queue->deleted()) queues.push_back(queue.get());
        }
        // Rule: RabbitMQ: the default exchange asks for the queue of that name at the commit.
        if (publish.queues.empty() && publish.message->exchange().empty()) {
            Queue* const queue = vhost_.find_named_queue(publish.message->routing_key());
            if (queue != nullptr) queues.push_back(queue);
        }
        complete &= enqueue(publish.message, publish.arrival, publish.mandatory, queues);
    }
    for (Transaction::Settlement& settlement : transaction->settlements) {
        settle_now(settlement.deliveries, settlement.outcome);
    }
    connection_.output_later();  // the turn must end for the store to take it
    if (!complete) {
        // Rule: RabbitMQ: what the full queues did not refuse is done all the same.
        store.end_transaction({});
        throw ProtocolError(reply::precondition_failed, "partial tx completion");
    }
    commit_ = new CommitWaiter(*this);
    store.end_transaction({commit_, 0});
}

void Channel::committed() {
    commit_.reset();
    send(tx::CommitOk{});
}

void Channel::on(const tx::Rollback&) {
    require_transaction();
    for (Transaction::Settlement& settlement : transaction_->settlements) {
        unacked_.put_back(std::move(settlement.deliveries));
    }
    transaction_ = std::make_unique<Transaction>();
    answer(tx::RollbackOk{});
}

void Channel::put_aside(MessagePtr message, const Arrival& arrival, bool mandatory) {
    transaction_->octets += message->memory_octets();
    Transaction::Publish publish{std::move(message), arrival, mandatory, {}};
    publish.queues.reserve(route_.queues.size());
    for (routing::Destination* const queue : route_.queues) {
        publish.queues.emplace_back(static_cast<Queue*>(queue));
    }
    transaction_->publishes.push_back(std::move(publish));
    require_within_bounds(*transaction_);
}

void Channel::put_aside(std::vector<UnackedDelivery>&& deliveries, Outcome outcome) {
    transaction_->settled_count += deliveries.size();
    transaction_->settlements.push_back({std::move(deliveries), outcome});
    require_within_bounds(*transaction_);
}

void Channel::require_transaction() const {
    if (!transaction_) {
        throw ProtocolError(reply::precondition_failed, "channel is not transactional");
    }
}

}  // namespace leveret::broker::amqp

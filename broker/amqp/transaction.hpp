// What a channel in transaction mode has put aside until tx.commit.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "broker/amqp/unacked.hpp"
#include "protocol/amqp/message.hpp"
#include "storage/store.hpp"

namespace leveret::broker::amqp {

struct Transaction {
    struct Publish {
        protocol::amqp::MessagePtr message;
        Arrival arrival;
        bool mandatory;
        std::vector<QueuePtr> queues;  ///< as routed when it was published; some may be gone
    };
    /// Deliveries of one ack, nack or reject.
    struct Settlement {
        std::vector<UnackedDelivery> deliveries;
        Outcome outcome;
    };

    std::vector<Publish> publishes;
    std::vector<Settlement> settlements;
    std::uint64_t octets = 0;         ///< of the messages in `publishes`
    std::uint64_t settled_count = 0;  ///< deliveries in `settlements`
};

/// Who answers tx.commit once it is durable: the channel.
class CommitListener {
public:
    virtual void committed() = 0;

protected:
    ~CommitListener() = default;
};

/// Waits for the store's answer to one commit.
/// Lifetime: may outlive its channel, which disowns it then.
class CommitWaiter final : public storage::DurableListener {
public:
    explicit CommitWaiter(CommitListener& owner) : owner_(&owner) {}
    void disown() { owner_ = nullptr; }
    void durable(std::uint64_t) override {
        if (CommitListener* owner = std::exchange(owner_, nullptr)) owner->committed();
    }

private:
    CommitListener* owner_;
};

}  // namespace leveret::broker::amqp

// Publisher confirms of one channel: numbers given to publishes, and the acks and nacks that
// answer them, in publish order and as few as possible.
#pragma once

#include <cstdint>
#include <deque>

#include "protocol/amqp/types.hpp"
#include "protocol/octet_buffer.hpp"
#include "storage/store.hpp"

namespace leveret::broker::amqp {

/// The count of a publish on a channel in confirm mode, from 1. Not a delivery tag of a consumer,
/// though basic.ack carries both.
enum class PublishNumber : std::uint64_t {};

/// Who must write the confirms when the turn ends: the channel.
class ConfirmsOwner {
public:
    virtual void confirms_ready() = 0;

protected:
    ~ConfirmsOwner() = default;
};

/// Rule:     acks may come in any order; clients' tests expect publish order, and it is the order
///           that coalesces best. So a publish is answered when it and all before it are settled.
/// Lifetime: outlives its channel while the store still owes it an answer.
/// Thread:   broker thread.
class Confirms final : public storage::DurableListener {
public:
    explicit Confirms(ConfirmsOwner& owner) : owner_(&owner) {}

    /// The channel is gone; answers that still come go nowhere.
    void disown() { owner_ = nullptr; }

    /// Gives the next number to a publish that the store, or somebody else, will settle.
    [[nodiscard]] PublishNumber expect();

    /// The next publish is settled already: transient, or routed nowhere.
    void settled_at_once();

    /// The next publish was refused by a queue.
    void refused() {
        waiting_.push_back(State::nacked);
        notify();
    }

    void acked(PublishNumber number) { settle(number, State::acked); }
    void nacked(PublishNumber number) { settle(number, State::nacked); }

    /// Called by the store.
    void durable(std::uint64_t number) override { acked(PublishNumber{number}); }

    /// Appends what can be answered: runs of acks as one with `multiple`, nacks one by one.
    /// Returns: how many publishes that acknowledges.
    std::uint64_t write(protocol::OctetBuffer& out, protocol::amqp::ChannelNumber channel);

    /// Returns: publishes that have no answer yet.
    [[nodiscard]] std::uint64_t unconfirmed() const { return acked_ - answered_ + waiting_.size(); }

private:
    enum class State : std::uint8_t { outstanding, acked, nacked };

    void settle(PublishNumber number, State state);
    void notify();

    ConfirmsOwner* owner_;
    std::uint64_t answered_ = 0;  ///< all up to this number were answered
    std::uint64_t acked_ = 0;     ///< all from there up to this number are acked
    std::deque<State> waiting_;   ///< of the numbers after that; the first one is not acked
    bool notified_ = false;
};

}  // namespace leveret::broker::amqp

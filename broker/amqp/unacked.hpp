// The deliveries of a channel that its client has not settled yet, in the order of their tags.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "broker/consumer.hpp"
#include "broker/queue.hpp"
#include "protocol/amqp/types.hpp"

namespace leveret::broker::amqp {

class AmqpConsumer;

/// What becomes of a delivery: it is done with, not wanted by anybody, or to be delivered again, as
/// its client gave it back or could not deal with it.
enum class Outcome { acked, rejected, returned, failed };

/// A message that is out: where it came from and who took it.
struct UnackedDelivery {
    protocol::amqp::DeliveryTag tag{};
    QueuePtr queue;  ///< none: settled already, the slot waits to be swept
    boost::intrusive_ptr<AmqpConsumer> consumer;  ///< none: basic.get took it
    QueuedMessage message;
    bool returned = false;  ///< to its queue, as its ack was overdue; an ack changes nothing
};

/// Memory is in proportion to what is unacked, not to the distance of the tags: a client may hold
/// one delivery for ever and settle a million others.
class Unacked {
public:
    Unacked();
    ~Unacked();

    /// Tags rise; how much does not matter (deliveries without ack have tags too).
    void add(UnackedDelivery delivery);

    /// Takes a delivery back whose ack is overdue. Its tag stays known, as the ack may be under
    /// way. Requires: it is there, and was not given back.
    [[nodiscard]] UnackedDelivery give_back(protocol::amqp::DeliveryTag tag);

    /// Takes one out; it may be returned. None: there is no such tag.
    [[nodiscard]] std::optional<UnackedDelivery> take(protocol::amqp::DeliveryTag tag);

    /// Moves all up to and including `tag` to `into`, oldest first, but for those given back.
    /// Returns: false, and moves nothing, when `tag` itself is not there.
    [[nodiscard]] bool take_up_to(protocol::amqp::DeliveryTag tag,
                                  std::vector<UnackedDelivery>& into);

    /// Moves all to `into`, oldest first, but for those given back.
    void take_all(std::vector<UnackedDelivery>& into);

    /// Puts back what was taken (a rolled back transaction), in its old order.
    void put_back(std::vector<UnackedDelivery>&& deliveries);

    /// Calls `visit(delivery)` for each from this tag on that was not given back, until it says
    /// false.
    template <class Visit>
    void visit_from(protocol::amqp::DeliveryTag tag, Visit&& visit) const {
        if (!slots_) return;
        auto slot = std::lower_bound(
            slots_->begin(), slots_->end(), tag,
            [](const UnackedDelivery& s, protocol::amqp::DeliveryTag t) { return s.tag < t; });
        for (; slot != slots_->end(); ++slot) {
            if (slot->queue && !slot->returned && !visit(*slot)) return;
        }
    }

    /// Returns: the lowest tag; none when there is none.
    [[nodiscard]] std::optional<protocol::amqp::DeliveryTag> first() const {
        if (count_ == 0) return std::nullopt;
        return slots_->front().tag;
    }

    /// Those given back do not count.
    [[nodiscard]] std::size_t size() const { return count_ - returned_; }
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] std::size_t given_back() const { return returned_; }

private:
    using Slots = std::deque<UnackedDelivery>;

    [[nodiscard]] Slots::iterator find(protocol::amqp::DeliveryTag tag);
    void move_to(std::vector<UnackedDelivery>& into, UnackedDelivery& slot);
    void sweep();

    /// Sorted by tag; the first one is always live. Made when first needed: idle channels are many.
    std::optional<Slots> slots_;
    std::size_t count_ = 0;     ///< live slots
    std::size_t returned_ = 0;  ///< of these
};

}  // namespace leveret::broker::amqp

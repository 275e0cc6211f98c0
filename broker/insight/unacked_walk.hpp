// A walk over what is out for delivery of one queue, in slices.
#pragma once

#include <cstdint>
#include <functional>

#include "broker/broker.hpp"
#include "broker/insight/clients.hpp"
#include "broker/insight/slices.hpp"
#include "broker/insight/snapshots.hpp"

namespace leveret::broker::insight {

/// Channel by channel, in the order in which they were opened; by tags within.
/// Thread:   broker thread.
/// Lifetime: the queue outlives it.
class UnackedWalk final : private UnackedVisitor {
public:
    struct Place {
        std::uint64_t channel_id = 0;
        std::uint64_t delivery_tag = 0;
    };

    UnackedWalk(Broker& broker, const Queue& queue) : UnackedWalk(broker, queue, Place{}) {}
    UnackedWalk(Broker& broker, const Queue& queue, Place first);

    /// Returns: whether to go on; otherwise the walk has stopped in front of this delivery.
    using Found = std::function<bool(const ObservedDelivery&)>;

    /// Returns: false when the slice is over before the walk has ended or stopped.
    bool advance(Budget& budget, const Found& found);

    [[nodiscard]] bool stopped() const { return stopped_; }
    /// In front of which delivery it stands.
    [[nodiscard]] Place place() const { return next_; }

    /// Requires: `delivery` is the one that was found just now.
    [[nodiscard]] UnackedSnapshot snapshot(const ObservedDelivery& delivery) const;

private:
    bool visit(const ObservedDelivery& delivery) override;

    const Clock& clock_;
    const Queue& queue_;
    const std::uint64_t first_channel_;
    routing::WalkList<ObservedChannel>::Walk channels_;
    Place next_;
    bool stopped_ = false;

    // While it advances.
    Budget* budget_ = nullptr;
    const Found* found_ = nullptr;
    const ObservedChannel* channel_ = nullptr;
};

}  // namespace leveret::broker::insight

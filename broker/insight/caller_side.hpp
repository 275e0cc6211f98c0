// The Inspector's half on the caller's thread: keeps the past, puts rates and samples into
// snapshots, and tells of events.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "broker/insight/broker_side.hpp"
#include "broker/insight/event.hpp"
#include "broker/insight/history.hpp"
#include "broker/insight/inspector.hpp"
#include "broker/insight/node_figures.hpp"
#include "broker/insight/snapshots.hpp"

namespace leveret::broker::insight {

/// Thread: the caller's.
class CallerSide {
public:
    explicit CallerSide(std::uint64_t history_octets) : history_(history_octets) {}

    [[nodiscard]] History& history() { return history_; }

    // A reading, as it comes in parts

    void begin_reading(UnixTime at, bool watched, const NodeFigures& node);
    void take(const ReadingPart& part);
    void end_reading() { history_.end(); }

    // Rates and samples

    void complete(QueueSnapshot& snapshot, const Samples& samples) const;
    void complete(ExchangeSnapshot& snapshot, const Samples& samples) const;
    void complete(ConnectionSnapshot& snapshot, const Samples& samples) const;
    void complete(ChannelSnapshot& snapshot, const Samples& samples) const;
    void complete(VhostSnapshot& snapshot, const Samples& samples) const;
    void complete(NodeSnapshot& snapshot, const Samples& samples) const;
    /// `all`: it is of all vhosts, and has a past of its own.
    [[nodiscard]] OverviewSnapshot sum_up(const std::vector<VhostSnapshot>& vhosts, bool all,
                                          const ChurnFigures<std::uint64_t>& churn,
                                          const Samples& samples) const;

    // Events

    void take(EventBatch batch);
    [[nodiscard]] std::vector<Event> recent_events(std::size_t count) const;
    std::uint64_t subscribe(Then<const Event&> listener);
    void unsubscribe(std::uint64_t subscription) { listeners_.erase(subscription); }
    [[nodiscard]] std::uint64_t events_dropped() const { return events_dropped_; }

private:
    void complete_churn(Measured<ChurnFigures>& churn, const Samples& samples) const;
    void forget(const Event& event);

    History history_;
    NodeFigures node_;
    std::deque<Event> events_;
    std::uint64_t events_dropped_ = 0;
    std::map<std::uint64_t, Then<const Event&>> listeners_;
    std::uint64_t last_subscription_ = 0;
};

}  // namespace leveret::broker::insight

// The Inspector's half on the broker thread: does its tasks in slices, collects events for it, and
// knows since when alarms stand.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "broker/alarms.hpp"
#include "broker/broker.hpp"
#include "broker/insight/event.hpp"
#include "broker/insight/observation.hpp"
#include "broker/insight/slices.hpp"
#include "broker/insight/snapshots.hpp"

namespace leveret::broker::insight {

/// Events that happened, and how many were lost before them because they were too many.
struct EventBatch {
    std::vector<Event> events{};
    std::uint64_t dropped = 0;
};

/// Thread: broker thread, but for its construction.
class BrokerSide final : private EventListener, private AlarmListener {
public:
    /// `events` is called on the broker thread with what has happened since it was called last.
    BrokerSide(Broker& broker, Post to_broker, std::function<void(EventBatch)> events);
    ~BrokerSide();

    BrokerSide(const BrokerSide&) = delete;
    BrokerSide& operator=(const BrokerSide&) = delete;

    [[nodiscard]] Broker& broker() { return broker_; }
    [[nodiscard]] Slices& slices() { return slices_; }
    [[nodiscard]] std::vector<AlarmSnapshot> alarms() const;
    [[nodiscard]] UnixTime started_at() const { return started_at_; }

private:
    void happened(Event&& event) override;
    void alarms_changed() override;
    void note_alarm(Resource resource, bool stands, std::optional<UnixTime>& since);
    void send_events();

    Broker& broker_;
    Post to_broker_;
    Slices slices_;
    std::function<void(EventBatch)> events_;
    EventBatch waiting_;
    bool sends_events_ = false;
    const UnixTime started_at_;
    std::optional<UnixTime> memory_alarm_since_;
    std::optional<UnixTime> disk_alarm_since_;
};

}  // namespace leveret::broker::insight

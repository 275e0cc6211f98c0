#include "broker/insight/broker_side.hpp"

#include <utility>

#include "broker/limits.hpp"

namespace leveret::broker::insight {

BrokerSide::BrokerSide(Broker& broker, Post to_broker, std::function<void(EventBatch)> events)
    : broker_(broker),
      to_broker_(std::move(to_broker)),
      slices_(broker.clock(), to_broker_),
      events_(std::move(events)),
      started_at_(broker.clock().unix_now()) {
    broker_.observation().set_listener(this);
    broker_.alarms().add(*this);
}

BrokerSide::~BrokerSide() {
    broker_.alarms().remove(*this);
    broker_.observation().set_listener(nullptr);
}

// Events are sent once a turn, not one by one; what comes faster than it can be sent is lost, the
// oldest first.

void BrokerSide::happened(Event&& event) {
    if (waiting_.events.size() == limits::events_waiting) {
        waiting_.events.erase(waiting_.events.begin(),
                              waiting_.events.begin() + limits::events_waiting / 2);
        waiting_.dropped += limits::events_waiting / 2;
    }
    waiting_.events.push_back(std::move(event));
    if (std::exchange(sends_events_, true)) return;
    to_broker_([this] { send_events(); });
}

void BrokerSide::send_events() {
    sends_events_ = false;
    events_(std::exchange(waiting_, {}));
}

void BrokerSide::alarms_changed() {
    note_alarm(Resource::memory, broker_.alarms().memory(), memory_alarm_since_);
    note_alarm(Resource::disk, broker_.alarms().disk(), disk_alarm_since_);
}

void BrokerSide::note_alarm(Resource resource, bool stands, std::optional<UnixTime>& since) {
    if (stands == since.has_value()) return;
    since.reset();
    if (stands) since = broker_.clock().unix_now();
    broker_.observation().tell({.type = stands ? EventType::alarm_set : EventType::alarm_cleared,
                                .name = to_string(resource)});
}

std::vector<AlarmSnapshot> BrokerSide::alarms() const {
    std::vector<AlarmSnapshot> alarms;
    if (memory_alarm_since_) alarms.push_back({Resource::memory, *memory_alarm_since_});
    if (disk_alarm_since_) alarms.push_back({Resource::disk, *disk_alarm_since_});
    return alarms;
}

std::string_view to_string(Resource resource) {
    return resource == Resource::memory ? "memory" : "disk";
}

std::string_view to_string(ConnectionState state) {
    switch (state) {
        case ConnectionState::starting:
            return "starting";
        case ConnectionState::tuning:
            return "tuning";
        case ConnectionState::opening:
            return "opening";
        case ConnectionState::running:
            return "running";
        case ConnectionState::flow:
            return "flow";
        case ConnectionState::blocking:
            return "blocking";
        case ConnectionState::blocked:
            return "blocked";
        case ConnectionState::closing:
            return "closing";
        case ConnectionState::closed:
            return "closed";
    }
    return "unknown";
}

}  // namespace leveret::broker::insight

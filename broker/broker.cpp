#include "broker/broker.hpp"

#include <utility>

#include "broker/log.hpp"

namespace leveret::broker {

Broker::Broker(const Config& config, const Clock& clock, storage::Store& store, Wakes wakes)
    : config_(config),
      clock_(clock),
      store_(store),
      turn_(clock, std::move(wakes.turn_end), [this] { store_.submit(); }),
      deadlines_(std::move(wakes.deadline)),
      residency_(config.memory.bodies.of(available_memory_octets())),
      queue_context_{turn_, store_, residency_, deadlines_},
      observation_(clock),
      alarms_(config.memory.high_watermark.of(available_memory_octets())),
      authentication_(config.auth),
      global_parameters_({}, store) {
    store_.set_health_listener(this);
    const std::string& name = config.auth.default_vhost;
    vhosts_.emplace(name, std::make_unique<Vhost>(name, queue_context_, observation_));
}

Broker::~Broker() { store_.set_health_listener(nullptr); }

void Broker::tick() {
    // Memory may have run short through other queues than those that hold most of it.
    if (residency_.is_short()) {
        for_each_queue([this](Queue& queue) { residency_.watch(queue); });
    }
    residency_.look();
}

void Broker::stop() {
    for_each_queue([](Queue& queue) { queue.store_counts(); });
}

void Broker::storage_health_changed(const storage::Health& health) {
    alarms_.disk_short(health.state == storage::Health::State::disk_alarm);
    if (health.state != storage::Health::State::failed) return;
    log::error("the store has failed: {}; nothing more is confirmed", health.reason);
    if (storage_failed_) storage_failed_();
}

Vhost* Broker::find_vhost(std::string_view name) {
    const auto place = vhosts_.find(name);
    return place == vhosts_.end() ? nullptr : place->second.get();
}

}  // namespace leveret::broker

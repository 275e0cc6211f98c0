#include "broker/broker.hpp"

#include <utility>

namespace leveret::broker {

Broker::Broker(const Config& config, const Clock& clock, storage::Store& store,
               std::function<void()> schedule_turn_end)
    : config_(config),
      clock_(clock),
      store_(store),
      turn_(std::move(schedule_turn_end), [this] { store_.submit(); }),
      alarms_(config.memory.high_watermark.of(available_memory_octets())),
      authentication_(config.auth) {
    const std::string& name = config.auth.default_vhost;
    vhosts_.emplace(name, std::make_unique<Vhost>(name, turn_, store_));
}

Broker::~Broker() = default;

Vhost* Broker::find_vhost(std::string_view name) {
    const auto place = vhosts_.find(name);
    return place == vhosts_.end() ? nullptr : place->second.get();
}

}  // namespace leveret::broker

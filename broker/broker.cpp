#include "broker/broker.hpp"

#include <fmt/format.h>

#include <utility>

#include "broker/limits.hpp"
#include "broker/log.hpp"
#include "broker/validation.hpp"
#include "protocol/amqp/protocol_error.hpp"
#include "protocol/assert.hpp"
#include "storage/storage_error.hpp"

namespace leveret::broker {

Broker::Broker(const Config& config, const Clock& clock, storage::Store& store, Wakes wakes)
    : config_(config),
      clock_(clock),
      store_(store),
      deadlines_(std::move(wakes.deadline)),
      turn_(clock, std::move(wakes.turn_end), [this] { store_.submit(); }),
      residency_(config.memory.bodies.of(available_memory_octets())),
      queue_context_{turn_, store_, residency_, deadlines_},
      observation_(clock),
      alarms_(config.memory.high_watermark.of(available_memory_octets())),
      access_(store, observation_),
      logins_(access_, config.auth.loopback_users, clock, deadlines_, std::move(wakes.aside)),
      global_parameters_({}, store) {
    store_.set_health_listener(this);
}

Broker::~Broker() { store_.set_health_listener(nullptr); }

void Broker::tick() {
    std::erase_if(deleted_vhosts_, [](const auto& vhost) { return vhost.use_count() == 1; });
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

// Vhosts and users

void Broker::first_start() {
    if (!vhosts_.empty() || !access_.accounts().empty()) return;
    const Config::Auth& first = config_.auth;
    const Vhost& vhost = create_vhost(first.default_vhost, {.description = "Default virtual host"});
    access_.set_user({.name = first.default_user,
                      .password = access::hash_password(first.default_pass),
                      .tags = first.default_tags});
    access_.set_permission(first.default_user, vhost.name(),
                           {.configure = first.default_permissions.at(0),
                            .write = first.default_permissions.at(1),
                            .read = first.default_permissions.at(2)});
    turn_.end_soon();
}

Vhost& Broker::create_vhost(std::string name, VhostMetadata metadata) {
    LEVERET_ASSERT(find_vhost(name) == nullptr);
    if (name.empty()) throw ValidationFailed("the name of a vhost must not be empty");
    if (name.size() > limits::name_octets) {
        throw ValidationFailed(
            fmt::format("the name of a vhost is longer than {} octets", limits::name_octets));
    }
    validate(metadata);
    const auto made = std::make_shared<Vhost>(name, std::move(metadata), std::nullopt,
                                              queue_context_, observation_);
    turn_.end_soon();
    observation_.tell({.type = insight::EventType::vhost_created,
                       .object = made->id(),
                       .vhost = made->name(),
                       .name = made->name()});
    return *vhosts_.emplace(std::move(name), made).first->second;
}

void Broker::restore_vhost(stored::Vhost&& vhost, storage::DefinitionId id) {
    if (find_vhost(vhost.name) != nullptr) {
        throw storage::StorageError(fmt::format("vhost '{}' is stored twice", vhost.name));
    }
    auto made = std::make_shared<Vhost>(vhost.name, std::move(vhost.metadata), id, queue_context_,
                                        observation_);
    vhosts_.emplace(std::move(vhost.name), std::move(made));
}

void Broker::delete_vhost(Vhost& vhost) {
    if (vhost.metadata().protected_from_deletion) {
        throw protocol::amqp::ProtocolError(
            protocol::amqp::reply::precondition_failed,
            fmt::format(
                "Refusing to delete virtual host '{}' because it is protected from deletion",
                vhost.name()));
    }
    const std::shared_ptr<Vhost> kept = vhost.shared_from_this();
    vhosts_.erase(vhosts_.find(vhost.name()));
    close_connections([&](const auto& client) { return client.vhost_name() == vhost.name(); },
                      fmt::format("vhost '{}' is deleted", vhost.name()));
    vhost.end();
    access_.forget_vhost(vhost.name());
    observation_.tell({.type = insight::EventType::vhost_deleted,
                       .object = vhost.id(),
                       .vhost = vhost.name(),
                       .name = vhost.name()});
    deleted_vhosts_.push_back(kept);
    turn_.end_soon();
}

bool Broker::delete_user(std::string_view name) {
    if (!access_.delete_user(name)) return false;
    close_connections([&](const auto& client) { return client.user() == name; },
                      fmt::format("user '{}' is deleted", name));
    turn_.end_soon();
    return true;
}

template <class Goes>
void Broker::close_connections(Goes goes, const std::string& explanation) {
    std::vector<insight::ObservedConnection*> going;
    routing::WalkList<insight::ObservedConnection>::Walk walk(observation_.clients().connections);
    walk.advance([&](insight::ObservedConnection& client) {
        if (goes(client)) going.push_back(&client);
        return routing::Visited::go_on;
    });
    for (insight::ObservedConnection* const client : going) client->force_close(explanation);
}

}  // namespace leveret::broker

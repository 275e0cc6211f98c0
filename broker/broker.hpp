// The broker's core: vhosts, users, alarms, and the turn in which everything is handled.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "broker/access/access.hpp"
#include "broker/access/logins.hpp"
#include "broker/alarms.hpp"
#include "broker/clock.hpp"
#include "broker/config.hpp"
#include "broker/deadlines.hpp"
#include "broker/insight/observation.hpp"
#include "broker/parameters.hpp"
#include "broker/residency.hpp"
#include "broker/turn.hpp"
#include "broker/vhost.hpp"
#include "storage/store.hpp"

namespace leveret::broker {

/// Owns all state that decides. Protocols adapt to it; it knows none of them.
/// Thread: broker thread.
class Broker final : private storage::HealthListener {
public:
    /// How the broker asks to be called again.
    struct Wakes {
        std::function<void()> turn_end;         ///< turn().end() is to be called soon; see Turn
        std::function<void(Instant)> deadline;  ///< deadlines().run() is to be called then
        access::Aside aside;                    ///< does what takes its time on another thread
    };

    Broker(const Config& config, const Clock& clock, storage::Store& store, Wakes wakes);
    ~Broker();

    [[nodiscard]] const Config& config() const { return config_; }
    [[nodiscard]] const Clock& clock() const { return clock_; }
    [[nodiscard]] storage::Store& store() { return store_; }
    [[nodiscard]] Turn& turn() { return turn_; }
    [[nodiscard]] Alarms& alarms() { return alarms_; }
    [[nodiscard]] Deadlines& deadlines() { return deadlines_; }
    [[nodiscard]] Residency& residency() { return residency_; }
    [[nodiscard]] insight::Observation& observation() { return observation_; }
    [[nodiscard]] access::Access& access() { return access_; }
    [[nodiscard]] access::Logins& logins() { return logins_; }

    /// Returns: nullptr when there is none of that name.
    [[nodiscard]] Vhost* find_vhost(std::string_view name);

    /// Makes the vhost and the user of the configuration, if there is neither any vhost nor any
    /// user: on an empty data directory.
    void first_start();

    /// Throws:   ValidationFailed when it cannot be made so.
    /// Requires: there is none of that name.
    Vhost& create_vhost(std::string name, VhostMetadata metadata);
    /// It was read from the store.
    void restore_vhost(stored::Vhost&& vhost, storage::DefinitionId id);
    /// With all that is in it, and the permissions that users have in it. Its connections are
    /// closed. Throws: ProtocolError(precondition_failed) when it is protected.
    void delete_vhost(Vhost& vhost);

    /// With its permissions. Its connections are closed. Returns: whether there was one.
    bool delete_user(std::string_view name);

    /// Parameters of no vhost, `cluster_name` among them. Follow a change by turn().end_soon().
    [[nodiscard]] Parameters& global_parameters() { return global_parameters_; }

    template <class Visit>
    void for_each_vhost(Visit&& visit) {
        for (const auto& [name, vhost] : vhosts_) visit(*vhost);
    }

    template <class Visit>
    void for_each_queue(Visit&& visit) {
        for (const auto& [vhost_name, vhost] : vhosts_) {
            for (const auto& [name, queue] : vhost->queues()) visit(*queue);
        }
    }

    /// What is looked at every limits::tick.
    void tick();

    /// The orderly stop, when all connections have gone: tells the store what it must know of the
    /// messages that stay.
    void stop();

    /// Returns: an id that no other connection has or had.
    [[nodiscard]] ConnectionId next_connection_id() { return ConnectionId{++last_connection_id_}; }

    /// Called when the store has failed for good: what is not durable by now never will be.
    void on_storage_failure(std::function<void()> handler) { storage_failed_ = std::move(handler); }

private:
    /// Tells those connections to go of which `goes` says so.
    template <class Goes>
    void close_connections(Goes goes, const std::string& explanation);
    void storage_health_changed(const storage::Health& health) override;

    const Config& config_;
    const Clock& clock_;
    storage::Store& store_;
    Deadlines deadlines_;  // outlives queues, which the turn may hold last
    Turn turn_;
    Residency residency_;
    QueueContext queue_context_;
    insight::Observation observation_;
    Alarms alarms_;
    access::Access access_;
    access::Logins logins_;
    Parameters global_parameters_;
    ByName<std::shared_ptr<Vhost>> vhosts_;
    /// Deleted, but queues of theirs may still be in the turn, or on their way from the disk.
    std::vector<std::shared_ptr<Vhost>> deleted_vhosts_;
    std::uint64_t last_connection_id_ = 0;
    std::function<void()> storage_failed_;
};

}  // namespace leveret::broker

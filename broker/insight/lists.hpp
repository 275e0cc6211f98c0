// Lists of snapshots, made in slices: a walk for each kind of object, and what of it is wanted.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "broker/insight/broker_side.hpp"
#include "broker/insight/requests.hpp"
#include "broker/insight/slices.hpp"
#include "broker/insight/snapshots.hpp"

namespace leveret::broker::insight {

/// Takes what slices have found, one part after the other.
/// Thread: broker thread.
template <class Snapshot>
struct Gather {
    std::function<void(std::vector<Snapshot>)> part;
    std::function<void()> done;
};

[[nodiscard]] std::unique_ptr<Task> list_queues(Broker& broker, Vhosts vhosts,
                                                Gather<QueueSnapshot> gather);
[[nodiscard]] std::unique_ptr<Task> list_exchanges(Broker& broker, Vhosts vhosts,
                                                   Gather<ExchangeSnapshot> gather);
[[nodiscard]] std::unique_ptr<Task> list_bindings(Broker& broker, BindingQuery query,
                                                  Gather<BindingSnapshot> gather);
[[nodiscard]] std::unique_ptr<Task> list_connections(Broker& broker, ConnectionQuery query,
                                                     Gather<ConnectionSnapshot> gather);
[[nodiscard]] std::unique_ptr<Task> list_channels(Broker& broker, ChannelQuery query,
                                                  Gather<ChannelSnapshot> gather);
[[nodiscard]] std::unique_ptr<Task> list_consumers(Broker& broker, ConsumerQuery query,
                                                   Gather<ConsumerSnapshot> gather);
/// With the figures of all their channels, and the lengths of all their queues, as they are now.
[[nodiscard]] std::unique_ptr<Task> list_vhosts(Broker& broker, Vhosts vhosts,
                                                Gather<VhostSnapshot> gather);
/// Tells connections to go, those of this name, or of this user.
[[nodiscard]] std::unique_ptr<Task> close_connections(Broker& broker, ConnectionQuery query,
                                                      std::string reason,
                                                      std::function<void(std::uint64_t)> done);
/// Deliveries of one queue that wait for their acknowledgement.
[[nodiscard]] std::unique_ptr<Task> list_unacked(Broker& broker, ObjectName queue,
                                                 Gather<UnackedSnapshot> gather);

}  // namespace leveret::broker::insight

#include "broker/insight/lists.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "broker/insight/describe.hpp"
#include "broker/insight/list_task.hpp"
#include "broker/insight/unacked_walk.hpp"
#include "broker/insight/vhost_walk.hpp"

namespace leveret::broker::insight {

namespace {

bool wants(const Vhosts& vhosts, std::string_view name) {
    return !vhosts || std::find(vhosts->begin(), vhosts->end(), name) != vhosts->end();
}

bool wants(const std::optional<std::string>& wanted, std::string_view name) {
    return !wanted || *wanted == name;
}

// Queues, exchanges

struct QueueSlice {
    VhostWalk<Queue> walk;

    bool advance(Budget& budget, std::vector<QueueSnapshot>& found) {
        return walk.advance([&](Vhost& vhost, Queue& queue) {
            found.push_back(describe(vhost, queue));
            return budget.spend();
        });
    }
};

struct ExchangeSlice {
    VhostWalk<routing::Exchange> walk;

    bool advance(Budget& budget, std::vector<ExchangeSnapshot>& found) {
        return walk.advance([&](Vhost& vhost, routing::Exchange& exchange) {
            found.push_back(describe(vhost, exchange));
            return budget.spend();
        });
    }
};

// Bindings

class BindingSlice {
public:
    BindingSlice(Broker& broker, BindingQuery query)
        : query_(std::move(query)),
          queues_(broker, wants_implicit() ? names_of(broker, query_.vhosts) : none,
                  &Vhost::queue_list),
          bindings_(broker, wants_explicit() ? names_of(broker, query_.vhosts) : none,
                    &Vhost::binding_list) {}

    bool advance(Budget& budget, std::vector<BindingSnapshot>& found) {
        const bool done = queues_.advance([&](Vhost& vhost, Queue& queue) {
            if (insight::wants(query_.destination, queue.name())) {
                found.push_back(describe_implicit(vhost, queue));
            }
            return budget.spend();
        });
        return done && bindings_.advance([&](Vhost& vhost, routing::Binding& binding) {
            if (wants(binding)) found.push_back(describe(vhost, binding));
            return budget.spend();
        });
    }

private:
    static inline const std::vector<std::string> none{};

    [[nodiscard]] bool wants_implicit() const {
        return query_.implicit && insight::wants(query_.source, "") &&
               query_.destination_kind.value_or(routing::Destination::Kind::queue) ==
                   routing::Destination::Kind::queue;
    }
    /// The default exchange has no others.
    [[nodiscard]] bool wants_explicit() const { return !query_.source || !query_.source->empty(); }

    [[nodiscard]] bool wants(const routing::Binding& binding) const {
        return insight::wants(query_.source, binding.source.name()) &&
               insight::wants(query_.destination, binding.destination.name()) &&
               query_.destination_kind.value_or(binding.destination.kind()) ==
                   binding.destination.kind();
    }

    BindingQuery query_;
    VhostWalk<Queue> queues_;
    VhostWalk<routing::Binding> bindings_;
};

// Clients

struct ConnectionSlice {
    ConnectionQuery query;
    routing::WalkList<ObservedConnection>::Walk walk;

    bool advance(Budget& budget, std::vector<ConnectionSnapshot>& found) {
        return walk.advance([&](ObservedConnection& connection) {
            if (!wants(query.vhosts, connection.vhost_name()) ||
                !wants(query.user, connection.user()) || !wants(query.name, connection.name())) {
                return budget.visited();
            }
            connection.describe(found.emplace_back());
            return budget.visited(2 + found.back().channels / 8);
        });
    }
};

struct ChannelSlice {
    ChannelQuery query;
    routing::WalkList<ObservedChannel>::Walk walk;

    bool advance(Budget& budget, std::vector<ChannelSnapshot>& found) {
        return walk.advance([&](ObservedChannel& channel) {
            const ObservedConnection& connection = channel.observed_connection();
            if (wants(query.vhosts, connection.vhost_name()) &&
                wants(query.user, connection.user()) &&
                wants(query.connection, connection.name()) &&
                query.number.value_or(channel.channel_number()) == channel.channel_number()) {
                channel.describe(found.emplace_back());
            }
            return budget.visited();
        });
    }
};

struct ConsumerSlice {
    ConsumerQuery query;
    routing::WalkList<Consumer>::Walk walk;

    bool advance(Budget& budget, std::vector<ConsumerSnapshot>& found) {
        return walk.advance([&](Consumer& consumer) {
            ConsumerSnapshot snapshot;
            consumer.describe(snapshot);
            if (wants(query.vhosts, snapshot.vhost) && wants(query.queue, snapshot.queue)) {
                found.push_back(std::move(snapshot));
            }
            return budget.visited();
        });
    }
};

// Vhosts

class VhostSlice {
public:
    VhostSlice(Broker& broker, const Vhosts& vhosts)
        : channels_(broker.observation().clients().channels),
          queues_(broker, names_of(broker, vhosts), &Vhost::queue_list) {}

    bool advance(Budget& budget, std::vector<VhostSnapshot>& found) {
        const bool accounted = channels_.advance([&](ObservedChannel& channel) {
            channel.account();
            return budget.visited();
        });
        return accounted &&
               queues_.advance(
                   [&](Vhost&, Queue& queue) {
                       lengths_ += {queue.ready_count(), queue.statistics().unacked_messages()};
                       return budget.spend();
                   },
                   [&](Vhost* vhost) {
                       if (vhost != nullptr) found.push_back(described(*vhost));
                       lengths_ = {};
                   });
    }

private:
    [[nodiscard]] VhostSnapshot described(Vhost& vhost) const {
        const Vhost::Statistics& statistics = vhost.statistics();
        VhostSnapshot snapshot;
        snapshot.id = vhost.id();
        snapshot.name = vhost.name();
        snapshot.metadata = vhost.metadata();
        snapshot.traces = vhost.traces();
        snapshot.queues = vhost.queue_count();
        snapshot.exchanges = vhost.exchange_count();
        snapshot.connections = statistics.connections;
        snapshot.channels = statistics.channels;
        snapshot.consumers = statistics.consumers;
        snapshot.lengths.counts = lengths_;
        snapshot.messages.counts = statistics.messages;
        snapshot.traffic.counts = statistics.traffic;
        return snapshot;
    }

    routing::WalkList<ObservedChannel>::Walk channels_;
    VhostWalk<Queue> queues_;
    LengthFigures<std::uint64_t> lengths_;  ///< of the vhost that is walked
};

// Unacked

class UnackedSlice {
public:
    UnackedSlice(Broker& broker, const ObjectName& name) {
        Vhost* const vhost = broker.find_vhost(name.vhost);
        if (vhost != nullptr) queue_ = vhost->find_named_queue(name.name);
        if (queue_) walk_.emplace(broker, *queue_);
    }

    bool advance(Budget& budget, std::vector<UnackedSnapshot>& found) {
        return !walk_ || walk_->advance(budget, [&](const ObservedDelivery& delivery) {
            found.push_back(walk_->snapshot(delivery));
            return true;
        });
    }

private:
    QueuePtr queue_;
    std::optional<UnackedWalk> walk_;
};

/// A walk must not end what it visits: whom it is to be is noted, and told at the end of a slice.
class CloseConnections final : public Task {
public:
    CloseConnections(Broker& broker, ConnectionQuery query, std::string reason,
                     std::function<void(std::uint64_t)> done)
        : broker_(broker),
          query_(std::move(query)),
          reason_(std::move(reason)),
          done_(std::move(done)),
          walk_(broker.observation().clients().connections) {}

    Progress step(Budget& budget) override {
        std::vector<std::uint64_t> found;
        const bool done = walk_.advance([&](ObservedConnection& connection) {
            if (!wants(query_.user, connection.user()) || !wants(query_.name, connection.name())) {
                return budget.visited();
            }
            found.push_back(connection.connection_id());
            return budget.visited(units_to_close);
        });
        for (const std::uint64_t id : found) {
            ObservedConnection* const connection =
                broker_.observation().clients().find_connection(id);
            if (connection == nullptr) continue;
            connection->force_close(reason_);
            ++closed_;
        }
        if (done) done_(closed_);
        return done ? Progress::done : Progress::more;
    }

private:
    static constexpr std::uint32_t units_to_close = 16;

    Broker& broker_;
    const ConnectionQuery query_;
    const std::string reason_;
    const std::function<void(std::uint64_t)> done_;
    routing::WalkList<ObservedConnection>::Walk walk_;
    std::uint64_t closed_ = 0;
};

}  // namespace

std::unique_ptr<Task> close_connections(Broker& broker, ConnectionQuery query, std::string reason,
                                        std::function<void(std::uint64_t)> done) {
    return std::make_unique<CloseConnections>(broker, std::move(query), std::move(reason),
                                              std::move(done));
}

std::unique_ptr<Task> list_queues(Broker& broker, Vhosts vhosts, Gather<QueueSnapshot> gather) {
    return make_list_task(std::move(gather),
                          std::unique_ptr<QueueSlice>(new QueueSlice{
                              {broker, names_of(broker, vhosts), &Vhost::queue_list}}));
}

std::unique_ptr<Task> list_exchanges(Broker& broker, Vhosts vhosts,
                                     Gather<ExchangeSnapshot> gather) {
    return make_list_task(std::move(gather),
                          std::unique_ptr<ExchangeSlice>(new ExchangeSlice{
                              {broker, names_of(broker, vhosts), &Vhost::exchange_list}}));
}

std::unique_ptr<Task> list_bindings(Broker& broker, BindingQuery query,
                                    Gather<BindingSnapshot> gather) {
    return make_list_task(std::move(gather),
                          std::make_unique<BindingSlice>(broker, std::move(query)));
}

std::unique_ptr<Task> list_connections(Broker& broker, ConnectionQuery query,
                                       Gather<ConnectionSnapshot> gather) {
    return make_list_task(std::move(gather),
                          std::unique_ptr<ConnectionSlice>(new ConnectionSlice{
                              std::move(query), routing::WalkList<ObservedConnection>::Walk(
                                                    broker.observation().clients().connections)}));
}

std::unique_ptr<Task> list_channels(Broker& broker, ChannelQuery query,
                                    Gather<ChannelSnapshot> gather) {
    return make_list_task(std::move(gather),
                          std::unique_ptr<ChannelSlice>(new ChannelSlice{
                              std::move(query), routing::WalkList<ObservedChannel>::Walk(
                                                    broker.observation().clients().channels)}));
}

std::unique_ptr<Task> list_consumers(Broker& broker, ConsumerQuery query,
                                     Gather<ConsumerSnapshot> gather) {
    return make_list_task(std::move(gather),
                          std::unique_ptr<ConsumerSlice>(new ConsumerSlice{
                              std::move(query), routing::WalkList<Consumer>::Walk(
                                                    broker.observation().clients().consumers)}));
}

std::unique_ptr<Task> list_vhosts(Broker& broker, Vhosts vhosts, Gather<VhostSnapshot> gather) {
    return make_list_task(std::move(gather), std::make_unique<VhostSlice>(broker, vhosts));
}

std::unique_ptr<Task> list_unacked(Broker& broker, ObjectName queue,
                                   Gather<UnackedSnapshot> gather) {
    return make_list_task(std::move(gather), std::make_unique<UnackedSlice>(broker, queue));
}

}  // namespace leveret::broker::insight

// A connection as those see it who look at the broker: what is told of it, and what is counted.
#include "broker/amqp/connection.hpp"

namespace leveret::broker::amqp {

using insight::ConnectionState;
using insight::EventType;

/// It is one of the broker's clients from the moment it is in its vhost.
void Connection::join_clients() {
    connected_at_ = broker_.clock().unix_now();
    insight::Observation& observation = broker_.observation();
    observation.clients().join(*this);
    ++observation.churn().connection_created;
    Vhost::Statistics& statistics = vhost_->statistics();
    ++statistics.connections;
    statistics.traffic.recv_oct += traffic_.recv_oct;
    statistics.traffic.recv_cnt += traffic_.recv_cnt;
    statistics.traffic.send_oct += traffic_.send_oct;
    statistics.traffic.send_cnt += traffic_.send_cnt;
    const insight::Observation::Acting acting(observation, user_);
    observation.tell({.type = EventType::connection_created,
                      .object = static_cast<std::uint64_t>(id_),
                      .vhost = vhost_->name(),
                      .name = peer_.name});
}

void Connection::leave_clients() {
    if (!is_linked()) return;
    insight::Observation& observation = broker_.observation();
    observation.clients().leave(*this);
    ++observation.churn().connection_closed;
    --vhost_->statistics().connections;
    const insight::Observation::Acting acting(observation, user_);
    observation.tell({.type = EventType::connection_closed,
                      .object = static_cast<std::uint64_t>(id_),
                      .vhost = vhost_->name(),
                      .name = peer_.name,
                      .detail = end_reason_});
}

void Connection::channel_ended(Channel& channel) {
    channel.account();
    of_closed_channels_ += channel.message_counters();
    --vhost_->statistics().channels;
    --broker_.observation().clients().of_user(user_).channels;
    insight::Observation& observation = broker_.observation();
    ++observation.churn().channel_closed;
    if (!observation.has_listener()) return;
    const insight::Observation::Acting acting(observation, user_);
    observation.tell({.type = EventType::channel_closed,
                      .object = channel.channel_id(),
                      .vhost = vhost_->name(),
                      .name = channel.name()});
}

void Connection::count_sent() {
    const std::uint64_t octets = outbox_.octets_sent() - traffic_.send_oct;
    const std::uint64_t times = outbox_.times_sent() - traffic_.send_cnt;
    traffic_.send_oct += octets;
    traffic_.send_cnt += times;
    if (vhost_ == nullptr) return;
    vhost_->statistics().traffic.send_oct += octets;
    vhost_->statistics().traffic.send_cnt += times;
}

std::string_view Connection::vhost_name() const { return vhost_->name(); }

ConnectionState Connection::observed_state() const {
    switch (state_) {
        case State::greeting:
        case State::starting:
        case State::checking:
        case State::refused:
            return ConnectionState::starting;
        case State::tuning:
            return ConnectionState::tuning;
        case State::opening:
            return ConnectionState::opening;
        case State::closing:
            return ConnectionState::closing;
        case State::finished:
            return ConnectionState::closed;
        case State::running:
            break;
    }
    if (blocked_) return ConnectionState::blocked;
    if (broker_.alarms().any()) return ConnectionState::blocking;
    return slowed_by_store() ? ConnectionState::flow : ConnectionState::running;
}

void Connection::describe(insight::ConnectionSnapshot& snapshot) const {
    snapshot.id = static_cast<std::uint64_t>(id_);
    snapshot.name = peer_.name;
    snapshot.vhost = vhost_->name();
    snapshot.user = user_;
    snapshot.protocol = "AMQP 0-9-1";
    snapshot.auth_mechanism = mechanism_;
    snapshot.state = observed_state();
    snapshot.host = peer_.server_host;
    snapshot.port = peer_.server_port;
    snapshot.peer_host = peer_.host;
    snapshot.peer_port = peer_.port;
    if (tls_) snapshot.tls = *tls_;
    snapshot.channels = static_cast<std::uint32_t>(channels_.size());
    snapshot.channel_max = channel_max_;
    snapshot.frame_max = frame_max_;
    snapshot.heartbeat = heartbeat_;
    snapshot.send_pending = outbox_.size();
    snapshot.connected_at = connected_at_;
    snapshot.client_properties = client_properties_;
    insight::ConnectionFigures figures;
    read_figures(figures);
    snapshot.traffic.counts = figures.traffic;
    snapshot.messages.counts = figures.messages;
}

void Connection::read_figures(insight::ConnectionFigures& figures) const {
    figures.traffic = traffic_;
    figures.messages = of_closed_channels_;
    for (const auto& [number, channel] : channels_) {
        figures.messages += channel->message_counters();
    }
    figures.channels = static_cast<std::uint32_t>(channels_.size());
}

}  // namespace leveret::broker::amqp

// A connection of AMQP 0-9-1 without its socket: octets in, octets out. It holds the handshake,
// channel 0 and the channels, and is the one place where a fault of the client becomes a close.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/access/logins.hpp"
#include "broker/access/rights.hpp"
#include "broker/alarms.hpp"
#include "broker/amqp/channel.hpp"
#include "broker/amqp/outbox.hpp"
#include "broker/broker.hpp"
#include "broker/limits.hpp"
#include "broker/net/ends.hpp"
#include "broker/tls_info.hpp"
#include "broker/turn.hpp"
#include "protocol/amqp/frame.hpp"
#include "protocol/amqp/method_codec.hpp"
#include "protocol/amqp/method_list.hpp"
#include "protocol/amqp/protocol_error.hpp"
#include "protocol/amqp/protocol_header.hpp"

namespace leveret::broker::amqp {

/// Where the other end of a connection is.
using Peer = net::Ends;

/// What a client said it understands: the table `capabilities` of its properties.
struct ClientCapabilities {
    bool authentication_failure_close = false;
    bool connection_blocked = false;
    bool consumer_cancel_notify = false;
};

/// How its socket is to be read.
enum class Reading {
    freely,
    paced,    ///< after a short pause: what it published is still queued
    trickle,  ///< a little at a time: an alarm stands, and it may owe acks
    stopped,  ///< not at all: an alarm stands, or it does not read what it is sent
};

/// Lifetime: its session owns it.
/// Thread:   broker thread.
class Connection final : public insight::ObservedConnection, private AlarmListener {
public:
    /// `session` is marked in the turn when there is something to send.
    Connection(Broker& broker, Peer peer, TurnParticipant& session);
    ~Connection();

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// What it says from now on comes through TLS.
    void encrypted(TlsInfo info) { tls_ = std::make_unique<const TlsInfo>(std::move(info)); }

    /// Takes what the client sent, in any pieces.
    void receive(std::string_view octets);

    /// Nothing that the client sends matters any more; once the outbox is empty the socket may go.
    [[nodiscard]] bool finished() const { return state_ == State::finished; }

    /// What is to be sent.
    [[nodiscard]] Outbox& outbox() { return outbox_; }

    /// Appends the confirms of this turn; then the session sends.
    void end_turn();

    /// Octets were sent: consumers may have credit again.
    void outbox_drained();

    /// How the session is to read next.
    [[nodiscard]] Reading reading();

    /// Looks at heartbeats and deadlines.
    void tick();

    /// Ends the connection for a reason that is not the client's fault, with CONNECTION_FORCED.
    void force_close(std::string_view explanation) override;

    /// Ends all it holds: channels, exclusive queues. Done by the orderly close, and by the session
    /// when the client is gone.
    void release();

    /// The socket has ended. Nothing happens when the connection had, in its own way.
    void lost();

    /// Ends the connection because of a bug of ours; the client learns that, but not what it was.
    void fail_internally(std::string_view what);

    [[nodiscard]] const std::string& name() const override { return peer_.name; }
    [[nodiscard]] ConnectionId id() const { return id_; }

    // For its channels

    [[nodiscard]] Broker& broker() { return broker_; }
    [[nodiscard]] const std::string& user() const override { return user_; }
    [[nodiscard]] std::string_view vhost_name() const override;
    [[nodiscard]] const Peer& peer() const { return peer_; }
    /// Requires: the connection has opened its vhost.
    [[nodiscard]] access::Rights& rights() { return *rights_; }
    [[nodiscard]] const ClientCapabilities& capabilities() const { return capabilities_; }
    [[nodiscard]] std::uint32_t frame_max() const { return frame_max_; }

    /// There is output to send.
    void output_later() { broker_.turn().flush_later(session_); }
    /// The channel has something to say when the turn ends.
    void end_turn_later(Channel& channel);

    /// The channel is closed: on the client's word, or by the client's close-ok.
    void remove_channel(protocol::amqp::ChannelNumber number);

    /// False when what waits to be sent is above its bound. When it no longer is, the queues of
    /// all its consumers are pumped.
    [[nodiscard]] bool has_outbox_credit() {
        if (outbox_.size() < limits::outbox_octets) return true;
        consumers_held_ = true;
        return false;
    }

    /// The client wants to close: it is done once all channels have sent the answers that wait.
    void close_when_answered();

    /// The client publishes: under an alarm this is what blocks it.
    void publishing(const protocol::amqp::Message& message) {
        if (blocked_ && broker_.alarms().disk()) park(message.memory_octets());
        if (publishes_) return;
        publishes_ = true;
        block_or_unblock();
    }
    /// It published to a queue that has consumers.
    void published_to(Queue& queue) {
        if (queue.waiting_octets() > limits::pacing_mark_octets) pacing_queue_.reset(&queue);
    }

    /// For whoever looks.
    [[nodiscard]] std::uint64_t connection_id() const override {
        return static_cast<std::uint64_t>(id_);
    }
    [[nodiscard]] insight::OwnerSnapshot as_owner() const override {
        return {peer_.name, peer_.host, peer_.port};
    }
    void read_figures(insight::ConnectionFigures& figures) const override;
    void describe(insight::ConnectionSnapshot& snapshot) const override;
    [[nodiscard]] insight::ConnectionState observed_state() const;

    /// Logs once per connection that transient, shared queues are a thing of the past.
    void warn_transient_queue(std::string_view queue);

    // Handlers: one per method that a client may send on channel 0.
    void on(const protocol::amqp::connection::StartOk& method);
    void on(const protocol::amqp::connection::SecureOk& method);
    void on(const protocol::amqp::connection::TuneOk& method);
    void on(const protocol::amqp::connection::Open& method);
    void on(const protocol::amqp::connection::Close& method);
    void on(const protocol::amqp::connection::CloseOk& method);
    void on(const protocol::amqp::connection::UpdateSecret& method);

private:
    enum class State {
        greeting,  ///< the eight octets that name the protocol
        starting,  ///< connection.start was sent
        checking,  ///< the password is being looked at; nothing is read meanwhile
        tuning,    ///< connection.tune was sent
        opening,   ///< the limits stand, a vhost is awaited
        running,
        refused,  ///< login refused; the answer is held back
        closing,  ///< connection.close was sent
        finished,
    };

    void alarms_changed() override;

    [[nodiscard]] std::string_view take_greeting(std::string_view octets);
    void refuse_greeting(protocol::amqp::Greeting greeting);
    [[nodiscard]] bool receive_one();
    void handle(const protocol::amqp::Frame& frame);
    void handle_on_channel_0(const protocol::amqp::Frame& frame);
    void open_channel(const protocol::amqp::Frame& frame);
    [[nodiscard]] Channel* find_channel(protocol::amqp::ChannelNumber number);
    void require_state(State state) const;
    [[noreturn]] void refuse_in_this_state() const;
    [[nodiscard]] std::string_view state_name() const;

    void fail(protocol::amqp::ChannelNumber channel, const protocol::amqp::ProtocolError& error);
    void close_connection(const protocol::amqp::ProtocolError& error);
    void close_channel(Channel& channel, const protocol::amqp::ProtocolError& error);
    void login_ended(access::LoginOutcome outcome);
    void refuse_login();
    void read(std::string_view octets);
    void keep_for_later(std::string_view octets);
    void require_room_for_connection(Vhost& vhost) const;
    void require_room_for_channel() const;
    void finish();
    void block_or_unblock();
    void deadline_passed();
    // connection_observed.cpp
    void join_clients();
    void leave_clients();
    void channel_ended(Channel& channel);
    void count_sent();
    [[nodiscard]] bool may_owe_acks() const;
    void park(std::uint64_t octets);
    [[nodiscard]] bool may_park() const;
    [[nodiscard]] bool slowed_by_store() const {
        return publishes_ && broker_.store().unwritten_octets() > limits::unwritten_octets;
    }

    template <class Method>
    void send(const Method& method) {
        append_method(outbox_.octets(), protocol::amqp::ChannelNumber{0}, method);
        output_later();
    }

    Broker& broker_;
    const Peer peer_;
    std::unique_ptr<const TlsInfo> tls_;  ///< none when it is not encrypted
    TurnParticipant& session_;
    const ConnectionId id_;
    State state_ = State::greeting;
    protocol::amqp::FrameParser frames_;
    bool frames_broken_ = false;  ///< no later octet can be told to be a frame
    std::string greeting_;        ///< of the eight octets, those that came
    Outbox outbox_;
    protocol::amqp::MethodId method_in_hand_{};

    // Agreed in the handshake
    std::string user_;
    ClientCapabilities capabilities_;
    std::uint16_t channel_max_ = 0;
    std::uint32_t frame_max_ = 0;
    std::chrono::seconds heartbeat_{0};
    std::shared_ptr<access::LoginAttempt> login_;
    std::string sent_early_;  ///< what came before the login was answered
    std::shared_ptr<Vhost> vhost_;
    std::optional<access::Rights> rights_;  ///< as soon as there is a vhost
    std::string mechanism_;
    std::string client_properties_;  ///< as an encoded table
    UnixTime connected_at_{};
    bool close_wanted_ = false;  ///< the client sent connection.close; answers may still wait

    std::unordered_map<protocol::amqp::ChannelNumber, std::unique_ptr<Channel>> channels_;
    Channel* last_channel_ = nullptr;  ///< the one whose frame came last
    std::vector<Channel*> channels_in_turn_;

    // Time
    Instant last_received_;
    Instant last_sent_;
    bool received_ = false;  ///< since the last tick
    bool sent_ = false;
    std::optional<Instant> deadline_;  ///< of the handshake, the refused login, or close-ok

    // Back-pressure
    bool consumers_held_ = false;  ///< one of them had no credit because of the outbox
    QueuePtr pacing_queue_;
    bool publishes_ = false;  ///< it has published since the alarm was raised
    bool blocked_ = false;
    std::uint64_t parked_octets_ = 0;  ///< published since the disk alarm blocked it
    bool warned_transient_queue_ = false;

    // For whoever looks
    std::string end_reason_;
    insight::TrafficFigures<std::uint64_t> traffic_;
    insight::MessageFigures<std::uint64_t> of_closed_channels_;
};

}  // namespace leveret::broker::amqp

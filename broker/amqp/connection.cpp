#include "broker/amqp/connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/limits.hpp"
#include "broker/log.hpp"
#include "protocol/amqp/method_codec.hpp"
#include "storage/store.hpp"

namespace leveret::broker::amqp {

using namespace protocol::amqp;

namespace {

constexpr ChannelNumber channel_0{0};

/// A close-ok as it comes from a client whose frames could not be told apart any more.
constexpr std::string_view close_ok_frame{"\x01\0\0\0\0\0\x04\0\x0A\0\x33\xCE", 12};

}  // namespace

Connection::Connection(Broker& broker, Peer peer, TurnParticipant& session)
    : broker_(broker),
      peer_(std::move(peer)),
      session_(session),
      id_(broker.next_connection_id()),
      last_received_(broker.clock().now()),
      last_sent_(last_received_),
      deadline_(last_received_ + broker.config().limits.handshake_timeout) {
    broker_.alarms().add(*this);
}

Connection::~Connection() {
    release();
    leave_clients();
    broker_.alarms().remove(*this);
    broker_.turn().forget(session_);
}

// Octets in

void Connection::receive(std::string_view octets) {
    received_ = true;
    traffic_.recv_oct += octets.size();
    ++traffic_.recv_cnt;
    if (vhost_ != nullptr) {
        vhost_->statistics().traffic.recv_oct += octets.size();
        ++vhost_->statistics().traffic.recv_cnt;
    }
    const insight::Observation::Acting acting(broker_.observation(), user_);
    broker_.turn().end_soon();  // an ack, or a publish to a queue without consumers, sends nothing
    if (state_ == State::greeting) octets = take_greeting(octets);
    if (state_ == State::refused || state_ == State::finished) return;
    if (frames_broken_) {
        if (octets.ends_with(close_ok_frame)) finish();
        return;
    }
    if (state_ == State::checking) return keep_for_later(octets);
    read(octets);
}

void Connection::read(std::string_view octets) {
    frames_.feed(octets);
    while (receive_one()) {
    }
    if (state_ == State::checking) keep_for_later(frames_.take_rest());
}

/// Rule: nobody need wait for connection.tune before it sends what follows.
void Connection::keep_for_later(std::string_view octets) {
    if (sent_early_.size() + octets.size() > limits::octets_before_login) {
        log::warning("{}: more than {} octets were sent before the login was answered", peer_.name,
                     limits::octets_before_login);
        return finish();
    }
    sent_early_.append(octets);
}

/// Takes one frame. fail() is the only function that sends a close for a fault.
bool Connection::receive_one() {
    ChannelNumber channel = channel_0;
    method_in_hand_ = {};
    try {
        std::optional<Frame> frame;
        try {
            frame = frames_.next();
        } catch (ProtocolError&) {
            frames_broken_ = true;  // no later octet can be trusted
            throw;
        }
        if (!frame) return false;
        channel = frame->channel;
        handle(*frame);
    } catch (ProtocolError& error) {
        fail(channel, error.blame(method_in_hand_));
    } catch (const std::exception& bug) {
        fail_internally(bug.what());
    }
    return state_ != State::checking && state_ != State::refused && state_ != State::finished &&
           !frames_broken_;
}

void Connection::handle(const Frame& frame) {
    if (close_wanted_) return;  // nothing may follow a close
    if (frame.channel == channel_0) return handle_on_channel_0(frame);
    if (state_ != State::running) {
        if (state_ == State::closing) return;  // dropped until close-ok
        throw ProtocolError(reply::unexpected_frame,
                            fmt::format("frame on channel {} in connection state {}",
                                        static_cast<unsigned>(frame.channel), state_name()));
    }
    if (frame.type == FrameType::heartbeat) {
        throw ProtocolError(reply::unexpected_frame, "heartbeat frame on a channel other than 0");
    }
    Channel* const channel = find_channel(frame.channel);
    if (channel == nullptr) return open_channel(frame);
    try {
        channel->receive(frame);
    } catch (ProtocolError& error) {
        error.blame(channel->method_in_hand());
        throw;
    }
}

void Connection::handle_on_channel_0(const Frame& frame) {
    if (frame.type == FrameType::heartbeat) {
        if (frame.payload.empty()) return;
        throw ProtocolError(reply::frame_error, "heartbeat frame with a payload");
    }
    if (frame.type != FrameType::method) {
        if (state_ == State::closing) return;
        throw ProtocolError(reply::unexpected_frame,
                            "content frame on channel 0, which carries methods and heartbeats");
    }
    WireReader in(frame.payload);
    const MethodId id = read_method_id(in);
    if (state_ == State::closing && id != connection::Close::id && id != connection::CloseOk::id) {
        return;
    }
    method_in_hand_ = id;
    if (!contains(ClientConnectionMethods{}, id)) {
        if (name_of(id).empty()) refuse_method(id);
        refuse_in_this_state();
    }
    dispatch(id, in, *this, ClientConnectionMethods{});
}

// Channels

Channel* Connection::find_channel(ChannelNumber number) {
    if (last_channel_ != nullptr && last_channel_->number() == number) return last_channel_;
    const auto place = channels_.find(number);
    if (place == channels_.end()) return nullptr;
    return last_channel_ = place->second.get();
}

void Connection::open_channel(const Frame& frame) {
    if (frame.type != FrameType::method) {
        throw ProtocolError(reply::unexpected_frame,
                            "expected method frame, got non method frame instead");
    }
    WireReader in(frame.payload);
    const MethodId id = read_method_id(in);
    if (id != channel::Open::id) {
        throw ProtocolError(reply::channel_error, "expected 'channel.open'").blame(id);
    }
    (void)decode_method<channel::Open>(in);
    if (channel_max_ != 0 && channels_.size() >= channel_max_) {
        throw ProtocolError(reply::not_allowed,
                            fmt::format("number of channels opened ({}) has reached the negotiated "
                                        "channel_max ({})",
                                        channels_.size(), channel_max_));
    }
    require_room_for_channel();
    auto channel = std::make_unique<Channel>(*this, *vhost_, frame.channel);
    last_channel_ = channel.get();
    ++vhost_->statistics().channels;
    ++broker_.observation().clients().of_user(user_).channels;
    ++broker_.observation().churn().channel_created;
    broker_.observation().tell({.type = insight::EventType::channel_created,
                                .object = channel->channel_id(),
                                .vhost = vhost_->name(),
                                .name = channel->name()});
    channels_.emplace(frame.channel, std::move(channel));
    append_method(outbox_.octets(), frame.channel, channel::OpenOk{});
    output_later();
}

void Connection::remove_channel(ChannelNumber number) {
    const auto place = channels_.find(number);
    if (place == channels_.end()) return;
    std::erase(channels_in_turn_, place->second.get());
    last_channel_ = nullptr;
    channel_ended(*place->second);
    channels_.erase(place);
}

void Connection::end_turn_later(Channel& channel) {
    channels_in_turn_.push_back(&channel);
    output_later();
}

// Faults, and the ends of things

void Connection::fail(ChannelNumber number, const ProtocolError& error) {
    Channel* const channel = number == channel_0 ? nullptr : find_channel(number);
    if (channel == nullptr || error.closes_connection(number)) {
        close_connection(error);
    } else {
        close_channel(*channel, error);
    }
}

void Connection::close_channel(Channel& channel, const ProtocolError& error) {
    log::info("{}: channel {} closed: {} ({})", peer_.name, static_cast<unsigned>(channel.number()),
              log::escaped(error.text()), name_of(error.method()));
    channel.end_turn();
    channel.release();
    channel.close(error);
}

void Connection::close_connection(const ProtocolError& error) {
    if (state_ == State::closing || state_ == State::finished) return;
    log::warning("{}: connection closed: {} ({})", peer_.name, log::escaped(error.text()),
                 name_of(error.method()));
    end_reason_ = error.text();
    for (const auto& [number, channel] : channels_) channel->end_turn();
    release();
    send(connection::Close{.reply_code = error.code().number,
                           .reply_text = error.text(),
                           .class_id = error.method().class_id,
                           .method_id = error.method().method_id});
    state_ = State::closing;
    deadline_ = broker_.clock().now() + limits::close_timeout;
}

void Connection::force_close(std::string_view explanation) {
    if (state_ == State::running) {
        close_connection(ProtocolError(reply::connection_forced, explanation));
    } else if (state_ != State::closing) {
        finish();
    }
}

void Connection::fail_internally(std::string_view what) {
    log::error("{}: a bug, or memory ran out: {}", peer_.name, log::escaped(what));
    close_connection(ProtocolError(reply::internal_error, "the broker failed; its log says more"));
}

void Connection::lost() {
    if (state_ == State::finished) return;
    if (state_ == State::running) {
        log::warning("{}: the client left without closing the connection", peer_.name);
        end_reason_ = "the client left without closing it";
    } else {
        log::debug("{}: the client left in connection state {}", peer_.name, state_name());
    }
    outbox_.clear();
    finish();
}

void Connection::release() {
    channels_in_turn_.clear();
    last_channel_ = nullptr;
    for (const auto& [number, channel] : channels_) channel->release();
    for (const auto& [number, channel] : channels_) channel_ended(*channel);
    channels_.clear();
    pacing_queue_.reset();
    if (vhost_ != nullptr) vhost_->release(id_);
}

void Connection::finish() {
    login_.reset();
    release();
    state_ = State::finished;
    leave_clients();
    output_later();  // the session looks at the state after it has sent what there is
}

void Connection::on(const connection::Close& method) {
    if (state_ == State::running) {
        log::info("{}: closed by the client: {} {}", peer_.name, method.reply_code,
                  log::escaped(method.reply_text.text));
    }
    for (const auto& [number, channel] : channels_) channel->end_turn();
    close_wanted_ = true;
    deadline_ = broker_.clock().now() + limits::close_timeout;
    close_when_answered();
}

void Connection::close_when_answered() {
    const bool answers_wait =
        std::any_of(channels_.begin(), channels_.end(),
                    [](const auto& entry) { return !entry.second->no_reply_waits(); });
    if (!close_wanted_ || answers_wait) return;
    release();  // exclusive queues are gone before the client sees close-ok
    send(connection::CloseOk{});
    finish();
}

void Connection::on(const connection::CloseOk&) {
    require_state(State::closing);
    finish();
}

// Output and back-pressure

void Connection::end_turn() {
    for (Channel* channel : std::exchange(channels_in_turn_, {})) channel->end_turn();
}

void Connection::outbox_drained() {
    sent_ = true;
    count_sent();
    if (!consumers_held_ || outbox_.size() > limits::outbox_octets_resume) return;
    consumers_held_ = false;
    for (const auto& [number, channel] : channels_) channel->pump_consumers();
}

bool Connection::may_owe_acks() const {
    return std::any_of(channels_.begin(), channels_.end(),
                       [](const auto& entry) { return entry.second->may_owe_acks(); });
}

Reading Connection::reading() {
    if (outbox_.size() > limits::outbox_octets_stop_reading) return Reading::stopped;
    if (state_ == State::checking) return Reading::stopped;
    if (blocked_) return may_owe_acks() && may_park() ? Reading::trickle : Reading::stopped;
    if (slowed_by_store()) return Reading::trickle;
    if (pacing_queue_) {
        if (pacing_queue_->waiting_octets() > limits::pacing_mark_octets / 2 &&
            pacing_queue_->consumer_count() != 0 && !may_owe_acks()) {
            return Reading::paced;
        }
        pacing_queue_.reset();
    }
    return Reading::freely;
}

void Connection::park(std::uint64_t octets) {
    parked_octets_ += octets;
    broker_.alarms().parked(octets);
}

/// Whether what its trickle brings may wait in memory for the end of the disk alarm.
bool Connection::may_park() const {
    return parked_octets_ < limits::parked_octets_per_connection &&
           broker_.alarms().parked_octets() < limits::parked_octets;
}

void Connection::block_or_unblock() {
    if (state_ != State::running) return;
    const bool block = publishes_ && broker_.alarms().any();
    if (!broker_.alarms().disk()) parked_octets_ = 0;
    if (block == blocked_) return;
    blocked_ = block;
    if (!capabilities_.connection_blocked) return output_later();
    if (block) {
        send(connection::Blocked{.reason = broker_.alarms().reason()});
    } else {
        send(connection::Unblocked{});
    }
}

void Connection::alarms_changed() {
    if (!blocked_) publishes_ = false;  // it is blocked when it publishes while the alarm stands
    block_or_unblock();
}

// Time

void Connection::tick() {
    const Instant now = broker_.clock().now();
    if (std::exchange(received_, false)) last_received_ = now;
    if (std::exchange(sent_, false)) last_sent_ = now;
    for (const auto& [number, channel] : channels_) {
        try {
            channel->tick(now);
        } catch (const ProtocolError& error) {
            close_channel(*channel, error);  // which stays until its client has answered
        }
    }
    if (deadline_ && now >= *deadline_) return deadline_passed();
    if (state_ != State::running || heartbeat_.count() == 0) return;
    if (now - last_sent_ >= heartbeat_ / 2) {
        append_heartbeat(outbox_.octets());
        last_sent_ = now;
        output_later();
    }
    // What is not read cannot be heard; a client that is told to wait is not dropped for waiting.
    if (reading() == Reading::stopped) {
        last_received_ = now;
    } else if (now - last_received_ > 2 * heartbeat_ + limits::tick) {
        log::warning("{}: no sign of life for two heartbeats of {} s; connection dropped",
                     peer_.name, heartbeat_.count());
        end_reason_ = "no sign of life for two heartbeats";
        outbox_.clear();
        finish();
    }
}

void Connection::deadline_passed() {
    deadline_.reset();
    if (close_wanted_) {
        log::warning("{}: answers before the client's close did not become durable in time",
                     peer_.name);
        return finish();
    }
    switch (state_) {
        case State::refused:
            if (!capabilities_.authentication_failure_close) break;
            state_ = State::starting;
            return close_connection(ProtocolError(
                reply::access_refused,
                fmt::format("Login was refused using authentication mechanism {}. For details see "
                            "the broker logfile.",
                            mechanism_)));
        case State::greeting:
            log::debug("{}: nothing was sent; connection dropped", peer_.name);
            break;
        case State::closing:
            log::debug("{}: connection.close was not answered", peer_.name);
            break;
        default:
            log::warning("{}: the handshake took too long (limits.handshake_timeout), at {}",
                         peer_.name, state_name());
    }
    finish();
}

void Connection::warn_transient_queue(std::string_view queue) {
    if (std::exchange(warned_transient_queue_, true)) return;
    log::warning("{}: queue '{}' is neither durable nor exclusive; newer RabbitMQ refuses that",
                 peer_.name, log::escaped(queue));
}

}  // namespace leveret::broker::amqp

#include "broker/amqp/session.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "broker/log.hpp"

namespace leveret::broker::amqp {

namespace asio = boost::asio;

namespace {

/// A peer that leaves and a wait that is cancelled are outcomes, not exceptions.
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

/// Pieces of one sendmsg: a body in frames of 128 KiB up to limits::send_octets needs some 20.
constexpr std::size_t send_pieces = 64;

}  // namespace

void SessionCircle::turn_ended() {
    reads_in_last_turn = std::exchange(reads_in_turn, 0);
    const std::vector<Session*> waiting = held;
    for (Session* session : waiting) session->reconsider_reading();
}

Session::Session(net::Stream stream, Peer peer, Broker& broker, SessionCircle& circle)
    : circle_(circle),
      broker_(broker),
      stream_(std::move(stream)),
      connection_(broker, std::move(peer), *this) {
    circle_.sessions.insert(this);
}

Session::~Session() {
    circle_.sessions.erase(this);
    std::erase(circle_.held, this);
}

asio::awaitable<void> Session::run(std::shared_ptr<Session> self) {
    self->self_ = self;
    try {
        if (co_await self->agree_on_encryption()) co_await self->read_octets();
    } catch (const std::exception& bug) {
        self->connection_.fail_internally(bug.what());
    }
    self->connection_.lost();  // nothing, after an orderly close
    try {
        co_await self->send_last_words();
    } catch (const std::exception& bug) {
        log::error("{}: {}", self->connection_.name(), log::escaped(bug.what()));
    }
    self->close_stream();
}

asio::awaitable<bool> Session::agree_on_encryption() {
    if (!stream_.is_tls()) co_return true;
    encrypted_by_ = broker_.clock().now() + broker_.config().tls.handshake_timeout;
    const net::Stream::Handshake outcome = co_await stream_.handshake();
    encrypted_by_.reset();
    if (outcome.done) {
        connection_.encrypted(stream_.tls_info());
    } else if (!outcome.fault.empty()) {
        log::warning("{}: no handshake of TLS: {}", connection_.name(),
                     log::escaped(outcome.fault));
    }
    co_return outcome.done;
}

asio::awaitable<void> Session::read_octets() {
    while (!connection_.finished()) {
        const auto [error] = co_await stream_.async_wait_readable(as_values);
        if (error) co_return;
        std::size_t most = circle_.reads_in_last_turn > 1 ? limits::read_octets_in_company
                                                          : limits::read_octets_alone;
        Reading reading = connection_.reading();
        while (reading == Reading::stopped && !connection_.finished()) {
            co_await hold({});
            reading = connection_.reading();
        }
        if (reading == Reading::paced) co_await hold(limits::pacing_pause);
        if (reading == Reading::trickle) {
            co_await hold(limits::trickle_pause);
            most = limits::trickle_octets;
        }
        if (read_now(most) == ReadOutcome::peer_gone) co_return;
    }
}

Session::ReadOutcome Session::read_now(std::size_t most) {
    ++circle_.reads_in_turn;
    net::ErrorCode error;
    const std::size_t octets = stream_.read_some({circle_.read_buffer.data(), most}, error);
    if (error == asio::error::would_block || error == asio::error::interrupted) {
        return ReadOutcome::nothing;
    }
    if (error) return ReadOutcome::peer_gone;
    connection_.receive({circle_.read_buffer.data(), octets});
    return ReadOutcome::octets;
}

asio::awaitable<void> Session::hold(std::optional<std::chrono::milliseconds> at_most) {
    if (!hold_) hold_ = std::make_unique<asio::steady_timer>(stream_.get_executor());
    if (at_most) {
        hold_->expires_after(*at_most);
    } else {
        hold_->expires_at(asio::steady_timer::time_point::max());
    }
    circle_.held.push_back(this);
    co_await hold_->async_wait(as_values);
    std::erase(circle_.held, this);
}

void Session::reconsider_reading() {
    if (!hold_) return;
    const bool over = linger_until_            ? connection_.outbox().empty()
                      : connection_.finished() ? true
                                               : connection_.reading() == Reading::freely;
    if (over) hold_->cancel();
}

/// What is left to say is sent, then the client closes: a socket that is closed with octets unread
/// would take the last words back.
asio::awaitable<void> Session::send_last_words() {
    linger_until_ = broker_.clock().now() + limits::close_timeout;
    while (stream_.is_open() && !connection_.outbox().empty()) co_await hold({});
    if (!stream_.is_open()) co_return;
    stream_.shutdown_send();
    for (;;) {
        const auto [error] = co_await stream_.async_wait_readable(as_values);
        if (error || read_now(limits::trickle_octets) == ReadOutcome::peer_gone) co_return;
    }
}

void Session::tick() {
    connection_.tick();
    if (encrypted_by_ && broker_.clock().now() >= *encrypted_by_) {
        log::info("{}: the handshake of TLS took too long (tls.handshake_timeout)",
                  connection_.name());
        encrypted_by_.reset();
        stream_.cancel();
    }
    if (linger_until_ && broker_.clock().now() >= *linger_until_) abort();
}

void Session::abort() {
    connection_.outbox().clear();
    close_stream();
}

void Session::end_turn() {
    connection_.end_turn();
    if (!waits_to_write_) flush();
    if (connection_.finished() && !linger_until_) {
        stream_.cancel();  // whoever waits to read need not wait any longer
    }
}

void Session::flush() {
    Outbox& outbox = connection_.outbox();
    if (outbox.empty() || !stream_.is_open()) return;
    std::array<iovec, send_pieces> pieces;
    const std::size_t gathered = outbox.gather(pieces, limits::send_octets);
    net::ErrorCode error;
    const std::size_t sent = stream_.write_some({pieces.data(), gathered}, error);
    if (error && error != asio::error::would_block) {
        outbox.clear();  // the peer is gone; reading will tell
        reconsider_reading();
        return;
    }
    if (sent > 0) {
        outbox.sent(sent);
        connection_.outbox_drained();
    }
    if (!outbox.empty()) flush_when_writable();
    reconsider_reading();
}

void Session::flush_when_writable() {
    waits_to_write_ = true;
    stream_.async_wait_writable([weak = self_](boost::system::error_code) {
        const std::shared_ptr<Session> self = weak.lock();
        if (!self) return;
        self->waits_to_write_ = false;
        self->flush();  // also when the wait was cancelled: then it waits anew
    });
}

void Session::close_stream() {
    stream_.close();
    if (hold_) hold_->cancel();
}

}  // namespace leveret::broker::amqp

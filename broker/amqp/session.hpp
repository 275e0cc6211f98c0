// One client's socket: reads what comes into its connection, and sends what the connection has to
// say when the turn ends.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <unordered_set>
#include <vector>

#include "broker/amqp/connection.hpp"
#include "broker/limits.hpp"
#include "broker/net/stream.hpp"
#include "broker/turn.hpp"

namespace leveret::broker::amqp {

class Session;

/// What all sessions of the broker thread share.
struct SessionCircle {
    std::unordered_set<Session*> sessions;  ///< all there are
    std::vector<Session*> held;             ///< those that wait before they read on

    /// What one read takes from a socket; used up before anybody else reads.
    std::vector<char> read_buffer = std::vector<char>(limits::read_octets_alone);
    std::size_t reads_in_turn = 0;
    std::size_t reads_in_last_turn = 0;

    /// The turn has ended: those whose reason to wait is over read on.
    void turn_ended();
};

/// Lifetime: the frame of run() owns the session; the circle knows it until it is destroyed.
/// Thread:   broker thread.
class Session final : public TurnParticipant {
public:
    Session(net::Stream stream, Peer peer, Broker& broker, SessionCircle& circle);
    ~Session();

    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Serves the client from accept to close. `self` keeps the session alive.
    static boost::asio::awaitable<void> run(std::shared_ptr<Session> self);

    [[nodiscard]] Connection& connection() { return connection_; }

    /// Looks at deadlines and heartbeats.
    void tick();

    /// Closes the socket, whatever is left to say; run() ends soon.
    void abort();

    /// Appends the confirms, and sends what there is to send.
    void end_turn() override;

    /// Reads on if what held it is over.
    void reconsider_reading();

private:
    enum class ReadOutcome { octets, nothing, peer_gone };

    boost::asio::awaitable<bool> agree_on_encryption();
    boost::asio::awaitable<void> read_octets();
    boost::asio::awaitable<void> send_last_words();
    boost::asio::awaitable<void> hold(std::optional<std::chrono::milliseconds> at_most);
    [[nodiscard]] ReadOutcome read_now(std::size_t most);
    void flush();
    void flush_when_writable();
    void close_stream();

    SessionCircle& circle_;
    Broker& broker_;
    net::Stream stream_;
    Connection connection_;
    std::unique_ptr<boost::asio::steady_timer> hold_;  ///< made when first needed
    std::optional<Instant> encrypted_by_;              ///< the end of TLS's handshake
    std::optional<Instant> linger_until_;              ///< the end of the last words
    bool waits_to_write_ = false;
    std::weak_ptr<Session> self_;  ///< for handlers that must not keep a closed session waiting
};

}  // namespace leveret::broker::amqp

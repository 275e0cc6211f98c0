// The door for clients of AMQP 0-9-1: gives everybody who comes a session, and sends them all away
// in good order when the broker stops.
#pragma once

#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <vector>

#include "broker/amqp/session.hpp"
#include "broker/broker.hpp"
#include "broker/config.hpp"
#include "broker/net/listeners.hpp"
#include "broker/net/tls_context.hpp"

namespace leveret::broker::amqp {

/// Thread: broker thread.
class Server {
public:
    Server(boost::asio::io_context& context, Broker& broker, SessionCircle& circle);

    /// Opens the listeners of the configuration; clients are accepted from then on.
    /// Returns: where it listens, as "amqp host:port", one for each open socket.
    /// Throws:  std::runtime_error naming the address that could not be had, or what is wrong with
    ///          the certificates.
    [[nodiscard]] std::vector<std::string> listen();

    /// Who comes from now on is shown the certificates of these settings.
    /// Throws: net::TlsError; then nothing has changed.
    void reload_certificates(const Config& config);

    /// Accepts nobody any more and tells everybody to go.
    void stop();

    /// Waits for no answer any longer: all sockets are closed.
    void abort();

    /// Whether the last session has ended.
    [[nodiscard]] bool all_gone() const { return circle_.sessions.empty(); }

    /// Looks at the deadlines and heartbeats of all sessions.
    void tick();

private:
    void serve(net::Stream stream, net::Ends ends);

    boost::asio::io_context& context_;
    Broker& broker_;
    SessionCircle& circle_;
    std::optional<net::TlsContext> tls_;  ///< none when nobody is to come by TLS
    net::Listeners listeners_{context_};
};

}  // namespace leveret::broker::amqp

// The door for clients of AMQP 0-9-1: listens, gives every accepted socket a session, and sends
// them all away in good order when the broker stops.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>
#include <vector>

#include "broker/amqp/acceptors.hpp"
#include "broker/amqp/session.hpp"
#include "broker/broker.hpp"
#include "broker/config.hpp"

namespace leveret::broker::amqp {

/// Thread: broker thread.
class Server {
public:
    Server(boost::asio::io_context& context, Broker& broker, SessionCircle& circle);
    ~Server();

    /// Opens the listeners of the configuration; clients are accepted from then on.
    /// Returns: where it listens, as "host:port", one for each open socket.
    /// Throws:  std::runtime_error naming the address that could not be had.
    [[nodiscard]] std::vector<std::string> listen();

    /// Accepts nobody any more and tells everybody to go.
    void stop();

    /// Waits for no answer any longer: all sockets are closed.
    void abort();

    /// Whether the last session has ended.
    [[nodiscard]] bool all_gone() const { return circle_.sessions.empty(); }

    /// Looks at the deadlines and heartbeats of all sessions.
    void tick();

private:
    template <class Acceptor>
    boost::asio::awaitable<void> accept(Acceptor& acceptor);
    template <class Socket>
    void serve(Socket socket);

    boost::asio::io_context& context_;
    Broker& broker_;
    SessionCircle& circle_;
    TcpAcceptors tcp_;
    std::vector<LocalAcceptor> unix_;
    std::vector<std::string> unix_paths_;  ///< removed with the server
};

}  // namespace leveret::broker::amqp

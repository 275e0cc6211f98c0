// The door for HTTP: listens, turns what comes over sockets into requests, and replies into octets.
// The only file that knows Beast. What a request means is the handler's affair.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "admin-ui/api/http_message.hpp"
#include "broker/amqp/acceptors.hpp"
#include "broker/config.hpp"
#include "broker/insight/snapshots.hpp"

namespace leveret::admin {

class HttpConnection;

/// Thread: before the admin thread runs, or on it.
class HttpServer {
public:
    HttpServer(boost::asio::io_context& context, RequestHandler& handler,
               std::size_t connections_max);
    ~HttpServer();

    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Opens the listeners; clients are served once the context runs.
    /// Returns: where it listens, one for each open socket.
    /// Throws:  std::runtime_error naming the address that could not be had.
    [[nodiscard]] std::vector<broker::insight::ListenerSnapshot> listen(
        const std::vector<broker::ListenAddress>& addresses);

    /// Opens the socket for this machine's administrators: only root and the broker's own user are
    /// let in, and need no password.
    /// Throws:  as listen().
    void listen_for_administrators(const std::string& path);

    /// Accepts nobody any more; idle connections close, the others after their reply.
    void stop();

    /// Waits for no client any longer.
    void abort();

    [[nodiscard]] bool all_gone() const { return connections_.empty(); }

private:
    friend class HttpConnection;

    template <class Acceptor, class Serve>
    static boost::asio::awaitable<void> accept(Acceptor& acceptor, Serve serve);
    template <class Socket>
    void serve(Socket socket, Peer peer);
    /// Returns: whether there is room for one more connection.
    bool make_room();

    boost::asio::io_context& context_;
    RequestHandler& handler_;
    std::size_t connections_max_;
    broker::amqp::TcpAcceptors tcp_;
    std::vector<broker::amqp::LocalAcceptor> local_;
    std::vector<std::string> local_paths_;  ///< removed with the server
    std::unordered_set<HttpConnection*> connections_;
    std::list<HttpConnection*> idle_;  ///< those that wait for a request, longest first
    bool stopping_ = false;
};

}  // namespace leveret::admin

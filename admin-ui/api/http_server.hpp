// The door for HTTP: listens, turns what comes over sockets into requests, and replies into octets.
// The only file that knows Beast. What a request means is the handler's affair.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "admin-ui/api/http_message.hpp"
#include "broker/config.hpp"
#include "broker/insight/snapshots.hpp"
#include "broker/net/listeners.hpp"
#include "broker/net/tls_context.hpp"

namespace leveret::admin {

class HttpConnection;

/// Thread: before the admin thread runs, or on it.
class HttpServer {
public:
    /// Lifetime: outlived by the configuration.
    HttpServer(boost::asio::io_context& context, RequestHandler& handler,
               const broker::Config& config);
    ~HttpServer();

    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Opens the listeners of the configuration; clients are served once the context runs.
    /// Returns: where it listens, one for each open socket.
    /// Throws:  std::runtime_error naming the address that could not be had, or what is wrong with
    ///          the certificates.
    [[nodiscard]] std::vector<broker::insight::ListenerSnapshot> listen();

    /// Opens the socket for this machine's administrators: only root and the broker's own user are
    /// let in, and need no password.
    /// Throws:  as listen().
    void listen_for_administrators(const std::string& path);

    /// Who comes from now on is shown the certificates of these settings.
    /// Throws: broker::net::TlsError; then nothing has changed.
    void reload_certificates(const broker::Config& config);

    /// Accepts nobody any more; idle connections close, the others after their reply.
    void stop();

    /// Waits for no client any longer.
    void abort();

    [[nodiscard]] bool all_gone() const { return connections_.empty(); }

private:
    friend class HttpConnection;

    void serve(broker::net::Stream stream, Peer peer);
    /// Returns: whether there is room for one more connection.
    bool make_room();

    boost::asio::io_context& context_;
    RequestHandler& handler_;
    const broker::Config& config_;
    std::optional<broker::net::TlsContext> tls_;  ///< none when nobody is to come by HTTPS
    broker::net::Listeners listeners_{context_};
    std::unordered_set<HttpConnection*> connections_;
    std::list<HttpConnection*> idle_;  ///< those that wait for a request, longest first
    bool stopping_ = false;
};

}  // namespace leveret::admin

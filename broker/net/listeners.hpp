// Listening sockets of one kind of service: how addresses of the configuration become acceptors,
// and what is accepted becomes streams.
#pragma once

#include <sys/types.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config.hpp"
#include "broker/insight/snapshots.hpp"
#include "broker/net/ends.hpp"
#include "broker/net/stream.hpp"

namespace leveret::broker::net {

/// Thread: that of the context, or any before it runs.
class Listeners {
public:
    using Take = std::function<void(Stream stream, Ends ends)>;

    explicit Listeners(boost::asio::io_context& context) : context_(context) {}
    ~Listeners();

    Listeners(const Listeners&) = delete;
    Listeners& operator=(const Listeners&) = delete;

    /// Opens sockets for all addresses; whoever comes, once the context runs, is given to `take`.
    /// With a `tls`, what they take is to be encrypted.
    /// Rule:    a Unix socket has the mode 0660: whoever may open its file may log in.
    /// Returns: one for each open socket. A default address that does not exist on this machine
    ///          (no IPv6) is left out.
    /// Throws:  std::runtime_error naming the address that could not be had.
    std::vector<insight::ListenerSnapshot> open(const std::vector<ListenAddress>& addresses,
                                                std::string_view protocol, const TlsContext* tls,
                                                const Take& take);

    /// Opens one Unix socket with that mode. One that a killed process left behind is replaced.
    /// Throws:  std::runtime_error when a file or another process stands in the way.
    void open_unix(const std::string& path, mode_t mode, const TlsContext* tls, const Take& take);

    /// Accepts nobody any more.
    void close();

private:
    using Tcp = boost::asio::ip::tcp;
    using Local = boost::asio::local::stream_protocol;
    using TcpAcceptor = std::unique_ptr<Tcp::acceptor>;
    using LocalAcceptor = std::unique_ptr<Local::acceptor>;

    [[nodiscard]] std::vector<TcpAcceptor> open_tcp(const ListenAddress& address);
    [[nodiscard]] LocalAcceptor open_local(const std::string& path, mode_t mode);

    /// Lifetime: the acceptor is ours; the rest is the coroutine's own.
    template <class Acceptor>
    static boost::asio::awaitable<void> accept(Acceptor& acceptor, const TlsContext* tls,
                                               Take take);

    boost::asio::io_context& context_;
    std::vector<TcpAcceptor> tcp_;
    std::vector<LocalAcceptor> local_;
    std::vector<std::string> paths_;  ///< of Unix sockets: removed with us
};

/// Returns: `127.0.0.1:5672`, `[::1]:5672` or `unix:/path`.
[[nodiscard]] std::string to_string(const insight::ListenerSnapshot& listener);

/// Whether it is this machine's own, IPv4 within IPv6 included.
[[nodiscard]] bool is_loopback(const boost::asio::ip::address& address);

}  // namespace leveret::broker::net

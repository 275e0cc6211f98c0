// Listening sockets of all kinds of service: how an address of the configuration becomes acceptors.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <memory>
#include <string>
#include <vector>

#include "broker/config.hpp"

namespace leveret::broker::amqp {

using TcpAcceptors = std::vector<std::unique_ptr<boost::asio::ip::tcp::acceptor>>;
using LocalAcceptor = std::unique_ptr<boost::asio::local::stream_protocol::acceptor>;

/// Opens an acceptor for each address that the host's name stands for.
/// Returns: none when a default address does not exist on this machine (no IPv6).
/// Throws:  std::runtime_error naming the address that could not be had.
[[nodiscard]] TcpAcceptors open_tcp(boost::asio::io_context& context, const ListenAddress& address);

/// Opens the socket at `path` with that mode; one that a killed process left behind is replaced.
/// Throws:  std::runtime_error when a file or another process stands in the way.
[[nodiscard]] LocalAcceptor open_local(boost::asio::io_context& context, const std::string& path,
                                       mode_t mode);

/// Returns: `127.0.0.1:5672` or `[::1]:5672`.
[[nodiscard]] std::string to_string(const boost::asio::ip::tcp::endpoint& endpoint);

/// Whether it is this machine's own, IPv4 within IPv6 included.
[[nodiscard]] bool is_loopback(const boost::asio::ip::address& address);

}  // namespace leveret::broker::amqp

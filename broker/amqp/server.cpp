#include "broker/amqp/server.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "broker/log.hpp"

namespace leveret::broker::amqp {

namespace asio = boost::asio;
using asio::ip::tcp;
using Local = asio::local::stream_protocol;

namespace {

/// How long accepting rests when the process is out of descriptors.
constexpr std::chrono::milliseconds accept_rest{100};

/// Rule: whoever may open the socket's file may log in; the group of the broker's user may.
constexpr mode_t unix_socket_mode = 0660;

Peer peer_of(const tcp::socket& socket) {
    const tcp::endpoint remote = socket.remote_endpoint();
    const tcp::endpoint local = socket.local_endpoint();
    return {.name = fmt::format("{} -> {}", to_string(remote), to_string(local)),
            .loopback = is_loopback(remote.address()),
            .host = remote.address().to_string(),
            .port = remote.port(),
            .server_host = local.address().to_string(),
            .server_port = local.port()};
}

/// Whoever comes by a Unix socket has no address: a number tells one from the other.
Peer peer_of(const Local::socket& socket) {
    static std::uint64_t last_number = 0;
    return {.name = fmt::format("unix:{} #{}", socket.local_endpoint().path(), ++last_number),
            .loopback = true};
}

void set_options(tcp::socket& socket) {
    socket.set_option(tcp::no_delay(true));
    socket.set_option(asio::socket_base::keep_alive(true));
}
void set_options(Local::socket&) {}

}  // namespace

Server::Server(asio::io_context& context, Broker& broker, SessionCircle& circle)
    : context_(context), broker_(broker), circle_(circle) {}

Server::~Server() {
    for (const std::string& path : unix_paths_) ::unlink(path.c_str());
}

std::vector<std::string> Server::listen() {
    std::vector<std::string> open;
    for (const ListenAddress& address : broker_.config().amqp.listen) {
        if (address.is_unix()) {
            unix_.push_back(open_local(context_, address.path, unix_socket_mode));
            unix_paths_.push_back(address.path);
            open.push_back(broker::to_string(address));
            broker_.observation().listeners().push_back({.protocol = "amqp", .path = address.path});
            continue;
        }
        TcpAcceptors acceptors = open_tcp(context_, address);
        if (acceptors.empty()) {
            log::debug("{} is not there to listen on", broker::to_string(address));
        }
        for (auto& acceptor : acceptors) {
            const tcp::endpoint local = acceptor->local_endpoint();
            open.push_back(to_string(local));
            broker_.observation().listeners().push_back(
                {.protocol = "amqp", .host = local.address().to_string(), .port = local.port()});
            tcp_.push_back(std::move(acceptor));
        }
    }
    for (const auto& acceptor : tcp_) asio::co_spawn(context_, accept(*acceptor), asio::detached);
    for (const auto& acceptor : unix_) asio::co_spawn(context_, accept(*acceptor), asio::detached);
    return open;
}

template <class Acceptor>
asio::awaitable<void> Server::accept(Acceptor& acceptor) {
    while (acceptor.is_open()) {
        auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
        if (error == asio::error::operation_aborted) co_return;
        if (error) {
            log::error("a client could not be accepted: {}", error.message());
            asio::steady_timer rest(context_, accept_rest);
            co_await rest.async_wait(asio::as_tuple(asio::use_awaitable));
            continue;
        }
        try {
            serve(std::move(socket));
        } catch (const boost::system::system_error& gone) {
            log::debug("a client left while it was accepted: {}", gone.what());
        }
    }
}

template <class Socket>
void Server::serve(Socket socket) {
    Peer peer = peer_of(socket);
    set_options(socket);
    auto session = std::make_shared<Session>(std::move(socket), std::move(peer), broker_, circle_);
    asio::co_spawn(context_, Session::run(std::move(session)), asio::detached);
}

void Server::stop() {
    boost::system::error_code ignored;
    for (const auto& acceptor : tcp_) acceptor->close(ignored);
    for (const auto& acceptor : unix_) acceptor->close(ignored);
    for (Session* session : circle_.sessions) {
        session->connection().force_close(
            "broker forced connection closure with reason 'shutdown'");
    }
}

void Server::abort() {
    for (Session* session : circle_.sessions) session->abort();
}

void Server::tick() {
    for (Session* session : circle_.sessions) session->tick();
}

}  // namespace leveret::broker::amqp

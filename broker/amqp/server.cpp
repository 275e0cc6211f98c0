#include "broker/amqp/server.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <utility>

#include "broker/log.hpp"

namespace leveret::broker::amqp {

namespace asio = boost::asio;
using asio::ip::tcp;
using Local = asio::local::stream_protocol;

namespace {

/// How long accepting rests when the process is out of descriptors.
constexpr std::chrono::milliseconds accept_rest{100};

constexpr int backlog = 1024;

/// Rule: whoever may open the socket's file may log in; the group of the broker's user may.
constexpr mode_t unix_socket_mode = 0660;

std::string text(const tcp::endpoint& endpoint) {
    const std::string address = endpoint.address().to_string();
    return endpoint.address().is_v6() ? fmt::format("[{}]:{}", address, endpoint.port())
                                      : fmt::format("{}:{}", address, endpoint.port());
}

bool is_loopback(const asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
    }
    return address.is_loopback();
}

Peer peer_of(const tcp::socket& socket) {
    const tcp::endpoint remote = socket.remote_endpoint();
    return {.name = fmt::format("{} -> {}", text(remote), text(socket.local_endpoint())),
            .loopback = is_loopback(remote.address())};
}

Peer peer_of(const Local::socket& socket) {
    return {.name = fmt::format("unix:{}", socket.local_endpoint().path()), .loopback = true};
}

void set_options(tcp::socket& socket) {
    socket.set_option(tcp::no_delay(true));
    socket.set_option(asio::socket_base::keep_alive(true));
}
void set_options(Local::socket&) {}

[[noreturn]] void cannot_listen(const ListenAddress& address, std::string_view why) {
    throw std::runtime_error(fmt::format("cannot listen on {}: {}", to_string(address), why));
}

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
            listen_unix(address, open);
        } else if (!listen_tcp(address, open)) {
            log::debug("{} is not there to listen on", to_string(address));
        }
    }
    for (const auto& acceptor : tcp_) asio::co_spawn(context_, accept(*acceptor), asio::detached);
    for (const auto& acceptor : unix_) asio::co_spawn(context_, accept(*acceptor), asio::detached);
    return open;
}

/// Returns: false when a default address does not exist on this machine (no IPv6).
bool Server::listen_tcp(const ListenAddress& address, std::vector<std::string>& open) {
    boost::system::error_code error;
    tcp::resolver resolver(context_);
    const auto endpoints =
        resolver.resolve(address.host, std::to_string(address.port),
                         tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error) cannot_listen(address, error.message());
    for (const auto& entry : endpoints) {
        const tcp::endpoint endpoint = entry.endpoint();
        auto acceptor = std::make_unique<tcp::acceptor>(context_);
        acceptor->open(endpoint.protocol(), error);
        if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
        if (!error && endpoint.address().is_v6()) {
            acceptor->set_option(asio::ip::v6_only(true), error);
        }
        if (!error) acceptor->bind(endpoint, error);
        if (!error) acceptor->listen(backlog, error);
        if (error && address.is_default && endpoint.address().is_v6() &&
            error != asio::error::address_in_use) {
            return false;
        }
        if (error) cannot_listen(address, error.message());
        open.push_back(text(acceptor->local_endpoint()));
        tcp_.push_back(std::move(acceptor));
    }
    return true;
}

void Server::listen_unix(const ListenAddress& address, std::vector<std::string>& open) {
    struct stat found{};
    if (::lstat(address.path.c_str(), &found) == 0) {
        if (!S_ISSOCK(found.st_mode)) cannot_listen(address, "a file of that name is there");
        Local::socket probe(context_);
        boost::system::error_code error;
        probe.connect(Local::endpoint(address.path), error);
        if (!error) cannot_listen(address, "another process listens there");
        ::unlink(address.path.c_str());  // left behind by a process that was killed
    }
    boost::system::error_code error;
    auto acceptor = std::make_unique<Local::acceptor>(context_);
    acceptor->open(Local(), error);
    if (!error) acceptor->bind(Local::endpoint(address.path), error);
    if (!error) acceptor->listen(backlog, error);
    if (error) cannot_listen(address, error.message());
    ::chmod(address.path.c_str(), unix_socket_mode);
    open.push_back(to_string(address));
    unix_paths_.push_back(address.path);
    unix_.push_back(std::move(acceptor));
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

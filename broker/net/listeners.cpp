#include "broker/net/listeners.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <chrono>
#include <new>
#include <stdexcept>
#include <utility>

#include "broker/log.hpp"

namespace leveret::broker::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using Local = asio::local::stream_protocol;

namespace {

constexpr int backlog = 1024;

/// How long accepting rests when the process is out of descriptors.
constexpr std::chrono::milliseconds accept_rest{100};

constexpr mode_t unix_socket_mode = 0660;

[[noreturn]] void cannot_listen(std::string_view address, std::string_view why) {
    throw std::runtime_error(fmt::format("cannot listen on {}: {}", address, why));
}

std::string to_string(std::string_view host, std::uint16_t port) {
    const bool v6 = host.find(':') != std::string_view::npos;
    return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

/// Throws: system_error when the client has left already.
Ends ends_of(const tcp::socket& socket) {
    const tcp::endpoint remote = socket.remote_endpoint();
    const tcp::endpoint local = socket.local_endpoint();
    Ends ends{.loopback = is_loopback(remote.address()),
              .host = remote.address().to_string(),
              .port = remote.port(),
              .server_host = local.address().to_string(),
              .server_port = local.port()};
    ends.name = fmt::format("{} -> {}", to_string(ends.host, ends.port),
                            to_string(ends.server_host, ends.server_port));
    return ends;
}

/// Whoever comes by a Unix socket has no address: a number tells one from the other.
Ends ends_of(const Local::socket& socket) {
    static std::atomic<std::uint64_t> last_number{0};  // threads have listeners of their own
    return {.name = fmt::format("unix:{} #{}", socket.local_endpoint().path(), ++last_number),
            .loopback = true};
}

void set_options(tcp::socket& socket) {
    socket.set_option(tcp::no_delay(true));
    socket.set_option(asio::socket_base::keep_alive(true));
}
void set_options(Local::socket&) {}

}  // namespace

Listeners::~Listeners() { close(); }

std::vector<insight::ListenerSnapshot> Listeners::open(const std::vector<ListenAddress>& addresses,
                                                       std::string_view protocol,
                                                       const TlsContext* tls, const Take& take) {
    std::vector<insight::ListenerSnapshot> open;
    const std::string name(protocol);
    for (const ListenAddress& address : addresses) {
        if (address.is_unix()) {
            open_unix(address.path, unix_socket_mode, tls, take);
            open.push_back({.protocol = name, .path = address.path, .tls = tls != nullptr});
            continue;
        }
        std::vector<TcpAcceptor> acceptors = open_tcp(address);
        if (acceptors.empty()) {
            log::debug("{} is not there to listen on", broker::to_string(address));
        }
        for (TcpAcceptor& acceptor : acceptors) {
            const tcp::endpoint local = acceptor->local_endpoint();
            open.push_back({.protocol = name,
                            .host = local.address().to_string(),
                            .port = local.port(),
                            .tls = tls != nullptr});
            asio::co_spawn(context_, accept(*acceptor, tls, take), asio::detached);
            tcp_.push_back(std::move(acceptor));
        }
    }
    return open;
}

void Listeners::open_unix(const std::string& path, mode_t mode, const TlsContext* tls,
                          const Take& take) {
    local_.push_back(open_local(path, mode));
    paths_.push_back(path);
    asio::co_spawn(context_, accept(*local_.back(), tls, take), asio::detached);
}

std::vector<Listeners::TcpAcceptor> Listeners::open_tcp(const ListenAddress& address) {
    const std::string written = broker::to_string(address);
    ErrorCode error;
    tcp::resolver resolver(context_);
    const auto endpoints =
        resolver.resolve(address.host, std::to_string(address.port),
                         tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error) cannot_listen(written, error.message());
    std::vector<TcpAcceptor> open;
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
            return {};
        }
        if (error) cannot_listen(written, error.message());
        open.push_back(std::move(acceptor));
    }
    return open;
}

Listeners::LocalAcceptor Listeners::open_local(const std::string& path, mode_t mode) {
    const std::string written = fmt::format("unix:{}", path);
    constexpr std::size_t path_octets_max = sizeof(sockaddr_un::sun_path) - 1;
    if (path.size() > path_octets_max) {
        cannot_listen(written,
                      fmt::format("a path of at most {} octets is possible", path_octets_max));
    }
    struct stat found{};
    if (::lstat(path.c_str(), &found) == 0) {
        if (!S_ISSOCK(found.st_mode)) cannot_listen(written, "a file of that name is there");
        Local::socket probe(context_);
        ErrorCode error;
        probe.connect(Local::endpoint(path), error);
        if (!error) cannot_listen(written, "another process listens there");
        if (error != asio::error::connection_refused) cannot_listen(written, error.message());
        ::unlink(path.c_str());  // left behind by a process that was killed
    }
    ErrorCode error;
    auto acceptor = std::make_unique<Local::acceptor>(context_);
    acceptor->open(Local(), error);
    if (!error) acceptor->bind(Local::endpoint(path), error);
    if (!error && ::chmod(path.c_str(), mode) != 0) {
        error.assign(errno, boost::system::system_category());
    }
    if (!error) acceptor->listen(backlog, error);  // nobody gets in before the mode is right
    if (error) cannot_listen(written, error.message());
    return acceptor;
}

template <class Acceptor>
asio::awaitable<void> Listeners::accept(Acceptor& acceptor, const TlsContext* tls, Take take) {
    while (acceptor.is_open()) {
        auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
        if (error == asio::error::operation_aborted) co_return;
        if (error) {
            log::error("a client could not be accepted: {}", error.message());
            asio::steady_timer rest(acceptor.get_executor(), accept_rest);
            co_await rest.async_wait(asio::as_tuple(asio::use_awaitable));
            continue;
        }
        try {
            Ends ends = ends_of(socket);
            set_options(socket);
            take(Stream(std::move(socket), tls), std::move(ends));
        } catch (const boost::system::system_error& gone) {
            log::debug("a client left while it was accepted: {}", gone.what());
        } catch (const std::bad_alloc&) {
            log::error("a client could not be accepted: memory ran out");
        }
    }
}

void Listeners::close() {
    // Before the sockets are closed: a process that starts now does not find them left behind.
    for (const std::string& path : std::exchange(paths_, {})) ::unlink(path.c_str());
    ErrorCode ignored;
    for (const auto& acceptor : tcp_) acceptor->close(ignored);
    for (const auto& acceptor : local_) acceptor->close(ignored);
}

std::string to_string(const insight::ListenerSnapshot& listener) {
    if (!listener.path.empty()) return fmt::format("unix:{}", listener.path);
    return to_string(listener.host, listener.port);
}

bool is_loopback(const asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
    }
    return address.is_loopback();
}

}  // namespace leveret::broker::net

#include "broker/amqp/acceptors.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/ip/v6_only.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace leveret::broker::amqp {

namespace asio = boost::asio;
using asio::ip::tcp;
using Local = asio::local::stream_protocol;

namespace {

constexpr int backlog = 1024;

[[noreturn]] void cannot_listen(std::string_view address, std::string_view why) {
    throw std::runtime_error(fmt::format("cannot listen on {}: {}", address, why));
}

}  // namespace

TcpAcceptors open_tcp(asio::io_context& context, const ListenAddress& address) {
    const std::string written = broker::to_string(address);
    boost::system::error_code error;
    tcp::resolver resolver(context);
    const auto endpoints =
        resolver.resolve(address.host, std::to_string(address.port),
                         tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error) cannot_listen(written, error.message());
    TcpAcceptors open;
    for (const auto& entry : endpoints) {
        const tcp::endpoint endpoint = entry.endpoint();
        auto acceptor = std::make_unique<tcp::acceptor>(context);
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

LocalAcceptor open_local(asio::io_context& context, const std::string& path, mode_t mode) {
    const std::string written = fmt::format("unix:{}", path);
    struct stat found{};
    if (::lstat(path.c_str(), &found) == 0) {
        if (!S_ISSOCK(found.st_mode)) cannot_listen(written, "a file of that name is there");
        Local::socket probe(context);
        boost::system::error_code error;
        probe.connect(Local::endpoint(path), error);
        if (!error) cannot_listen(written, "another process listens there");
        ::unlink(path.c_str());  // left behind by a process that was killed
    }
    boost::system::error_code error;
    auto acceptor = std::make_unique<Local::acceptor>(context);
    acceptor->open(Local(), error);
    if (!error) acceptor->bind(Local::endpoint(path), error);
    if (!error && ::chmod(path.c_str(), mode) != 0) {
        error.assign(errno, boost::system::system_category());
    }
    if (!error) acceptor->listen(backlog, error);  // nobody gets in before the mode is right
    if (error) cannot_listen(written, error.message());
    return acceptor;
}

std::string to_string(const tcp::endpoint& endpoint) {
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

}  // namespace leveret::broker::amqp

#include "broker/amqp/server.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "broker/log.hpp"

namespace leveret::broker::amqp {

namespace asio = boost::asio;

Server::Server(asio::io_context& context, Broker& broker, SessionCircle& circle)
    : context_(context), broker_(broker), circle_(circle) {}

std::vector<std::string> Server::listen() {
    const Config& config = broker_.config();
    const net::Listeners::Take take = [this](net::Stream stream, net::Ends ends) {
        serve(std::move(stream), std::move(ends));
    };
    auto open = listeners_.open(config.amqp.listen, "amqp", nullptr, take);
    if (!config.amqp.tls_listen.empty()) {
        tls_.emplace(config.tls, config.tls.verify);
        auto encrypted = listeners_.open(config.amqp.tls_listen, "amqp/ssl", &*tls_, take);
        open.insert(open.end(), encrypted.begin(), encrypted.end());
    }
    std::vector<std::string> texts;
    for (const insight::ListenerSnapshot& listener : open) {
        texts.push_back(fmt::format("{} {}", listener.protocol, net::to_string(listener)));
        broker_.observation().listeners().push_back(listener);
    }
    return texts;
}

void Server::reload_certificates(const Config& config) {
    if (tls_) tls_->reload(config.tls, config.tls.verify);
}

void Server::serve(net::Stream stream, net::Ends ends) {
    auto session = std::make_shared<Session>(std::move(stream), std::move(ends), broker_, circle_);
    asio::co_spawn(context_, Session::run(std::move(session)), asio::detached);
}

void Server::stop() {
    listeners_.close();
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

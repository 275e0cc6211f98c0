// The admin thread: HTTP, the API, the console and the feed, beside the broker thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "broker/broker.hpp"
#include "broker/config.hpp"

namespace leveret::admin {

/// Lifetime: outlived by the broker, whose thread must go on handling what is posted to it until
///           ended() is true.
class AdminServer {
public:
    /// `to_broker` posts a function to the broker thread.
    AdminServer(broker::Broker& broker, std::function<void(std::function<void()>)> to_broker);
    /// Requires: ended(), or that start() was never called.
    ~AdminServer();

    AdminServer(const AdminServer&) = delete;
    AdminServer& operator=(const AdminServer&) = delete;

    /// Opens the listeners of the configuration, and the socket for administrators in the data
    /// directory.
    /// Returns: where it listens, as "http host:port", one for each open socket of HTTP.
    /// Throws:  std::runtime_error naming the address that could not be had.
    [[nodiscard]] std::vector<std::string> listen();

    /// Begins to serve; until open() the API answers that the broker is starting.
    void start();

    // From any thread

    /// The broker serves its clients, and so does the API from now on; then `opened` is posted to
    /// the broker thread.
    void open(std::function<void()> opened);

    /// Who comes from now on is shown the certificates of these settings; a fault is logged, and
    /// nothing changes then.
    void reload_certificates(std::shared_ptr<const broker::Config> config);

    /// The API answers that the broker is stopping, sockets are told to go.
    void stop();

    /// Waits for no client any longer.
    void abort();

    /// Whether the thread has ended.
    [[nodiscard]] bool ended() const;

private:
    class Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace leveret::admin

// A request as it came from a socket and the reply that goes back, in our own terms: what reads and
// writes sockets (http_server) is left out of everything else.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace leveret::admin {

enum class Method : std::uint8_t { get, head, put, post, remove, options, other };

/// Whether a request of this method changes nothing.
[[nodiscard]] constexpr bool is_safe(Method method) {
    return method == Method::get || method == Method::head || method == Method::options;
}

/// The text without white space around it, as HTTP and JSON have it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// The fields of a head, in their order; names are compared without regard to case.
class Fields {
public:
    void add(std::string_view name, std::string_view value);
    /// Returns: the first field of that name.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }
    /// Whether any name begins like this.
    [[nodiscard]] bool has_beginning(std::string_view start) const;
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const {
        return all_;
    }

private:
    std::vector<std::pair<std::string, std::string>> all_;
};

/// Where a request came in and from where.
struct Peer {
    std::string address{};       ///< "127.0.0.1"; "local" for a Unix socket
    bool loopback = false;       ///< this machine: a loopback address or a Unix socket
    bool trusted_local = false;  ///< the broker's own socket, opened by root or its own user
    std::uint16_t local_port = 0;
    bool tls = false;
};

struct Request {
    Method method = Method::other;
    std::string target;  ///< path and query, as they came
    Fields fields;
    std::string body;
    Peer peer;
    bool upgrade = false;  ///< to WebSocket
};

/// The body of a reply that is made piece by piece, as the client takes it.
class BodySource {
public:
    virtual ~BodySource() = default;
    /// Appends the next piece. Returns: false when that was the last.
    virtual bool next(std::string& out) = 0;
};

/// What a WebSocket's session asks of who speaks on it.
class SocketTalk;

struct Reply {
    unsigned status = 200;
    Fields fields;  ///< content-length, date and connection are the server's
    std::string body;
    std::unique_ptr<BodySource> source;  ///< when set, the body comes from here
    std::unique_ptr<SocketTalk> talk;    ///< when set, the request becomes a WebSocket
    bool close = false;                  ///< the connection ends after this
};

/// One side of a WebSocket, without the socket.
/// Thread: admin thread.
class SocketTalk {
public:
    virtual ~SocketTalk() = default;

    /// The socket is open. `wake` says that there is something to send, or that it must close.
    virtual void opened(std::function<void()> wake) = 0;
    virtual void received(std::string text) = 0;
    /// Returns: the next frame to send; nothing when there is none now.
    virtual std::optional<std::string> next() = 0;
    /// Returns: the code and reason to close with, once it is time to.
    virtual std::optional<std::pair<std::uint16_t, std::string>> ended() = 0;
};

/// A request that may be served once its body is there.
/// Lifetime: the request outlives it.
class AdmittedRequest {
public:
    virtual ~AdmittedRequest() = default;
    [[nodiscard]] virtual std::uint64_t body_octets_max() const = 0;
    virtual boost::asio::awaitable<Reply> serve() = 0;
};

/// What the server asks for each request.
/// Thread: admin thread.
class RequestHandler {
public:
    virtual ~RequestHandler() = default;

    using Admission = std::variant<std::unique_ptr<AdmittedRequest>, Reply>;

    /// Called when the head is there, before the body is read. A reply ends the request here.
    virtual boost::asio::awaitable<Admission> admit(Request& request) = 0;

    /// Adds the fields that every reply has, whoever made it.
    virtual void finish(const Request& request, Reply& reply) = 0;
};

}  // namespace leveret::admin

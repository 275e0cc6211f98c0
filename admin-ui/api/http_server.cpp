#include "admin-ui/api/http_server.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "admin-ui/api/gzip.hpp"
#include "admin-ui/api/json_writer.hpp"
#include "admin-ui/api/limits.hpp"
#include "broker/log.hpp"

namespace leveret::admin {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
namespace log = broker::log;
using ErrorCode = boost::system::error_code;

namespace {

/// Outcomes of operations are values: that a peer leaves is no exception.
constexpr auto outcome = asio::as_tuple(asio::use_awaitable);

/// Octets handed to the kernel at a time, so that a client that takes some is seen to.
constexpr std::size_t send_octets = 256 * 1024;

/// Rule: only the broker's own user may open the file; root may anyway.
constexpr mode_t administrators_socket_mode = 0600;

constexpr std::string_view feed_protocol = "console.v1";

/// Any stream of ours, with what Beast's WebSocket asks of one: how it is ended.
struct Stream : broker::net::Stream {
    explicit Stream(broker::net::Stream stream) : broker::net::Stream(std::move(stream)) {}
};

template <class Handler>
void async_teardown(beast::role_type, Stream& stream, Handler&& handler) {
    stream.close();
    asio::post(stream.get_executor(), [handler = std::forward<Handler>(handler)]() mutable {
        std::move(handler)(ErrorCode{});
    });
}
void beast_close_socket(Stream& stream) { stream.close(); }

Method method_of(http::verb verb) {
    switch (verb) {
        case http::verb::get:
            return Method::get;
        case http::verb::head:
            return Method::head;
        case http::verb::put:
            return Method::put;
        case http::verb::post:
            return Method::post;
        case http::verb::delete_:
            return Method::remove;
        case http::verb::options:
            return Method::options;
        default:
            return Method::other;
    }
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

Reply fault(unsigned status, std::string_view reason) {
    Reply reply;
    reply.status = status;
    reply.fields.add("content-type", "application/json");
    reply.body = json([&](JsonSink& out) {
        out.object([&] {
            out.member("error", "bad_request");
            out.member("reason", reason);
        });
    });
    reply.close = true;
    return reply;
}

bool may_have_body(unsigned status) { return status >= 200 && status != 204 && status != 304; }

/// Whether compressing this is worth while: not what is small, nor what is compressed already.
bool is_worth_compressing(const Reply& reply) {
    if (!may_have_body(reply.status) || reply.fields.has("content-encoding")) return false;
    const auto type = reply.fields.find("content-type");
    if (!type || !(type->starts_with("application/json") || type->starts_with("text/"))) {
        return false;
    }
    return reply.source != nullptr || reply.body.size() >= limits::compress_from_octets;
}

Peer peer_of(const broker::net::Ends& ends, bool tls) {
    return {.address = ends.host.empty() ? "local" : ends.host,
            .loopback = ends.loopback,
            .local_port = ends.server_port,
            .tls = tls};
}

/// Whether root or the user that runs the broker is at the other end.
bool is_administrator(int socket) {
    ucred credentials{};
    socklen_t length = sizeof credentials;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
        return false;
    }
    return credentials.uid == 0 || credentials.uid == geteuid();
}

}  // namespace

/// Serves one client from accept to close.
/// Lifetime: the frame of run() owns it; the server knows it until it is destroyed.
/// Thread:   admin thread.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
public:
    HttpConnection(HttpServer& server, Stream stream, Peer peer)
        : server_(server),
          stream_(std::move(stream)),
          peer_(std::move(peer)),
          deadline_(stream_.get_executor()) {
        server_.connections_.insert(this);
    }
    ~HttpConnection() {
        leave_idle();
        server_.connections_.erase(this);
    }
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;

    static asio::awaitable<void> run(std::shared_ptr<HttpConnection> self) {
        try {
            if (co_await self->agree_on_encryption()) {
                while (co_await self->serve_one()) {
                }
            }
        } catch (const std::exception& bug) {
            log::error("a connection of HTTP ends: {}", bug.what());
        }
        self->disarm();
        if (self->octets_unread_) co_await self->linger();
        self->stream_.close();
    }

    void close_if_idle() {
        if (idle_) stream_.close();
    }
    void close() { stream_.close(); }

private:
    using Parser = http::request_parser<http::string_body>;

    // Deadlines: what is under way is cancelled when its time is over.

    void arm(std::chrono::steady_clock::duration time) {
        timed_out_ = false;
        deadline_.expires_after(time);
        deadline_.async_wait([self = weak_from_this(), round = ++round_](ErrorCode error) {
            const auto connection = self.lock();
            if (error || !connection || connection->round_ != round) return;
            connection->timed_out_ = true;
            connection->stream_.cancel();
        });
    }
    void disarm() {
        ++round_;
        deadline_.cancel();
    }

    void become_idle() {
        idle_ = true;
        place_ = server_.idle_.insert(server_.idle_.end(), this);
    }
    void leave_idle() {
        if (std::exchange(idle_, false)) server_.idle_.erase(place_);
    }

    asio::awaitable<bool> agree_on_encryption() {
        become_idle();  // whoever takes the time that he has makes room for others first
        arm(server_.config_.tls.handshake_timeout);
        const broker::net::Stream::Handshake outcome = co_await stream_.handshake();
        disarm();
        leave_idle();
        if (!outcome.fault.empty()) {
            log::warning("a client of HTTPS at {}: no handshake of TLS: {}", peer_.address,
                         log::escaped(outcome.fault));
        }
        if (timed_out_) {
            log::info(
                "a client of HTTPS at {}: the handshake of TLS took too long "
                "(tls.handshake_timeout)",
                peer_.address);
        }
        co_return outcome.done;
    }

    /// Waits for the first octet of a request. Returns: false when none came.
    asio::awaitable<bool> wait_for_request() {
        if (buffer_.size() > 0) co_return true;
        if (server_.stopping_) co_return false;
        become_idle();
        arm(limits::idle_timeout);
        auto [error] = co_await stream_.async_wait_readable(outcome);
        disarm();
        leave_idle();
        co_return !error;
    }

    /// Returns: whether the connection can serve another request.
    asio::awaitable<bool> serve_one() {
        if (!co_await wait_for_request()) co_return false;
        Parser parser;
        parser.header_limit(limits::head_octets);
        parser.body_limit(boost::none);  // checked when it is known who asks
        arm(limits::head_timeout);
        auto [error, count] = co_await http::async_read_header(stream_, buffer_, parser, outcome);
        disarm();
        if (error) co_return co_await refuse_head(error);
        Request request = head_of(parser);
        const bool keep = parser.keep_alive() && !server_.stopping_;
        if (request.fields.has("content-encoding")) {
            Reply reply;
            reply.status = 415;
            co_return co_await answer_without_body(parser, request, std::move(reply), keep);
        }
        auto admitted = co_await server_.handler_.admit(request);
        if (auto* reply = std::get_if<Reply>(&admitted)) {
            co_return co_await answer_without_body(parser, request, std::move(*reply), keep);
        }
        const auto& admitted_request = std::get<std::unique_ptr<AdmittedRequest>>(admitted);
        if (auto reply = co_await read_body(parser, admitted_request->body_octets_max())) {
            octets_unread_ = true;
            co_await write(request, *reply, parser.get().version(), false);
            co_return false;
        }
        request.body = std::move(parser.get().body());
        Reply reply = co_await admitted_request->serve();
        if (reply.talk) {
            co_await speak(parser, *reply.talk);
            co_return false;
        }
        co_return co_await write(request, reply, parser.get().version(), keep);
    }

    Request head_of(Parser& parser) {
        Request request;
        request.method = method_of(parser.get().method());
        request.target = view(parser.get().target());
        for (const auto& field : parser.get()) {
            request.fields.add(view(field.name_string()), view(field.value()));
        }
        request.peer = peer_;
        request.upgrade = websocket::is_upgrade(parser.get());
        return request;
    }

    asio::awaitable<bool> refuse_head(ErrorCode error) {
        Request unknown;
        octets_unread_ = true;
        if (timed_out_) {
            Reply reply;
            reply.status = 408;
            co_await write(unknown, reply, 11, false);
        } else if (error == http::error::header_limit) {
            Reply reply = fault(431, "the head of the request is too long");
            co_await write(unknown, reply, 11, false);
        } else if (error.category() == make_error_code(http::error::bad_method).category() &&
                   error != http::error::end_of_stream && error != http::error::partial_message) {
            if (!peer_.tls && is_tls_hello()) {
                log::warning(
                    "a client of HTTP at {}: this is TLS; this port takes plain HTTP, "
                    "HTTPS has its own (http.tls_listen)",
                    peer_.address);
            }
            Reply reply = fault(400, "malformed HTTP: " + error.message());
            co_await write(unknown, reply, 11, false);
        }
        co_return false;
    }

    /// Whether what has been received begins as a client of TLS does.
    [[nodiscard]] bool is_tls_hello() const {
        const auto octets = static_cast<const char*>(buffer_.data().data());
        return buffer_.size() >= 2 && octets[0] == 0x16 && octets[1] == 0x03;
    }

    /// Returns: what is to be answered when the body could not be read.
    asio::awaitable<std::optional<Reply>> read_body(Parser& parser, std::uint64_t octets_max) {
        const auto length = parser.content_length();
        const std::string too_long = "Exceeded HTTP request body size limit";
        if (length && *length > octets_max) co_return fault(400, too_long);
        if (parser.is_done()) co_return std::nullopt;
        parser.body_limit(octets_max);
        if (!co_await continue_if_asked(parser)) co_return fault(400, "the client left");
        arm(limits::body_timeout);
        auto [error, count] = co_await http::async_read(stream_, buffer_, parser, outcome);
        disarm();
        if (!error) co_return std::nullopt;
        if (timed_out_) {
            Reply reply;
            reply.status = 408;
            co_return reply;
        }
        if (error == http::error::body_limit) co_return fault(400, too_long);
        co_return fault(400, "malformed HTTP: " + error.message());
    }

    asio::awaitable<bool> continue_if_asked(Parser& parser) {
        if (view(parser.get()[http::field::expect]) != "100-continue") co_return true;
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        co_return co_await send(go_on);
    }

    /// Answers a request whose body nobody wants; a short one is read so that the connection can be
    /// used again, and so that closing does not take the answer away from the client.
    asio::awaitable<bool> answer_without_body(Parser& parser, const Request& request, Reply reply,
                                              bool keep) {
        const auto length = parser.content_length();
        const bool short_body =
            parser.is_done() || (length && *length <= limits::dropped_body_octets);
        const bool waits = view(parser.get()[http::field::expect]) == "100-continue";
        if (!parser.is_done() && short_body && !waits) {
            parser.body_limit(limits::dropped_body_octets);
            arm(limits::body_timeout);
            while (!parser.is_done()) {
                auto [error, count] =
                    co_await http::async_read_some(stream_, buffer_, parser, outcome);
                if (error) break;
                parser.get().body().clear();
            }
            disarm();
            if (!parser.is_done()) co_return false;
        }
        octets_unread_ = !parser.is_done();
        co_return co_await write(request, reply, parser.get().version(), keep && !octets_unread_);
    }

    /// Reads on for a while after the last answer: closing with octets unread would take the answer
    /// away from a client that still sends.
    asio::awaitable<void> linger() {
        stream_.shutdown_send();
        arm(limits::linger_timeout);
        while (!timed_out_) {
            buffer_.clear();
            auto [error, count] =
                co_await stream_.async_read_some(buffer_.prepare(limits::linger_octets), outcome);
            if (error) break;
        }
        disarm();
    }

    // Replies

    /// Returns: whether the connection can serve another request.
    asio::awaitable<bool> write(const Request& request, Reply& reply, unsigned version, bool keep) {
        server_.handler_.finish(request, reply);
        const auto accepted = request.fields.find("accept-encoding");
        const bool compressed =
            accepted && is_worth_compressing(reply) && accepts_encoding(*accepted, "gzip");
        if (compressed && !reply.source) reply.body = gzip(reply.body);
        const bool chunked = reply.source && version >= 11;
        keep = keep && !reply.close && (!reply.source || chunked);
        std::string octets = head(reply, compressed, chunked, keep);
        const bool body_follows = request.method != Method::head && may_have_body(reply.status);
        const bool is_short = reply.body.size() < limits::render_octets;
        if (body_follows && !reply.source && is_short) octets += reply.body;
        if (!co_await send(octets)) co_return false;
        if (body_follows && !reply.source && !is_short && !co_await send(reply.body)) {
            co_return false;
        }
        if (body_follows && reply.source &&
            !co_await send_pieces(*reply.source, compressed, chunked)) {
            co_return false;
        }
        co_return keep;
    }

    static std::string head(const Reply& reply, bool compressed, bool chunked, bool keep) {
        std::string head =
            fmt::format("HTTP/1.1 {} {}\r\n", reply.status,
                        view(http::obsolete_reason(http::int_to_status(reply.status))));
        for (const auto& [name, value] : reply.fields.all()) {
            head += fmt::format("{}: {}\r\n", name, value);
        }
        if (compressed) head += "content-encoding: gzip\r\n";
        if (chunked) {
            head += "transfer-encoding: chunked\r\n";
        } else if (!reply.source && may_have_body(reply.status)) {
            head += fmt::format("content-length: {}\r\n", reply.body.size());
        }
        head += keep ? "connection: keep-alive\r\n\r\n" : "connection: close\r\n\r\n";
        return head;
    }

    asio::awaitable<bool> send_pieces(BodySource& source, bool compressed, bool chunked) {
        std::optional<Gzip> compressor;
        if (compressed) compressor.emplace();
        std::string piece;
        std::string octets;
        const auto end = std::chrono::steady_clock::now() + limits::list_send_timeout;
        for (bool more = true; more;) {
            if (std::chrono::steady_clock::now() > end) co_return false;
            piece.clear();
            more = source.next(piece);
            octets.clear();
            if (compressor) {
                compressor->add(piece, !more, octets);
            } else {
                octets.swap(piece);
            }
            if (chunked && !octets.empty()) {
                octets.insert(0, fmt::format("{:x}\r\n", octets.size()));
                octets += "\r\n";
            }
            if (chunked && !more) octets += "0\r\n\r\n";
            if (!co_await send(octets)) co_return false;
        }
        co_return true;
    }

    /// Returns: false when the client is gone, or takes nothing for too long.
    asio::awaitable<bool> send(std::string_view octets) {
        while (!octets.empty()) {
            arm(limits::send_timeout);
            auto [error, sent] = co_await stream_.async_write_some(
                asio::buffer(octets.data(), std::min(octets.size(), send_octets)), outcome);
            disarm();
            if (error) co_return false;
            octets.remove_prefix(sent);
        }
        co_return true;
    }

    // WebSocket

    using Socket = websocket::stream<Stream&>;

    asio::awaitable<void> speak(Parser& parser, SocketTalk& talk) {
        Socket socket(stream_);
        socket.set_option(websocket::stream_base::timeout{
            .handshake_timeout = limits::head_timeout,
            .idle_timeout = 2 * limits::feed_ping,  // pinged at half of it
            .keep_alive_pings = true});
        // A client that names no subprotocol must not be answered with one.
        const auto asked = view(parser.get()[http::field::sec_websocket_protocol]);
        if (asked.find(feed_protocol) != std::string_view::npos) {
            socket.set_option(
                websocket::stream_base::decorator([](websocket::response_type& response) {
                    response.set(http::field::sec_websocket_protocol, feed_protocol);
                }));
        }
        socket.read_message_max(limits::feed_octets_in);
        auto [error] = co_await socket.async_accept(parser.get(), outcome);
        if (error) co_return;
        socket.text(true);
        asio::steady_timer something_to_send(stream_.get_executor());
        something_to_send.expires_at(asio::steady_timer::time_point::max());
        talk.opened([&] { something_to_send.cancel(); });
        bool reading = true;
        asio::steady_timer written(stream_.get_executor(), asio::steady_timer::time_point::max());
        bool writing = true;
        asio::co_spawn(stream_.get_executor(),
                       send_frames(socket, talk, something_to_send, reading),
                       [&](const std::exception_ptr& thrown) {
                           writing = false;
                           written.cancel();
                           if (thrown) stream_.close();  // ends the reading too
                       });
        std::exception_ptr thrown;
        try {
            co_await receive_frames(socket, talk);
        } catch (...) {
            thrown = std::current_exception();  // the other half must end before this does
        }
        reading = false;
        stream_.close();
        something_to_send.cancel();
        while (writing) co_await written.async_wait(outcome);
        if (thrown) std::rethrow_exception(thrown);
    }

    static asio::awaitable<void> receive_frames(Socket& socket, SocketTalk& talk) {
        beast::flat_buffer frame;
        while (true) {
            auto [error, count] = co_await socket.async_read(frame, outcome);
            if (error) co_return;
            talk.received(beast::buffers_to_string(frame.data()));
            frame.clear();
        }
    }

    static asio::awaitable<void> send_frames(Socket& socket, SocketTalk& talk,
                                             asio::steady_timer& something_to_send,
                                             const bool& reading) {
        while (reading) {
            if (const auto frame = talk.next()) {
                auto [error, count] = co_await socket.async_write(asio::buffer(*frame), outcome);
                if (error) co_return;
            } else if (const auto end = talk.ended()) {
                const websocket::close_reason reason(static_cast<websocket::close_code>(end->first),
                                                     end->second);
                co_await socket.async_close(reason, outcome);
                co_return;
            } else {
                co_await something_to_send.async_wait(outcome);
            }
        }
    }

    HttpServer& server_;
    Stream stream_;
    Peer peer_;
    asio::steady_timer deadline_;
    std::uint64_t round_ = 0;  ///< of the deadline: an older one does nothing
    bool timed_out_ = false;
    bool octets_unread_ = false;  ///< the client has sent more than was read
    beast::flat_buffer buffer_;
    bool idle_ = false;
    std::list<HttpConnection*>::iterator place_;
};

HttpServer::HttpServer(asio::io_context& context, RequestHandler& handler,
                       const broker::Config& config)
    : context_(context), handler_(handler), config_(config) {}

HttpServer::~HttpServer() = default;

std::vector<broker::insight::ListenerSnapshot> HttpServer::listen() {
    const auto take = [this](broker::net::Stream stream, const broker::net::Ends& ends) {
        Peer peer = peer_of(ends, stream.is_tls());
        serve(std::move(stream), std::move(peer));
    };
    auto open = listeners_.open(config_.http.listen, "http", nullptr, take);
    if (!config_.http.tls_listen.empty()) {
        tls_.emplace(config_.tls, config_.http.tls_verify.value_or(config_.tls.verify));
        const auto encrypted = listeners_.open(config_.http.tls_listen, "https", &*tls_, take);
        open.insert(open.end(), encrypted.begin(), encrypted.end());
    }
    return open;
}

void HttpServer::listen_for_administrators(const std::string& path) {
    listeners_.open_unix(path, administrators_socket_mode, nullptr,
                         [this](broker::net::Stream stream, const broker::net::Ends& /*ends*/) {
                             if (!is_administrator(stream.native_handle())) return;
                             serve(std::move(stream),
                                   {.address = "local", .loopback = true, .trusted_local = true});
                         });
}

void HttpServer::reload_certificates(const broker::Config& config) {
    if (tls_) tls_->reload(config.tls, config.http.tls_verify.value_or(config.tls.verify));
}

void HttpServer::serve(broker::net::Stream stream, Peer peer) {
    if (stopping_ || !make_room()) return;
    auto connection =
        std::make_shared<HttpConnection>(*this, Stream(std::move(stream)), std::move(peer));
    asio::co_spawn(context_, HttpConnection::run(std::move(connection)), asio::detached);
}

bool HttpServer::make_room() {
    if (connections_.size() < config_.http.max_connections) return true;
    if (idle_.empty()) {
        log::warning("a client of HTTP is turned away: {} connections are all busy",
                     connections_.size());
        return false;
    }
    idle_.front()->close();
    return true;
}

void HttpServer::stop() {
    stopping_ = true;
    listeners_.close();
    for (HttpConnection* connection : connections_) connection->close_if_idle();
}

void HttpServer::abort() {
    for (HttpConnection* connection : connections_) connection->close();
}

}  // namespace leveret::admin

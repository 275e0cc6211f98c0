#include "broker/net/stream.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>

#include "protocol/amqp/protocol_header.hpp"

namespace leveret::broker::net {

namespace asio = boost::asio;
using Progress = TlsSession::Progress;

namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

/// What one record of TLS carries at most: more would not be sent by one call anyway.
constexpr std::size_t record_octets = 16 * 1024;

/// The first octet of a client that speaks TLS.
constexpr char handshake_record = 0x16;

/// Copies the first octets of the pieces, `skip` of them left out.
std::size_t copy_pieces(std::span<const iovec> pieces, std::size_t skip, std::span<char> into) {
    std::size_t copied = 0;
    for (const iovec& piece : pieces) {
        if (skip >= piece.iov_len) {
            skip -= piece.iov_len;
            continue;
        }
        const std::size_t some = std::min(piece.iov_len - skip, into.size() - copied);
        std::memcpy(into.data() + copied, static_cast<const char*>(piece.iov_base) + skip, some);
        copied += some;
        skip = 0;
        if (copied == into.size()) break;
    }
    return copied;
}

}  // namespace

Stream::Stream(Socket socket, const TlsContext* tls) : socket_(std::move(socket)) {
    socket_.non_blocking(true);
    if (tls != nullptr) tls_ = tls->accept(socket_.native_handle());
}

asio::awaitable<Stream::Handshake> Stream::handshake() {
    if (!tls_) co_return Handshake{.done = true};
    auto [error] = co_await socket_.async_wait(Socket::wait_read, as_values);
    if (error) co_return Handshake{};
    if (std::string other = what_else_it_is(); !other.empty()) {
        co_return Handshake{.fault = std::move(other)};
    }
    for (;;) {
        const Progress progress = tls_->handshake();
        if (progress == Progress::done) break;
        if (progress == Progress::peer_gone) co_return Handshake{.fault = tls_->fault()};
        const auto awaited =
            progress == Progress::wants_read ? Socket::wait_read : Socket::wait_write;
        std::tie(error) = co_await socket_.async_wait(awaited, as_values);
        if (error) co_return Handshake{};
    }
    holds_octets_ = tls_->has_read_ahead();  // what the client sent behind its last word
    co_return Handshake{.done = true};
}

/// Returns: nothing when it looks like TLS, or has ended.
std::string Stream::what_else_it_is() {
    using namespace protocol::amqp;
    std::array<char, protocol_header_octets> octets{};
    const ssize_t there = ::recv(socket_.native_handle(), octets.data(), octets.size(), MSG_PEEK);
    if (there <= 0 || octets.front() == handshake_record) return {};
    switch (classify_greeting({octets.data(), static_cast<std::size_t>(there)})) {
        case Greeting::amqp_0_9_1:
        case Greeting::other_amqp:
            return "this is AMQP without TLS; this port takes only TLS, amqp.listen takes plain "
                   "AMQP";
        case Greeting::http:
            return "this is HTTP without TLS; this port takes only TLS: https://";
        default:
            return "this is not TLS, which is all that this port takes";
    }
}

std::size_t Stream::read_decrypted(std::span<char> into, ErrorCode& error) {
    std::size_t octets = 0;
    const Progress progress = tls_->read(into, octets);
    holds_octets_ = progress == Progress::done && tls_->has_read_ahead();
    read_waits_for_ = progress == Progress::wants_write ? Socket::wait_write : Socket::wait_read;
    error = {};
    if (octets != 0) {
        // That the client has gone is told by the next call; the socket may not tell it again.
        if (progress == Progress::peer_gone) holds_octets_ = true;
    } else if (progress == Progress::peer_gone) {
        error = asio::error::eof;
    } else if (!into.empty()) {
        error = asio::error::would_block;
    }
    return octets;
}

std::size_t Stream::write_encrypted(std::span<iovec> pieces, ErrorCode& error) {
    std::array<char, record_octets> record;
    std::size_t sent = 0;
    error = {};
    while (const std::size_t octets = copy_pieces(pieces, sent, record)) {
        std::size_t some = 0;
        const Progress progress = tls_->write({record.data(), octets}, some);
        sent += some;
        if (progress == Progress::done) continue;
        if (sent == 0) {
            error = progress == Progress::peer_gone ? ErrorCode(asio::error::connection_reset)
                                                    : ErrorCode(asio::error::would_block);
        }
        break;
    }
    return sent;
}

std::size_t Stream::write_plain(std::span<iovec> pieces, ErrorCode& error) {
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    error = {};
    if (sent >= 0) return static_cast<std::size_t>(sent);
    const bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    error = later ? ErrorCode(asio::error::would_block)
                  : ErrorCode(errno, boost::system::system_category());
    return 0;
}

void Stream::shutdown_send() {
    if (tls_) tls_->say_goodbye();
    ErrorCode ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::close() {
    if (tls_) {
        tls_->say_goodbye();
        tls_->abandon();
    }
    ErrorCode ignored;
    socket_.shutdown(Socket::shutdown_both, ignored);
    socket_.close(ignored);
}

}  // namespace leveret::broker::net

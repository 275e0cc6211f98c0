// A client's octets, whatever they come through: TCP or a Unix socket, plain or encrypted. Nobody
// above this knows which it is.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prepend.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "broker/net/tls_context.hpp"
#include "broker/net/tls_session.hpp"
#include "broker/tls_info.hpp"

namespace leveret::broker::net {

using ErrorCode = boost::system::error_code;

/// Two ways to use it: wait until it is readable and take what there is, as a session of AMQP
/// does, or as an AsyncReadStream and AsyncWriteStream of Asio.
/// Thread: that of its executor.
class Stream {
public:
    using Socket = boost::asio::generic::stream_protocol::socket;
    using executor_type = Socket::executor_type;

    /// With a context, what goes through it is encrypted once the handshake is done.
    explicit Stream(Socket socket, const TlsContext* tls = nullptr);

    executor_type get_executor() { return socket_.get_executor(); }

    /// Whether it is, or is to be, encrypted.
    [[nodiscard]] bool is_tls() const { return tls_ != nullptr; }
    /// Requires: is_tls(), and the handshake is done.
    [[nodiscard]] TlsInfo tls_info() const { return tls_->info(); }

    struct Handshake {
        bool done = false;
        std::string fault{};  ///< why it is not; empty when the client left or cancel() was called
    };
    /// Agrees with the client on the encryption; a plain stream has nothing to agree on.
    /// Lifetime: the stream stays until it ends.
    boost::asio::awaitable<Handshake> handshake();

    /// Takes what is there. The error is would_block when nothing is, eof when nothing will be.
    std::size_t read_some(std::span<char> into, ErrorCode& error) {
        if (tls_) return read_decrypted(into, error);
        return socket_.read_some(boost::asio::buffer(into.data(), into.size()), error);
    }

    /// Gives the kernel what it takes of these pieces; would_block when it takes nothing now.
    /// Requires: after would_block, the next call begins with the same octets, and has no fewer.
    std::size_t write_some(std::span<iovec> pieces, ErrorCode& error) {
        return tls_ ? write_encrypted(pieces, error) : write_plain(pieces, error);
    }

    /// Completes with an error code when read_some() has something to say.
    template <class Token>
    auto async_wait_readable(Token&& token) {
        return boost::asio::async_initiate<Token, void(ErrorCode)>(
            [this](auto handler) {
                if (holds_octets_) {
                    boost::asio::post(get_executor(),
                                      boost::asio::prepend(std::move(handler), ErrorCode{}));
                } else {
                    socket_.async_wait(read_waits_for_, std::move(handler));
                }
            },
            token);
    }

    /// Completes with an error code when write_some() may go on.
    template <class Token>
    auto async_wait_writable(Token&& token) {
        return socket_.async_wait(Socket::wait_write, std::forward<Token>(token));
    }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return boost::asio::async_compose<Token, void(ErrorCode, std::size_t)>(
            ReadSome{*this, first_of(buffers)}, token, socket_);
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return boost::asio::async_compose<Token, void(ErrorCode, std::size_t)>(
            WriteSome(*this, buffers), token, socket_);
    }

    /// Nothing more will be sent.
    void shutdown_send();

    /// Whoever waits need not wait any longer.
    void cancel() {
        ErrorCode ignored;
        socket_.cancel(ignored);
    }

    [[nodiscard]] bool is_open() const { return socket_.is_open(); }
    void close();

    /// For what is asked of the socket itself.
    [[nodiscard]] int native_handle() { return socket_.native_handle(); }

private:
    /// Tries at once; completes later in any case, as Asio asks.
    template <class Attempt>
    struct Operation : Attempt {
        template <class... Arguments>
        explicit Operation(Stream& on, Arguments&&... arguments)
            : Attempt(std::forward<Arguments>(arguments)...), stream(&on) {}

        template <class Self>
        void operator()(Self& self, ErrorCode woken = {}) {
            if (finished) return self.complete(result, octets);
            if (woken) return self.complete(woken, 0);
            octets = this->attempt(*stream, result);
            if (result == boost::asio::error::would_block) {
                waited = true;
                return this->wait(*stream, std::move(self));
            }
            if (waited) return self.complete(result, octets);
            finished = true;
            boost::asio::post(stream->get_executor(), std::move(self));
        }

        Stream* stream;
        ErrorCode result{};
        std::size_t octets = 0;
        bool waited = false;
        bool finished = false;
    };

    struct Reading {
        explicit Reading(boost::asio::mutable_buffer into_) : into(into_) {}
        std::size_t attempt(Stream& stream, ErrorCode& error) const {
            return stream.read_some({static_cast<char*>(into.data()), into.size()}, error);
        }
        template <class Self>
        void wait(Stream& stream, Self&& self) const {
            stream.async_wait_readable(std::forward<Self>(self));
        }
        boost::asio::mutable_buffer into;
    };
    using ReadSome = Operation<Reading>;

    /// Buffers beyond the first few wait for the next call.
    struct Writing {
        template <class Buffers>
        explicit Writing(const Buffers& buffers) {
            auto end = boost::asio::buffer_sequence_end(buffers);
            for (auto at = boost::asio::buffer_sequence_begin(buffers);
                 at != end && count < pieces.size(); ++at) {
                const boost::asio::const_buffer piece(*at);
                if (piece.size() == 0) continue;
                pieces[count++] = {const_cast<void*>(piece.data()), piece.size()};
            }
        }
        std::size_t attempt(Stream& stream, ErrorCode& error) {
            return stream.write_some({pieces.data(), count}, error);
        }
        template <class Self>
        void wait(Stream& stream, Self&& self) const {
            stream.async_wait_writable(std::forward<Self>(self));
        }
        std::array<iovec, 8> pieces;
        std::size_t count = 0;
    };
    using WriteSome = Operation<Writing>;

    template <class Buffers>
    static boost::asio::mutable_buffer first_of(const Buffers& buffers) {
        const auto end = boost::asio::buffer_sequence_end(buffers);
        for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end; ++at) {
            if (const boost::asio::mutable_buffer one(*at); one.size() != 0) return one;
        }
        return {};
    }

    std::size_t read_decrypted(std::span<char> into, ErrorCode& error);
    std::size_t write_encrypted(std::span<iovec> pieces, ErrorCode& error);
    std::size_t write_plain(std::span<iovec> pieces, ErrorCode& error);
    [[nodiscard]] std::string what_else_it_is();

    Socket socket_;
    std::unique_ptr<TlsSession> tls_;
    Socket::wait_type read_waits_for_ = Socket::wait_read;
    bool holds_octets_ = false;  ///< decrypted ones, which the socket does not tell of
};

}  // namespace leveret::broker::net

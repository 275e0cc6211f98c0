// TLS on one socket, server's side: what OpenSSL does, in terms of octets and of what to wait for.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "broker/net/tls_context.hpp"
#include "broker/tls_info.hpp"

struct ssl_st;

namespace leveret::broker::net {

/// Reads and writes the socket itself, without blocking.
class TlsSession {
public:
    enum class Progress {
        done,
        wants_read,
        wants_write,
        peer_gone,  ///< it has closed, or sent what is no TLS
    };

    /// Throws: std::bad_alloc.
    TlsSession(std::shared_ptr<const TlsContext::Parts> parts, int socket);
    ~TlsSession();

    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    /// Goes on with the handshake. After peer_gone, fault() says why.
    [[nodiscard]] Progress handshake();

    /// Why the handshake failed; empty when the client just left.
    [[nodiscard]] const std::string& fault() const { return fault_; }

    /// Of a connection whose handshake is done.
    [[nodiscard]] TlsInfo info() const;

    /// Fills `into` as far as there are octets. Returns: done when it is full; `octets` counts
    /// also with any other outcome.
    [[nodiscard]] Progress read(std::span<char> into, std::size_t& octets);

    /// Sends one record of these octets.
    /// Requires: after wants_…, the next call begins with the same octets, and has no fewer.
    [[nodiscard]] Progress write(std::span<const char> octets, std::size_t& sent);

    /// Whether octets have been read from the socket that read() has not given yet.
    [[nodiscard]] bool has_read_ahead() const;

    /// Tells the client that nothing more will come, if the socket takes it now.
    void say_goodbye();

    /// Touches the socket no more: its number may soon be somebody else's.
    void abandon() { abandoned_ = true; }

private:
    [[nodiscard]] Progress progress_of(int result);
    [[nodiscard]] std::string explain_fault() const;

    std::shared_ptr<const TlsContext::Parts> parts_;
    ssl_st* ssl_;
    bool broken_ = false;  ///< OpenSSL allows no further call
    bool abandoned_ = false;
    std::string fault_;
};

}  // namespace leveret::broker::net

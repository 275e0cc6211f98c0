// The certificates and rules of TLS of one thread's listeners, and how they are exchanged while
// connections stand.
#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config.hpp"

namespace leveret::broker::net {

class TlsSession;

/// A certificate, key or setting that cannot be used; the text says which and why.
class TlsError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A certificate that a listener shows.
struct OwnCertificate {
    std::string file{};
    std::string subject{};
    std::string issuer{};
    std::chrono::sys_seconds not_after{};
};

/// Thread: one; each thread that has listeners has a context of its own.
class TlsContext {
public:
    /// Throws: TlsError.
    TlsContext(const Config::Tls& settings, TlsVerify verify);
    ~TlsContext();

    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    /// Connections from now on are of these settings; those that stand keep theirs.
    /// Throws: TlsError; then nothing has changed.
    void reload(const Config::Tls& settings, TlsVerify verify);

    /// Returns: the server's side of a connection on this socket, before its handshake.
    /// Requires: the socket does not block, and SIGPIPE is ignored.
    [[nodiscard]] std::unique_ptr<TlsSession> accept(int socket) const;

    [[nodiscard]] const std::vector<OwnCertificate>& certificates() const;

    class Parts;

private:
    std::shared_ptr<const Parts> parts_;
};

}  // namespace leveret::broker::net

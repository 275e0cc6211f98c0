// What a TlsContext is made of in OpenSSL's terms: only for the files tls_*.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <vector>

#include "broker/net/tls_context.hpp"

namespace leveret::broker::net {

/// One set of settings, never changed once it is made: sessions hold the one they began with.
class TlsContext::Parts {
public:
    /// Throws: TlsError.
    Parts(const Config::Tls& settings, TlsVerify verify);

    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    /// What a session begins with; a client that names another of our hosts is given that one's.
    [[nodiscard]] SSL_CTX& first() const { return *contexts_.front(); }
    [[nodiscard]] const Config::Tls& settings() const { return settings_; }
    [[nodiscard]] const std::vector<OwnCertificate>& certificates() const { return certificates_; }

private:
    using ContextPtr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

    [[nodiscard]] ContextPtr make_context(const std::string& certificate, const std::string& key,
                                          TlsVerify verify);
    static int choose_by_name(SSL* session, int* alert, void* parts);

    Config::Tls settings_;
    std::vector<ContextPtr> contexts_;  ///< one for each certificate
    std::vector<OwnCertificate> certificates_;
};

}  // namespace leveret::broker::net

// What is known of an encrypted connection once its handshake is over, in plain values.
#pragma once

#include <string>

namespace leveret::broker {

/// Rule: words and forms are those of RabbitMQ, which tools read.
struct TlsInfo {
    std::string protocol{};      ///< "tlsv1.3"
    std::string key_exchange{};  ///< "ecdhe_rsa"; "any" with TLS 1.3
    std::string cipher{};        ///< "aes_256_gcm"
    std::string hash{};          ///< "aead", or what authenticates each record

    // Of the client's certificate, which is one that we trust; all empty when it has none.
    std::string peer_subject{};   ///< "CN=client,O=org"
    std::string peer_issuer{};    ///< likewise
    std::string peer_validity{};  ///< "2026-01-01T00:00:00Z - 2027-01-01T00:00:00Z"
    std::string login_name{};     ///< whom it names, as tls.login_from says; empty: nobody

    [[nodiscard]] bool has_certificate() const { return !peer_validity.empty(); }
};

}  // namespace leveret::broker

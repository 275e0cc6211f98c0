// What a certificate says, as text: names as RabbitMQ writes them, and the user it stands for.
#pragma once

#include <optional>
#include <string>

#include "broker/config.hpp"

struct x509_st;

namespace leveret::broker::net {

/// Returns: the subject, the most particular part first: "CN=client,O=org".
/// Rule:    RFC 4514, the names of attributes in capitals.
[[nodiscard]] std::string subject_of(const x509_st& certificate);
[[nodiscard]] std::string issuer_of(const x509_st& certificate);

/// Returns: "2026-01-01T00:00:00Z - 2027-01-01T00:00:00Z".
[[nodiscard]] std::string validity_of(const x509_st& certificate);

/// Returns: the user that the certificate names; nothing when it has no such name.
[[nodiscard]] std::optional<std::string> login_name_of(const x509_st& certificate,
                                                       const Config::Tls& settings);

}  // namespace leveret::broker::net

#include "broker/net/tls_context.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <string_view>
#include <utility>

#include "broker/net/tls_certificate.hpp"
#include "broker/net/tls_context_parts.hpp"
#include "broker/net/tls_session.hpp"

namespace leveret::broker::net {

namespace {

/// Returns: what OpenSSL says was wrong at first, which says most; forgets all that followed.
std::string first_fault() {
    const unsigned long code = ERR_peek_error();
    ERR_clear_error();
    const char* reason = ERR_SYSTEM_ERROR(code) ? std::strerror(ERR_GET_REASON(code))
                                                : ERR_reason_error_string(code);
    return reason == nullptr ? "unknown fault" : reason;
}

[[noreturn]] void cannot_use(std::string_view key, std::string_view value) {
    throw TlsError(fmt::format("{}: {} cannot be used: {}", key, value, first_fault()));
}

/// Never asks at the terminal, as OpenSSL does unless it is told the password.
int give_password(char* into, int most, int /*writing*/, void* settings) {
    const std::string& password = static_cast<const Config::Tls*>(settings)->key_password;
    if (std::cmp_greater(password.size(), most)) return -1;
    std::copy(password.begin(), password.end(), into);
    return static_cast<int>(password.size());
}

int number_of(TlsVersion version) {
    return version == TlsVersion::v1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

int verify_mode(TlsVerify verify) {
    switch (verify) {
        case TlsVerify::none:
            return SSL_VERIFY_NONE;
        case TlsVerify::optional:
            return SSL_VERIFY_PEER;
        case TlsVerify::required:
            break;
    }
    return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

/// The ciphers of TLS 1.3 have names of their own kind, and a list of their own.
void set_ciphers(SSL_CTX* context, const std::vector<std::string>& ciphers) {
    std::string suites;
    std::string older;
    for (const std::string& cipher : ciphers) {
        std::string& list = cipher.starts_with("TLS_") ? suites : older;
        list += (list.empty() ? "" : ":") + cipher;
    }
    if (!suites.empty() && SSL_CTX_set_ciphersuites(context, suites.c_str()) != 1) {
        cannot_use("tls.ciphers", suites);
    }
    if (!older.empty() && SSL_CTX_set_cipher_list(context, older.c_str()) != 1) {
        cannot_use("tls.ciphers", older);
    }
}

OwnCertificate describe(const std::string& file, const X509& certificate) {
    std::tm parts{};
    ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &parts);
    return {.file = file,
            .subject = subject_of(certificate),
            .issuer = issuer_of(certificate),
            .not_after = std::chrono::sys_seconds(std::chrono::seconds(timegm(&parts)))};
}

}  // namespace

TlsContext::Parts::Parts(const Config::Tls& settings, TlsVerify verify) : settings_(settings) {
    if (settings_.cert.empty()) throw TlsError("tls.cert: TLS needs a certificate; none is named");
    if (settings_.cert.size() != settings_.key.size()) {
        throw TlsError(fmt::format("tls.key: each certificate needs its key: there are {} and {}",
                                   settings_.cert.size(), settings_.key.size()));
    }
    if (verify != TlsVerify::none && settings_.ca.empty()) {
        throw TlsError("tls.ca: certificates of clients cannot be verified without authorities");
    }
    if (settings_.max_version < settings_.min_version) {
        throw TlsError("tls.max_version: it is below tls.min_version");
    }
    for (std::size_t i = 0; i < settings_.cert.size(); ++i) {
        contexts_.push_back(make_context(settings_.cert[i], settings_.key[i], verify));
    }
    SSL_CTX_set_tlsext_servername_callback(&first(), choose_by_name);
    SSL_CTX_set_tlsext_servername_arg(&first(), this);
}

TlsContext::Parts::ContextPtr TlsContext::Parts::make_context(const std::string& certificate,
                                                              const std::string& key,
                                                              TlsVerify verify) {
    ERR_clear_error();
    ContextPtr context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    if (!context) throw std::bad_alloc();
    SSL_CTX* const raw = context.get();
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // Nothing is resumed: every connection shows its certificate, so that authorities taken away
    // count at once; connections of a broker are long, and their number does not ask for it.
    SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_num_tickets(raw, 0);
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(raw, 1);
    SSL_CTX_set_min_proto_version(raw, number_of(settings_.min_version));
    SSL_CTX_set_max_proto_version(raw, number_of(settings_.max_version));
    set_ciphers(raw, settings_.ciphers);
    SSL_CTX_set_default_passwd_cb(raw, give_password);
    SSL_CTX_set_default_passwd_cb_userdata(raw, &settings_);
    if (SSL_CTX_use_certificate_chain_file(raw, certificate.c_str()) != 1) {
        cannot_use("tls.cert", certificate);
    }
    if (SSL_CTX_use_PrivateKey_file(raw, key.c_str(), SSL_FILETYPE_PEM) != 1) {
        cannot_use("tls.key", key);
    }
    SSL_CTX_set_verify(raw, verify_mode(verify), nullptr);
    SSL_CTX_set_verify_depth(raw, static_cast<int>(settings_.verify_depth));
    if (verify != TlsVerify::none) {
        if (SSL_CTX_load_verify_file(raw, settings_.ca.c_str()) != 1) {
            cannot_use("tls.ca", settings_.ca.string());
        }
        SSL_CTX_set_client_CA_list(raw, SSL_load_client_CA_file(settings_.ca.c_str()));
    }
    ERR_clear_error();
    certificates_.push_back(describe(certificate, *SSL_CTX_get0_certificate(raw)));
    return context;
}

/// Rule: a name that none of ours has is given the first certificate: clients that do not verify
///       it, and those that came by an address or an alias, are served as well.
int TlsContext::Parts::choose_by_name(SSL* session, int* /*alert*/, void* parts) {
    const auto& self = *static_cast<const Parts*>(parts);
    const char* const name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) return SSL_TLSEXT_ERR_OK;
    for (const ContextPtr& context : self.contexts_) {
        X509* const certificate = SSL_CTX_get0_certificate(context.get());
        if (X509_check_host(certificate, name, std::strlen(name), 0, nullptr) == 1) {
            SSL_set_SSL_CTX(session, context.get());
            break;
        }
    }
    return SSL_TLSEXT_ERR_OK;
}

TlsContext::TlsContext(const Config::Tls& settings, TlsVerify verify)
    : parts_(std::make_shared<const Parts>(settings, verify)) {}

TlsContext::~TlsContext() = default;

void TlsContext::reload(const Config::Tls& settings, TlsVerify verify) {
    parts_ = std::make_shared<const Parts>(settings, verify);
}

std::unique_ptr<TlsSession> TlsContext::accept(int socket) const {
    return std::make_unique<TlsSession>(parts_, socket);
}

const std::vector<OwnCertificate>& TlsContext::certificates() const {
    return parts_->certificates();
}

}  // namespace leveret::broker::net

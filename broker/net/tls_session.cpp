#include "broker/net/tls_session.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cctype>
#include <new>
#include <string_view>
#include <utility>

#include "broker/net/tls_certificate.hpp"
#include "broker/net/tls_context_parts.hpp"

namespace leveret::broker::net {

namespace {

std::string lower_case(std::string_view text) {
    std::string result;
    for (const char c : text) {
        result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return result;
}

std::string cipher_name(int nid) {
    switch (nid) {
        case NID_aes_128_gcm:
            return "aes_128_gcm";
        case NID_aes_256_gcm:
            return "aes_256_gcm";
        case NID_aes_128_ccm:
            return "aes_128_ccm";
        case NID_aes_256_ccm:
            return "aes_256_ccm";
        case NID_aes_128_cbc:
            return "aes_128_cbc";
        case NID_aes_256_cbc:
            return "aes_256_cbc";
        case NID_chacha20_poly1305:
            return "chacha20_poly1305";
        default:
            return lower_case(OBJ_nid2sn(nid));
    }
}

std::string key_exchange_name(const SSL_CIPHER* cipher) {
    const int exchange = SSL_CIPHER_get_kx_nid(cipher);
    if (exchange == NID_kx_any) return "any";
    std::string name;
    if (exchange == NID_kx_ecdhe) name = "ecdhe_";
    if (exchange == NID_kx_dhe) name = "dhe_";
    const int authentication = SSL_CIPHER_get_auth_nid(cipher);
    return name + (authentication == NID_auth_ecdsa ? "ecdsa" : "rsa");
}

}  // namespace

TlsSession::TlsSession(std::shared_ptr<const TlsContext::Parts> parts, int socket)
    : parts_(std::move(parts)), ssl_(SSL_new(&parts_->first())) {
    if (ssl_ == nullptr || SSL_set_fd(ssl_, socket) != 1) {
        SSL_free(ssl_);
        throw std::bad_alloc();
    }
    SSL_set_accept_state(ssl_);
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

TlsSession::Progress TlsSession::progress_of(int result) {
    switch (SSL_get_error(ssl_, result)) {
        case SSL_ERROR_NONE:
            return Progress::done;
        case SSL_ERROR_WANT_READ:
            return Progress::wants_read;
        case SSL_ERROR_WANT_WRITE:
            return Progress::wants_write;
        case SSL_ERROR_ZERO_RETURN:
            return Progress::peer_gone;
        default:
            broken_ = true;
            return Progress::peer_gone;
    }
}

TlsSession::Progress TlsSession::handshake() {
    if (abandoned_) return Progress::peer_gone;
    ERR_clear_error();
    const Progress progress = progress_of(SSL_do_handshake(ssl_));
    if (progress == Progress::peer_gone) fault_ = explain_fault();
    ERR_clear_error();
    return progress;
}

std::string TlsSession::explain_fault() const {
    if (const long verdict = SSL_get_verify_result(ssl_); verdict != X509_V_OK) {
        return fmt::format("the client's certificate is refused: {}",
                           X509_verify_cert_error_string(verdict));
    }
    const unsigned long code = ERR_peek_error();
    if (code == 0 || ERR_SYSTEM_ERROR(code)) return {};
    if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return {};
    const char* const reason = ERR_reason_error_string(code);
    const std::string_view text = reason == nullptr ? "unknown fault" : reason;
    if (text.find(" alert ") != std::string_view::npos) {
        return fmt::format("the client gave up: {}", text);
    }
    return std::string(text);
}

TlsInfo TlsSession::info() const {
    const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl_);
    const int digest = SSL_CIPHER_get_digest_nid(cipher);
    TlsInfo info{.protocol = lower_case(SSL_get_version(ssl_)),
                 .key_exchange = key_exchange_name(cipher),
                 .cipher = cipher_name(SSL_CIPHER_get_cipher_nid(cipher)),
                 .hash = SSL_CIPHER_is_aead(cipher) != 0 ? "aead" : lower_case(OBJ_nid2sn(digest))};
    if (const X509* certificate = SSL_get0_peer_certificate(ssl_)) {
        info.peer_subject = subject_of(*certificate);
        info.peer_issuer = issuer_of(*certificate);
        info.peer_validity = validity_of(*certificate);
        info.login_name = login_name_of(*certificate, parts_->settings()).value_or("");
    }
    return info;
}

TlsSession::Progress TlsSession::read(std::span<char> into, std::size_t& octets) {
    octets = 0;
    if (broken_ || abandoned_) return Progress::peer_gone;
    while (octets < into.size()) {
        ERR_clear_error();
        std::size_t some = 0;
        const int result = SSL_read_ex(ssl_, into.data() + octets, into.size() - octets, &some);
        if (result != 1) return progress_of(result);
        octets += some;
    }
    return Progress::done;
}

TlsSession::Progress TlsSession::write(std::span<const char> octets, std::size_t& sent) {
    sent = 0;
    if (broken_ || abandoned_) return Progress::peer_gone;
    ERR_clear_error();
    const Progress progress = progress_of(SSL_write_ex(ssl_, octets.data(), octets.size(), &sent));
    if (progress != Progress::wants_read) return progress;
    // Half a message of the handshake has come, and writing waits for the rest: for ever, if the
    // client means harm. Nobody else sends five octets in two pieces.
    broken_ = true;
    return Progress::peer_gone;
}

bool TlsSession::has_read_ahead() const {
    return !broken_ && !abandoned_ && SSL_has_pending(ssl_) == 1;
}

void TlsSession::say_goodbye() {
    if (broken_ || abandoned_ || SSL_in_init(ssl_) != 0) return;
    ERR_clear_error();
    SSL_shutdown(ssl_);
    ERR_clear_error();
}

}  // namespace leveret::broker::net

#include "broker/net/tls_certificate.hpp"

#include <fmt/format.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cctype>
#include <ctime>
#include <memory>
#include <string_view>
#include <vector>

namespace leveret::broker::net {

namespace {

std::string text_of(const ASN1_STRING* value) {
    unsigned char* octets = nullptr;
    const int length = ASN1_STRING_to_UTF8(&octets, value);
    if (length < 0) return {};
    std::string text(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(length));
    OPENSSL_free(octets);
    return text;
}

/// Rule: RFC 4514 §2.4.
std::string escaped_value(std::string_view value) {
    std::string text;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        const bool at_the_edge =
            (i == 0 && (c == ' ' || c == '#')) || (i + 1 == value.size() && c == ' ');
        if (c == '\0') {
            text += "\\00";
            continue;
        }
        if (at_the_edge || std::string_view(",+\"\\<>;").find(c) != std::string_view::npos) {
            text += '\\';
        }
        text += c;
    }
    return text;
}

std::string attribute_of(const X509_NAME_ENTRY* entry) {
    const ASN1_OBJECT* object = X509_NAME_ENTRY_get_object(entry);
    const int known = OBJ_obj2nid(object);
    std::string name;
    if (known == NID_undef) {
        std::array<char, 128> numbers{};
        OBJ_obj2txt(numbers.data(), numbers.size(), object, 1);
        name = numbers.data();
    } else {
        for (const char* c = OBJ_nid2sn(known); *c != '\0'; ++c) {
            name += static_cast<char>(std::toupper(static_cast<unsigned char>(*c)));
        }
    }
    return fmt::format("{}={}", name, escaped_value(text_of(X509_NAME_ENTRY_get_data(entry))));
}

std::string text_of(const X509_NAME* name) {
    std::string text;
    int set_after = -1;  // attributes of one set make one part of the name
    for (int i = X509_NAME_entry_count(name) - 1; i >= 0; --i) {
        const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
        const int set = X509_NAME_ENTRY_set(entry);
        if (!text.empty()) text += set == set_after ? '+' : ',';
        text += attribute_of(entry);
        set_after = set;
    }
    return text;
}

std::string text_of_time(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return "?";
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

/// Rule: several common names are joined by commas, as RabbitMQ does.
std::optional<std::string> common_name(const X509_NAME* name) {
    std::string text;
    for (int i = -1; (i = X509_NAME_get_index_by_NID(name, NID_commonName, i)) >= 0;) {
        if (!text.empty()) text += ',';
        text += text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)));
    }
    if (text.empty()) return std::nullopt;
    return text;
}

std::string address_of(const ASN1_OCTET_STRING* octets) {
    const unsigned char* data = ASN1_STRING_get0_data(octets);
    const auto length = static_cast<std::size_t>(ASN1_STRING_length(octets));
    namespace ip = boost::asio::ip;
    if (length == ip::address_v4::bytes_type{}.size()) {
        ip::address_v4::bytes_type bytes{};
        std::copy_n(data, length, bytes.begin());
        return ip::address_v4(bytes).to_string();
    }
    if (length == ip::address_v6::bytes_type{}.size()) {
        ip::address_v6::bytes_type bytes{};
        std::copy_n(data, length, bytes.begin());
        return ip::address_v6(bytes).to_string();
    }
    return {};
}

/// Returns: the name, if it is of the wanted type.
std::optional<std::string> name_of_type(const GENERAL_NAME& name, CertificateSan wanted) {
    switch (name.type) {
        case GEN_DNS:
            if (wanted == CertificateSan::dns) return text_of(name.d.dNSName);
            break;
        case GEN_EMAIL:
            if (wanted == CertificateSan::email) return text_of(name.d.rfc822Name);
            break;
        case GEN_URI:
            if (wanted == CertificateSan::uri) return text_of(name.d.uniformResourceIdentifier);
            break;
        case GEN_IPADD:
            if (wanted == CertificateSan::ip) return address_of(name.d.iPAddress);
            break;
        case GEN_OTHERNAME:
            if (wanted == CertificateSan::other_name) {
                const ASN1_TYPE* value = name.d.otherName->value;
                if (value->type == V_ASN1_UTF8STRING) return text_of(value->value.utf8string);
            }
            break;
        default:
            break;
    }
    return std::nullopt;
}

std::optional<std::string> alternative_name(const X509& certificate, CertificateSan wanted,
                                            std::uint16_t index) {
    const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
        static_cast<GENERAL_NAMES*>(
            X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)),
        &GENERAL_NAMES_free);
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        auto text = name_of_type(*sk_GENERAL_NAME_value(names.get(), i), wanted);
        if (text && index-- == 0) return text;
    }
    return std::nullopt;
}

}  // namespace

std::string subject_of(const X509& certificate) {
    return text_of(X509_get_subject_name(&certificate));
}

std::string issuer_of(const X509& certificate) {
    return text_of(X509_get_issuer_name(&certificate));
}

std::string validity_of(const X509& certificate) {
    return fmt::format("{} - {}", text_of_time(X509_get0_notBefore(&certificate)),
                       text_of_time(X509_get0_notAfter(&certificate)));
}

std::optional<std::string> login_name_of(const X509& certificate, const Config::Tls& settings) {
    std::optional<std::string> name;
    switch (settings.login_from) {
        case CertificateLogin::distinguished_name:
            name = subject_of(certificate);
            break;
        case CertificateLogin::common_name:
            name = common_name(X509_get_subject_name(&certificate));
            break;
        case CertificateLogin::subject_alternative_name:
            name = alternative_name(certificate, settings.login_san_type, settings.login_san_index);
            break;
    }
    // A name with a NUL in it is made to be read in two ways.
    if (name && (name->empty() || name->find('\0') != std::string::npos)) return std::nullopt;
    return name;
}

}  // namespace leveret::broker::net

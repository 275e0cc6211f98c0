#include "admin-ui/api/cross_site.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cctype>

namespace leveret::admin {

namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

/// Whether the origin is one under which this listener is reached.
bool is_own_origin(const Request& request, std::string_view origin) {
    const auto host = request.fields.find("host");
    if (!host || host->empty()) return false;
    const std::string own = lower(*host);
    const std::string given = lower(origin);
    if (given == "https://" + own) return true;  // also behind a proxy that ends TLS
    return !request.peer.tls && given == "http://" + own;
}

/// The host of a `Host` field, without its port and brackets.
std::string host_name(std::string_view host) {
    if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
    return lower(host.substr(0, host.find(':')));
}

}  // namespace

bool is_cross_site(const Request& request, const std::vector<std::string>& cors_origins) {
    const auto origin = request.fields.find("origin");
    const bool allowed_elsewhere = origin && std::find(cors_origins.begin(), cors_origins.end(),
                                                       *origin) != cors_origins.end();
    if (origin && !allowed_elsewhere && !is_own_origin(request, *origin)) return true;
    const auto site = request.fields.find("sec-fetch-site");
    return site && *site != "same-origin" && !allowed_elsewhere;
}

bool comes_from_this_machine(const Request& request) {
    if (!request.peer.loopback) return false;
    if (request.fields.has("forwarded") || request.fields.has_beginning("x-forwarded-")) {
        return false;
    }
    if (request.peer.local_port == 0) return true;  // a Unix socket
    const auto host = request.fields.find("host");
    if (!host) return true;  // HTTP/1.0: no browser
    const std::string name = host_name(*host);
    boost::system::error_code no_address;
    const auto address = boost::asio::ip::make_address(name, no_address);
    return name == "localhost" || (!no_address && address.is_loopback());
}

}  // namespace leveret::admin

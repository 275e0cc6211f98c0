// What a page from elsewhere may cause: nothing.
#include "admin-ui/api/cross_site.hpp"

#include "tests/support/catch.hpp"

using namespace leveret::admin;

namespace {

struct Row {
    const char* origin;  ///< nullptr: not sent
    const char* site;
    bool refused;
};

Request request_with(const char* origin, const char* site) {
    Request request;
    request.fields.add("Host", "localhost:15672");
    if (origin != nullptr) request.fields.add("Origin", origin);
    if (site != nullptr) request.fields.add("Sec-Fetch-Site", site);
    request.peer.loopback = true;
    request.peer.local_port = 15672;
    return request;
}

}  // namespace

TEST_CASE("a change is refused unless it comes from our own page or from a tool",
          "[api][cross-site]") {
    const auto row = GENERATE(values<Row>({
        {nullptr, nullptr, false},  // a tool
        {"http://localhost:15672", "same-origin", false},
        {"http://localhost:15672", nullptr, false},         // a WebSocket of Chromium's
        {"https://localhost:15672", "same-origin", false},  // behind a proxy with TLS
        {"http://LOCALHOST:15672", "same-origin", false},
        {nullptr, "same-origin", false},
        {"http://localhost:8080", "same-site", true},  // another port of the same host
        {"http://localhost:8080", nullptr, true},
        {"http://localhost", nullptr, true},
        {"http://evil.example", "cross-site", true},
        {"http://localhost:15672.evil.example", nullptr, true},
        {"null", nullptr, true},
        {"null", "same-origin", true},
        {"", nullptr, true},
        {nullptr, "cross-site", true},
        {nullptr, "same-site", true},
        {nullptr, "none", true},
        {"http://localhost:15672", "cross-site", true},
    }));
    CAPTURE(row.origin, row.site);
    CHECK(is_cross_site(request_with(row.origin, row.site), {}) == row.refused);
}

TEST_CASE("a page on a configured origin may change things", "[api][cross-site]") {
    const std::vector<std::string> allowed{"https://tools.example"};
    CHECK_FALSE(is_cross_site(request_with("https://tools.example", "cross-site"), allowed));
    CHECK(is_cross_site(request_with("https://tools.example.evil", "cross-site"), allowed));
    CHECK(is_cross_site(request_with(nullptr, "cross-site"), allowed));
}

TEST_CASE("a TLS listener is not one of a page without TLS", "[api][cross-site]") {
    Request request = request_with("http://localhost:15672", "same-origin");
    request.peer.tls = true;
    CHECK(is_cross_site(request, {}));
}

TEST_CASE("who is on this machine is told by the peer, the host's name and no proxy",
          "[api][login]") {
    const auto comes = [](const char* host, const char* field = nullptr) {
        Request request;
        if (host != nullptr) request.fields.add("host", host);
        if (field != nullptr) request.fields.add(field, "10.0.0.1");
        request.peer.loopback = true;
        request.peer.local_port = 15672;
        return comes_from_this_machine(request);
    };
    CHECK(comes("localhost:15672"));
    CHECK(comes("127.0.0.1:15672"));
    CHECK(comes("[::1]:15672"));
    CHECK(comes("LocalHost"));
    CHECK(comes(nullptr));
    CHECK_FALSE(comes("rebound.example:15672"));
    CHECK_FALSE(comes("localhost.evil.example"));
    CHECK_FALSE(comes("127.0.0.1.evil.example:15672"));
    CHECK_FALSE(comes("127.evil.example"));
    CHECK(comes("127.0.0.2"));
    CHECK_FALSE(comes("localhost:15672", "X-Forwarded-For"));
    CHECK_FALSE(comes("localhost:15672", "Forwarded"));
    Request from_afar;
    from_afar.fields.add("host", "localhost");
    CHECK_FALSE(comes_from_this_machine(from_afar));
}

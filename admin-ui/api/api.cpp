#include "admin-ui/api/api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "admin-ui/api/broker_call.hpp"
#include "admin-ui/api/console_files.hpp"
#include "admin-ui/api/cross_site.hpp"
#include "admin-ui/api/limits.hpp"
#include "broker/log.hpp"

namespace leveret::admin {

namespace asio = boost::asio;

namespace {

/// Rule: what an answer of the API may do in a browser is nothing.
constexpr std::string_view api_policy = "default-src 'none'; frame-ancestors 'none'";

/// Rule: only our own files; no inline script or style; markup from text only where the policy
///       `console` makes it.
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types console";

/// Whether an `Accept` lets us answer JSON.
bool accepts_json(std::string_view accept) {
    return accept.empty() || accept.find("json") != std::string_view::npos ||
           accept.find("*/*") != std::string_view::npos ||
           accept.find("application/*") != std::string_view::npos;
}

Reply method_not_allowed(const Match& match) {
    Reply reply = empty_reply(405);
    reply.fields.add("allow", match.allow());
    return reply;
}

Reply redirect(std::string location) {
    Reply reply = empty_reply(301);
    reply.fields.add("location", location);
    return reply;
}

/// Every segment of the path after "api".
std::span<const std::string> below_api(const Target& target) {
    return std::span(target.segments).subspan(1);
}

}  // namespace

/// A request whose sender may have what it asks for.
class Api::Admitted final : public AdmittedRequest {
public:
    Admitted(std::unique_ptr<Call> call, std::uint64_t body_octets_max)
        : call_(std::move(call)), body_octets_max_(body_octets_max) {}

    [[nodiscard]] std::uint64_t body_octets_max() const override { return body_octets_max_; }
    asio::awaitable<Reply> serve() override { return guarded(*call_); }

private:
    std::unique_ptr<Call> call_;
    std::uint64_t body_octets_max_;
};

std::string_view Api::below_prefix(std::string_view target) const {
    const std::string& prefix = services_.config.http.path_prefix;
    if (!prefix.empty() && target.starts_with(prefix) &&
        (target.size() == prefix.size() || target[prefix.size()] == '/' ||
         target[prefix.size()] == '?')) {
        target.remove_prefix(prefix.size());
    }
    return target;
}

asio::awaitable<RequestHandler::Admission> Api::admit(Request& request) {
    try {
        Target target = parse_target(below_prefix(request.target));
        const bool is_api = !target.segments.empty() && target.segments.front() == "api";
        if (!is_api) co_return console_reply(request, target);
        if (!open_) co_return not_open(below_api(target));
        if (target.segments.size() == 1) {
            co_return redirect(services_.config.http.path_prefix + "/api/index.html");
        }
        co_return co_await admit_call(request, std::move(target));
    } catch (const ApiError& error) {
        co_return error_reply(error.status(), error.code(), error.reason());
    }
}

asio::awaitable<RequestHandler::Admission> Api::admit_call(Request& request, Target target) {
    Match match = match_path(routes(), below_api(target));
    if (match.routes.empty()) throw object_not_found();
    if (request.method == Method::options) {
        Reply reply = empty_reply(200);
        reply.fields.add("allow", match.allow());
        co_return reply;
    }
    const Route* const route = match.find(request.method);
    if (route == nullptr) co_return method_not_allowed(match);
    if (services_.gate.refuses_as_cross_site(request)) {
        throw not_authorised("Cross-site request refused");
    }
    Caller caller;
    if (route->right != Right::none) {
        auto identified = co_await services_.gate.identify(request);
        if (auto* refusal = std::get_if<Reply>(&identified)) co_return std::move(*refusal);
        caller = std::get<Caller>(std::move(identified));
        check_rights(*route, match, caller.principal);
    }
    if (!accepts_json(request.fields.find("accept").value_or("")) && !request.upgrade) {
        co_return empty_reply(406);
    }
    const std::uint64_t body_octets_max = route->right == Right::none
                                              ? limits::anonymous_body_octets
                                              : services_.config.http.max_body_size;
    co_return std::make_unique<Admitted>(
        std::make_unique<Call>(services_, request, std::move(target), *route,
                               std::move(match.values), std::move(caller)),
        body_octets_max);
}

void Api::check_rights(const Route& route, const Match& match, const Principal& user) const {
    if (!user.may_manage()) throw not_authorised("Not management user");
    if (route.right == Right::administrator && !user.is_administrator()) {
        throw not_authorised("Not administrator user");
    }
    if (route.right == Right::monitor && !user.is_monitor()) {
        throw not_authorised("Not monitor user");
    }
    if (route.right == Right::policymaker && !user.is_policymaker()) {
        throw not_authorised("Not policymaker user");
    }
    const std::optional<std::size_t> place = route.place_of("vhost");
    if (!place) return;
    const std::string& vhost = match.values[*place];
    // What administrators do may be to make it; the broker says where it must be there.
    if (route.right == Right::administrator) return;
    if (!services_.vhosts.contains(vhost)) throw object_not_found();
    if (!user.is_administrator() && !user.sees_vhost(vhost)) {
        throw not_authorised("User not authorised to access virtual host");
    }
}

asio::awaitable<Reply> Api::guarded(Call& call) {
    try {
        co_return co_await call.route.handler(call);
    } catch (const ApiError& error) {
        co_return error_reply(error.status(), error.code(), error.reason());
    } catch (const Refused& refused) {
        const ApiError error = api_error(refused.refusal());
        co_return error_reply(error.status(), error.code(), error.reason());
    } catch (const std::exception& bug) {
        broker::log::error("{} failed: {}", call.route.pattern, bug.what());
        co_return error_reply(500, "internal_server_error", "the log of the broker says why");
    }
}

Reply Api::not_open(std::span<const std::string> segments) const {
    if (!segments.empty() && segments.front() == "health") {
        Reply reply = json_reply([](JsonSink& out) {
            out.object([&] {
                out.member("status", "failed");
                out.member("reason", "the broker is starting or stopping");
            });
        });
        reply.status = 503;
        return reply;
    }
    return error_reply(503, "service_unavailable", "the broker is starting or stopping");
}

void Api::finish(const Request& request, Reply& reply) {
    Fields& fields = reply.fields;
    const std::string_view type = fields.find("content-type").value_or("");
    const bool is_page = type.starts_with("text/html");
    if (type.empty() && (reply.source || !reply.body.empty())) {
        fields.add("content-type", "application/json");
    }
    if (!fields.has("cache-control")) fields.add("cache-control", "no-cache");
    fields.add("vary", "accept, accept-encoding, origin");
    fields.add("content-security-policy", is_page ? page_policy : api_policy);
    fields.add("x-content-type-options", "nosniff");
    fields.add("x-frame-options", "DENY");
    fields.add("referrer-policy", "no-referrer");
    fields.add("cross-origin-opener-policy", "same-origin");
    fields.add("cross-origin-resource-policy", "same-origin");
    fields.add("permissions-policy", "camera=(), geolocation=(), microphone=()");
    if (request.peer.tls) fields.add("strict-transport-security", "max-age=31536000");
    add_cors(request, reply);
}

void Api::add_cors(const Request& request, Reply& reply) const {
    const auto origin = request.fields.find("origin");
    const auto& allowed = services_.config.http.cors_origins;
    if (!origin || std::find(allowed.begin(), allowed.end(), *origin) == allowed.end()) return;
    reply.fields.add("access-control-allow-origin", *origin);
    reply.fields.add("access-control-allow-credentials", "true");
    if (request.method != Method::options) return;
    reply.fields.add("access-control-allow-methods", "HEAD, GET, PUT, POST, DELETE, OPTIONS");
    reply.fields.add("access-control-allow-headers",
                     "accept, authorization, content-type, x-csrf-token, x-reason, x-vhost");
    reply.fields.add("access-control-max-age", "1800");
}

}  // namespace leveret::admin

#include "admin-ui/api/gate.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "admin-ui/api/cross_site.hpp"
#include "admin-ui/api/json_writer.hpp"
#include "admin-ui/api/limits.hpp"
#include "broker/digest.hpp"
#include "broker/insight/access_requests.hpp"
#include "broker/log.hpp"

namespace leveret::admin {

namespace asio = boost::asio;
namespace log = broker::log;

namespace {

struct Credentials {
    std::string name;
    std::string password;
};

std::optional<Credentials> parse_basic(std::string_view authorization) {
    constexpr std::string_view scheme = "basic ";
    if (authorization.size() < scheme.size()) return std::nullopt;
    for (std::size_t i = 0; i < scheme.size(); ++i) {
        if ((authorization[i] | 0x20) != (scheme[i] | 0x20)) return std::nullopt;
    }
    const auto decoded = broker::base64_decode(authorization.substr(scheme.size()));
    if (!decoded) return std::nullopt;
    const std::size_t colon = decoded->find(':');
    if (colon == std::string::npos) return std::nullopt;
    return Credentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

/// Counts one that waits, for as long as it does.
class Waiting {
public:
    Waiting(std::size_t& all, std::unordered_map<std::string, std::size_t>& by_address,
            std::string address)
        : all_(all), by_address_(by_address), address_(std::move(address)) {
        ++all_;
        ++by_address_[address_];
    }
    ~Waiting() {
        --all_;
        const auto found = by_address_.find(address_);
        if (--found->second == 0) by_address_.erase(found);
    }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

private:
    std::size_t& all_;
    std::unordered_map<std::string, std::size_t>& by_address_;
    std::string address_;
};

/// Where no browser may be made to open its own dialog over the console.
bool wants_no_challenge(const Request& request, bool has_cookie) {
    return has_cookie || request.upgrade || request.fields.find("x-requested-with") == "console";
}

}  // namespace

Reply error_reply(unsigned status, std::string_view code, std::string_view reason) {
    Reply reply;
    reply.status = status;
    reply.body = json([&](JsonSink& out) {
        out.object([&] {
            out.member("error", code);
            out.member("reason", reason);
        });
    });
    return reply;
}

std::string session_cookie_name(const Peer& peer) {
    return fmt::format("{}leveret-{}", peer.tls ? "__Host-" : "", peer.local_port);
}

Gate::Gate(asio::io_context& context, const broker::Config& config, const Users& users,
           Worker& worker)
    : context_(context),
      config_(config),
      users_(users),
      worker_(worker),
      sessions_(config.console.session_idle, config.console.session_lifetime),
      salt_(broker::random_octets(16)) {}

bool Gate::refuses_as_cross_site(const Request& request) const {
    if (is_safe(request.method) && !request.upgrade) return false;
    return is_cross_site(request, config_.http.cors_origins);
}

std::string_view Gate::cookie_of(const Request& request) const {
    const std::string name = session_cookie_name(request.peer);
    std::string_view cookies = request.fields.find("cookie").value_or("");
    while (!cookies.empty()) {
        std::string_view cookie = cookies.substr(0, cookies.find(';'));
        cookies.remove_prefix(std::min(cookies.size(), cookie.size() + 1));
        while (cookie.starts_with(' ')) cookie.remove_prefix(1);
        if (cookie.starts_with(name) && cookie.substr(name.size()).starts_with('=')) {
            return cookie.substr(name.size() + 1);
        }
    }
    return {};
}

Reply Gate::refuse(const Request& request, std::string_view code, std::string_view reason) const {
    Reply reply = reason.empty() ? Reply{} : error_reply(401, code, reason);
    reply.status = 401;
    if (!wants_no_challenge(request, !cookie_of(request).empty())) {
        reply.fields.add("www-authenticate", "Basic realm=\"RabbitMQ Management\"");
    }
    return reply;
}

asio::awaitable<std::variant<Caller, Reply>> Gate::identify(const Request& request) {
    if (request.peer.trusted_local) {
        Principal administrator{.name = std::string(broker::insight::local_administrator),
                                .tags = {"administrator"},
                                .vhosts = {}};
        co_return Caller{std::move(administrator), nullptr};
    }
    const std::string_view cookie = cookie_of(request);
    if (!cookie.empty()) {
        const SessionPtr session = sessions_.find(cookie, std::chrono::system_clock::now());
        auto user = session ? users_.find(session->user) : std::nullopt;
        if (user) {
            const auto token = request.fields.find("x-csrf-token");
            if (!is_safe(request.method) &&
                !(token && broker::equal_in_constant_time(*token, session->csrf))) {
                co_return error_reply(401, "not_authorised", "CSRF token missing or wrong");
            }
            co_return Caller{*std::move(user), session};
        }
    }
    const auto authorization = request.fields.find("authorization");
    if (!authorization || request.fields.find("x-requested-with") == "console") {
        co_return refuse(request, "", "");
    }
    auto answer = co_await by_password(request, *authorization);
    if (auto* refusal = std::get_if<Reply>(&answer)) co_return std::move(*refusal);
    co_return Caller{std::get<Principal>(std::move(answer)), nullptr};
}

asio::awaitable<std::variant<Principal, Reply>> Gate::by_password(const Request& request,
                                                                  std::string_view authorization) {
    auto credentials = parse_basic(authorization);
    if (!credentials) co_return refuse(request, "", "");
    co_return co_await log_in(request, std::move(credentials->name),
                              std::move(credentials->password));
}

asio::awaitable<bool> Gate::wait_for_turn(std::string address, std::string user) {
    const auto pause = delay_.pause(address, user, std::chrono::steady_clock::now());
    if (pause.count() == 0) co_return true;
    if (closed_) co_return false;
    const auto found = waiting_by_address_.find(address);
    const std::size_t of_address = found == waiting_by_address_.end() ? 0 : found->second;
    if (waiting_ >= limits::waiting_logins || of_address >= limits::waiting_logins_of_address) {
        co_return false;
    }
    const Waiting counted(waiting_, waiting_by_address_, std::move(address));
    asio::steady_timer timer(context_, pause);
    const auto place = pauses_.insert(pauses_.end(), &timer);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    pauses_.erase(place);
    co_return !closed_;
}

void Gate::close() {
    closed_ = true;
    for (asio::steady_timer* const timer : pauses_) timer->cancel();
}

bool Gate::is_verified(const std::string& credentials) const {
    const auto found = verified_.find(credentials);
    return found != verified_.end() && found->second > std::chrono::steady_clock::now();
}

void Gate::remember(std::string credentials) {
    const auto now = std::chrono::steady_clock::now();
    if (verified_.size() >= limits::verified_passwords) {
        std::erase_if(verified_, [&](const auto& entry) { return entry.second <= now; });
    }
    if (verified_.size() >= limits::verified_passwords) verified_.clear();
    verified_[std::move(credentials)] = now + limits::verified_password;
}

asio::awaitable<std::variant<Principal, Reply>> Gate::log_in(const Request& request,
                                                             std::string name,
                                                             std::string password) {
    const bool here = comes_from_this_machine(request);
    // What was right for another password is not right for this one.
    const broker::access::UserPtr standing = users_.find_user(name);
    std::string digest =
        broker::sha256(fmt::format("{}{}{}:{}{}{}", salt_, here, name.size(), name,
                                   standing ? standing->password.octets : std::string(), password));
    if (is_verified(digest)) {
        if (auto user = users_.find(name)) co_return *std::move(user);
    }
    if (!co_await wait_for_turn(request.peer.address, name)) {
        Reply reply = error_reply(503, "service_unavailable", "Too many logins");
        reply.fields.add("retry-after", "1");
        co_return reply;
    }
    const PasswordCheck check =
        co_await worker_.run<PasswordCheck>(users_.check(name, std::move(password), here));
    const auto now = std::chrono::steady_clock::now();
    if (check == PasswordCheck::wrong) {
        delay_.failed(request.peer.address, name, now);
        log::warning("HTTP: login of '{}' from {} failed", log::escaped(name),
                     request.peer.address);
        co_return refuse(request, "not_authorized", "Login failed");
    }
    if (check == PasswordCheck::only_from_this_machine) {
        log::warning("HTTP: user '{}' may only log in from this machine", log::escaped(name));
        co_return refuse(request, "not_authorised", "User can only log in via localhost");
    }
    delay_.succeeded(request.peer.address, name);
    remember(std::move(digest));
    auto user = users_.find(name);
    if (!user) co_return refuse(request, "not_authorized", "Login failed");
    co_return *std::move(user);
}

SessionPtr Gate::start_session(const Request& request, std::string_view user, Reply& reply) {
    auto [session, cookie] =
        sessions_.start(user, request.peer.address, request.fields.find("user-agent").value_or(""),
                        std::chrono::system_clock::now());
    reply.fields.add("set-cookie", fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}",
                                               session_cookie_name(request.peer), cookie,
                                               request.peer.tls ? "; Secure" : ""));
    return session;
}

void Gate::end_session(const Request& request, Reply& reply) {
    const std::string_view cookie = cookie_of(request);
    if (cookie.empty()) return;
    if (const auto session = sessions_.find(cookie, std::chrono::system_clock::now())) {
        sessions_.end_session(*session);
    }
    reply.fields.add(
        "set-cookie",
        fmt::format("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0{}",
                    session_cookie_name(request.peer), request.peer.tls ? "; Secure" : ""));
}

}  // namespace leveret::admin

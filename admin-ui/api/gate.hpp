// The gate: finds out who sends a request, by password, by session or by coming over the broker's
// own socket, and refuses what a page from elsewhere has caused.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "admin-ui/api/http_message.hpp"
#include "admin-ui/api/sessions.hpp"
#include "admin-ui/api/users.hpp"
#include "admin-ui/api/worker.hpp"
#include "broker/access/login_delay.hpp"
#include "broker/config.hpp"

namespace leveret::admin {

/// Who sends a request.
struct Caller {
    Principal principal;
    SessionPtr session;  ///< nullptr when there is no cookie session
};

/// Thread: admin thread.
class Gate {
public:
    Gate(boost::asio::io_context& context, const broker::Config& config, const Users& users,
         Worker& worker);

    /// Returns: the caller, or the refusal.
    boost::asio::awaitable<std::variant<Caller, Reply>> identify(const Request& request);

    /// Checks a password as a login does: with the delay of the source, on the worker thread.
    /// Returns: the user, or the refusal.
    boost::asio::awaitable<std::variant<Principal, Reply>> log_in(const Request& request,
                                                                  std::string name,
                                                                  std::string password);

    /// Whether a change or an upgrade comes from a page of somebody else's.
    [[nodiscard]] bool refuses_as_cross_site(const Request& request) const;

    /// Nobody waits any more: whoever does is refused.
    void close();

    [[nodiscard]] Sessions& sessions() { return sessions_; }

    /// Begins a session and adds its cookie to the reply.
    SessionPtr start_session(const Request& request, std::string_view user, Reply& reply);
    /// Ends the session of the request, if there is one, and takes its cookie away.
    void end_session(const Request& request, Reply& reply);

private:
    boost::asio::awaitable<std::variant<Principal, Reply>> by_password(
        const Request& request, std::string_view authorization);
    [[nodiscard]] Reply refuse(const Request& request, std::string_view code,
                               std::string_view reason) const;
    [[nodiscard]] std::string_view cookie_of(const Request& request) const;
    boost::asio::awaitable<bool> wait_for_turn(std::string address, std::string user);
    [[nodiscard]] bool is_verified(const std::string& credentials) const;
    void remember(std::string credentials);

    boost::asio::io_context& context_;
    const broker::Config& config_;
    const Users& users_;
    Worker& worker_;
    Sessions sessions_;
    broker::access::LoginDelay delay_;
    std::size_t waiting_ = 0;
    std::unordered_map<std::string, std::size_t> waiting_by_address_;
    std::list<boost::asio::steady_timer*> pauses_;  ///< of those that wait
    bool closed_ = false;
    /// Digests of credentials that were right a short while ago.
    std::unordered_map<std::string, std::chrono::steady_clock::time_point> verified_;
    std::string salt_;  ///< of those digests
};

/// An error as its client reads it.
[[nodiscard]] Reply error_reply(unsigned status, std::string_view code, std::string_view reason);

/// Returns: the name of the session's cookie: cookies do not know ports, so it does.
[[nodiscard]] std::string session_cookie_name(const Peer& peer);

}  // namespace leveret::admin

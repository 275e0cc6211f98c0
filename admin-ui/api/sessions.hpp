// Sessions of the console: what a cookie stands for.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace leveret::admin {

/// Lifetime: shared by the store and the requests and sockets that use it; `ended` once it is over.
struct Session {
    std::string id;  ///< public: not the cookie
    std::string user;
    std::string csrf;  ///< what a page must show with every change
    std::string address;
    std::string agent;
    std::chrono::system_clock::time_point created{};
    std::chrono::system_clock::time_point used{};
    bool ended = false;
};
using SessionPtr = std::shared_ptr<Session>;

/// Cookies are kept hashed: who reads the memory cannot log in with it.
/// Thread: admin thread.
class Sessions {
public:
    using Time = std::chrono::system_clock::time_point;

    Sessions(std::chrono::seconds idle, std::chrono::seconds lifetime)
        : idle_(idle), lifetime_(lifetime) {}

    struct Started {
        SessionPtr session;
        std::string cookie;
    };
    [[nodiscard]] Started start(std::string_view user, std::string_view address,
                                std::string_view agent, Time now);

    /// Returns: the session, which counts as used now; nullptr when it is none or over.
    [[nodiscard]] SessionPtr find(std::string_view cookie, Time now);

    /// When it ends if nobody uses it, and when it ends in any case.
    [[nodiscard]] Time idle_end(const Session& session) const { return session.used + idle_; }
    [[nodiscard]] Time end(const Session& session) const { return session.created + lifetime_; }

    [[nodiscard]] bool is_over(const Session& session, Time now) const {
        return session.ended || now >= idle_end(session) || now >= end(session);
    }

    void end_session(Session& session);

    /// Returns: the user's sessions, the newest first.
    [[nodiscard]] std::vector<SessionPtr> of_user(std::string_view user, Time now);

private:
    void make_room(std::string_view user, Time now);

    std::chrono::seconds idle_;
    std::chrono::seconds lifetime_;
    std::unordered_map<std::string, SessionPtr> by_hash_;
};

}  // namespace leveret::admin

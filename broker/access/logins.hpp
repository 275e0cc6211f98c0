// Logging in over a messaging protocol: who fails is slowed down, and passwords are hashed on
// another thread, so many at a time. The broker thread never waits for either.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "broker/access/access.hpp"
#include "broker/access/login_delay.hpp"
#include "broker/clock.hpp"
#include "broker/deadlines.hpp"

namespace leveret::broker::access {

/// Does `work` on another thread, then `then` on the broker thread.
using Aside = std::function<void(std::function<void()> work, std::function<void()> then)>;

/// Who wants to log in, and from where.
struct Credentials {
    std::string user;
    std::string password;
    std::string source;  ///< its address; those of all who come by a Unix socket are one
    bool from_this_machine = false;
};

enum class LoginOutcome { accepted, refused, only_from_this_machine };

class Logins;

/// One login under way. Whoever gives it up is told nothing any more.
class LoginAttempt final : private DeadlineOwner {
public:
    LoginAttempt(Logins& logins, Credentials credentials, std::function<void(LoginOutcome)> then);
    ~LoginAttempt();
    LoginAttempt(const LoginAttempt&) = delete;
    LoginAttempt& operator=(const LoginAttempt&) = delete;

private:
    friend class Logins;
    void deadline_reached() override;

    Logins& logins_;
    Credentials credentials_;
    std::function<void(LoginOutcome)> then_;
    std::weak_ptr<LoginAttempt> self_;
};

/// Thread: broker thread.
class Logins {
public:
    Logins(const Access& access, const std::vector<std::string>& loopback_users, const Clock& clock,
           Deadlines& deadlines, Aside aside);

    /// Calls `then` later, or at once: the work and the answer are the same whether the user exists
    /// or not.
    [[nodiscard]] std::shared_ptr<LoginAttempt> begin(Credentials credentials,
                                                      std::function<void(LoginOutcome)> then);

    /// Whether the user may only come from this machine.
    [[nodiscard]] bool only_from_this_machine(std::string_view user) const;

    /// Passwords that wait to be hashed, or are.
    [[nodiscard]] std::size_t hashing() const { return hashing_; }

private:
    friend class LoginAttempt;
    void pause_over(const std::shared_ptr<LoginAttempt>& attempt);
    void hash(const std::shared_ptr<LoginAttempt>& attempt);
    void hashed(const std::weak_ptr<LoginAttempt>& attempt, bool right);
    void hash_next();

    const Access& access_;
    const std::vector<std::string>& loopback_users_;
    const Clock& clock_;
    Deadlines& deadlines_;
    const Aside aside_;
    LoginDelay delay_;
    std::size_t hashing_ = 0;
    std::deque<std::weak_ptr<LoginAttempt>> waiting_;  ///< for others to be hashed
};

}  // namespace leveret::broker::access

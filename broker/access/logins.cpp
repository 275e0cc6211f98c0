#include "broker/access/logins.hpp"

#include <algorithm>
#include <utility>

#include "broker/limits.hpp"

namespace leveret::broker::access {

LoginAttempt::LoginAttempt(Logins& logins, Credentials credentials,
                           std::function<void(LoginOutcome)> then)
    : logins_(logins), credentials_(std::move(credentials)), then_(std::move(then)) {}

LoginAttempt::~LoginAttempt() { logins_.deadlines_.clear(*this); }

void LoginAttempt::deadline_reached() { logins_.pause_over(self_.lock()); }

Logins::Logins(const Access& access, const std::vector<std::string>& loopback_users,
               const Clock& clock, Deadlines& deadlines, Aside aside)
    : access_(access),
      loopback_users_(loopback_users),
      clock_(clock),
      deadlines_(deadlines),
      aside_(std::move(aside)) {}

bool Logins::only_from_this_machine(std::string_view user) const {
    return std::find(loopback_users_.begin(), loopback_users_.end(), user) != loopback_users_.end();
}

std::shared_ptr<LoginAttempt> Logins::begin(Credentials credentials,
                                            std::function<void(LoginOutcome)> then) {
    auto attempt = std::make_shared<LoginAttempt>(*this, std::move(credentials), std::move(then));
    attempt->self_ = attempt;
    const Instant now = clock_.now();
    const auto pause = delay_.pause(attempt->credentials_.source, attempt->credentials_.user, now);
    if (pause.count() == 0) {
        pause_over(attempt);
    } else {
        deadlines_.set(*attempt, now + pause);
    }
    return attempt;
}

void Logins::pause_over(const std::shared_ptr<LoginAttempt>& attempt) {
    if (hashing_ < limits::hashing_logins) return hash(attempt);
    waiting_.push_back(attempt);
}

void Logins::hash(const std::shared_ptr<LoginAttempt>& attempt) {
    ++hashing_;
    struct Work {
        UserPtr user;
        std::string password;
        bool right = false;
    };
    const auto work =
        std::make_shared<Work>(Work{access_.find_user(attempt->credentials_.user),
                                    std::exchange(attempt->credentials_.password, {})});
    aside_(
        [work] {
            const PasswordHash& hash = work->user ? work->user->password : hash_of_nobody();
            work->right = is_password(hash, work->password) && work->user != nullptr;
        },
        [this, work, weak = std::weak_ptr(attempt)] { hashed(weak, work->right); });
}

void Logins::hashed(const std::weak_ptr<LoginAttempt>& weak, bool right) {
    --hashing_;
    hash_next();
    const std::shared_ptr<LoginAttempt> attempt = weak.lock();
    if (!attempt) return;
    const Credentials& who = attempt->credentials_;
    // It may have been deleted while its password was hashed.
    const bool accepted = right && access_.find(who.user) != nullptr;
    if (!accepted) {
        delay_.failed(who.source, who.user, clock_.now());
        return attempt->then_(LoginOutcome::refused);
    }
    delay_.succeeded(who.source, who.user);
    const bool may_come = who.from_this_machine || !only_from_this_machine(who.user);
    attempt->then_(may_come ? LoginOutcome::accepted : LoginOutcome::only_from_this_machine);
}

void Logins::hash_next() {
    while (!waiting_.empty() && hashing_ < limits::hashing_logins) {
        const std::shared_ptr<LoginAttempt> next = waiting_.front().lock();
        waiting_.pop_front();
        if (next) hash(next);
    }
}

}  // namespace leveret::broker::access

// Sessions, and the pause before another attempt to log in.
#include "admin-ui/api/limits.hpp"
#include "admin-ui/api/sessions.hpp"
#include "admin-ui/api/users.hpp"
#include "broker/access/login_delay.hpp"
#include "broker/access/password.hpp"
#include "broker/limits.hpp"
#include "tests/support/catch.hpp"

using namespace leveret::admin;
using leveret::broker::access::LoginDelay;
using namespace std::chrono_literals;
namespace users = leveret::broker::access;

namespace {

const auto start = std::chrono::steady_clock::time_point{} + 1000h;
const auto noon = std::chrono::system_clock::time_point{} + 400000h;

}  // namespace

TEST_CASE("each failed login of a user from an address doubles the pause", "[api][login]") {
    LoginDelay delay;
    CHECK(delay.pause("10.0.0.1", "alice", start) == 0ms);
    for (const auto expected : {200ms, 400ms, 800ms, 1600ms}) {
        delay.failed("10.0.0.1", "alice", start);
        CHECK(delay.pause("10.0.0.1", "alice", start) == expected);
    }
    for (int i = 0; i < 100; ++i) delay.failed("10.0.0.1", "alice", start);
    CHECK(delay.pause("10.0.0.1", "alice", start) == 30s);
}

TEST_CASE("who fails elsewhere slows nobody down here", "[api][login]") {
    LoginDelay delay;
    for (int i = 0; i < 100; ++i) delay.failed("10.0.0.1", "alice", start);
    CHECK(delay.pause("10.0.0.2", "alice", start) == 0ms);
}

TEST_CASE("an address that tries many users is slowed down for all of them", "[api][login]") {
    LoginDelay delay;
    for (int i = 0; i < 10; ++i) delay.failed("10.0.0.1", "user" + std::to_string(i), start);
    CHECK(delay.pause("10.0.0.1", "another", start) == 0ms);
    delay.failed("10.0.0.1", "user10", start);
    CHECK(delay.pause("10.0.0.1", "another", start) == 200ms);
    CHECK(delay.pause("10.0.0.2", "another", start) == 0ms);
}

TEST_CASE("a login that succeeds, or time, lets failures be forgotten", "[api][login]") {
    LoginDelay delay;
    delay.failed("10.0.0.1", "alice", start);
    delay.succeeded("10.0.0.1", "alice");
    CHECK(delay.pause("10.0.0.1", "alice", start) == 0ms);
    delay.failed("10.0.0.1", "alice", start);
    CHECK(delay.pause("10.0.0.1", "alice", start + 16min) == 0ms);
    delay.failed("10.0.0.1", "alice", start + 16min);
    CHECK(delay.pause("10.0.0.1", "alice", start + 16min) == 200ms);
}

TEST_CASE("what is remembered of failed logins is bounded", "[api][login]") {
    LoginDelay delay;
    for (int i = 0; i < 20'000; ++i) {
        delay.failed("10.0." + std::to_string(i), "alice", start);
    }
    CHECK(delay.remembered() == leveret::broker::limits::remembered_sources);
    CHECK(delay.pause("10.0.19999", "alice", start) == 200ms);
    CHECK(delay.pause("10.0.0", "alice", start) == 0ms);
}

TEST_CASE("a session is found by its cookie until nobody uses it or it is too old",
          "[api][session]") {
    Sessions sessions(30min, 2h);
    const auto [session, cookie] = sessions.start("alice", "10.0.0.1", "agent", noon);
    CHECK(session->csrf != cookie);
    CHECK(sessions.find(cookie, noon + 29min) == session);
    CHECK(sessions.find(cookie, noon + 58min) == session);  // used in between
    CHECK(sessions.find(cookie + "x", noon) == nullptr);
    SECTION("unused") {
        CHECK(sessions.find(cookie, noon + 58min + 30min) == nullptr);
        CHECK(session->ended);
    }
    SECTION("old") {
        for (auto at = 80min; at < 2h; at += 20min) CHECK(sessions.find(cookie, noon + at));
        CHECK(sessions.find(cookie, noon + 2h) == nullptr);
    }
    SECTION("ended") {
        sessions.end_session(*session);
        CHECK(sessions.find(cookie, noon + 58min) == nullptr);
        CHECK(sessions.of_user("alice", noon + 58min).empty());
    }
}

TEST_CASE("a user has a bounded number of sessions: the longest unused one makes room",
          "[api][session]") {
    Sessions sessions(30min, 2h);
    const auto first = sessions.start("alice", "", "", noon);
    const auto others = sessions.start("bob", "", "", noon);
    for (std::size_t i = 0; i < limits::sessions_of_user; ++i) {
        (void)sessions.start("alice", "", "", noon + 1min);
    }
    CHECK(sessions.of_user("alice", noon + 1min).size() == limits::sessions_of_user);
    CHECK(sessions.find(first.cookie, noon + 1min) == nullptr);
    CHECK(sessions.find(others.cookie, noon + 1min) == others.session);
}

namespace {

/// Users as the broker tells of them.
Users users_with_guest(const leveret::broker::Config& config) {
    Users users(config);
    users.apply(users::UserIs{std::make_shared<const users::User>(users::User{
        .name = "guest", .password = users::hash_password("guest"), .tags = {"monitoring"}})});
    users.apply(users::VhostSeen{"guest", "/", true});
    return users;
}

}  // namespace

TEST_CASE("a user who may only come from this machine is told so only with the right password",
          "[api][login]") {
    leveret::broker::Config config;
    const Users users = users_with_guest(config);
    CHECK(users.check("guest", "guest", true)() == PasswordCheck::right);
    CHECK(users.check("guest", "guest", false)() == PasswordCheck::only_from_this_machine);
    CHECK(users.check("guest", "wrong", false)() == PasswordCheck::wrong);
    CHECK(users.check("guest", "", true)() == PasswordCheck::wrong);
    CHECK(users.check("nobody", "guest", true)() == PasswordCheck::wrong);
    config.auth.loopback_users.clear();
    CHECK(users_with_guest(config).check("guest", "guest", false)() == PasswordCheck::right);
}

TEST_CASE("a user has the tags and sees the vhosts that the broker has told of last",
          "[api][login]") {
    const leveret::broker::Config config;
    Users users = users_with_guest(config);
    CHECK(users.has_default_password());
    CHECK(users.find("guest")->is_monitor());
    CHECK(users.find("guest")->sees_vhost("/"));
    CHECK_FALSE(users.find("guest")->sees_vhost("other"));
    users.apply(users::VhostSeen{"guest", "/", false});
    CHECK_FALSE(users.find("guest")->sees_vhost("/"));
    users.apply(users::UserIs{
        std::make_shared<const users::User>(users::User{.name = "guest", .tags = {}})});
    CHECK_FALSE(users.find("guest")->may_manage());
    CHECK_FALSE(users.has_default_password());
    users.apply(users::UserGone{"guest"});
    CHECK_FALSE(users.find("guest"));
}

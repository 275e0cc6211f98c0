#include "admin-ui/api/users.hpp"

#include <algorithm>
#include <utility>

#include "broker/access/password.hpp"

namespace leveret::admin {

namespace access = broker::access;

namespace {

constexpr std::string_view default_name = "guest";

/// What changes do to those that are known.
template <class... Cases>
struct Overloads : Cases... {
    using Cases::operator()...;
};

}  // namespace

bool Principal::has_tag(std::string_view tag) const {
    return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

Users::Users(const broker::Config& config) : loopback_users_(config.auth.loopback_users) {}

void Users::apply(const access::AccessChange& change) {
    std::visit(Overloads{[&](const access::UserIs& now) { users_[now.user->name].user = now.user; },
                         [&](const access::UserGone& gone) { users_.erase(gone.name); },
                         [&](const access::VhostSeen& now) {
                             auto& vhosts = users_[now.user].vhosts;
                             if (now.seen) {
                                 vhosts.insert(now.vhost);
                             } else {
                                 vhosts.erase(now.vhost);
                             }
                         }},
               change);
}

std::function<PasswordCheck()> Users::check(std::string_view name, std::string password,
                                            bool from_this_machine) const {
    const bool may_come =
        from_this_machine ||
        std::find(loopback_users_.begin(), loopback_users_.end(), name) == loopback_users_.end();
    return [user = find_user(name), password = std::move(password), may_come] {
        const bool right =
            access::is_password(user ? user->password : access::hash_of_nobody(), password);
        if (!right || !user) return PasswordCheck::wrong;
        return may_come ? PasswordCheck::right : PasswordCheck::only_from_this_machine;
    };
}

std::vector<std::string> Users::names() const {
    std::vector<std::string> names;
    for (const auto& [name, known] : users_) names.push_back(name);
    return names;
}

access::UserPtr Users::find_user(std::string_view name) const {
    const auto found = users_.find(name);
    return found == users_.end() ? nullptr : found->second.user;
}

std::optional<Principal> Users::find(std::string_view name) const {
    const auto found = users_.find(name);
    if (found == users_.end()) return std::nullopt;
    return Principal{
        .name = found->first, .tags = found->second.user->tags, .vhosts = found->second.vhosts};
}

bool Users::has_default_password() const {
    const access::UserPtr user = find_user(default_name);
    return user && user->password.algorithm == access::HashAlgorithm::sha256 &&
           access::is_password(user->password, default_name);
}

}  // namespace leveret::admin

// Who may use the HTTP API: what the admin thread knows of the broker's users, kept up to date by
// what the broker tells of them.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker/access/access.hpp"
#include "broker/config.hpp"

namespace leveret::admin {

/// A user as far as rights go.
struct Principal {
    std::string name;
    std::vector<std::string> tags;
    std::set<std::string, std::less<>> vhosts;  ///< where it has any permission

    [[nodiscard]] bool has_tag(std::string_view tag) const;
    [[nodiscard]] bool is_administrator() const { return has_tag("administrator"); }
    /// Sees what belongs to others, and the node.
    [[nodiscard]] bool is_monitor() const { return is_administrator() || has_tag("monitoring"); }
    /// Sets policies and parameters.
    [[nodiscard]] bool is_policymaker() const {
        return is_administrator() || has_tag("policymaker");
    }
    /// May use the API at all.
    [[nodiscard]] bool may_manage() const {
        return is_monitor() || is_policymaker() || has_tag("management");
    }

    [[nodiscard]] bool sees_vhost(std::string_view vhost) const { return vhosts.contains(vhost); }
};

enum class PasswordCheck { right, wrong, only_from_this_machine };

/// Thread: admin thread, but for the returned checks.
class Users {
public:
    explicit Users(const broker::Config& config);

    /// The broker tells of a user; see Inspector::follow_access().
    void apply(const broker::access::AccessChange& change);

    /// Returns: what checks the password, to be called on the worker thread. The work and the
    ///          answer are the same whether the user exists or not.
    [[nodiscard]] std::function<PasswordCheck()> check(std::string_view name, std::string password,
                                                       bool from_this_machine) const;

    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] std::optional<Principal> find(std::string_view name) const;
    /// Returns: nullptr when there is none. It changes with every new password.
    [[nodiscard]] broker::access::UserPtr find_user(std::string_view name) const;

    /// Whether guest has the password that everybody knows.
    [[nodiscard]] bool has_default_password() const;

private:
    struct Known {
        broker::access::UserPtr user;
        std::set<std::string, std::less<>> vhosts;
    };
    std::map<std::string, Known, std::less<>> users_;
    std::vector<std::string> loopback_users_;
};

}  // namespace leveret::admin

// Who may use the HTTP API: names, passwords, tags. Today the one user of the configuration; what
// keeps users in the store will stand behind the same functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config.hpp"

namespace leveret::admin {

/// A user as far as rights go.
struct Principal {
    std::string name;
    std::vector<std::string> tags;

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

    /// Whether it has any permission in that vhost.
    /// Rule: users of the configuration have all permissions in every vhost.
    [[nodiscard]] bool sees_vhost(std::string_view) const { return true; }
};

enum class PasswordCheck { right, wrong, only_from_this_machine };

/// Immutable: any thread may ask.
class Users {
public:
    explicit Users(const broker::Config& config);

    /// The work and the answer are the same whether the user exists or not.
    [[nodiscard]] PasswordCheck check(std::string_view name, std::string_view password,
                                      bool from_this_machine) const;

    [[nodiscard]] std::optional<Principal> find(std::string_view name) const;

    [[nodiscard]] std::vector<std::string> names() const { return {name_}; }

    /// Whether the first user still has the password that everybody knows.
    [[nodiscard]] bool has_default_password() const;

private:
    std::string name_;
    std::string password_;
    bool loopback_only_;
};

}  // namespace leveret::admin

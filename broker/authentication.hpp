// Who may log in, and from where.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/config.hpp"

namespace leveret::broker {

/// The users of the broker.
/// Thread: broker thread.
class Authentication {
public:
    explicit Authentication(const Config::Auth& config);

    /// Whether this is the user's password, and the user may come from there. The work and the
    /// answer are the same whether the user exists or not.
    [[nodiscard]] bool accepts(std::string_view user, std::string_view password,
                               bool from_loopback) const;

private:
    struct User {
        std::string name;
        std::string password;
        bool loopback_only;
    };
    std::vector<User> users_;
};

}  // namespace leveret::broker

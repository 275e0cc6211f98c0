#include "broker/authentication.hpp"

#include <algorithm>

#include "broker/log.hpp"

namespace leveret::broker {

namespace {

/// Takes the same time wherever the first difference is.
bool equal_in_constant_time(std::string_view secret, std::string_view given) {
    unsigned difference = secret.size() == given.size() ? 0 : 1;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const char against = i < secret.size() ? secret[i] : '\0';
        difference |= static_cast<unsigned>(static_cast<unsigned char>(given[i]) ^
                                            static_cast<unsigned char>(against));
    }
    return difference == 0;
}

}  // namespace

Authentication::Authentication(const Config::Auth& config) {
    const auto& loopback = config.loopback_users;
    const bool loopback_only =
        std::find(loopback.begin(), loopback.end(), config.default_user) != loopback.end();
    users_.push_back({config.default_user, config.default_pass, loopback_only});
}

bool Authentication::accepts(std::string_view user, std::string_view password,
                             bool from_loopback) const {
    const auto found =
        std::find_if(users_.begin(), users_.end(), [&](const User& u) { return u.name == user; });
    const bool known = found != users_.end();
    const User& compared = known ? *found : users_.front();
    const bool right = equal_in_constant_time(compared.password, password);
    if (!known || !right) return false;
    if (compared.loopback_only && !from_loopback) {
        log::warning(
            "user '{}' may only log in from this machine; take it out of auth.loopback_users, or "
            "start with --dev, to let it in from elsewhere",
            log::escaped(user));
        return false;
    }
    return true;
}

}  // namespace leveret::broker

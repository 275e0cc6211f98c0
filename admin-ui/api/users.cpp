#include "admin-ui/api/users.hpp"

#include <algorithm>

#include "admin-ui/api/digest.hpp"

namespace leveret::admin {

bool Principal::has_tag(std::string_view tag) const {
    return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

Users::Users(const broker::Config& config)
    : name_(config.auth.default_user),
      password_(config.auth.default_pass),
      loopback_only_(!config.dev &&
                     std::find(config.auth.loopback_users.begin(), config.auth.loopback_users.end(),
                               config.auth.default_user) != config.auth.loopback_users.end()) {}

PasswordCheck Users::check(std::string_view name, std::string_view password,
                           bool from_this_machine) const {
    // Digests have one length, so that comparing says nothing about that of the password.
    const bool right = equal_in_constant_time(sha256(password_), sha256(password));
    if (name != name_ || !right || password.empty()) return PasswordCheck::wrong;
    if (loopback_only_ && !from_this_machine) return PasswordCheck::only_from_this_machine;
    return PasswordCheck::right;
}

std::optional<Principal> Users::find(std::string_view name) const {
    if (name != name_) return std::nullopt;
    return Principal{.name = name_, .tags = {"administrator"}};
}

bool Users::has_default_password() const { return name_ == "guest" && password_ == "guest"; }

}  // namespace leveret::admin

// A user, and what it may do in a vhost, as people write it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/access/password.hpp"

namespace leveret::broker::access {

/// Who has it sees and does everything over HTTP.
inline constexpr std::string_view administrator_tag = "administrator";
/// Who has it may publish messages in the name of others.
inline constexpr std::string_view impersonator_tag = "impersonator";
/// Who has it can be neither changed nor deleted over HTTP.
inline constexpr std::string_view protected_tag = "protected";

inline constexpr std::string_view user_connections_limit = "max-connections";
inline constexpr std::string_view user_channels_limit = "max-channels";

/// How many a user may have at a time; nothing: no limit. A negative number is kept as it was given
/// and is no limit either.
struct UserLimits {
    std::optional<std::int64_t> connections{};
    std::optional<std::int64_t> channels{};

    bool operator==(const UserLimits&) const = default;
};

struct User {
    std::string name{};
    PasswordHash password{};
    std::vector<std::string> tags{};
    UserLimits limits{};

    [[nodiscard]] bool has_tag(std::string_view tag) const {
        return std::find(tags.begin(), tags.end(), tag) != tags.end();
    }
    bool operator==(const User&) const = default;
};

/// Regular expressions on the names of what may be declared and deleted, written to, and read from.
/// Rule: RabbitMQ: they may match anywhere in the name; an empty one matches nothing.
struct Permission {
    std::string configure{};
    std::string write{};
    std::string read{};

    bool operator==(const Permission&) const = default;
};

/// The same on the routing keys of one topic exchange: of what is published, and of bindings. In
/// them `{username}` and `{vhost}` stand for these names, `{client_id}` for the client's where its
/// protocol has one.
struct TopicPermission {
    std::string write{};
    std::string read{};

    bool operator==(const TopicPermission&) const = default;
};

}  // namespace leveret::broker::access

// Users, vhosts and permissions, as they are asked for and changed from outside.
//
// What is refused is refused with these codes, whose text says what is wrong:
//     NOT_FOUND            there is no such user, vhost, permission or limit
//     ACCESS_REFUSED       who asks may not, as the text says
//     PRECONDITION_FAILED  a name, pattern, type or limit is not what it must be; the vhost or the
//                          user is protected
// Nothing is done then: a request is carried out whole or not at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/access/user.hpp"
#include "broker/insight/requests.hpp"
#include "broker/vhost_metadata.hpp"

namespace leveret::broker::insight {

/// In whose name the broker's own socket acts, unless there is such a user.
inline constexpr std::string_view local_administrator = "local";

// Users

/// Permissions in a vhost that come with a new user.
struct InitialPermission {
    std::string vhost{};
    access::Permission permission{};
};

/// Makes a user, or changes the one of that name, whose permissions stay.
struct PutUser {
    std::string name{};
    /// Taken as it is; an empty one means that no password logs in, also if there was one. A
    /// password in clear is hashed first, on the worker thread: access::hash_password(). One that
    /// came as `password_hash` is read by access::parse_password_hash().
    access::PasswordHash password{};
    std::vector<std::string> tags{};
    /// Nothing given: as they were; of a new user none.
    std::optional<access::UserLimits> limits{};
    /// Only of a new user; those that stands keeps its own.
    std::vector<InitialPermission> permissions{};
    bool may_change_protected{};  ///< only the broker's own socket may
    std::string user{};           ///< who asks, for events
};

/// Changes the password alone; who asks has shown that it may.
struct ChangePassword {
    std::string name{};
    access::PasswordHash password{};
    std::string user{};
};

/// Deletes users, all or none of them. Their connections are closed.
struct DeleteUsers {
    std::vector<std::string> names{};
    bool pass_over_protected{};  ///< they stay; else one of them refuses the whole
    bool may_change_protected{};
    std::string user{};
};

/// One limit of a user; the other stays. Connections that stand are not closed.
struct SetUserLimit {
    std::string name{};
    std::string limit{};                  ///< `max-connections`, `max-channels`
    std::optional<std::int64_t> value{};  ///< a negative one is none; nothing: not set any more
    std::string user{};
};

/// A user as others see it.
struct UserSnapshot {
    access::User user{};
};

// Vhosts

/// Makes a vhost, or changes what is given of the one that stands.
struct PutVhost {
    std::string name{};
    std::optional<std::string> description{};
    std::optional<std::vector<std::string>> tags{};
    std::optional<std::string> default_queue_type{};
    std::optional<bool> protected_from_deletion{};
    /// If there is such a user, it may do everything in a vhost that is new.
    std::string user{};
};

/// Its connections are closed; its queues, all their messages and all permissions in it go.
struct DeleteVhost {
    std::string name{};
    std::string user{};
};

// Permissions

struct PutPermission {
    std::string user_name{};
    std::string vhost{};
    access::Permission permission{};
    std::string user{};
};

struct DeletePermission {
    std::string user_name{};
    std::string vhost{};
    std::string user{};
};

struct PutTopicPermission {
    std::string user_name{};
    std::string vhost{};
    std::string exchange{};  ///< need not be there; empty: the default exchange
    access::TopicPermission permission{};
    std::string user{};
};

struct DeleteTopicPermission {
    std::string user_name{};
    std::string vhost{};
    std::optional<std::string> exchange{};  ///< nothing given: of all exchanges
    std::string user{};
};

/// Whether somebody may read a queue: what looking into it, or taking from it, needs.
struct MayRead {
    std::string vhost{};
    std::string queue{};
    std::string user{};
};

/// Which permissions; what is not given does not matter.
struct PermissionQuery {
    std::optional<std::string> user{};
    std::optional<std::string> vhost{};
};

struct PermissionSnapshot {
    std::string user{};
    std::string vhost{};
    access::Permission permission{};
};

struct TopicPermissionSnapshot {
    std::string user{};
    std::string vhost{};
    std::string exchange{};
    access::TopicPermission permission{};
};

}  // namespace leveret::broker::insight

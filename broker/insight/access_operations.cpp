#include "broker/insight/access_operations.hpp"

#include <fmt/format.h>

#include <utility>

#include "broker/insight/attempt.hpp"
#include "broker/insight/operations.hpp"
#include "broker/validation.hpp"
#include "protocol/amqp/protocol_error.hpp"

namespace leveret::broker::insight {

using access::Account;
using access::User;
using protocol::amqp::ProtocolError;
using Declared = Inspector::Declared;
namespace reply = protocol::amqp::reply;

namespace {

[[noreturn]] void missing(const std::string& what) { throw ProtocolError(reply::not_found, what); }

const User& require_user(Broker& broker, const std::string& name) {
    const Account* const account = broker.access().find(name);
    if (account == nullptr) missing(fmt::format("no user '{}'", name));
    return *account->user;
}

/// Rule: RabbitMQ.
void refuse_protected(const User& user, bool may_change_protected) {
    if (may_change_protected || !user.has_tag(access::protected_tag)) return;
    throw ProtocolError(reply::precondition_failed,
                        "Protected users cannot be modified via the HTTP API");
}

/// What users may do was changed: routes that channels remember were allowed by what stood before.
void permissions_changed(Broker& broker, const std::string& vhost) {
    if (Vhost* const changed = broker.find_vhost(vhost)) changed->permissions_changed();
    broker.turn().end_soon();
}

void validate(const access::Permission& permission) {
    access::validate_pattern(permission.configure);
    access::validate_pattern(permission.write);
    access::validate_pattern(permission.read);
}

Declared declared(bool is_new) { return is_new ? Declared::created : Declared::stood; }

/// Visits what the query asks for: `visit(user, vhost, grants)`.
template <class Visit>
void for_each_grant(Broker& broker, const PermissionQuery& query, Visit&& visit) {
    const auto visit_account = [&](const std::string& user, const Account& account) {
        for (const auto& [vhost, grants] : account.vhosts) {
            if (!query.vhost || *query.vhost == vhost) visit(user, vhost, grants);
        }
    };
    if (query.user) {
        const Account* const account = broker.access().find(*query.user);
        if (account != nullptr) visit_account(*query.user, *account);
        return;
    }
    for (const auto& [user, account] : broker.access().accounts()) visit_account(user, account);
}

}  // namespace

// Users

Result<Declared> put(Broker& broker, const PutUser& request) {
    return attempt<Declared>(broker, request.user, [&] {
        const Account* const standing = broker.access().find(request.name);
        User user{.name = request.name, .password = request.password, .tags = request.tags};
        if (standing != nullptr) {
            refuse_protected(*standing->user, request.may_change_protected);
            user.limits = standing->user->limits;
        }
        if (request.limits) user.limits = *request.limits;
        for (const InitialPermission& initial : request.permissions) {
            (void)find_vhost(broker, initial.vhost);
            validate(initial.permission);
        }
        const bool is_new = broker.access().set_user(std::move(user));
        if (is_new) {
            for (const InitialPermission& initial : request.permissions) {
                broker.access().set_permission(request.name, initial.vhost, initial.permission);
            }
        }
        broker.turn().end_soon();
        return declared(is_new);
    });
}

Result<Done> set(Broker& broker, const ChangePassword& request) {
    return attempt<Done>(broker, request.user, [&] {
        User user = require_user(broker, request.name);
        user.password = request.password;
        broker.access().set_user(std::move(user));
        broker.turn().end_soon();
        return Done{};
    });
}

Result<Done> remove(Broker& broker, const DeleteUsers& request) {
    return attempt<Done>(broker, request.user, [&] {
        for (const std::string& name : request.names) {
            const User& user = require_user(broker, name);
            if (!request.pass_over_protected) {
                refuse_protected(user, request.may_change_protected);
            }
        }
        for (const std::string& name : request.names) {
            const access::UserPtr user = broker.access().find_user(name);
            const bool stays = user != nullptr && user->has_tag(access::protected_tag) &&
                               !request.may_change_protected;
            if (!stays) broker.delete_user(name);
        }
        return Done{};
    });
}

Result<Done> set(Broker& broker, const SetUserLimit& request) {
    return attempt<Done>(broker, request.user, [&] {
        User user = require_user(broker, request.name);
        if (request.limit == access::user_connections_limit) {
            user.limits.connections = request.value;
        } else if (request.limit == access::user_channels_limit) {
            user.limits.channels = request.value;
        } else {
            throw ValidationFailed(
                fmt::format("Unrecognised terms [{{<<\"{}\">>,{}}}] in user-limits", request.limit,
                            request.value.value_or(0)));
        }
        broker.access().set_user(std::move(user));
        broker.turn().end_soon();
        return Done{};
    });
}

std::vector<UserSnapshot> list_users(Broker& broker) {
    std::vector<UserSnapshot> found;
    for (const auto& [name, account] : broker.access().accounts()) {
        found.push_back({.user = *account.user});
    }
    return found;
}

Result<UserSnapshot> find_user(Broker& broker, const std::string& name) {
    return attempt<UserSnapshot>(broker, {},
                                 [&] { return UserSnapshot{.user = require_user(broker, name)}; });
}

// Vhosts

Result<Declared> put(Broker& broker, const PutVhost& request) {
    return attempt<Declared>(broker, request.user, [&] {
        Vhost* const standing = broker.find_vhost(request.name);
        VhostMetadata metadata = standing == nullptr ? VhostMetadata{} : standing->metadata();
        if (request.description) metadata.description = *request.description;
        if (request.tags) metadata.tags = *request.tags;
        if (request.default_queue_type) metadata.default_queue_type = *request.default_queue_type;
        if (request.protected_from_deletion) {
            metadata.protected_from_deletion = *request.protected_from_deletion;
        }
        if (standing != nullptr) {
            if (metadata != standing->metadata()) standing->set_metadata(std::move(metadata));
            return Declared::stood;
        }
        broker.create_vhost(request.name, std::move(metadata));
        if (broker.access().find(request.user) != nullptr) {
            broker.access().set_permission(request.user, request.name, {".*", ".*", ".*"});
        }
        return Declared::created;
    });
}

Result<Done> remove(Broker& broker, const DeleteVhost& request) {
    return attempt<Done>(broker, request.user, [&] {
        broker.delete_vhost(find_vhost(broker, request.name));
        return Done{};
    });
}

// Permissions

Result<Declared> put(Broker& broker, const PutPermission& request) {
    return attempt<Declared>(broker, request.user, [&] {
        (void)find_vhost(broker, request.vhost);
        (void)require_user(broker, request.user_name);
        const bool is_new =
            broker.access().set_permission(request.user_name, request.vhost, request.permission);
        permissions_changed(broker, request.vhost);
        return declared(is_new);
    });
}

Result<Done> remove(Broker& broker, const DeletePermission& request) {
    return attempt<Done>(broker, request.user, [&] {
        (void)find_vhost(broker, request.vhost);
        (void)require_user(broker, request.user_name);
        if (!broker.access().clear_permission(request.user_name, request.vhost)) {
            missing(fmt::format("user '{}' has no permission in vhost '{}'", request.user_name,
                                request.vhost));
        }
        permissions_changed(broker, request.vhost);
        return Done{};
    });
}

Result<Declared> put(Broker& broker, const PutTopicPermission& request) {
    return attempt<Declared>(broker, request.user, [&] {
        (void)find_vhost(broker, request.vhost);
        (void)require_user(broker, request.user_name);
        const bool is_new = broker.access().set_topic_permission(
            request.user_name, request.vhost, request.exchange, request.permission);
        permissions_changed(broker, request.vhost);
        return declared(is_new);
    });
}

Result<Done> remove(Broker& broker, const DeleteTopicPermission& request) {
    return attempt<Done>(broker, request.user, [&] {
        (void)find_vhost(broker, request.vhost);
        (void)require_user(broker, request.user_name);
        if (!broker.access().clear_topic_permissions(request.user_name, request.vhost,
                                                     request.exchange)) {
            missing(fmt::format("user '{}' has no such topic permission in vhost '{}'",
                                request.user_name, request.vhost));
        }
        permissions_changed(broker, request.vhost);
        return Done{};
    });
}

Result<Done> check(Broker& broker, const MayRead& request) {
    return attempt<Done>(broker, request.user, [&] {
        (void)find_vhost(broker, request.vhost);
        if (auto rights = rights_of(broker, request.user, request.vhost)) {
            rights->require_read_queue(request.queue);
        }
        return Done{};
    });
}

std::vector<PermissionSnapshot> list_permissions(Broker& broker, const PermissionQuery& query) {
    std::vector<PermissionSnapshot> found;
    for_each_grant(broker, query, [&](const auto& user, const auto& vhost, const auto& grants) {
        if (grants.permission) found.push_back({user, vhost, grants.permission->texts});
    });
    return found;
}

std::vector<TopicPermissionSnapshot> list_topic_permissions(Broker& broker,
                                                            const PermissionQuery& query) {
    std::vector<TopicPermissionSnapshot> found;
    for_each_grant(broker, query, [&](const auto& user, const auto& vhost, const auto& grants) {
        for (const auto& [exchange, topic] : grants.topics) {
            found.push_back({user, vhost, exchange, topic.texts});
        }
    });
    return found;
}

}  // namespace leveret::broker::insight

#include "broker/access/access.hpp"

#include <fmt/format.h>

#include <utility>

#include "broker/access/stored_access.hpp"
#include "broker/limits.hpp"
#include "broker/validation.hpp"
#include "protocol/assert.hpp"
#include "storage/storage_error.hpp"

namespace leveret::broker::access {

using insight::EventType;
using storage::DefinitionId;
using storage::DefinitionKind;

namespace {

/// The text without what it means in a regular expression.
std::string quoted(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
    for (std::size_t at = text.find(what); at != std::string::npos;
         at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
}

/// Rule: RabbitMQ: AMQP knows no `{client_id}`; what it stands for matches as it is written.
std::string expanded(std::string pattern, std::string_view user, std::string_view vhost) {
    replace_all(pattern, "{client_id}", "\\{client_id\\}");
    replace_all(pattern, "{username}", quoted(user));
    replace_all(pattern, "{vhost}", quoted(vhost));
    return pattern;
}

CompiledPermission compile(Permission texts, DefinitionId id) {
    NamePattern configure(texts.configure);
    NamePattern write(texts.write);
    NamePattern read(texts.read);
    return {std::move(texts), std::move(configure), std::move(write), std::move(read), id};
}

CompiledTopicPermission compile(TopicPermission texts, std::string_view user,
                                std::string_view vhost, DefinitionId id) {
    NamePattern write(expanded(texts.write, user, vhost));
    NamePattern read(expanded(texts.read, user, vhost));
    return {std::move(texts), std::move(write), std::move(read), id};
}

[[noreturn]] void nobody(std::string_view user) {
    throw storage::StorageError(
        fmt::format("a permission of user '{}' is stored, but not the user", user));
}

}  // namespace

void validate_pattern(const std::string& text) {
    try {
        (void)NamePattern(text);
    } catch (const PatternError& error) {
        throw ValidationFailed(fmt::format("'{}' is no regular expression: {} (at {})", text,
                                           error.what(), error.offset()));
    }
}

// Who there is

const Account* Access::find(std::string_view user) const {
    const auto place = accounts_.find(user);
    return place == accounts_.end() ? nullptr : &place->second;
}

UserPtr Access::find_user(std::string_view name) const {
    const Account* const found = find(name);
    return found == nullptr ? nullptr : found->user;
}

const Grants* Access::find_grants(std::string_view user, std::string_view vhost) const {
    const Account* const found = find(user);
    if (found == nullptr) return nullptr;
    const auto place = found->vhosts.find(vhost);
    return place == found->vhosts.end() ? nullptr : &place->second;
}

Account& Access::account(std::string_view user) {
    const auto place = accounts_.find(user);
    LEVERET_ASSERT(place != accounts_.end());
    return place->second;
}

DefinitionId Access::id_for(const DefinitionId* standing) {
    return standing != nullptr ? *standing : DefinitionId{store_.next_id()};
}

// Users

bool Access::set_user(User user) {
    if (user.name.empty()) throw ValidationFailed("the name of a user must not be empty");
    if (user.name.size() > limits::name_octets) {
        throw ValidationFailed(
            fmt::format("the name of a user is longer than {} octets", limits::name_octets));
    }
    const auto place = accounts_.find(user.name);
    const bool is_new = place == accounts_.end();
    const User before = is_new ? User{} : *place->second.user;
    const DefinitionId id = id_for(is_new ? nullptr : &place->second.id);
    store_.define(stored::user(id, user), {});
    const UserPtr now = std::make_shared<const User>(std::move(user));
    Account& changed_account = accounts_[now->name];
    changed_account.user = now;
    changed_account.id = id;
    if (is_new) {
        tell(EventType::user_created, now->name);
    } else {
        if (before.password != now->password) tell(EventType::user_password_changed, now->name);
        if (before.tags != now->tags) tell(EventType::user_tags_set, now->name);
        if (before.limits != now->limits) tell(EventType::user_limits_set, now->name);
    }
    changed(UserIs{now});
    return is_new;
}

bool Access::delete_user(std::string_view name) {
    const auto place = accounts_.find(name);
    if (place == accounts_.end()) return false;
    for (auto& [vhost, grants] : place->second.vhosts) erase(grants);
    store_.undefine(DefinitionKind::user, place->second.id, {});
    std::string gone(name);
    accounts_.erase(place);
    tell(EventType::user_deleted, gone);
    changed(UserGone{std::move(gone)});
    return true;
}

// Permissions

bool Access::set_permission(std::string_view user, std::string_view vhost, Permission permission) {
    for (const std::string* text : {&permission.configure, &permission.write, &permission.read}) {
        validate_pattern(*text);
    }
    Grants& grants = account(user).vhosts[std::string(vhost)];
    const bool is_new = !grants.permission;
    const DefinitionId id = id_for(is_new ? nullptr : &grants.permission->id);
    store_.define(stored::permission(id, user, vhost, permission), {});
    grants.permission.emplace(compile(std::move(permission), id));
    tell(EventType::permission_created, user, vhost);
    changed(VhostSeen{std::string(user), std::string(vhost), true});
    return is_new;
}

bool Access::clear_permission(std::string_view user, std::string_view vhost) {
    const auto place = accounts_.find(user);
    if (place == accounts_.end()) return false;
    const auto of_vhost = place->second.vhosts.find(vhost);
    if (of_vhost == place->second.vhosts.end() || !of_vhost->second.permission) return false;
    store_.undefine(DefinitionKind::permission, of_vhost->second.permission->id, {});
    of_vhost->second.permission.reset();
    tell(EventType::permission_deleted, user, vhost);
    changed(VhostSeen{std::string(user), std::string(vhost), false});
    tidy(place->second, vhost);
    return true;
}

bool Access::set_topic_permission(std::string_view user, std::string_view vhost,
                                  const std::string& exchange, TopicPermission permission) {
    validate_pattern(expanded(permission.write, user, vhost));
    validate_pattern(expanded(permission.read, user, vhost));
    auto& topics = account(user).vhosts[std::string(vhost)].topics;
    const auto place = topics.find(exchange);
    const bool is_new = place == topics.end();
    const DefinitionId id = id_for(is_new ? nullptr : &place->second.id);
    store_.define(stored::topic_permission(id, user, vhost, exchange, permission), {});
    topics.insert_or_assign(exchange, compile(std::move(permission), user, vhost, id));
    tell(EventType::topic_permission_created, user, vhost, exchange);
    ++generation_;
    return is_new;
}

bool Access::clear_topic_permissions(std::string_view user, std::string_view vhost,
                                     std::optional<std::string_view> exchange) {
    const auto place = accounts_.find(user);
    if (place == accounts_.end()) return false;
    const auto of_vhost = place->second.vhosts.find(vhost);
    if (of_vhost == place->second.vhosts.end()) return false;
    const auto gone = std::erase_if(of_vhost->second.topics, [&](const auto& entry) {
        if (exchange && entry.first != *exchange) return false;
        store_.undefine(DefinitionKind::topic_permission, entry.second.id, {});
        tell(EventType::topic_permission_deleted, user, vhost, entry.first);
        return true;
    });
    if (gone == 0) return false;
    ++generation_;
    tidy(place->second, vhost);
    return true;
}

void Access::forget_vhost(std::string_view vhost) {
    for (auto& [name, account] : accounts_) {
        const auto place = account.vhosts.find(vhost);
        if (place == account.vhosts.end()) continue;
        const bool seen = place->second.permission.has_value();
        erase(place->second);
        account.vhosts.erase(place);
        if (seen) changed(VhostSeen{name, std::string(vhost), false});
    }
    ++generation_;
}

/// Takes all of them out of the store.
void Access::erase(Grants& grants) {
    if (grants.permission) {
        store_.undefine(DefinitionKind::permission, grants.permission->id, {});
    }
    for (const auto& [exchange, topic] : grants.topics) {
        store_.undefine(DefinitionKind::topic_permission, topic.id, {});
    }
}

/// A user that has nothing left in a vhost has no entry for it.
void Access::tidy(Account& account, std::string_view vhost) {
    const auto place = account.vhosts.find(vhost);
    if (place->second.permission || !place->second.topics.empty()) return;
    account.vhosts.erase(place);
}

// Restart

void Access::restore(User user, DefinitionId id) {
    const UserPtr now = std::make_shared<const User>(std::move(user));
    accounts_.insert_or_assign(now->name, Account{.user = now, .id = id, .vhosts = {}});
}

void Access::restore(std::string_view user, std::string_view vhost, Permission permission,
                     DefinitionId id) {
    if (find(user) == nullptr) nobody(user);
    account(user).vhosts[std::string(vhost)].permission.emplace(compile(std::move(permission), id));
}

void Access::restore(std::string_view user, std::string_view vhost, const std::string& exchange,
                     TopicPermission permission, DefinitionId id) {
    if (find(user) == nullptr) nobody(user);
    account(user).vhosts[std::string(vhost)].topics.insert_or_assign(
        exchange, compile(std::move(permission), user, vhost, id));
}

// For those who look

std::vector<AccessChange> Access::all() const {
    std::vector<AccessChange> changes;
    for (const auto& [name, account] : accounts_) {
        changes.push_back(UserIs{account.user});
        for (const auto& [vhost, grants] : account.vhosts) {
            if (grants.permission) changes.push_back(VhostSeen{name, vhost, true});
        }
    }
    return changes;
}

void Access::changed(const AccessChange& change) {
    ++generation_;
    if (listener_ != nullptr) listener_->access_changed(change);
}

void Access::tell(EventType type, std::string_view name, std::string_view vhost,
                  std::string_view detail) {
    observation_.tell({.type = type, .vhost = vhost, .name = name, .detail = detail});
}

}  // namespace leveret::broker::access

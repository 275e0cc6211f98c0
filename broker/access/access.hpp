// Who there is and what they may do: users, and their permissions in vhosts, all of them durable.
//
// Whether a vhost is there is not known here: broker::Broker, which has both, asks first.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "broker/access/name_pattern.hpp"
#include "broker/access/user.hpp"
#include "broker/insight/observation.hpp"
#include "storage/store.hpp"

namespace leveret::broker::access {

using UserPtr = std::shared_ptr<const User>;

/// A user was made or has changed.
struct UserIs {
    UserPtr user;
};
/// A user is gone, with all its permissions.
struct UserGone {
    std::string name;
};
/// A user got its first, or lost its last permission in a vhost.
struct VhostSeen {
    std::string user;
    std::string vhost;
    bool seen;
};
/// What others must know to answer for users on a thread of theirs.
using AccessChange = std::variant<UserIs, UserGone, VhostSeen>;

/// Thread: broker thread.
class AccessListener {
public:
    virtual void access_changed(const AccessChange& change) = 0;

protected:
    ~AccessListener() = default;
};

/// A permission of a user in one vhost, ready to be asked.
struct CompiledPermission {
    Permission texts;
    NamePattern configure;
    NamePattern write;
    NamePattern read;
    storage::DefinitionId id{};
};

struct CompiledTopicPermission {
    TopicPermission texts;
    NamePattern write;
    NamePattern read;
    storage::DefinitionId id{};
};

/// All that one user has in one vhost.
struct Grants {
    std::optional<CompiledPermission> permission;
    std::map<std::string, CompiledTopicPermission, std::less<>> topics;  ///< by exchange
};

/// A user and its grants by vhost.
struct Account {
    UserPtr user;
    storage::DefinitionId id{};
    std::map<std::string, Grants, std::less<>> vhosts;
};

/// Throws: ValidationFailed when the pattern is no regular expression.
void validate_pattern(const std::string& text);

/// Thread: broker thread.
class Access {
public:
    Access(storage::Store& store, insight::Observation& observation)
        : store_(store), observation_(observation) {}

    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;

    using Accounts = std::map<std::string, Account, std::less<>>;
    [[nodiscard]] const Accounts& accounts() const { return accounts_; }
    /// Returns: nullptr when there is none. The same holds below.
    [[nodiscard]] const Account* find(std::string_view user) const;
    [[nodiscard]] UserPtr find_user(std::string_view name) const;
    [[nodiscard]] const Grants* find_grants(std::string_view user, std::string_view vhost) const;

    /// Makes the user, or puts it in the place of the one of its name, which keeps its permissions.
    /// Throws:  ValidationFailed when the name is empty or longer than limits::name_octets.
    /// Returns: whether it is a new one.
    bool set_user(User user);
    /// With all its permissions. Returns: whether there was one; so do the others.
    bool delete_user(std::string_view name);

    /// Throws:   ValidationFailed when a pattern is no regular expression.
    /// Requires: the user is there.
    /// Returns:  whether there was none; so does the other.
    bool set_permission(std::string_view user, std::string_view vhost, Permission permission);
    bool clear_permission(std::string_view user, std::string_view vhost);
    bool set_topic_permission(std::string_view user, std::string_view vhost,
                              const std::string& exchange, TopicPermission permission);
    /// `exchange`: nothing given means those of all exchanges.
    bool clear_topic_permissions(std::string_view user, std::string_view vhost,
                                 std::optional<std::string_view> exchange);
    /// The vhost goes, and what users have in it.
    void forget_vhost(std::string_view vhost);

    // Restart: what was read from the store.
    void restore(User user, storage::DefinitionId id);
    void restore(std::string_view user, std::string_view vhost, Permission permission,
                 storage::DefinitionId id);
    void restore(std::string_view user, std::string_view vhost, const std::string& exchange,
                 TopicPermission permission, storage::DefinitionId id);

    /// Raised by every change that could allow or forbid anything: an answer that was remembered
    /// holds while this stands.
    [[nodiscard]] std::uint64_t generation() const { return generation_; }

    /// None: nobody.
    /// Lifetime: the listener outlives it, or is taken out by nullptr.
    void set_listener(AccessListener* listener) { listener_ = listener; }
    /// Returns: what a listener must be told to know all that stands.
    [[nodiscard]] std::vector<AccessChange> all() const;

private:
    [[nodiscard]] Account& account(std::string_view user);
    [[nodiscard]] storage::DefinitionId id_for(const storage::DefinitionId* standing);
    void erase(Grants& grants);
    void tidy(Account& account, std::string_view vhost);
    void changed(const AccessChange& change);
    void tell(insight::EventType type, std::string_view name, std::string_view vhost = {},
              std::string_view detail = {});

    storage::Store& store_;
    insight::Observation& observation_;
    Accounts accounts_;
    std::uint64_t generation_ = 1;
    AccessListener* listener_ = nullptr;
};

}  // namespace leveret::broker::access

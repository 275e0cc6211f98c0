// Users and permissions as records of the store, and back. Their tags are on disk: numbers are
// never changed and never used again.
#pragma once

#include <string>
#include <string_view>

#include "broker/access/user.hpp"
#include "storage/definition.hpp"

namespace leveret::broker::access::stored {

[[nodiscard]] storage::Definition user(storage::DefinitionId id, const access::User& user);
[[nodiscard]] storage::Definition permission(storage::DefinitionId id, std::string_view user,
                                             std::string_view vhost,
                                             const access::Permission& permission);
[[nodiscard]] storage::Definition topic_permission(storage::DefinitionId id, std::string_view user,
                                                   std::string_view vhost,
                                                   std::string_view exchange,
                                                   const access::TopicPermission& permission);

struct Permission {
    std::string user;
    std::string vhost;
    access::Permission permission;
};
struct TopicPermission {
    std::string user;
    std::string vhost;
    std::string exchange;
    access::TopicPermission permission;
};

/// All of them throw StorageError, naming the record, when a field that must be there is not, or is
/// not what it must be.
[[nodiscard]] access::User read_user(const storage::Definition& definition);
[[nodiscard]] Permission read_permission(const storage::Definition& definition);
[[nodiscard]] TopicPermission read_topic_permission(const storage::Definition& definition);

}  // namespace leveret::broker::access::stored

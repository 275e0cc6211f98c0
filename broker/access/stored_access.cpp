#include "broker/access/stored_access.hpp"

#include "broker/stored_fields.hpp"

namespace leveret::broker::access::stored {

using broker::stored::add;
using broker::stored::add_number;
using broker::stored::add_octet;
using broker::stored::Tag;
using broker::stored::text;
using storage::Definition;
using storage::DefinitionId;
using storage::DefinitionKind;

Definition user(DefinitionId id, const access::User& user) {
    Definition definition{.kind = DefinitionKind::user, .id = id};
    add(definition, Tag::name, user.name);
    add_octet(definition, Tag::algorithm, static_cast<std::uint8_t>(user.password.algorithm));
    add(definition, Tag::password, user.password.octets);
    for (const std::string& tag : user.tags) add(definition, Tag::tag, tag);
    add_number(definition, Tag::connections, user.limits.connections);
    add_number(definition, Tag::channels, user.limits.channels);
    return definition;
}

Definition permission(DefinitionId id, std::string_view user, std::string_view vhost,
                      const access::Permission& permission) {
    Definition definition{.kind = DefinitionKind::permission, .id = id};
    add(definition, Tag::user, user);
    add(definition, Tag::vhost, vhost);
    add(definition, Tag::configure, permission.configure);
    add(definition, Tag::write, permission.write);
    add(definition, Tag::read, permission.read);
    return definition;
}

Definition topic_permission(DefinitionId id, std::string_view user, std::string_view vhost,
                            std::string_view exchange, const access::TopicPermission& permission) {
    Definition definition{.kind = DefinitionKind::topic_permission, .id = id};
    add(definition, Tag::user, user);
    add(definition, Tag::vhost, vhost);
    add(definition, Tag::exchange, exchange);
    add(definition, Tag::write, permission.write);
    add(definition, Tag::read, permission.read);
    return definition;
}

access::User read_user(const Definition& definition) {
    const std::uint8_t algorithm = broker::stored::octet(definition, Tag::algorithm);
    if (algorithm > static_cast<std::uint8_t>(HashAlgorithm::bcrypt)) {
        broker::stored::damaged(definition, Tag::algorithm, "is unknown");
    }
    return {.name = text(definition, Tag::name),
            .password = {static_cast<HashAlgorithm>(algorithm), text(definition, Tag::password)},
            .tags = broker::stored::texts(definition, Tag::tag),
            .limits = {.connections = broker::stored::number(definition, Tag::connections),
                       .channels = broker::stored::number(definition, Tag::channels)}};
}

Permission read_permission(const Definition& definition) {
    return {.user = text(definition, Tag::user),
            .vhost = text(definition, Tag::vhost),
            .permission = {.configure = text(definition, Tag::configure),
                           .write = text(definition, Tag::write),
                           .read = text(definition, Tag::read)}};
}

TopicPermission read_topic_permission(const Definition& definition) {
    return {
        .user = text(definition, Tag::user),
        .vhost = text(definition, Tag::vhost),
        .exchange = text(definition, Tag::exchange),
        .permission = {.write = text(definition, Tag::write), .read = text(definition, Tag::read)}};
}

}  // namespace leveret::broker::access::stored

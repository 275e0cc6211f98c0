// The fields of records in the store: tags, and how values are written and read back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/amqp/field_table.hpp"
#include "storage/definition.hpp"

namespace leveret::broker::stored {

/// Of all kinds of records together. On disk: numbers are never changed and never used again.
enum class Tag : std::uint16_t {
    vhost = 1,
    name = 2,
    type = 3,
    flags = 4,
    arguments = 5,  ///< an encoded field table without its length
    source = 6,
    destination = 7,
    destination_kind = 8,  ///< one octet: 0 a queue, 1 an exchange
    routing_key = 9,
    pattern = 10,
    priority = 11,     ///< four octets, little-endian
    applies_to = 12,   ///< one octet
    policy_kind = 13,  ///< one octet: 0 a user's, 1 an operator's
    definition = 14,   ///< an encoded field table without its length
    component = 15,
    value = 16,        ///< an encoded field table: its only entry holds the value
    algorithm = 17,    ///< one octet: HashAlgorithm
    password = 18,     ///< PasswordHash::octets
    tag = 19,          ///< one field for each
    connections = 20,  ///< a limit: eight octets, little-endian; missing: none
    channels = 21,     ///< likewise
    configure = 22,
    write = 23,
    read = 24,
    exchange = 25,
    user = 26,
    description = 27,
    queue_type = 28,
};

void add(storage::Definition& definition, Tag tag, std::string_view octets);
void add_octet(storage::Definition& definition, Tag tag, std::uint8_t octet);
/// Nothing is added for nothing.
void add_number(storage::Definition& definition, Tag tag, std::optional<std::int64_t> number);

/// Throws: StorageError that names the record and the field.
[[noreturn]] void damaged(const storage::Definition& definition, Tag tag, std::string_view why);

/// All of these throw as damaged() does when the field is missing, or is not what it must be.
[[nodiscard]] std::string text(const storage::Definition& definition, Tag tag);
[[nodiscard]] std::uint8_t octet(const storage::Definition& definition, Tag tag);
[[nodiscard]] protocol::amqp::FieldTable table(const storage::Definition& definition, Tag tag);

/// A field that may be missing.
[[nodiscard]] std::optional<std::int64_t> number(const storage::Definition& definition, Tag tag);
/// All fields of that tag.
[[nodiscard]] std::vector<std::string> texts(const storage::Definition& definition, Tag tag);

}  // namespace leveret::broker::stored

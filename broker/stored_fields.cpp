#include "broker/stored_fields.hpp"

#include <fmt/format.h>

#include "protocol/amqp/protocol_error.hpp"
#include "storage/storage_error.hpp"

namespace leveret::broker::stored {

using protocol::amqp::FieldTable;
using storage::Definition;
using storage::StorageError;

void add(Definition& definition, Tag tag, std::string_view octets) {
    definition.add(static_cast<std::uint16_t>(tag), std::string(octets));
}

void add_octet(Definition& definition, Tag tag, std::uint8_t octet) {
    definition.add(static_cast<std::uint16_t>(tag), std::string(1, static_cast<char>(octet)));
}

[[noreturn]] void damaged(const Definition& definition, Tag tag, std::string_view why) {
    throw StorageError(fmt::format(
        "definition {} of kind {}: field {} {}", static_cast<std::uint64_t>(definition.id),
        static_cast<unsigned>(definition.kind), static_cast<unsigned>(tag), why));
}

std::string text(const Definition& definition, Tag tag) {
    const auto octets = definition.find(static_cast<std::uint16_t>(tag));
    if (!octets) damaged(definition, tag, "is missing");
    return std::string(*octets);
}

std::uint8_t octet(const Definition& definition, Tag tag) {
    const std::string octets = text(definition, tag);
    if (octets.size() != 1) damaged(definition, tag, "is not one octet");
    return static_cast<std::uint8_t>(octets[0]);
}

FieldTable table(const Definition& definition, Tag tag) {
    try {
        return FieldTable::parse(text(definition, tag));
    } catch (const protocol::amqp::ProtocolError& fault) {
        damaged(definition, tag, fault.explanation());
    }
}

void add_number(Definition& definition, Tag tag, std::optional<std::int64_t> number) {
    if (!number) return;
    std::string octets;
    for (int shift = 0; shift < 64; shift += 8) {
        octets.push_back(static_cast<char>((static_cast<std::uint64_t>(*number) >> shift) & 0xFF));
    }
    add(definition, tag, octets);
}

std::optional<std::int64_t> number(const Definition& definition, Tag tag) {
    const auto octets = definition.find(static_cast<std::uint16_t>(tag));
    if (!octets) return std::nullopt;
    if (octets->size() != 8) damaged(definition, tag, "is not eight octets");
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        value |= std::uint64_t{static_cast<std::uint8_t>((*octets)[i])} << (8 * i);
    }
    return static_cast<std::int64_t>(value);
}

std::vector<std::string> texts(const Definition& definition, Tag tag) {
    std::vector<std::string> found;
    for (const Definition::Field& field : definition.fields) {
        if (field.tag == static_cast<std::uint16_t>(tag)) found.push_back(field.octets);
    }
    return found;
}

}  // namespace leveret::broker::stored

#include "storage/records.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "protocol/assert.hpp"
#include "storage/chunk.hpp"
#include "storage/little_endian.hpp"
#include "storage/storage_error.hpp"

namespace leveret::storage {

namespace {

template <class Number>
void append(std::string& out, Number number) {
    const std::size_t at = out.size();
    out.resize(at + sizeof number);
    store(out.data() + at, number);
}

constexpr std::uint32_t words_of(std::uint32_t entries) { return (entries + 63) / 64; }

constexpr std::size_t ack_header_octets = 8;
constexpr std::uint8_t ack_version = 1;
constexpr std::size_t mark_header_octets = 16;
constexpr std::size_t definition_header_octets = 4;
constexpr std::size_t field_header_octets = 8;
constexpr std::size_t format_octets = 40;
constexpr std::size_t boot_octets = 9;

}  // namespace

std::uint16_t count_of(std::span<const DeliveryCount> counts, std::uint32_t entry) {
    const auto place = std::lower_bound(
        counts.begin(), counts.end(), entry,
        [](const DeliveryCount& count, std::uint32_t wanted) { return count.entry < wanted; });
    return place == counts.end() || place->entry != entry ? std::uint16_t{0} : place->count;
}

std::string AckRecord::encode() const {
    std::string out;
    out.reserve(ack_header_octets + dead.size() * 8 + counts.size() * 4);
    append(out, ack_version);
    append(out, std::uint8_t{0});  // encoding: a plain bitmap
    append(out, static_cast<std::uint16_t>(entries));
    append(out, static_cast<std::uint16_t>(live));
    append(out, static_cast<std::uint16_t>(counts.size()));
    for (const std::uint64_t word : dead) append(out, word);
    for (const DeliveryCount& count : counts) {
        append(out, count.entry);
        append(out, count.count);
    }
    return out;
}

AckRecord AckRecord::decode(std::uint64_t chunk, std::string_view value) {
    const auto refuse = [&](const char* what) {
        throw StorageError("acks of chunk " + std::to_string(chunk) + ": " + what);
    };
    if (value.size() < ack_header_octets) refuse("shorter than a header");
    const char* at = value.data();
    if (load<std::uint8_t>(at) != ack_version || load<std::uint8_t>(at + 1) != 0) {
        refuse("of an unknown version");
    }
    AckRecord record;
    record.entries = load<std::uint16_t>(at + 2);
    record.live = load<std::uint16_t>(at + 4);
    const std::size_t counts = load<std::uint16_t>(at + 6);
    const std::size_t words = words_of(record.entries);
    if (record.entries > chunk_entries_max ||
        value.size() != ack_header_octets + words * 8 + counts * 4) {
        refuse("its sizes contradict each other");
    }
    at += ack_header_octets;
    std::size_t dead_count = 0;
    for (std::size_t i = 0; i < words; ++i, at += 8) {
        record.dead.push_back(load<std::uint64_t>(at));
        dead_count += static_cast<std::size_t>(std::popcount(record.dead.back()));
    }
    if (record.entries % 64 != 0 && record.dead.back() >> record.entries % 64 != 0) {
        refuse("entries that the chunk has not");
    }
    if (dead_count + record.live != record.entries) refuse("its numbers do not add up");
    for (std::size_t i = 0; i < counts; ++i, at += 4) {
        record.counts.push_back({load<std::uint16_t>(at), load<std::uint16_t>(at + 2)});
        if (record.counts.back().entry >= record.entries) refuse("entries that the chunk has not");
    }
    std::sort(record.counts.begin(), record.counts.end(),
              [](DeliveryCount a, DeliveryCount b) { return a.entry < b.entry; });
    return record;
}

std::string PurgeMark::encode() const {
    LEVERET_ASSERT(kept.size() <= purge_kept_max);
    std::string out;
    append(out, below);
    append(out, static_cast<std::uint32_t>(kept.size()));
    append(out, std::uint32_t{0});
    for (const std::uint64_t sequence : kept) append(out, sequence);
    return out;
}

PurgeMark PurgeMark::decode(std::uint64_t queue, std::string_view value) {
    const auto refuse = [&](const char* what) {
        throw StorageError("purge mark of queue " + std::to_string(queue) + ": " + what);
    };
    if (value.size() < mark_header_octets) refuse("shorter than a header");
    PurgeMark mark;
    mark.below = load<std::uint64_t>(value.data());
    const std::size_t count = load<std::uint32_t>(value.data() + 8);
    if (count > purge_kept_max || value.size() != mark_header_octets + count * 8) {
        refuse("its sizes contradict each other");
    }
    for (std::size_t i = 0; i < count; ++i) {
        mark.kept.push_back(load<std::uint64_t>(value.data() + mark_header_octets + i * 8));
    }
    if (!std::is_sorted(mark.kept.begin(), mark.kept.end())) refuse("not in order");
    return mark;
}

std::string encode_definition(const Definition& definition) {
    std::string out;
    append(out, definition.version);
    append(out, definition.flags);
    for (const Definition::Field& field : definition.fields) {
        append(out, field.tag);
        append(out, std::uint16_t{0});
        append(out, static_cast<std::uint32_t>(field.octets.size()));
        out += field.octets;
    }
    return out;
}

Definition decode_definition(DefinitionKind kind, DefinitionId id, std::string_view value) {
    const auto refuse = [&](const char* what) {
        throw StorageError("definition " + std::to_string(static_cast<std::uint64_t>(id)) +
                           " of kind " + std::to_string(static_cast<int>(kind)) + ": " + what);
    };
    if (value.size() < definition_header_octets) refuse("shorter than a header");
    Definition definition;
    definition.kind = kind;
    definition.id = id;
    definition.version = load<std::uint16_t>(value.data());
    definition.flags = load<std::uint16_t>(value.data() + 2);
    value.remove_prefix(definition_header_octets);
    while (!value.empty()) {
        if (value.size() < field_header_octets) refuse("cut short");
        const auto tag = load<std::uint16_t>(value.data());
        const std::size_t octets = load<std::uint32_t>(value.data() + 4);
        value.remove_prefix(field_header_octets);
        if (value.size() < octets) refuse("cut short");
        definition.add(tag, std::string(value.substr(0, octets)));
        value.remove_prefix(octets);
    }
    return definition;
}

std::string FormatRecord::encode() const {
    std::string out;
    append(out, version);
    append(out, min_reader_version);
    out.append(uuid.data(), uuid.size());
    append(out, created_unix_ms);
    append(out, page_octets);
    append(out, chunk_pages);
    return out;
}

FormatRecord FormatRecord::decode(std::string_view value) {
    if (value.size() < format_octets) throw StorageError("meta format: cut short");
    FormatRecord record;
    record.version = load<std::uint32_t>(value.data());
    record.min_reader_version = load<std::uint32_t>(value.data() + 4);
    std::memcpy(record.uuid.data(), value.data() + 8, record.uuid.size());
    record.created_unix_ms = load<std::uint64_t>(value.data() + 24);
    record.page_octets = load<std::uint32_t>(value.data() + 32);
    record.chunk_pages = load<std::uint32_t>(value.data() + 36);
    return record;
}

std::string BootRecord::encode() const {
    std::string out;
    append(out, count);
    append(out, last_unclean);
    append(out, static_cast<std::uint8_t>(clean ? 1 : 0));
    return out;
}

BootRecord BootRecord::decode(std::string_view value) {
    if (value.size() < boot_octets) throw StorageError("meta boot: cut short");
    return {load<std::uint32_t>(value.data()), load<std::uint32_t>(value.data() + 4),
            value[8] != 0};
}

}  // namespace leveret::storage

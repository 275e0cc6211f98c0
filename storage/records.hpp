// The small records on disk: acks of a chunk, purge marks, definitions, and what the store knows
// of itself. README.md has them octet by octet.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/definition.hpp"

namespace leveret::storage {

/// An entry of a chunk that was delivered before: `count` - 1 deliveries failed.
struct DeliveryCount {
    std::uint16_t entry{};
    std::uint16_t count{};
    bool operator==(const DeliveryCount&) const = default;
};

/// Returns: the count of an entry, 0 when it has none. They stand by rising entry.
[[nodiscard]] std::uint16_t count_of(std::span<const DeliveryCount> counts, std::uint32_t entry);

/// Which entries of a chunk are dead, and which were delivered before.
struct AckRecord {
    std::uint32_t entries{};
    std::uint32_t live{};
    std::vector<std::uint64_t> dead{};    ///< a bit for each entry, the first one lowest
    std::vector<DeliveryCount> counts{};  ///< by rising entry

    [[nodiscard]] std::string encode() const;
    /// Throws: StorageError that names the chunk.
    [[nodiscard]] static AckRecord decode(std::uint64_t chunk, std::string_view value);
    bool operator==(const AckRecord&) const = default;
};

/// Everything in the queue below `below` is dead, except `kept`, in rising order.
struct PurgeMark {
    std::uint64_t below{};
    std::vector<std::uint64_t> kept{};

    [[nodiscard]] std::string encode() const;
    /// Throws: StorageError that names the queue.
    [[nodiscard]] static PurgeMark decode(std::uint64_t queue, std::string_view value);
    bool operator==(const PurgeMark&) const = default;
};
/// More than this are not listed: such a purge is written as settles.
inline constexpr std::size_t purge_kept_max = 4096;

/// The value of a definition; kind and id are its key.
[[nodiscard]] std::string encode_definition(const Definition& definition);
/// Throws: StorageError that names kind and id.
[[nodiscard]] Definition decode_definition(DefinitionKind kind, DefinitionId id,
                                           std::string_view value);

/// The record `format` of meta.
struct FormatRecord {
    std::uint32_t version = 1;
    std::uint32_t min_reader_version = 1;
    std::array<char, 16> uuid{};
    std::uint64_t created_unix_ms{};
    std::uint32_t page_octets = 4096;
    std::uint32_t chunk_pages = 16;

    [[nodiscard]] std::string encode() const;
    /// Throws: StorageError.
    [[nodiscard]] static FormatRecord decode(std::string_view value);
    bool operator==(const FormatRecord&) const = default;
};

/// The record `boot` of meta.
struct BootRecord {
    std::uint32_t count{};
    std::uint32_t last_unclean{};
    bool clean{};

    [[nodiscard]] std::string encode() const;
    /// Throws: StorageError.
    [[nodiscard]] static BootRecord decode(std::string_view value);
    bool operator==(const BootRecord&) const = default;
};

}  // namespace leveret::storage

// A definition as the store keeps it: a kind, an id, and tagged octets whose meaning is the
// broker's affair.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leveret::storage {

/// Written to disk: numbers are never changed and never used again.
enum class DefinitionKind : std::uint8_t {
    vhost = 1,
    user = 2,
    permission = 3,
    exchange = 4,
    queue = 5,
    binding = 6,
    policy = 7,
    parameter = 8,
    stream = 9,
    topic_permission = 10,
    console_setting = 11,
};

/// Given by Store::next_id(), unique among all kinds, never reused. A durable queue's definition
/// carries the number of its QueueId.
enum class DefinitionId : std::uint64_t {};

struct Definition {
    /// A broker that does not know the kind may pass over the record instead of refusing to start.
    static constexpr std::uint16_t flag_ignorable = 1;

    struct Field {
        std::uint16_t tag{};
        std::string octets{};
        bool operator==(const Field&) const = default;
    };

    DefinitionKind kind{};
    DefinitionId id{};
    std::uint16_t version = 1;  ///< of the record, for its reader
    std::uint16_t flags = 0;
    std::vector<Field> fields{};  ///< tags may repeat; unknown ones are passed over by the reader

    bool operator==(const Definition&) const = default;

    void add(std::uint16_t tag, std::string octets) { fields.push_back({tag, std::move(octets)}); }
    /// Returns: the octets of the first field of that tag.
    [[nodiscard]] std::optional<std::string_view> find(std::uint16_t tag) const {
        const auto place = std::find_if(fields.begin(), fields.end(),
                                        [&](const Field& field) { return field.tag == tag; });
        if (place == fields.end()) return std::nullopt;
        return place->octets;
    }
};

}  // namespace leveret::storage

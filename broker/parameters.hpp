// Runtime parameters: named values in the broker, by component in a vhost, or global, where tools
// keep theirs. What one means is its component's affair.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/amqp/field_table.hpp"
#include "storage/store.hpp"

namespace leveret::broker {

/// The component of a vhost's limits, and the name that it has there.
inline constexpr std::string_view vhost_limits_component = "vhost-limits";
inline constexpr std::string_view vhost_limits_name = "limits";
inline constexpr std::string_view connections_limit = "max-connections";
inline constexpr std::string_view queues_limit = "max-queues";

/// What a vhost may have; nothing: no limit.
struct VhostLimits {
    std::optional<std::uint64_t> connections{};
    std::optional<std::uint64_t> queues{};
};

/// Rule: RabbitMQ: a negative number is no limit.
[[nodiscard]] VhostLimits vhost_limits_of(const protocol::amqp::FieldValue& value);

/// Throws: ValidationFailed when there is no such component, or the value is none that it takes.
/// Rule:   RabbitMQ: policies are set as policies; the components of plugins that are not there,
///         shovels and federation, are unknown.
void validate_parameter(std::string_view component, std::string_view name,
                        const protocol::amqp::FieldValue& value);

/// Values are JSON's: Void is null; whole numbers are 64-bit integers.
/// Thread: broker thread.
class Parameters {
public:
    struct Key {
        std::string component;  ///< empty: global
        std::string name;
        auto operator<=>(const Key&) const = default;
    };
    struct Entry {
        protocol::amqp::FieldValue value;
        storage::DefinitionId id{};
    };

    /// `vhost`: empty for the global ones.
    Parameters(std::string vhost, storage::Store& store)
        : vhost_(std::move(vhost)), store_(store) {}

    /// The store is told.
    void set(Key key, protocol::amqp::FieldValue value);
    /// Returns: whether there was one.
    bool erase(const Key& key);
    /// It was read from the store.
    void restore(Key key, protocol::amqp::FieldValue value, storage::DefinitionId id);

    [[nodiscard]] const std::map<Key, Entry>& all() const { return entries_; }
    /// Returns: nullptr when there is none.
    [[nodiscard]] const protocol::amqp::FieldValue* find(const Key& key) const;

private:
    std::string vhost_;
    storage::Store& store_;
    std::map<Key, Entry> entries_;
};

}  // namespace leveret::broker

// Vhosts, exchanges, queues, bindings, policies and parameters as records of the store, and back.
// Their flags are on disk: numbers are never changed and never used again.
#pragma once

#include <string>
#include <string_view>

#include "broker/parameters.hpp"
#include "broker/policy.hpp"
#include "broker/queue.hpp"
#include "broker/vhost_metadata.hpp"
#include "protocol/amqp/field_table.hpp"
#include "routing/exchange.hpp"
#include "storage/definition.hpp"

namespace leveret::broker::stored {

[[nodiscard]] storage::Definition vhost(storage::DefinitionId id, std::string_view name,
                                        const VhostMetadata& metadata);
[[nodiscard]] storage::Definition exchange(storage::DefinitionId id, std::string_view vhost,
                                           const routing::ExchangeProperties& properties);
/// Its id is the queue's.
[[nodiscard]] storage::Definition queue(std::string_view vhost, const broker::Queue& queue);
[[nodiscard]] storage::Definition binding(storage::DefinitionId id, std::string_view vhost,
                                          const routing::Binding& binding);

[[nodiscard]] storage::Definition policy(storage::DefinitionId id, std::string_view vhost,
                                         PolicyKind kind, const broker::Policy& policy);
/// `vhost`: empty for a global one.
[[nodiscard]] storage::Definition parameter(storage::DefinitionId id, std::string_view vhost,
                                            const Parameters::Key& key,
                                            const protocol::amqp::FieldValue& value);

struct Vhost {
    std::string name;
    VhostMetadata metadata;
};
struct Exchange {
    std::string vhost;
    routing::ExchangeProperties properties;
};
struct Queue {
    std::string vhost;
    std::string name;
    bool auto_delete = false;
    bool delays = false;  ///< its name is that of an exchange
    bool paused = false;
    protocol::amqp::FieldTable arguments;
};
struct Binding {
    std::string vhost;
    std::string source;
    std::string destination;
    routing::Destination::Kind destination_kind{};
    std::string routing_key;
    protocol::amqp::FieldTable arguments;
};

struct Policy {
    std::string vhost;
    PolicyKind kind{};
    broker::Policy policy;
};
struct Parameter {
    std::string vhost;
    Parameters::Key key;
    protocol::amqp::FieldValue value;
};

/// All of them throw StorageError, naming the record, when a field that must be there is not, or is
/// not what it must be.
[[nodiscard]] Vhost read_vhost(const storage::Definition& definition);
[[nodiscard]] Exchange read_exchange(const storage::Definition& definition);
[[nodiscard]] Queue read_queue(const storage::Definition& definition);
[[nodiscard]] Binding read_binding(const storage::Definition& definition);
[[nodiscard]] Policy read_policy(const storage::Definition& definition);
[[nodiscard]] Parameter read_parameter(const storage::Definition& definition);

}  // namespace leveret::broker::stored

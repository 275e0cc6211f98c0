// Exchanges, queues and bindings as records of the store, and back. Their tags and flags are on
// disk: numbers are never changed and never used again.
#pragma once

#include <string>
#include <string_view>

#include "broker/queue.hpp"
#include "protocol/amqp/field_table.hpp"
#include "routing/exchange.hpp"
#include "storage/definition.hpp"

namespace leveret::broker::stored {

[[nodiscard]] storage::Definition exchange(storage::DefinitionId id, std::string_view vhost,
                                           const routing::ExchangeProperties& properties);
[[nodiscard]] storage::Definition queue(storage::DefinitionId id, std::string_view vhost,
                                        std::string_view name, const QueueProperties& properties);
[[nodiscard]] storage::Definition binding(storage::DefinitionId id, std::string_view vhost,
                                          const routing::Binding& binding);

struct Exchange {
    std::string vhost;
    routing::ExchangeProperties properties;
};
struct Queue {
    std::string vhost;
    std::string name;
    bool auto_delete = false;
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

/// All three throw StorageError, naming the record, when a field that must be there is not, or is
/// not what it must be.
[[nodiscard]] Exchange read_exchange(const storage::Definition& definition);
[[nodiscard]] Queue read_queue(const storage::Definition& definition);
[[nodiscard]] Binding read_binding(const storage::Definition& definition);

}  // namespace leveret::broker::stored

// A binding: which messages of a source exchange go to a destination. Made and owned by its source
// (Exchange::bind); it hangs in three lists, so that either end can go without searching the other.

#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/amqp/field_table.hpp"
#include "routing/visit_mark.hpp"
#include "routing/walk_list.hpp"

namespace leveret::routing {

class Exchange;
class Destination;

namespace intrusive = boost::intrusive;

/// What makes two bindings of one source the same.
/// Rule: RabbitMQ: source, destination, routing key and arguments, whatever the arguments' order.
struct BindingIdentity {
    const Destination* destination;
    std::string_view routing_key;
    std::string_view arguments_octets;  ///< encoded, sorted by key: NaN equals itself here

    bool operator==(const BindingIdentity&) const = default;
};

struct BindingIdentityHash {
    std::size_t operator()(const BindingIdentity& identity) const noexcept;
};

using SourceHook = intrusive::list_base_hook<intrusive::tag<struct OfSource>>;
using DestinationHook = intrusive::list_base_hook<intrusive::tag<struct OfDestination>>;
using SameKeyHook = intrusive::list_base_hook<intrusive::tag<struct OfSameKey>>;

/// Lifetime: until unbound, or either end goes.
struct Binding : SourceHook, DestinationHook, SameKeyHook, VisitMark, Walkable {
    /// `sorted_arguments` are sorted by key; `octets` are the same, encoded.
    Binding(Exchange& from, Destination& to, std::string_view key,
            protocol::amqp::FieldTable sorted_arguments, std::string octets);
    Binding(const Binding&) = delete;
    Binding& operator=(const Binding&) = delete;

    [[nodiscard]] BindingIdentity identity() const {
        return {&destination, routing_key, arguments_octets};
    }

    Exchange& source;
    Destination& destination;
    const std::string routing_key;
    const protocol::amqp::FieldTable arguments;  ///< sorted by key
    const std::string arguments_octets;          ///< `arguments` encoded, without the length
    std::uint64_t messages = 0;                  ///< that matched; see Route::count()
};

/// Every binding of a source, in the order they were made.
using OutgoingBindings = intrusive::list<Binding, intrusive::base_hook<SourceHook>>;
/// Every binding to a destination, in the order they were made.
using IncomingBindings = intrusive::list<Binding, intrusive::base_hook<DestinationHook>>;
/// The bindings of a source with equal routing keys. Unsized: a topic trie has very many of them.
using SameKeyBindings = intrusive::list<Binding, intrusive::base_hook<SameKeyHook>,
                                        intrusive::constant_time_size<false>>;

}  // namespace leveret::routing

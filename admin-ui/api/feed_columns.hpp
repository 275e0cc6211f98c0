// The columns of the feed's lists: how each is read from a snapshot, to be shown and to be sorted
// by.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "admin-ui/api/json_select.hpp"
#include "broker/insight/snapshots.hpp"

namespace leveret::admin {

/// A cell: something to sort by, or JSON that has no order.
struct Cell {
    SortKey value;     ///< nothing: the object has no such thing
    std::string json;  ///< of a table; empty when `value` says it all
};
[[nodiscard]] std::string to_json(const Cell& cell);

template <class Row>
struct Column {
    std::string_view name;
    Cell (*read)(const Row&);
};

/// Returns: nullptr when there is no such column. Counters are shown as rates.
template <class Row>
[[nodiscard]] const Column<Row>* find_column(std::string_view name);

/// What tells a row from all others: for queues and exchanges the vhost and the name, with a NUL
/// between them.
[[nodiscard]] std::string row_key(const broker::insight::QueueSnapshot& queue);
[[nodiscard]] std::string row_key(const broker::insight::ExchangeSnapshot& exchange);
[[nodiscard]] std::string row_key(const broker::insight::ConnectionSnapshot& connection);
[[nodiscard]] std::string row_key(const broker::insight::ChannelSnapshot& channel);
[[nodiscard]] std::string row_key(const broker::insight::ConsumerSnapshot& consumer);

/// What a search by name looks at.
[[nodiscard]] std::string row_name(const broker::insight::QueueSnapshot& queue);
[[nodiscard]] std::string row_name(const broker::insight::ExchangeSnapshot& exchange);
[[nodiscard]] std::string row_name(const broker::insight::ConnectionSnapshot& connection);
[[nodiscard]] std::string row_name(const broker::insight::ChannelSnapshot& channel);
[[nodiscard]] std::string row_name(const broker::insight::ConsumerSnapshot& consumer);

}  // namespace leveret::admin

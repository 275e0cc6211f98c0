// Objects of the API as lines of a terminal: columns by name, as rabbitmqctl lays them out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "admin-ui/api/json_value.hpp"

namespace leveret::cli::ctl {

enum class Formatter { table, json };

/// A column as the user names it, and where it stands in an object: `queue_name` at `queue.name`.
struct ColumnName {
    std::string shown;
    std::string path;
};

/// Returns: the value at a dotted path, or nullptr.
[[nodiscard]] const admin::JsonValue* value_at(const admin::JsonObject& object,
                                               std::string_view path);

/// Returns: the value in a cell: a text as it is but for control characters, all else as JSON.
[[nodiscard]] std::string cell_text(const admin::JsonValue* value);

/// Returns: a value as JSON.
[[nodiscard]] std::string json_text(const admin::JsonValue& value);

/// Returns: the rows, with a line of names first; columns apart by tabs. As JSON an array of
/// objects.
[[nodiscard]] std::string table_text(const admin::JsonArray& rows,
                                     const std::vector<ColumnName>& columns, Formatter formatter);

}  // namespace leveret::cli::ctl

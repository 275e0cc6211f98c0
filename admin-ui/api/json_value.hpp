// JSON that came from a client, as a value of ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "admin-ui/api/limits.hpp"

namespace leveret::admin {

struct JsonValue;
using JsonArray = std::vector<JsonValue>;
/// Members in their order. Keys may repeat; the last one counts.
using JsonObject = std::vector<std::pair<std::string, JsonValue>>;

struct JsonValue {
    std::variant<std::monostate, bool, std::int64_t, double, std::string, JsonArray, JsonObject>
        content{};

    [[nodiscard]] bool is_null() const { return content.index() == 0; }
    template <class Type>
    [[nodiscard]] const Type* as() const {
        return std::get_if<Type>(&content);
    }
};

/// Returns: the member of that name, or nullptr.
[[nodiscard]] const JsonValue* find(const JsonObject& object, std::string_view name);

/// Throws: ApiError(400, not_json) when it is none, nested deeper than limits::json_depth, or has
///         more values than allowed.
[[nodiscard]] JsonValue parse_json(std::string_view text,
                                   std::size_t values_most = limits::json_values);

/// The body of a request, which must be an object; nothing, `null` and `undefined` are an empty
/// one.
/// Throws: ApiError(400).
[[nodiscard]] JsonObject parse_body(std::string_view text,
                                    std::size_t values_most = limits::json_values);

}  // namespace leveret::admin

// Members of a request's body, read as the type they must have. Booleans and integers may come as
// texts: old tools send everything so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "admin-ui/api/json_value.hpp"
#include "admin-ui/api/target.hpp"

namespace leveret::admin {

/// Returns: the member, or nothing when it is not there or null.
/// Throws:  ApiError(400) naming the key and what was wrong with it.
[[nodiscard]] std::optional<bool> bool_member(const JsonObject& object, std::string_view key);
[[nodiscard]] std::optional<std::int64_t> int_member(const JsonObject& object,
                                                     std::string_view key);
[[nodiscard]] std::optional<std::string> text_member(const JsonObject& object,
                                                     std::string_view key);
/// Returns: the object, an empty one when it is not there; some tools send `[]` for that.
[[nodiscard]] JsonObject object_member(const JsonObject& object, std::string_view key);

/// Throws: ApiError(400, key_missing) when it is not there.
[[nodiscard]] std::string required_text(const JsonObject& object, std::string_view key);

/// Returns: the number, or nothing when the text is none.
[[nodiscard]] std::optional<std::uint64_t> parse_natural(std::string_view text);

/// A number among the parameters of a query.
/// Throws: ApiError(400) when it is none or out of range.
[[nodiscard]] std::uint64_t natural_parameter(const Query& query, std::string_view name,
                                              std::uint64_t otherwise, std::uint64_t least,
                                              std::uint64_t most);

}  // namespace leveret::admin

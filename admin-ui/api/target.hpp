// The target of a request: a path of segments and a query, decoded once.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leveret::admin {

/// The parameters behind the question mark, in their order.
class Query {
public:
    Query() = default;
    explicit Query(std::vector<std::pair<std::string, std::string>> parameters)
        : parameters_(std::move(parameters)) {}

    /// Returns: the first one of that name.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }
    /// Whether it says `true`, as RabbitMQ wants it.
    [[nodiscard]] bool is_true(std::string_view name) const { return find(name) == "true"; }

private:
    std::vector<std::pair<std::string, std::string>> parameters_;
};

struct Target {
    std::vector<std::string> segments;  ///< decoded; a trailing slash leaves none
    Query query;
};

/// Splits at the slashes, then decodes each segment once: `%2F` is the vhost "/", `%252F` is the
/// three characters "%2F", and a plus stays a plus.
/// Throws: ApiError(400) on escapes that are none, and when the outcome is no UTF-8.
[[nodiscard]] Target parse_target(std::string_view target);

/// A query or a form: here a plus is a space.
/// Throws: as parse_target().
[[nodiscard]] Query parse_query(std::string_view query);

/// Escapes all but letters, digits and `-._~`, with upper-case digits.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// Undoes escapes. Returns: nothing when one is malformed.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

}  // namespace leveret::admin

// What a request wants of a list: which items, in which order, which part of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "admin-ui/api/json_select.hpp"
#include "admin-ui/api/target.hpp"

namespace leveret::admin {

/// Whether a name is asked for: a part of it or a regular expression, without regard to case.
class NameFilter {
public:
    /// Throws: ApiError(400) when the expression is none, or too long.
    NameFilter(std::string_view pattern, bool is_regex);
    ~NameFilter();
    NameFilter(NameFilter&&) noexcept;

    [[nodiscard]] bool matches(std::string_view name) const;

private:
    struct Regex;
    std::string lower_;
    std::unique_ptr<Regex> regex_;
};

struct Page {
    std::uint64_t number = 1;
    std::uint64_t size = 100;
};

struct ListQuery {
    std::optional<std::string> sort;  ///< empty: in no order
    bool reverse = false;
    Columns columns;
    std::optional<Page> page;
    std::optional<NameFilter> name;  ///< only with a page
};

/// Throws: ApiError(400) on pages that are none.
[[nodiscard]] ListQuery parse_list_query(const Query& query);

/// What measured values are left out of objects.
struct StatsChoice {
    bool stats = true;          ///< false: configuration only
    bool queue_totals = false;  ///< without stats, still the lengths of queues
};
[[nodiscard]] StatsChoice stats_choice(const Query& query);

}  // namespace leveret::admin

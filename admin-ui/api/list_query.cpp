#include "admin-ui/api/list_query.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "admin-ui/api/error.hpp"
#include "admin-ui/api/limits.hpp"

namespace leveret::admin {

namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

std::optional<std::int64_t> integer(std::string_view text) {
    std::int64_t value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

Page parse_page(const Query& query) {
    const auto number = integer(query.find("page").value_or("1"));
    const auto size = query.find("page_size")
                          ? integer(*query.find("page_size"))
                          : std::optional<std::int64_t>(limits::page_size_default);
    if (!number || !size) throw bad_request("Pagination parameters are invalid");
    if (*number < 1 || *size < 1 || *size > static_cast<std::int64_t>(limits::page_size_most)) {
        throw ApiError(400, "invalid_pagination_parameters",
                       fmt::format("Invalid pagination parameters: page number {}, page size {}",
                                   *number, *size));
    }
    return {static_cast<std::uint64_t>(*number), static_cast<std::uint64_t>(*size)};
}

}  // namespace

struct NameFilter::Regex {
    Regex(std::string_view pattern, const RE2::Options& options)
        : expression(re2::StringPiece(pattern.data(), pattern.size()), options) {}
    RE2 expression;
};

NameFilter::NameFilter(std::string_view pattern, bool is_regex) {
    if (!is_regex) {
        lower_ = lower(pattern);
        return;
    }
    if (pattern.size() > limits::regex_characters) {
        throw bad_request(
            fmt::format("a regular expression may have {} characters", limits::regex_characters));
    }
    RE2::Options options;
    options.set_case_sensitive(false);
    options.set_log_errors(false);
    options.set_max_mem(limits::regex_octets);
    regex_ = std::make_unique<Regex>(pattern, options);
    if (!regex_->expression.ok()) {
        throw bad_request(
            fmt::format("invalid regular expression: {}", regex_->expression.error()));
    }
}

NameFilter::~NameFilter() = default;
NameFilter::NameFilter(NameFilter&&) noexcept = default;

bool NameFilter::matches(std::string_view name) const {
    if (regex_) {
        return RE2::PartialMatch(re2::StringPiece(name.data(), name.size()), regex_->expression);
    }
    return lower(name).find(lower_) != std::string::npos;
}

ListQuery parse_list_query(const Query& query) {
    ListQuery list;
    if (const auto sort = query.find("sort")) list.sort = *sort;
    list.reverse = query.is_true("sort_reverse");
    if (const auto columns = query.find("columns")) list.columns = Columns(*columns);
    if (!query.has("page")) return list;
    list.page = parse_page(query);
    const auto name = query.find("name");
    if (name && !name->empty()) list.name.emplace(*name, query.is_true("use_regex"));
    return list;
}

StatsChoice stats_choice(const Query& query) {
    return {.stats = !query.is_true("disable_stats"),
            .queue_totals = query.is_true("enable_queue_totals")};
}

}  // namespace leveret::admin

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "admin-ui/api/route_table.hpp"

namespace leveret::admin {

namespace {

constexpr std::array<std::pair<Method, std::string_view>, 6> method_names{{
    {Method::head, "HEAD"},
    {Method::get, "GET"},
    {Method::put, "PUT"},
    {Method::post, "POST"},
    {Method::remove, "DELETE"},
    {Method::options, "OPTIONS"},
}};

std::string_view name_of(Method method) {
    for (const auto& [known, name] : method_names) {
        if (known == method) return name;
    }
    return "?";
}

/// How a pattern fits a path.
struct Fit {
    std::vector<bool> fixed;  ///< which segments are words of the pattern
    std::vector<std::string> values;
};

std::optional<Fit> fit(std::string_view pattern, std::span<const std::string> segments) {
    Fit result;
    pattern.remove_prefix(1);
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (pattern.empty()) return std::nullopt;
        const std::size_t end = std::min(pattern.find('/'), pattern.size());
        const std::string_view part = pattern.substr(0, end);
        pattern.remove_prefix(std::min(pattern.size(), end + 1));
        const bool fixed = !part.starts_with('{');
        if (fixed ? part != segments[i] : segments[i].empty()) return std::nullopt;
        result.fixed.push_back(fixed);
        if (!fixed) result.values.push_back(segments[i]);
    }
    if (!pattern.empty()) return std::nullopt;
    return result;
}

}  // namespace

std::string_view to_string(Right right) {
    switch (right) {
        case Right::none:
            return "anybody";
        case Right::any:
            return "any user of the API";
        case Right::vhost:
            return "with access to the vhost";
        case Right::policymaker:
            return "policymaker";
        case Right::monitor:
            return "monitoring";
        case Right::administrator:
            return "administrator";
    }
    return "?";
}

std::optional<std::size_t> Route::place_of(std::string_view name) const {
    std::string_view rest = pattern;
    for (std::size_t place = 0;; ++place) {
        const std::size_t open = rest.find('{');
        if (open == std::string_view::npos) return std::nullopt;
        const std::size_t close = rest.find('}', open);
        if (rest.substr(open + 1, close - open - 1) == name) return place;
        rest.remove_prefix(close + 1);
    }
}

Match match_path(std::span<const Route> table, std::span<const std::string> segments) {
    Match match;
    std::vector<bool> best;
    for (const Route& route : table) {
        auto found = fit(route.pattern, segments);
        if (!found || (!match.routes.empty() && found->fixed < best)) continue;
        if (found->fixed > best) match.routes.clear();
        best = std::move(found->fixed);
        match.values = std::move(found->values);
        match.routes.push_back(&route);
    }
    return match;
}

const Route* Match::find(Method method) const {
    if (method == Method::head) method = Method::get;
    const auto found = std::find_if(routes.begin(), routes.end(),
                                    [&](const Route* route) { return route->method == method; });
    return found == routes.end() ? nullptr : *found;
}

std::string Match::allow() const {
    std::string allow;
    for (const auto& [method, name] : method_names) {
        if (method != Method::options && find(method) == nullptr) continue;
        allow += fmt::format("{}{}", allow.empty() ? "" : ", ", name);
    }
    return allow;
}

std::string route_page() {
    const auto escaped = [](std::string_view text) {
        std::string out;
        for (const char c : text) {
            if (c == '<') {
                out += "&lt;";
            } else if (c == '&') {
                out += "&amp;";
            } else {
                out += c;
            }
        }
        return out;
    };
    std::string page =
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>HTTP API</title>"
        "<h1>HTTP API</h1><table><tr><th>method<th>path<th>who<th>what";
    for (const Route& route : routes()) {
        page += fmt::format("<tr><td>{}<td><code>/api{}</code><td>{}<td>{}", name_of(route.method),
                            route.pattern, to_string(route.right), escaped(route.sentence));
    }
    return page + "</table></html>";
}

}  // namespace leveret::admin

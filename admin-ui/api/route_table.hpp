// Every endpoint of the API: method, path, who may, what answers. The reference and the checks of
// rights are made from the same table.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin-ui/api/http_message.hpp"

namespace leveret::admin {

class Call;

/// Who may use an endpoint.
enum class Right : std::uint8_t {
    none,           ///< anybody, without logging in
    any,            ///< whoever has one of the four tags
    vhost,          ///< the above, with access to the vhost in the path
    policymaker,    ///< policymaker or administrator, with access to the vhost if the path has one
    monitor,        ///< monitoring or administrator
    administrator,  ///< administrator
};
[[nodiscard]] std::string_view to_string(Right right);

using Handler = boost::asio::awaitable<Reply> (*)(Call&);

struct Route {
    Method method{};
    std::string_view pattern;  ///< below /api: "/queues/{vhost}/{queue}"
    Right right{};
    Handler handler{};
    std::string_view sentence;  ///< what it does, for the reference

    /// Which of the names in the pattern this is. Returns: none when it has no such name.
    [[nodiscard]] std::optional<std::size_t> place_of(std::string_view name) const;
};

/// Returns: all endpoints.
[[nodiscard]] std::span<const Route> routes();

/// The routes that a path leads to, one for each method, and what stands for the names in it.
struct Match {
    std::vector<const Route*> routes;
    std::vector<std::string> values;  ///< of `{…}`, in order

    /// HEAD is served wherever GET is. Returns: nullptr when the method is none of these.
    [[nodiscard]] const Route* find(Method method) const;
    /// Returns: "HEAD, GET, PUT, OPTIONS".
    [[nodiscard]] std::string allow() const;
};

/// A fixed word goes before a name: a vhost called `detailed` does not hide `/queues/detailed`, nor
/// the other way round where the rest of the path tells them apart.
/// Returns: no routes when the path leads nowhere.
[[nodiscard]] Match match_path(std::span<const Route> table, std::span<const std::string> segments);

/// The table as a page.
[[nodiscard]] std::string route_page();

}  // namespace leveret::admin

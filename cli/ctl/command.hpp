// The commands of `leveret ctl`: each a row of a table, by the file that has them.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin-ui/api/json_value.hpp"
#include "cli/ctl/api_client.hpp"
#include "cli/ctl/options.hpp"

namespace leveret::cli::ctl {

enum ExitCode : int { done = 0, failed = 1, usage = 2, unreachable = 69 };

/// Throws: UsageError, Unreachable, Refused.
using Run = int (*)(const Options&, const ApiClient&);

/// A command, and what its help says.
struct Command {
    std::string_view name;
    std::string_view arguments;
    std::string_view sentence;
    std::string_view more;
    Run run;
};

/// administration.cpp: users, permissions, vhosts, policies, parameters, limits, definitions.
[[nodiscard]] std::span<const Command> administration_commands();

/// The path of something in the vhost of the options: `/queues/%2F/name`.
[[nodiscard]] std::string vhost_path(std::string_view list, const Options& options);

/// Throws: Refused when the answer is no list, or no object.
[[nodiscard]] admin::JsonArray get_array(const ApiClient& client, std::string_view path);
[[nodiscard]] admin::JsonObject get_object(const ApiClient& client, std::string_view path);

/// A list: where it comes from, what is shown without being asked, and columns that the API calls
/// differently.
struct Listing {
    std::string title;
    std::string path;
    std::vector<std::string_view> shown;
    std::map<std::string_view, std::string_view> elsewhere{};
};

/// Prints it with the columns that are asked for; `columns` are those words.
int print_list(const Options& options, const ApiClient& client, const Listing& listing,
               std::span<const std::string> columns);

/// Says what is or was done, unless it is to be quiet.
void say(const Options& options, std::string_view sentence);

}  // namespace leveret::cli::ctl

// What stands on the command line of `leveret ctl`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/ctl/api_client.hpp"
#include "cli/ctl/table.hpp"

namespace leveret::cli::ctl {

struct Options {
    std::string command;
    std::vector<std::string> words;  ///< what follows it: names of queues, columns
    std::string vhost = "/";
    Formatter formatter = Formatter::table;
    bool quiet = false;
    bool help = false;
    bool if_empty = false;
    bool if_unused = false;
    bool dry_run = false;
    std::int64_t priority = 0;               ///< of a policy
    std::string apply_to = "all";            ///< likewise
    std::optional<std::string> description;  ///< of a vhost, and the next two
    std::optional<std::string> tags;
    std::optional<std::string> default_queue_type;
    bool once = false;  ///< top: one picture, then the end
    std::optional<std::uint64_t> count;
    std::optional<std::string> filter;
    std::string from = "head";
    Place place;
};

/// Reads the command line; where the broker is comes from it, from LEVERET_URL, or from the data
/// directory that `leveret serve` would use.
/// Throws: UsageError, broker::ConfigError.
[[nodiscard]] Options parse_options(const std::vector<std::string>& arguments);

}  // namespace leveret::cli::ctl

#include "cli/ctl/ctl.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <iostream>
#include <map>
#include <span>
#include <string_view>

#include "admin-ui/api/error.hpp"
#include "admin-ui/api/target.hpp"
#include "broker/config.hpp"
#include "cli/ctl/api_client.hpp"
#include "cli/ctl/command.hpp"
#include "cli/ctl/options.hpp"
#include "cli/ctl/table.hpp"
#include "cli/ctl/top.hpp"

namespace leveret::cli::ctl {

std::string vhost_path(std::string_view list, const Options& options) {
    return fmt::format("{}/{}", list, admin::percent_encode(options.vhost));
}

admin::JsonArray get_array(const ApiClient& client, std::string_view path) {
    admin::JsonValue value = client.get(path);
    if (auto* array = std::get_if<admin::JsonArray>(&value.content)) return std::move(*array);
    throw Refused("the broker's answer is no list");
}

admin::JsonObject get_object(const ApiClient& client, std::string_view path) {
    admin::JsonValue value = client.get(path);
    if (auto* object = std::get_if<admin::JsonObject>(&value.content)) return std::move(*object);
    throw Refused("the broker's answer is no object");
}

void say(const Options& options, std::string_view sentence) {
    if (!options.quiet) std::cout << sentence << '\n';
}

int print_list(const Options& options, const ApiClient& client, const Listing& listing,
               std::span<const std::string> asked) {
    std::vector<ColumnName> columns;
    const auto add = [&](std::string_view name) {
        const auto found = listing.elsewhere.find(name);
        const std::string_view path = found == listing.elsewhere.end() ? name : found->second;
        columns.push_back({std::string(name), std::string(path)});
    };
    for (const std::string& word : asked) add(word);
    if (asked.empty()) {
        for (const std::string_view name : listing.shown) add(name);
    }
    const admin::JsonArray rows = get_array(client, listing.path);
    if (options.formatter == Formatter::table) say(options, listing.title + " ...");
    std::cout << table_text(rows, columns, options.formatter);
    return done;
}

namespace {

std::string queue_path(const Options& options, const std::string& queue) {
    return fmt::format("/queues/{}/{}", admin::percent_encode(options.vhost),
                       admin::percent_encode(queue));
}

const std::string& only_word(const Options& options, std::string_view what) {
    if (options.words.size() != 1) throw UsageError(fmt::format("one {} is expected", what));
    return options.words.front();
}

// Lists

std::string for_vhost(std::string_view what, const Options& options) {
    return fmt::format("Listing {} for vhost {}", what, options.vhost);
}

int list_queues(const Options& options, const ApiClient& client) {
    const std::string title = for_vhost("queues", options);
    return print_list(
        options, client,
        {.title = title, .path = vhost_path("/queues", options), .shown = {"name", "messages"}},
        options.words);
}

int list_exchanges(const Options& options, const ApiClient& client) {
    const std::string title = for_vhost("exchanges", options);
    return print_list(
        options, client,
        {.title = title, .path = vhost_path("/exchanges", options), .shown = {"name", "type"}},
        options.words);
}

int list_bindings(const Options& options, const ApiClient& client) {
    const std::string title = for_vhost("bindings", options);
    return print_list(options, client,
                      {.title = title,
                       .path = vhost_path("/bindings", options),
                       .shown = {"source_name", "destination_name", "destination_kind",
                                 "routing_key", "arguments"},
                       .elsewhere = {{"source_name", "source"},
                                     {"destination_name", "destination"},
                                     {"destination_kind", "destination_type"}}},
                      options.words);
}

int list_connections(const Options& options, const ApiClient& client) {
    return print_list(options, client,
                      {.title = "Listing connections",
                       .path = "/connections",
                       .shown = {"user", "peer_host", "peer_port", "state"},
                       .elsewhere = {{"pid", "name"}}},
                      options.words);
}

int list_channels(const Options& options, const ApiClient& client) {
    return print_list(options, client,
                      {.title = "Listing channels",
                       .path = "/channels",
                       .shown = {"name", "user", "consumer_count", "messages_unacknowledged"},
                       .elsewhere = {{"pid", "name"}, {"connection", "connection_details.name"}}},
                      options.words);
}

int list_consumers(const Options& options, const ApiClient& client) {
    const std::string title = for_vhost("consumers", options);
    return print_list(options, client,
                      {.title = title,
                       .path = vhost_path("/consumers", options),
                       .shown = {"queue_name", "channel_name", "consumer_tag", "ack_required",
                                 "prefetch_count", "active", "arguments"},
                       .elsewhere = {{"queue_name", "queue.name"},
                                     {"channel_name", "channel_details.name"},
                                     {"channel_pid", "channel_details.name"}}},
                      options.words);
}

// The broker

int ping(const Options& options, const ApiClient& client) {
    (void)client.get("/health/checks/is-in-service");  // throws when it does not
    if (!options.quiet) std::cout << "Ping succeeded\n";
    return done;
}

std::string text_at(const admin::JsonObject& object, std::string_view path) {
    return cell_text(value_at(object, path));
}

int status(const Options& options, const ApiClient& client) {
    const admin::JsonObject overview = get_object(client, "/overview");
    const admin::JsonArray nodes = get_array(client, "/nodes");
    const auto* node = nodes.empty() ? nullptr : nodes.front().as<admin::JsonObject>();
    if (node == nullptr) throw Refused("the broker names no node");
    if (options.formatter == Formatter::json) {
        std::cout << json_text({overview}) << '\n';
        return done;
    }
    const auto line = [](std::string_view name, const std::string& value) {
        std::cout << fmt::format("{:<22}{}\n", name, value);
    };
    line("Node", text_at(*node, "name"));
    line("Product", text_at(overview, "product_name") + " " + text_at(overview, "product_version"));
    line("RabbitMQ version", text_at(overview, "rabbitmq_version"));
    line("Process", text_at(*node, "os_pid"));
    line("Uptime (ms)", text_at(*node, "uptime"));
    line("Data directory", text_at(*node, "db_dir"));
    line("Memory used", text_at(*node, "mem_used") + " of " + text_at(*node, "mem_limit"));
    line("Memory alarm", text_at(*node, "mem_alarm"));
    line("Disk free", text_at(*node, "disk_free") + ", limit " + text_at(*node, "disk_free_limit"));
    line("Disk alarm", text_at(*node, "disk_free_alarm"));
    line("File descriptors", text_at(*node, "fd_used") + " of " + text_at(*node, "fd_total"));
    for (const std::string_view name : {"connections", "channels", "queues", "consumers"}) {
        line(name, text_at(overview, fmt::format("object_totals.{}", name)));
    }
    line("messages", text_at(overview, "queue_totals.messages"));
    const auto* listeners = admin::find(overview, "listeners");
    const auto* all = listeners == nullptr ? nullptr : listeners->as<admin::JsonArray>();
    for (const auto& entry : all == nullptr ? admin::JsonArray{} : *all) {
        const auto* listener = entry.as<admin::JsonObject>();
        if (listener == nullptr) continue;
        line("Listener", fmt::format("{} {}:{}", text_at(*listener, "protocol"),
                                     text_at(*listener, "ip_address"), text_at(*listener, "port")));
    }
    return done;
}

int set_tracing(const Options& options, const ApiClient& client, bool on) {
    client.put("/vhosts/" + admin::percent_encode(options.vhost),
               fmt::format(R"({{"tracing":{}}})", on));
    if (!options.quiet) {
        std::cout << fmt::format("Tracing of vhost '{}' is {}\n", options.vhost, on ? "on" : "off");
    }
    return done;
}

int trace_on(const Options& options, const ApiClient& client) {
    return set_tracing(options, client, true);
}

int trace_off(const Options& options, const ApiClient& client) {
    return set_tracing(options, client, false);
}

// Queues

int purge_queue(const Options& options, const ApiClient& client) {
    const std::string& queue = only_word(options, "queue");
    std::string path = queue_path(options, queue) + "/contents";
    if (options.count) path += fmt::format("?count={}", *options.count);
    client.remove(path);
    if (!options.quiet) {
        std::cout << fmt::format("Purged queue '{}' in vhost '{}'\n", queue, options.vhost);
    }
    return done;
}

int delete_queue(const Options& options, const ApiClient& client) {
    const std::string& queue = only_word(options, "queue");
    client.remove(fmt::format("{}?if-empty={}&if-unused={}", queue_path(options, queue),
                              options.if_empty, options.if_unused));
    if (!options.quiet) {
        std::cout << fmt::format("Deleted queue '{}' in vhost '{}'\n", queue, options.vhost);
    }
    return done;
}

int peek(const Options& options, const ApiClient& client) {
    const std::string& queue = only_word(options, "queue");
    std::string path = fmt::format("/x{}/messages?limit={}&from={}", queue_path(options, queue),
                                   options.count.value_or(10), admin::percent_encode(options.from));
    if (options.filter) path += "&q=" + admin::percent_encode(*options.filter);
    const admin::JsonObject page = get_object(client, path);
    const auto* items = admin::find(page, "items");
    const auto* messages = items == nullptr ? nullptr : items->as<admin::JsonArray>();
    if (messages == nullptr) throw Refused("the broker's answer has no messages");
    std::vector<ColumnName> columns;
    for (const char* name : {"position", "id", "exchange", "routing_key", "size", "redelivered",
                             "properties", "payload"}) {
        columns.push_back({name, name});
    }
    std::cout << table_text(*messages, columns, options.formatter);
    const std::string more = text_at(page, "more");
    if (!options.quiet && options.formatter == Formatter::table && more == "true") {
        std::cerr << fmt::format(
            "{} messages looked at; there are more: --count, --from, --filter\n",
            text_at(page, "scanned"));
    }
    return done;
}

constexpr std::string_view columns_help =
    "Words after the command are the columns to show, each a key of the API's objects, with dots "
    "into\n"
    "them: leveret ctl list_queues name messages consumers message_stats.publish\n";

constexpr std::array own_commands{
    Command{"status", "", "what the broker is and how it is", "", status},
    Command{"ping", "", "whether it serves", "", ping},
    Command{"list_queues", "[COLUMN...]", "queues of a vhost: name messages", columns_help,
            list_queues},
    Command{"list_exchanges", "[COLUMN...]", "exchanges of a vhost: name type", columns_help,
            list_exchanges},
    Command{"list_bindings", "[COLUMN...]", "bindings of a vhost", columns_help, list_bindings},
    Command{"list_connections", "[COLUMN...]", "connections: user peer_host peer_port state",
            columns_help, list_connections},
    Command{"list_channels", "[COLUMN...]", "channels and what they hold", columns_help,
            list_channels},
    Command{"list_consumers", "[COLUMN...]", "consumers of a vhost", columns_help, list_consumers},
    Command{"purge_queue", "QUEUE [--count N]", "drops the ready messages, or the oldest N",
            "What is out for delivery stays.\n", purge_queue},
    Command{"delete_queue", "QUEUE [--if-empty] [--if-unused]", "deletes a queue with its messages",
            "", delete_queue},
    Command{"peek", "QUEUE [--count N] [--from WHERE] [--filter FILTER]",
            "shows messages without taking them",
            "WHERE is head, tail, position:N or time:MS. A filter looks so:\n"
            "  key ~ \"order.*\" and (header.tenant == \"t1\" or json.total > 400) and not "
            "redelivered\n"
            "  death.reason == \"rejected\" and age > 10m and body contains \"timeout\"\n",
            peek},
    Command{"trace_on", "", "tells all publishes and deliveries of a vhost to amq.rabbitmq.trace",
            "Off again with trace_off, and at every start.\n", trace_on},
    Command{"trace_off", "", "ends that", "", trace_off},
    Command{"top", "[--once]", "the busiest queues, as they change", "Ends with Ctrl-C.\n", top},
};

std::vector<Command> all_commands() {
    std::vector<Command> all(own_commands.begin(), own_commands.end());
    const auto more = administration_commands();
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

constexpr std::string_view options_help =
    R"(
Where the broker is: without an option, its socket in the data directory, which root and the broker's
own user may use without a password.

  --data-dir DIR          the data directory of `leveret serve`
  --url URL               http://user:password@host:port (or LEVERET_URL)
  --user NAME             the user, where the URL names none
  --password-file FILE    its first line is the password: arguments are seen by others
  --timeout SECONDS, -t   how long to wait for an answer (60)

  --vhost VHOST, -p       the vhost ("/")
  --formatter table|json  how lists are printed
  --quiet, -q             nothing but the data

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 69 the broker cannot be reached.
)";

int print_help(std::string_view command) {
    const std::vector<Command> commands = all_commands();
    for (const Command& one : commands) {
        if (one.name != command) continue;
        std::cout << fmt::format("leveret ctl {} {}: {}.\n\n{}{}", one.name, one.arguments,
                                 one.sentence, one.more, options_help);
        return done;
    }
    std::cout << "leveret ctl COMMAND [options]: looks into a running broker and tends it.\n\n";
    for (const Command& one : commands) {
        std::cout << fmt::format("  {:<35}{}\n", one.name, one.sentence);
    }
    std::cout << "\nleveret ctl COMMAND --help says more.\n" << options_help;
    return done;
}

int complain(std::string_view text, int code) {
    std::cerr << "leveret ctl: " << text << '\n';
    if (code == usage) std::cerr << "Try 'leveret ctl --help'.\n";
    return code;
}

int run_command(const Options& options) {
    const std::vector<Command> commands = all_commands();
    const auto found = std::ranges::find(commands, options.command, &Command::name);
    if (found == commands.end()) {
        throw UsageError(fmt::format("unknown command '{}'", options.command));
    }
    return found->run(options, ApiClient(options.place));
}

}  // namespace

int run(const std::vector<std::string>& arguments) {
    std::signal(SIGPIPE, SIG_IGN);
    try {
        const Options options = parse_options(arguments);
        if (options.help || options.command.empty() || options.command == "help") {
            const bool named = options.command == "help" && !options.words.empty();
            return print_help(named ? options.words.front() : options.command);
        }
        return run_command(options);
    } catch (const UsageError& error) {
        return complain(error.what(), usage);
    } catch (const broker::ConfigError& error) {
        for (const std::string& problem : error.problems()) complain(problem, failed);
        return usage;
    } catch (const Unreachable& error) {
        return complain(error.what(), unreachable);
    } catch (const Refused& error) {
        return complain(error.what(), failed);
    }
}

}  // namespace leveret::cli::ctl

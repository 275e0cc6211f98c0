// Users, permissions, vhosts, policies, parameters, limits and definitions, with rabbitmqctl's
// verbs and the order of its words.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>

#include "admin-ui/api/error.hpp"
#include "admin-ui/api/json_writer.hpp"
#include "admin-ui/api/target.hpp"
#include "broker/access/password.hpp"
#include "cli/ctl/command.hpp"

namespace leveret::cli::ctl {

namespace {

using admin::JsonObject;
using admin::JsonSink;
using admin::percent_encode;

/// Throws: UsageError unless there are so many words.
void expect_words(const Options& options, std::size_t least, std::size_t most) {
    if (options.words.size() < least) throw UsageError("too few arguments; see --help");
    if (options.words.size() > most) throw UsageError("too many arguments; see --help");
}
void expect_words(const Options& options, std::size_t count) {
    expect_words(options, count, count);
}

/// The body of a request: an object with these members.
template <class Write>
std::string object(Write write) {
    return admin::json([&](JsonSink& out) { out.object([&] { write(out); }); });
}

std::string path_of(std::string_view list, const std::string& name) {
    return fmt::format("{}/{}", list, percent_encode(name));
}

/// A value as the user wrote it, in JSON. Throws: UsageError.
admin::JsonValue parse_value(const std::string& text) {
    try {
        return admin::parse_json(text);
    } catch (const admin::ApiError&) {
        throw UsageError(fmt::format("'{}' is no JSON", text));
    }
}

/// Throws: UsageError.
JsonObject parse_object(const std::string& text) {
    admin::JsonValue value = parse_value(text);
    if (auto* found = std::get_if<JsonObject>(&value.content)) return std::move(*found);
    throw UsageError(fmt::format("'{}' is no JSON object", text));
}

/// The password among the words; else the first line that is typed or piped in.
std::string password_word(const Options& options, std::size_t index) {
    if (options.words.size() > index) return options.words[index];
    if (isatty(STDIN_FILENO) != 0) std::cerr << "Password: ";
    std::string line;
    std::getline(std::cin, line);
    if (line.empty())
        throw UsageError("a password is expected, as an argument or on standard input");
    return line;
}

// Users

int add_user(const Options& options, const ApiClient& client) {
    expect_words(options, 1, 2);
    const std::string& name = options.words[0];
    for (const admin::JsonValue& row : get_array(client, "/users")) {
        const auto* user = row.as<JsonObject>();
        const auto* standing = user == nullptr ? nullptr : admin::find(*user, "name");
        if (standing != nullptr && cell_text(standing) == name) {
            throw Refused(fmt::format("user '{}' already exists", name));
        }
    }
    const std::string password = password_word(options, 1);
    say(options, fmt::format("Adding user \"{}\" ...", name));
    client.put(path_of("/users", name), object([&](JsonSink& out) {
                   out.member("password", password);
                   out.array("tags", [] {});
               }));
    return done;
}

int delete_user(const Options& options, const ApiClient& client) {
    expect_words(options, 1);
    say(options, fmt::format("Deleting user \"{}\" ...", options.words[0]));
    client.remove(path_of("/users", options.words[0]));
    return done;
}

/// Puts a user in its own place, with what `write` writes instead of the standing members.
template <class Write>
void change_user(const ApiClient& client, const std::string& name,
                 std::initializer_list<std::string_view> replaced, Write write) {
    const JsonObject standing = get_object(client, path_of("/users", name));
    const auto is_replaced = [&](std::string_view key) {
        return std::ranges::find(replaced, key) != replaced.end();
    };
    JsonObject changed;
    for (const auto& [key, value] : standing) {
        if (key != "name" && !is_replaced(key)) changed.emplace_back(key, value);
    }
    for (auto& [key, value] : parse_object(object(write))) changed.emplace_back(key, value);
    client.put(path_of("/users", name), json_text({std::move(changed)}));
}

int change_password(const Options& options, const ApiClient& client) {
    expect_words(options, 1, 2);
    const std::string password = password_word(options, 1);
    say(options, fmt::format("Changing password for user \"{}\" ...", options.words[0]));
    change_user(client, options.words[0], {"password_hash", "hashing_algorithm"},
                [&](JsonSink& out) { out.member("password", password); });
    return done;
}

int clear_password(const Options& options, const ApiClient& client) {
    expect_words(options, 1);
    say(options, fmt::format("Clearing password for user \"{}\" ...", options.words[0]));
    change_user(client, options.words[0], {"password_hash", "hashing_algorithm"},
                [](JsonSink& out) { out.member("password_hash", ""); });
    return done;
}

int set_user_tags(const Options& options, const ApiClient& client) {
    expect_words(options, 1, static_cast<std::size_t>(-1));
    say(options, fmt::format("Setting tags for user \"{}\" ...", options.words[0]));
    change_user(client, options.words[0], {"tags"}, [&](JsonSink& out) {
        out.array("tags", [&] {
            for (std::size_t i = 1; i < options.words.size(); ++i) out.text(options.words[i]);
        });
    });
    return done;
}

int list_users(const Options& options, const ApiClient& client) {
    return print_list(options, client,
                      {.title = "Listing users",
                       .path = "/users",
                       .shown = {"user", "tags"},
                       .elsewhere = {{"user", "name"}}},
                      options.words);
}

int hash_password(const Options& options, const ApiClient&) {
    expect_words(options, 0, 1);
    std::cout << broker::access::hash_password(password_word(options, 0)).text() << '\n';
    return done;
}

// Permissions

int set_permissions(const Options& options, const ApiClient& client) {
    expect_words(options, 4);
    const std::vector<std::string>& words = options.words;
    say(options, fmt::format("Setting permissions for user \"{}\" in vhost \"{}\" ...", words[0],
                             options.vhost));
    client.put(path_of(vhost_path("/permissions", options), words[0]), object([&](JsonSink& out) {
                   out.member("configure", words[1]);
                   out.member("write", words[2]);
                   out.member("read", words[3]);
               }));
    return done;
}

int clear_permissions(const Options& options, const ApiClient& client) {
    expect_words(options, 1);
    say(options, fmt::format("Clearing permissions for user \"{}\" in vhost \"{}\" ...",
                             options.words[0], options.vhost));
    client.remove(path_of(vhost_path("/permissions", options), options.words[0]));
    return done;
}

int list_permissions(const Options& options, const ApiClient& client) {
    return print_list(options, client,
                      {.title = fmt::format("Listing permissions for vhost \"{}\"", options.vhost),
                       .path = fmt::format("/vhosts/{}/permissions", percent_encode(options.vhost)),
                       .shown = {"user", "configure", "write", "read"}},
                      options.words);
}

int list_user_permissions(const Options& options, const ApiClient& client) {
    expect_words(options, 1);
    return print_list(
        options, client,
        {.title = fmt::format("Listing permissions for user \"{}\"", options.words[0]),
         .path = path_of("/users", options.words[0]) + "/permissions",
         .shown = {"vhost", "configure", "write", "read"}},
        {});
}

int set_topic_permissions(const Options& options, const ApiClient& client) {
    expect_words(options, 4);
    const std::vector<std::string>& words = options.words;
    say(options,
        fmt::format("Setting topic permissions on \"{}\" for user \"{}\" in vhost \"{}\" ...",
                    words[1], words[0], options.vhost));
    client.put(path_of(vhost_path("/topic-permissions", options), words[0]),
               object([&](JsonSink& out) {
                   out.member("exchange", words[1]);
                   out.member("write", words[2]);
                   out.member("read", words[3]);
               }));
    return done;
}

int clear_topic_permissions(const Options& options, const ApiClient& client) {
    expect_words(options, 1, 2);
    say(options, fmt::format("Clearing topic permissions for user \"{}\" in vhost \"{}\" ...",
                             options.words[0], options.vhost));
    std::string path = path_of(vhost_path("/topic-permissions", options), options.words[0]);
    if (options.words.size() == 2) path = path_of(path, options.words[1]);
    client.remove(path);
    return done;
}

int list_topic_permissions(const Options& options, const ApiClient& client) {
    return print_list(
        options, client,
        {.title = fmt::format("Listing topic permissions for vhost \"{}\"", options.vhost),
         .path = fmt::format("/vhosts/{}/topic-permissions", percent_encode(options.vhost)),
         .shown = {"user", "exchange", "write", "read"}},
        options.words);
}

// Vhosts

std::string vhost_body(const Options& options) {
    return object([&](JsonSink& out) {
        if (options.description) out.member("description", *options.description);
        if (options.tags) out.member("tags", *options.tags);
        if (options.default_queue_type) {
            out.member("default_queue_type", *options.default_queue_type);
        }
    });
}

int add_vhost(const Options& options, const ApiClient& client) {
    expect_words(options, 1);
    say(options, fmt::format("Adding vhost \"{}\" ...", options.words[0]));
    client.put(path_of("/vhosts", options.words[0]), vhost_body(options));
    return done;
}

int update_vhost_metadata(const Options& options, const ApiClient& client) {
    expect_words(options, 1);
    say(options, fmt::format("Updating metadata of vhost \"{}\" ...", options.words[0]));
    (void)get_object(client, path_of("/vhosts", options.words[0]));  // throws when there is none
    client.put(path_of("/vhosts", options.words[0]), vhost_body(options));
    return done;
}

int delete_vhost(const Options& options, const ApiClient& client) {
    expect_words(options, 1);
    say(options, fmt::format("Deleting vhost \"{}\" ...", options.words[0]));
    client.remove(path_of("/vhosts", options.words[0]));
    return done;
}

std::string protection_path(const Options& options) {
    expect_words(options, 1);
    return path_of("/vhosts", options.words[0]) + "/deletion/protection";
}

int protect_vhost(const Options& options, const ApiClient& client) {
    client.post(protection_path(options), "");
    return done;
}

int unprotect_vhost(const Options& options, const ApiClient& client) {
    client.remove(protection_path(options));
    return done;
}

int list_vhosts(const Options& options, const ApiClient& client) {
    return print_list(options, client,
                      {.title = "Listing vhosts", .path = "/vhosts", .shown = {"name"}},
                      options.words);
}

// Policies

/// The kind of policy by the command's name.
std::string policies_path(const Options& options) {
    const bool operators = options.command.find("operator") != std::string::npos;
    return vhost_path(operators ? "/operator-policies" : "/policies", options);
}

int set_policy(const Options& options, const ApiClient& client) {
    expect_words(options, 3);
    const std::vector<std::string>& words = options.words;
    const JsonObject definition = parse_object(words[2]);
    say(options,
        fmt::format("Setting policy \"{}\" for pattern \"{}\" to \"{}\" in vhost \"{}\" ...",
                    words[0], words[1], words[2], options.vhost));
    std::string body = object([&](JsonSink& out) {
        out.member("pattern", words[1]);
        out.member("priority", options.priority);
        out.member("apply-to", options.apply_to);
    });
    JsonObject whole = parse_object(body);
    whole.emplace_back("definition", admin::JsonValue{definition});
    client.put(path_of(policies_path(options), words[0]), json_text({std::move(whole)}));
    return done;
}

int clear_policy(const Options& options, const ApiClient& client) {
    expect_words(options, 1);
    say(options,
        fmt::format("Clearing policy \"{}\" on vhost \"{}\" ...", options.words[0], options.vhost));
    client.remove(path_of(policies_path(options), options.words[0]));
    return done;
}

int list_policies(const Options& options, const ApiClient& client) {
    return print_list(options, client,
                      {.title = fmt::format("Listing policies for vhost \"{}\"", options.vhost),
                       .path = policies_path(options),
                       .shown = {"vhost", "name", "pattern", "apply-to", "definition", "priority"}},
                      options.words);
}

// Parameters

std::string value_body(const std::string& value) {
    return json_text({JsonObject{{"value", parse_value(value)}}});
}

std::string parameter_path(const Options& options) {
    return path_of(vhost_path(path_of("/parameters", options.words[0]), options), options.words[1]);
}

int set_parameter(const Options& options, const ApiClient& client) {
    expect_words(options, 3);
    say(options, fmt::format("Setting runtime parameter \"{}\" for component \"{}\" ...",
                             options.words[1], options.words[0]));
    client.put(parameter_path(options), value_body(options.words[2]));
    return done;
}

int clear_parameter(const Options& options, const ApiClient& client) {
    expect_words(options, 2);
    say(options, fmt::format("Clearing runtime parameter \"{}\" for component \"{}\" ...",
                             options.words[1], options.words[0]));
    client.remove(parameter_path(options));
    return done;
}

int list_parameters(const Options& options, const ApiClient& client) {
    return print_list(options, client,
                      {.title = "Listing runtime parameters",
                       .path = "/parameters",
                       .shown = {"component", "vhost", "name", "value"}},
                      options.words);
}

int set_global_parameter(const Options& options, const ApiClient& client) {
    expect_words(options, 2);
    say(options, fmt::format("Setting global runtime parameter \"{}\" ...", options.words[0]));
    client.put(path_of("/global-parameters", options.words[0]), value_body(options.words[1]));
    return done;
}

int clear_global_parameter(const Options& options, const ApiClient& client) {
    expect_words(options, 1);
    say(options, fmt::format("Clearing global runtime parameter \"{}\" ...", options.words[0]));
    client.remove(path_of("/global-parameters", options.words[0]));
    return done;
}

int list_global_parameters(const Options& options, const ApiClient& client) {
    return print_list(options, client,
                      {.title = "Listing global runtime parameters",
                       .path = "/global-parameters",
                       .shown = {"name", "value"}},
                      options.words);
}

// Limits

/// Sets each limit of an object like `{"max-queues": 10}`.
int set_limits(const ApiClient& client, const std::string& path, const std::string& limits) {
    for (const auto& [name, value] : parse_object(limits)) {
        client.put(path_of(path, name), json_text({JsonObject{{"value", value}}}));
    }
    return done;
}

/// Lifts every limit of those that a list shows.
int clear_limits(const ApiClient& client, const std::string& path) {
    for (const admin::JsonValue& row : get_array(client, path)) {
        const auto* entry = row.as<JsonObject>();
        const auto* value = entry == nullptr ? nullptr : admin::find(*entry, "value");
        const auto* limits = value == nullptr ? nullptr : value->as<JsonObject>();
        if (limits == nullptr) continue;
        for (const auto& [name, limit] : *limits) client.remove(path_of(path, name));
    }
    return done;
}

int set_vhost_limits(const Options& options, const ApiClient& client) {
    expect_words(options, 1);
    say(options, fmt::format("Setting vhost limits to \"{}\" for vhost \"{}\" ...",
                             options.words[0], options.vhost));
    return set_limits(client, vhost_path("/vhost-limits", options), options.words[0]);
}

int clear_vhost_limits(const Options& options, const ApiClient& client) {
    expect_words(options, 0);
    say(options, fmt::format("Clearing limits of vhost \"{}\" ...", options.vhost));
    return clear_limits(client, vhost_path("/vhost-limits", options));
}

int list_vhost_limits(const Options& options, const ApiClient& client) {
    return print_list(
        options, client,
        {.title = "Listing limits of vhosts", .path = "/vhost-limits", .shown = {"vhost", "value"}},
        options.words);
}

int set_user_limits(const Options& options, const ApiClient& client) {
    expect_words(options, 2);
    say(options, fmt::format("Setting user limits to \"{}\" for user \"{}\" ...", options.words[1],
                             options.words[0]));
    return set_limits(client, path_of("/user-limits", options.words[0]), options.words[1]);
}

/// Rule: rabbitmqctl: one limit by its name, or `all`.
int clear_user_limits(const Options& options, const ApiClient& client) {
    expect_words(options, 2);
    const std::string path = path_of("/user-limits", options.words[0]);
    say(options, fmt::format("Clearing \"{}\" limit for user \"{}\" ...", options.words[1],
                             options.words[0]));
    if (options.words[1] == "all") return clear_limits(client, path);
    client.remove(path_of(path, options.words[1]));
    return done;
}

int list_user_limits(const Options& options, const ApiClient& client) {
    return print_list(
        options, client,
        {.title = "Listing limits of users", .path = "/user-limits", .shown = {"user", "value"}},
        options.words);
}

// Definitions

/// `-` is the terminal, or what is piped.
std::string read_file(const std::string& path) {
    std::ifstream file;
    if (path != "-") {
        file.open(path, std::ios::binary);
        if (!file) throw UsageError(fmt::format("cannot read {}", path));
    }
    std::istream& in = path == "-" ? std::cin : file;
    return {std::istreambuf_iterator<char>(in), {}};
}

int import_definitions(const Options& options, const ApiClient& client) {
    expect_words(options, 0, 1);
    const std::string path = options.words.empty() ? "-" : options.words[0];
    say(options, fmt::format("Importing definitions from {} ...", path));
    const std::string answer = client.post(
        options.dry_run ? "/x/definitions?dry_run=true" : "/x/definitions", read_file(path));
    const JsonObject report = parse_object(answer);
    if (options.formatter == Formatter::json) {
        std::cout << answer << '\n';
        return done;
    }
    const auto* warnings = admin::find(report, "warnings");
    const auto* lines = warnings == nullptr ? nullptr : warnings->as<admin::JsonArray>();
    for (const admin::JsonValue& line : lines == nullptr ? admin::JsonArray{} : *lines) {
        std::cerr << "warning: " << cell_text(&line) << '\n';
    }
    if (!options.quiet) {
        for (const char* name : {"created", "changed", "unchanged", "skipped", "left_out"}) {
            std::cout << fmt::format("{:<12}{}\n", name,
                                     cell_text(value_at(report, fmt::format("totals.{}", name))));
        }
    }
    return done;
}

int export_definitions(const Options& options, const ApiClient& client) {
    expect_words(options, 0, 1);
    const std::string document = client.get_text("/definitions");
    if (options.words.empty() || options.words[0] == "-") {
        std::cout << document << '\n';
        return done;
    }
    std::ofstream file(options.words[0], std::ios::binary);
    file << document << '\n';
    file.close();
    if (!file) throw Refused(fmt::format("cannot write {}", options.words[0]));
    say(options, fmt::format("Exported definitions to {}", options.words[0]));
    return done;
}

constexpr std::string_view password_help =
    "Without a password among the arguments, which others on the machine can see, it is the first\n"
    "line of standard input.\n";
constexpr std::string_view pattern_help =
    "The patterns are regular expressions on names: \".*\" is everything, \"\" nothing, and\n"
    "\"^app-\" what begins so.\n";
constexpr std::string_view policy_help =
    "DEFINITION is a JSON object: '{\"max-length\": 1000, \"overflow\": \"reject-publish\"}'.\n"
    "--apply-to is all, queues, exchanges, classic_queues or quorum_queues.\n";

constexpr std::array commands{
    Command{"add_user", "NAME [PASSWORD]", "makes a user", password_help, add_user},
    Command{"delete_user", "NAME", "deletes a user and closes its connections", "", delete_user},
    Command{"change_password", "NAME [PASSWORD]", "gives a user another password", password_help,
            change_password},
    Command{"clear_password", "NAME", "lets no password log in as the user", "", clear_password},
    Command{"set_user_tags", "NAME [TAG...]",
            "sets what a user may do over HTTP: administrator, monitoring, policymaker, management",
            "", set_user_tags},
    Command{"list_users", "[COLUMN...]", "users: user tags", "", list_users},
    Command{"hash_password", "[PASSWORD]", "prints a password_hash for definitions", password_help,
            hash_password},
    Command{"set_permissions", "USER CONFIGURE WRITE READ", "sets what a user may do in a vhost",
            pattern_help, set_permissions},
    Command{"clear_permissions", "USER", "lets a user do nothing in a vhost", "",
            clear_permissions},
    Command{"list_permissions", "[COLUMN...]", "permissions in a vhost", "", list_permissions},
    Command{"list_user_permissions", "USER", "permissions of a user", "", list_user_permissions},
    Command{"set_topic_permissions", "USER EXCHANGE WRITE READ",
            "sets which routing keys a user may use with a topic exchange", pattern_help,
            set_topic_permissions},
    Command{"clear_topic_permissions", "USER [EXCHANGE]", "lifts them again", "",
            clear_topic_permissions},
    Command{"list_topic_permissions", "[COLUMN...]", "topic permissions in a vhost", "",
            list_topic_permissions},
    Command{"add_vhost", "NAME [--description TEXT] [--tags A,B] [--default-queue-type TYPE]",
            "makes a vhost", "", add_vhost},
    Command{"update_vhost_metadata",
            "NAME [--description TEXT] [--tags A,B] [--default-queue-type TYPE]",
            "changes what is said of a vhost", "", update_vhost_metadata},
    Command{"delete_vhost", "NAME", "deletes a vhost with all that is in it", "", delete_vhost},
    Command{"enable_vhost_deletion_protection", "NAME", "keeps a vhost from being deleted", "",
            protect_vhost},
    Command{"disable_vhost_deletion_protection", "NAME", "lets it be deleted again", "",
            unprotect_vhost},
    Command{"list_vhosts", "[COLUMN...]", "vhosts: name", "", list_vhosts},
    Command{"set_policy", "NAME PATTERN DEFINITION [--priority N] [--apply-to WHAT]",
            "sets a policy in a vhost", policy_help, set_policy},
    Command{"clear_policy", "NAME", "deletes a policy", "", clear_policy},
    Command{"list_policies", "[COLUMN...]", "policies of a vhost", "", list_policies},
    Command{"set_operator_policy", "NAME PATTERN DEFINITION [--priority N] [--apply-to WHAT]",
            "sets an operator policy in a vhost", policy_help, set_policy},
    Command{"clear_operator_policy", "NAME", "deletes an operator policy", "", clear_policy},
    Command{"list_operator_policies", "[COLUMN...]", "operator policies of a vhost", "",
            list_policies},
    Command{"set_parameter", "COMPONENT NAME VALUE", "sets a runtime parameter of a vhost",
            "VALUE is JSON.\n", set_parameter},
    Command{"clear_parameter", "COMPONENT NAME", "deletes it", "", clear_parameter},
    Command{"list_parameters", "[COLUMN...]", "runtime parameters", "", list_parameters},
    Command{"set_global_parameter", "NAME VALUE", "sets a runtime parameter of the broker",
            "VALUE is JSON.\n", set_global_parameter},
    Command{"clear_global_parameter", "NAME", "deletes it", "", clear_global_parameter},
    Command{"list_global_parameters", "[COLUMN...]", "runtime parameters of the broker", "",
            list_global_parameters},
    Command{"set_vhost_limits", "LIMITS", "limits connections and queues of a vhost",
            "LIMITS is a JSON object: '{\"max-connections\": 100, \"max-queues\": 50}'.\n",
            set_vhost_limits},
    Command{"clear_vhost_limits", "", "lifts all limits of a vhost", "", clear_vhost_limits},
    Command{"list_vhost_limits", "[COLUMN...]", "limits of vhosts", "", list_vhost_limits},
    Command{"set_user_limits", "USER LIMITS", "limits connections and channels of a user",
            "LIMITS is a JSON object: '{\"max-connections\": 10, \"max-channels\": 100}'.\n",
            set_user_limits},
    Command{"clear_user_limits", "USER LIMIT", "lifts a limit of a user, or `all`", "",
            clear_user_limits},
    Command{"list_user_limits", "[COLUMN...]", "limits of users", "", list_user_limits},
    Command{"import_definitions", "[FILE] [--dry-run]",
            "brings users, vhosts, queues and the rest in from a definitions file, all or nothing",
            "With --dry-run it only says what would be done. Without a FILE it reads standard "
            "input.\n",
            import_definitions},
    Command{"export_definitions", "[FILE]", "writes them into such a file", "", export_definitions},
};

}  // namespace

std::span<const Command> administration_commands() { return commands; }

}  // namespace leveret::cli::ctl

// The executable: finds the subcommand, starts the log, and turns what went wrong into an exit
// code.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config.hpp"
#include "broker/log.hpp"
#include "cli/ctl/ctl.hpp"
#include "cli/from_rabbitmq.hpp"
#include "cli/serve.hpp"

namespace leveret::cli {

namespace {

using Arguments = std::vector<std::string>;

enum ExitCode : int {
    success = 0,
    failure = 1,  ///< it went wrong while running
    usage = 2,    ///< the command line or the configuration is wrong: trying again will not help
};

constexpr std::string_view help_text =
    R"(Leveret, a message broker for AMQP 0-9-1.

  leveret [serve] [options]    run the broker
  leveret ctl COMMAND          look into a running broker and tend it
  leveret config check FILE    say what is wrong with a configuration file
  leveret config from-rabbitmq FILE...
                               turn a rabbitmq.conf into a configuration; what has no counterpart
                               is listed on standard error
  leveret config docs          print the reference of all settings (Markdown)
  leveret version              print the version
  leveret help [serve]         print this, or the options of serve

Often used with serve:

  --config FILE  --data-dir DIR  --amqp-listen HOST:PORT  --http-listen HOST:PORT
  --log-level debug|info|warning|error  --dev

Exit codes: 0 all is well, 1 it failed while running, 2 the command line or configuration is wrong.
)";

int complain(std::string_view text) {
    std::cerr << "leveret: " << text << "\nTry 'leveret help'.\n";
    return usage;
}

int complain(const broker::ConfigError& error) {
    for (const std::string& problem : error.problems()) std::cerr << "leveret: " << problem << '\n';
    return usage;
}

bool asks_for_help(const Arguments& arguments) {
    for (const std::string& argument : arguments)
        if (argument == "--help" || argument == "-h") return true;
    return false;
}

constexpr std::string_view serve_help_text =
    R"(leveret [serve] [options]: run the broker.

For one start, when something has happened to the store (docs/durability.md):

  --repair         starts without damaged chunks of the store; their messages are lost
  --compact        gives free pages of the store's file back to the disk first
  --discard-store  moves the store to DATA_DIR/store.untrusted-<seconds> and begins with nothing

Settings, which a file or the environment may hold as well:

)";

int print_serve_help() {
    std::cout << serve_help_text << broker::config_flags_help();
    return success;
}

/// Takes the flags that are no settings out of the arguments.
OneStart take_one_start(Arguments& arguments) {
    OneStart once;
    const auto take = [&](std::string_view flag) { return std::erase(arguments, flag) != 0; };
    once.repair = take("--repair");
    once.compact = take("--compact");
    once.discard_store = take("--discard-store");
    return once;
}

int run_serve(Arguments arguments) {
    if (asks_for_help(arguments)) return print_serve_help();
    const OneStart once = take_one_start(arguments);
    broker::LoadedConfig loaded;
    try {
        loaded = broker::load_config(arguments, broker::process_environment());
    } catch (const broker::ConfigError& error) {
        return complain(error);
    }
    const broker::Config& config = loaded.config;
    try {
        broker::log::start(config.log.level, config.log.file, config.log.format,
                           config.log.rotation);
    } catch (const std::runtime_error& error) {
        std::cerr << "leveret: " << error.what() << '\n';
        return failure;
    }
    int code = failure;
    try {
        if (!loaded.file.empty())
            broker::log::info("Configuration read from {}", loaded.file.string());
        for (const std::string& warning : loaded.warnings) broker::log::warning("{}", warning);
        code = serve(config, once, [&] {
            return broker::load_config(arguments, broker::process_environment()).config;
        });
    } catch (const std::exception& error) {
        broker::log::error("{}", error.what());
    }
    broker::log::stop();
    return code;
}

int check_config(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::error_code ignored;
    if (!file.is_open() || std::filesystem::is_directory(path, ignored))
        return complain("cannot read " + path.string());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    try {
        broker::parse_config(text, path.string());
    } catch (const broker::ConfigError& error) {
        return complain(error);
    }
    std::cout << path.string() << ": no problems found\n";
    return success;
}

/// The configuration goes to standard output, what is to be said about it to standard error.
int translate_config(const Arguments& files) {
    std::string text;
    for (const std::string& name : files) {
        std::ifstream file(name);
        std::error_code ignored;
        if (!file.is_open() || std::filesystem::is_directory(name, ignored))
            return complain("cannot read " + name);
        text += std::string{std::istreambuf_iterator<char>(file), {}} + '\n';
    }
    const Translation translation = from_rabbitmq(text);
    std::cout << translation.toml;
    for (const std::string& remark : translation.remarks) std::cerr << remark << '\n';
    return success;
}

int run_config(const Arguments& arguments) {
    if (arguments.size() == 2 && arguments[0] == "check") return check_config(arguments[1]);
    if (arguments.size() == 1 && arguments[0] == "docs") {
        std::cout << broker::config_reference();
        return success;
    }
    if (arguments.size() >= 2 && arguments[0] == "from-rabbitmq") {
        return translate_config({arguments.begin() + 1, arguments.end()});
    }
    return complain(
        "usage: leveret config check FILE, leveret config from-rabbitmq FILE..., or leveret config "
        "docs");
}

int print_help(const Arguments& arguments) {
    if (arguments.size() == 1 && arguments[0] == "serve") return print_serve_help();
    std::cout << help_text;
    return success;
}

int print_version() {
    std::cout << "leveret " << LEVERET_VERSION << '\n';
    return success;
}

int run(Arguments arguments) {
    const bool named = !arguments.empty() && !arguments.front().starts_with('-');
    const std::string command = named ? arguments.front() : "";
    if (named) arguments.erase(arguments.begin());
    if (command == "serve") return run_serve(arguments);
    if (command == "config") return run_config(arguments);
    if (command == "ctl") return ctl::run(arguments);
    if (command == "version") return print_version();
    if (command == "help") return print_help(arguments);
    if (named) return complain("unknown command '" + command + "'");
    if (arguments.size() == 1 && arguments.front() == "--version") return print_version();
    if (asks_for_help(arguments)) return print_help({});
    return run_serve(arguments);
}

}  // namespace

}  // namespace leveret::cli

int main(int argc, char** argv) {
    try {
        return leveret::cli::run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        std::cerr << "leveret: " << error.what() << '\n';
        return leveret::cli::failure;
    }
}

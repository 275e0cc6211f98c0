#include "cli/ctl/options.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <fstream>

#include "broker/config.hpp"

namespace leveret::cli::ctl {

namespace {

template <class Number = std::uint64_t>
Number number(std::string_view flag, const std::string& text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        throw UsageError(fmt::format("{} wants a number", flag));
    }
    return value;
}

std::string first_line(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line)) throw UsageError("cannot read " + path);
    return line;
}

/// Flags that say where the broker is.
struct WhereFlags {
    std::string url;
    std::string data_dir;
    std::string user;
    std::string password_file;
    std::uint64_t timeout = 60;
};

Place place_of(const WhereFlags& flags) {
    std::string url = flags.url;
    if (url.empty() && flags.data_dir.empty()) {
        if (const char* from_environment = std::getenv("LEVERET_URL")) url = from_environment;
    }
    Place place;
    if (!url.empty()) {
        place = parse_url(url);
        if (!flags.user.empty()) place.user = flags.user;
        if (!flags.password_file.empty()) place.password = first_line(flags.password_file);
    } else {
        std::vector<std::string> serve_flags;
        if (!flags.data_dir.empty()) serve_flags = {"--data-dir", flags.data_dir};
        const auto loaded = broker::load_config(serve_flags, broker::process_environment());
        place.socket = loaded.config.data_dir / "ctl.sock";
    }
    place.timeout = std::chrono::seconds(flags.timeout);
    return place;
}

/// The arguments one by one; `--flag=value` is `--flag value`.
class Words {
public:
    explicit Words(const std::vector<std::string>& arguments) {
        for (const std::string& argument : arguments) {
            const std::size_t equals = argument.find('=');
            if (argument.starts_with("--") && equals != std::string::npos) {
                all_.push_back(argument.substr(0, equals));
                all_.push_back(argument.substr(equals + 1));
            } else {
                all_.push_back(argument);
            }
        }
    }
    [[nodiscard]] bool more() const { return at_ < all_.size(); }
    std::string next() { return all_[at_++]; }
    std::string value_of(std::string_view flag) {
        if (!more()) throw UsageError(fmt::format("{} wants a value", flag));
        return next();
    }

private:
    std::vector<std::string> all_;
    std::size_t at_ = 0;
};

Formatter formatter_of(const std::string& name) {
    if (name == "json") return Formatter::json;
    if (name == "table") return Formatter::table;
    throw UsageError("--formatter is table or json");
}

}  // namespace

Options parse_options(const std::vector<std::string>& arguments) {
    Options options;
    WhereFlags where;
    for (Words words(arguments); words.more();) {
        const std::string word = words.next();
        if (!word.starts_with('-') || word == "-") {
            if (options.command.empty()) {
                options.command = word;
            } else {
                options.words.push_back(word);
            }
        } else if (word == "-h" || word == "--help") {
            options.help = true;
        } else if (word == "-p" || word == "--vhost") {
            options.vhost = words.value_of(word);
        } else if (word == "-q" || word == "--quiet") {
            options.quiet = true;
        } else if (word == "--formatter") {
            options.formatter = formatter_of(words.value_of(word));
        } else if (word == "--if-empty") {
            options.if_empty = true;
        } else if (word == "--if-unused") {
            options.if_unused = true;
        } else if (word == "--once") {
            options.once = true;
        } else if (word == "--dry-run") {
            options.dry_run = true;
        } else if (word == "--priority") {
            options.priority = number<std::int64_t>(word, words.value_of(word));
        } else if (word == "--apply-to") {
            options.apply_to = words.value_of(word);
        } else if (word == "--description") {
            options.description = words.value_of(word);
        } else if (word == "--tags") {
            options.tags = words.value_of(word);
        } else if (word == "--default-queue-type") {
            options.default_queue_type = words.value_of(word);
        } else if (word == "--count") {
            options.count = number(word, words.value_of(word));
        } else if (word == "--filter") {
            options.filter = words.value_of(word);
        } else if (word == "--from") {
            options.from = words.value_of(word);
        } else if (word == "--url") {
            where.url = words.value_of(word);
        } else if (word == "--data-dir") {
            where.data_dir = words.value_of(word);
        } else if (word == "--user") {
            where.user = words.value_of(word);
        } else if (word == "--password-file") {
            where.password_file = words.value_of(word);
        } else if (word == "-t" || word == "--timeout") {
            where.timeout = number(word, words.value_of(word));
        } else {
            throw UsageError(fmt::format("unknown option {}", word));
        }
    }
    if (!options.help) options.place = place_of(where);
    return options;
}

}  // namespace leveret::cli::ctl

// Brings the sources together: the file, then the environment, then the flags; the last one wins.
#include <fmt/core.h>
#include <pwd.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>

#include "broker/config_table.hpp"

namespace leveret::broker {

namespace {

namespace options = boost::program_options;
using config::BadValue;
using config::RawValue;
using config::Setting;
using config::Texts;

constexpr std::string_view service_user = "leveret";
constexpr std::string_view system_file = "/etc/leveret/leveret.toml";
constexpr std::string_view system_data_dir = "/var/lib/leveret";

/// Other names for settings that container images have made common; the first one wins.
struct Alias {
    std::string_view key;
    std::array<std::string_view, 2> variables;
};
constexpr std::array aliases{
    Alias{"auth.default_user", {"LEVERET_DEFAULT_USER", "RABBITMQ_DEFAULT_USER"}},
    Alias{"auth.default_pass", {"LEVERET_DEFAULT_PASS", "RABBITMQ_DEFAULT_PASS"}},
    Alias{"auth.default_vhost", {"LEVERET_DEFAULT_VHOST", "RABBITMQ_DEFAULT_VHOST"}},
    Alias{"auth.default_tags", {"LEVERET_DEFAULT_USER_TAGS", "RABBITMQ_DEFAULT_USER_TAGS"}},
    Alias{"auth.default_permissions",
          {"LEVERET_DEFAULT_PERMISSIONS", "RABBITMQ_DEFAULT_PERMISSIONS"}},
};

/// Returns: that a name is unknown, and which known one may have been meant.
std::string unknown(std::string_view what, std::string_view dashes, const std::string& written,
                    const std::vector<std::string>& known) {
    const std::size_t distance_max = std::max<std::size_t>(2, written.size() / 3);
    std::string text = fmt::format("unknown {} '{}{}'", what, dashes, written);
    if (const std::string near = config::nearest(written, known, distance_max); !near.empty())
        text += fmt::format("; did you mean '{}{}'?", dashes, near);
    return text;
}

/// Takes settings from one source after the other and remembers which were written at all.
class Loader {
public:
    void read_toml(std::string_view text, std::string_view name) {
        try {
            const toml::table table = toml::parse(text, name);
            read_table(table, "", name);
        } catch (const toml::parse_error& error) {
            problem_at(error.source(), name, error.description());
        }
        for (auto& [place, problem] : problems_by_place_) problems_.push_back(std::move(problem));
        problems_by_place_.clear();
    }

    void read_file(const std::filesystem::path& path) {
        std::error_code ignored;
        std::ifstream file(path);
        if (!file.is_open() || std::filesystem::is_directory(path, ignored)) {
            const int reason = file.is_open() ? EISDIR : errno;
            problem(path.string(), fmt::format("cannot be read: {}", std::strerror(reason)));
            return;
        }
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        read_toml(text, path.string());
    }

    void read_environment(const Variables& environment) {
        std::vector<std::string> known{"LEVERET_CONFIG"};
        for (const Setting& setting : config::settings()) {
            known.push_back(setting.variable());
            if (const auto found = environment.find(setting.variable()); found != environment.end())
                set(setting, found->second, found->first);
            else
                read_alias(setting, environment);
        }
        for (const auto& [name, value] : environment) {
            if (!name.starts_with("LEVERET_") || environment_knows(known, name)) continue;
            if (const std::string near = config::nearest(name, known, 2); !near.empty())
                warnings_.push_back(
                    fmt::format("the variable {} is no setting; did you mean {}?", name, near));
        }
    }

    void read_flags(const options::parsed_options& flags) {
        for (const auto& flag : flags.options) {
            for (const Setting& setting : config::settings()) {
                if (flag.string_key != setting.flag()) continue;
                RawValue value = flag.value.empty() ? "true" : flag.value.back();
                if (setting.is_list) value = joined(flag.value, written_as_flag_[setting.key]);
                set(setting, value, "--" + flag.string_key);
            }
        }
    }

    /// Fills in what depends on other settings or on the machine.
    void complete(const Variables& environment, bool system_instance) {
        if (config_.dev) {
            if (!written("auth.loopback_users")) config_.auth.loopback_users.clear();
            if (!written("storage.sync")) config_.storage.sync = StorageSync::none;
        }
        if (config_.auth.default_permissions.size() != 3) {
            problem("auth.default_permissions",
                    "three patterns are needed: configure, write, read");
        }
        if (config_.data_dir.empty()) config_.data_dir = data_dir(environment, system_instance);
        if (config_.cluster_name.empty()) config_.cluster_name = "rabbit@" + host_name();
    }

    void problem(std::string_view where, std::string_view what) {
        problems_.push_back(fmt::format("{}: {}", where, what));
    }

    /// Throws: ConfigError when there was any problem.
    Config take() {
        if (config_.tls.cert.empty() &&
            !(config_.amqp.tls_listen.empty() && config_.http.tls_listen.empty())) {
            problem("tls.cert", "a certificate is needed, as TLS is listened for");
        }
        if (!problems_.empty()) throw ConfigError(std::move(problems_));
        return std::move(config_);
    }
    std::vector<std::string> take_warnings() { return std::move(warnings_); }

private:
    /// Problems of a file are told in its order; a TOML table has forgotten it.
    void problem_at(const toml::source_region& source, std::string_view name,
                    std::string_view what) {
        const auto [line, column] = source.begin;
        problems_by_place_.emplace(std::pair(line, column),
                                   fmt::format("{}:{}:{}: {}", name, line, column, what));
    }

    static bool environment_knows(const std::vector<std::string>& known, std::string_view name) {
        for (const Alias& alias : aliases)
            if (alias.variables[0] == name) return true;
        return std::find(known.begin(), known.end(), name) != known.end();
    }

    bool written(std::string_view key) const { return written_.contains(key); }

    /// Returns: what is wrong with the value; empty when it was taken.
    std::string try_to_set(const Setting& setting, const RawValue& value) {
        written_.insert(setting.key);
        try {
            setting.set(config_, value);
            return {};
        } catch (const BadValue& error) {
            return setting.secret ? "this is not a text in quotes" : error.what();
        }
    }

    void set(const Setting& setting, const RawValue& value, std::string_view where) {
        if (const std::string wrong = try_to_set(setting, value); !wrong.empty())
            problem(where, wrong);
    }

    void read_alias(const Setting& setting, const Variables& environment) {
        for (const Alias& alias : aliases) {
            if (alias.key != setting.key) continue;
            for (const std::string_view name : alias.variables) {
                const auto found = environment.find(name);
                if (found == environment.end()) continue;
                set(setting, found->second, name);
                return;
            }
        }
    }

    void read_table(const toml::table& table, const std::string& prefix, std::string_view name) {
        for (const auto& [key, node] : table) {
            const std::string path = prefix + std::string(key.str());
            if (const Setting* setting = config::find_setting(path)) {
                const auto value = raw_value(node);
                const std::string wrong =
                    value ? try_to_set(*setting, *value)
                          : fmt::format("a value of the type {} is expected", setting->type);
                if (!wrong.empty())
                    problem_at(node.source(), name, fmt::format("{}: {}", path, wrong));
            } else if (const toml::table* inner = node.as_table(); inner && !inner->empty()) {
                read_table(*inner, path + '.', name);
            } else if (!is_section(path)) {
                problem_at(key.source(), name, unknown("key", "", path, keys()));
            } else if (!inner) {
                problem_at(key.source(), name,
                           fmt::format("'{}' is a section, not a value: write [{}]", path, path));
            }
        }
    }

    static std::optional<RawValue> raw_value(const toml::node& node) {
        if (const auto value = node.value_exact<std::string>()) return *value;
        if (const auto value = node.value_exact<bool>()) return *value;
        if (const auto value = node.value_exact<std::int64_t>()) return *value;
        if (const auto value = node.value_exact<double>()) return *value;
        const toml::array* array = node.as_array();
        if (!array) return std::nullopt;
        Texts texts;
        for (const toml::node& item : *array) {
            const auto text = item.value_exact<std::string>();
            if (!text) return std::nullopt;
            texts.push_back(*text);
        }
        return texts;
    }

    static bool is_section(const std::string& path) {
        for (const Setting& setting : config::settings())
            if (setting.key.starts_with(path + '.')) return true;
        return false;
    }

    static std::vector<std::string> keys() {
        std::vector<std::string> all;
        for (const Setting& setting : config::settings()) all.emplace_back(setting.key);
        return all;
    }

    /// A flag may come several times, and each time with several values: all of them count.
    static Texts joined(const std::vector<std::string>& values, Texts& so_far) {
        for (const std::string& value : values) {
            Texts some;
            config::read(value, some);
            so_far.insert(so_far.end(), some.begin(), some.end());
        }
        return so_far;
    }

    std::filesystem::path data_dir(const Variables& environment, bool system_instance) {
        if (system_instance && !config_.dev) return system_data_dir;
        const std::string_view folder = config_.dev ? "leveret-dev" : "leveret";
        const auto xdg = environment.find("XDG_DATA_HOME");
        if (xdg != environment.end() && xdg->second.starts_with('/'))
            return std::filesystem::path(xdg->second) / folder;
        const auto home = environment.find("HOME");
        if (home != environment.end() && home->second.starts_with('/'))
            return std::filesystem::path(home->second) / ".local/share" / folder;
        problem("--data-dir", "is needed, as neither XDG_DATA_HOME nor HOME is set");
        return {};
    }

    static std::string host_name() {
        std::array<char, 256> name{};
        if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
        const std::string full(name.data());
        return full.substr(0, full.find('.'));
    }

    Config config_{};
    std::set<std::string_view> written_{};
    std::map<std::string_view, Texts> written_as_flag_{};
    std::multimap<std::pair<toml::source_index, toml::source_index>, std::string>
        problems_by_place_{};
    std::vector<std::string> problems_{};
    std::vector<std::string> warnings_{};
};

options::options_description describe_flags() {
    options::options_description all;
    auto add = all.add_options();
    add("config", options::value<std::string>());
    for (const Setting& setting : config::settings()) {
        auto* value = options::value<std::vector<std::string>>();
        if (setting.is_list) value->multitoken();
        if (setting.is_switch) value->implicit_value({"true"}, "true");
        add(setting.flag().c_str(), value);
    }
    return all;
}

/// Throws: ConfigError; Boost's own texts are kept where they are plain.
options::parsed_options parse_flags(const std::vector<std::string>& flags) {
    const options::options_description described = describe_flags();
    std::vector<std::string> words;
    for (const std::string& flag : flags) {
        words.push_back(flag);
        if (!flag.starts_with("--") || !flag.ends_with('=')) continue;
        words.back().pop_back();  // Boost refuses `--http-listen=`, which is an empty list here
        words.emplace_back();
    }
    using style = options::command_line_style::style_t;
    try {
        return options::command_line_parser(words)
            .options(described)
            .positional({})
            .style(style::allow_long | style::long_allow_adjacent | style::long_allow_next)
            .run();
    } catch (const options::unknown_option& error) {
        std::string written = error.get_option_name();
        written.erase(0, written.find_first_not_of('-'));
        std::vector<std::string> known{"config"};
        for (const Setting& setting : config::settings()) known.push_back(setting.flag());
        throw ConfigError({unknown("option", "--", written, known)});
    } catch (const options::too_many_positional_options_error&) {
        throw ConfigError({"only options are expected here; see leveret help serve"});
    } catch (const options::error& error) {
        throw ConfigError({error.what()});
    }
}

bool is_system_instance() {
    if (::geteuid() == 0) return true;
    const passwd* user = ::getpwuid(::geteuid());
    return user && user->pw_name == service_user;
}

std::filesystem::path file_to_read(const options::parsed_options& flags,
                                   const Variables& environment, bool system_instance) {
    for (const auto& flag : flags.options)
        if (flag.string_key == "config") return flag.value.back();
    if (const auto named = environment.find("LEVERET_CONFIG"); named != environment.end())
        return named->second;
    std::error_code ignored;
    return system_instance && std::filesystem::exists(system_file, ignored) ? system_file : "";
}

std::string in_lines(const std::vector<std::string>& problems) {
    std::string text;
    for (const std::string& problem : problems) text += (text.empty() ? "" : "\n") + problem;
    return text;
}

}  // namespace

ConfigError::ConfigError(std::vector<std::string> problems)
    : std::runtime_error(in_lines(problems)), problems_(std::move(problems)) {}

LoadedConfig load_config(const std::vector<std::string>& flags, const Variables& environment) {
    const options::parsed_options parsed = parse_flags(flags);
    const bool system_instance = is_system_instance();
    LoadedConfig loaded;
    loaded.file = file_to_read(parsed, environment, system_instance);
    Loader loader;
    if (!loaded.file.empty()) loader.read_file(loaded.file);
    loader.read_environment(environment);
    loader.read_flags(parsed);
    loader.complete(environment, system_instance);
    loaded.config = loader.take();
    loaded.warnings = loader.take_warnings();
    return loaded;
}

Config parse_config(std::string_view toml, std::string_view name) {
    Loader loader;
    loader.read_toml(toml, name);
    return loader.take();
}

}  // namespace leveret::broker

// Reads rabbitmq.conf line by line; the table says what becomes of a key, and what several keys of
// RabbitMQ's decide together is put together at the end.
#include "cli/from_rabbitmq.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "broker/config.hpp"
#include "broker/config_table.hpp"
#include "cli/from_rabbitmq_table.hpp"

namespace leveret::cli {

namespace {

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// Takes the first word of what has dots between its words.
std::string_view take_word(std::string_view& words) {
    const auto dot = std::min(words.find('.'), words.size());
    const std::string_view word = words.substr(0, dot);
    words.remove_prefix(std::min(words.size(), dot + 1));
    return word;
}

bool fits(std::string_view pattern, std::string_view key) {
    while (!pattern.empty() && !key.empty()) {
        const std::string_view wanted = take_word(pattern);
        if (wanted == "**") return true;
        if (const std::string_view word = take_word(key); wanted != "*" && wanted != word) {
            return false;
        }
    }
    return pattern.empty() && key.empty();
}

std::string in_toml(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            quoted += c;
        }
    }
    return quoted + '"';
}

std::optional<std::uint64_t> number_in(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// Rule: RabbitMQ: "k", "M" and "G" are powers of 1024 as "KiB" is; "kB", "MB", "GB" of 1000.
std::optional<std::string> size_in(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 18> units{
        {{"kiB", 1ULL << 10},
         {"KiB", 1ULL << 10},
         {"k", 1ULL << 10},
         {"K", 1ULL << 10},
         {"kB", 1000},
         {"KB", 1000},
         {"MiB", 1ULL << 20},
         {"M", 1ULL << 20},
         {"m", 1ULL << 20},
         {"MB", 1'000'000},
         {"GiB", 1ULL << 30},
         {"G", 1ULL << 30},
         {"g", 1ULL << 30},
         {"GB", 1'000'000'000},
         {"TiB", 1ULL << 40},
         {"T", 1ULL << 40},
         {"TB", 1'000'000'000'000},
         {"", 1}}};
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = number_in(text.substr(0, digits));
    const std::string_view written = trimmed(text.substr(digits));
    for (const auto& [unit, octets] : units) {
        if (!number || written != unit) continue;
        if (*number > INT64_MAX / octets) return std::nullopt;
        return std::to_string(*number * octets);
    }
    return std::nullopt;
}

std::optional<std::string> duration_in(std::string_view text, std::string_view unit) {
    const auto number = number_in(text);
    if (!number) return std::nullopt;
    return fmt::format("\"{}{}\"", *number, unit);
}

std::optional<std::string> level_in(std::string_view text) {
    if (text == "debug" || text == "info" || text == "warning" || text == "error") {
        return in_toml(text);
    }
    if (text == "notice") return in_toml("info");
    if (text == "critical" || text == "alert" || text == "emergency" || text == "none") {
        return in_toml("error");
    }
    return std::nullopt;
}

bool is_true(std::string_view text) { return text == "true" || text == "on" || text == "yes"; }

/// Returns: the value in TOML; nothing when it is not of that kind.
std::optional<std::string> scalar(std::string_view text, Becomes becomes) {
    switch (becomes) {
        case Becomes::number:
            if (const auto number = number_in(text)) return std::to_string(*number);
            return std::nullopt;
        case Becomes::boolean:
            return is_true(text) ? "true" : "false";
        case Becomes::size:
            return size_in(text);
        case Becomes::share:
            return std::string(text);  // that it is one is checked with the key
        case Becomes::seconds:
            return duration_in(text, "s");
        case Becomes::milliseconds:
            return duration_in(text, "ms");
        case Becomes::minutes:
            return duration_in(text, "m");
        case Becomes::level:
            return level_in(text);
        case Becomes::format:
            if (text == "json") return in_toml("json");
            if (text == "plaintext") return in_toml("text");
            return std::nullopt;
        default:
            return in_toml(text);
    }
}

/// Returns: addresses as ours are written; none when it is no address.
std::vector<std::string> addresses_in(std::string_view text) {
    if (text.starts_with("unix:") || text.starts_with("local:")) {
        std::string_view path = text.substr(text.find(':') + 1);
        if (path.ends_with(":0")) path.remove_suffix(2);
        return {fmt::format("unix:{}", path)};
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        if (!number_in(text)) return {};
        return {fmt::format("0.0.0.0:{}", text), fmt::format("[::]:{}", text)};
    }
    std::string host(text.substr(0, colon));
    if (host.empty()) return {};
    if (host.find(':') != std::string::npos && host.front() != '[') host = '[' + host + ']';
    return {fmt::format("{}:{}", host, text.substr(colon + 1))};
}

class Translator {
public:
    void read(std::string_view conf) {
        while (!conf.empty()) {
            const auto end = std::min(conf.find('\n'), conf.size());
            read_line(trimmed(conf.substr(0, end)));
            conf.remove_prefix(std::min(conf.size(), end + 1));
        }
    }

    Translation take() {
        for (const auto& [key, value] : conf_) translate(key, value);
        put_together();
        for (const auto& [key, items] : lists_) {
            std::string list;
            for (const std::string& item : items)
                list += (list.empty() ? "" : ", ") + in_toml(item);
            set(sources_[key], key, '[' + list + ']');
        }
        return {.toml = toml(), .remarks = std::move(remarks_)};
    }

private:
    void read_line(std::string_view line) {
        if (line.empty() || line.front() == '#') return;
        const auto equals = line.find('=');
        if (equals == std::string_view::npos)
            return remark(line, "is no line of the form key = value");
        std::string_view value = trimmed(line.substr(equals + 1));
        const auto quote = value.starts_with('\'') ? value.find('\'', 1) : std::string_view::npos;
        if (quote != std::string_view::npos) {
            value = value.substr(1, quote - 1);
        } else {
            value = trimmed(value.substr(0, value.find('#')));  // a comment may stand behind it
        }
        conf_.insert_or_assign(std::string(trimmed(line.substr(0, equals))), std::string(value));
    }

    void translate(const std::string& key, const std::string& value) {
        const auto rows = rabbitmq_rows();
        const auto row = std::find_if(rows.begin(), rows.end(), [&](const RabbitmqRow& one) {
            return fits(one.pattern, key);
        });
        if (row == rows.end()) return remark(key, "is unknown");
        if (!row->remark.empty()) return remark(key, row->remark);
        if (value.find("$(") != std::string::npos || value.starts_with("encrypted:")) {
            return remark(key, "has a value that only RabbitMQ can work out; write it by hand");
        }
        if (broker::config::find_setting(row->key) == nullptr) {
            return remark(key, "has no counterpart yet");
        }
        translate(*row, key, value);
    }

    void translate(const RabbitmqRow& row, const std::string& key, const std::string& value) {
        if (is_put_together(key)) return;
        if (key == "log.file" && value == "false") {
            return remark(key, "needs no setting: there is no log file unless one is named");
        }
        const std::string ours(row.key);
        if (row.becomes == Becomes::address) {
            lists_.try_emplace(ours);
            sources_[ours] = key;
            if (value == "none") return;
            const std::vector<std::string> some = addresses_in(value);
            if (some.empty()) remark(key, fmt::format("has a value that is no address: {}", value));
            for (const std::string& one : some) lists_[ours].push_back(one);
            return;
        }
        if (row.becomes == Becomes::item) {
            sources_[ours] = key;
            return add_item(row, key, value);
        }
        const auto written = scalar(value, row.becomes);
        if (!written)
            return remark(key, fmt::format("has a value that is not understood: {}", value));
        set(key, ours, *written);
    }

    /// Returns: what a key like `loopback_users.NAME = true` names; empty when its value does.
    static std::string_view named_item(std::string_view key) {
        for (const std::string_view list : {"loopback_users.", "default_user_tags."}) {
            if (key.starts_with(list)) return key.substr(list.size());
        }
        return {};
    }

    void add_item(const RabbitmqRow& row, const std::string& key, const std::string& value) {
        std::vector<std::string>& items = lists_[std::string(row.key)];
        const std::string_view name = named_item(key);
        if (!name.empty()) {
            if (is_true(value)) items.emplace_back(name);
        } else if (value != "none") {
            items.push_back(value);
        }
    }

    /// What several keys decide together, or what has words of its own.
    static bool is_put_together(std::string_view key) {
        for (const std::string_view pattern :
             {"ssl_options.verify", "ssl_options.fail_if_no_peer_cert", "ssl_options.versions.*",
              "management.ssl.verify", "management.ssl.fail_if_no_peer_cert", "management.tcp.*",
              "management.ssl.ip", "management.ssl.port", "management.listener.ip",
              "management.listener.port", "prometheus.tcp.*", "default_permissions.*"}) {
            if (fits(pattern, key)) return true;
        }
        return false;
    }

    void put_together() {
        put_verify("ssl_options", "tls.verify");
        put_verify("management.ssl", "http.tls_verify");
        put_versions();
        put_permissions();
        put_address("management.listener", "15672", "http.listen");
        put_address("management.tcp", "15672", "http.listen");
        put_address("management.ssl", "15671", "http.tls_listen");
        put_address("prometheus.tcp", "15692", "metrics.listen");
    }

    std::string_view value_of(const std::string& key) const {
        const auto found = conf_.find(key);
        return found == conf_.end() ? std::string_view() : found->second;
    }

    void put_verify(const std::string& section, const std::string& ours) {
        const std::string key = section + ".verify";
        const bool required = is_true(value_of(section + ".fail_if_no_peer_cert"));
        const std::string_view verify = value_of(key);
        if (verify == "verify_peer")
            set(key, ours, required ? "\"required\"" : "\"optional\"");
        else if (verify == "verify_none")
            set(key, ours, "\"none\"");
        else if (!verify.empty())
            remark(key, fmt::format("has a value that is not understood: {}", verify));
    }

    void put_versions() {
        bool v1_2 = false;
        bool v1_3 = false;
        for (const auto& [key, value] : conf_) {
            if (!fits("ssl_options.versions.*", key)) continue;
            v1_2 = v1_2 || value == "tlsv1.2";
            v1_3 = v1_3 || value == "tlsv1.3";
            if (value != "tlsv1.2" && value != "tlsv1.3") {
                remark(key, fmt::format("names a version that is not spoken here: {}", value));
            }
        }
        if (!v1_2 && !v1_3) return;
        set("ssl_options.versions", "tls.min_version", v1_2 ? "\"1.2\"" : "\"1.3\"");
        set("ssl_options.versions", "tls.max_version", v1_3 ? "\"1.3\"" : "\"1.2\"");
    }

    /// Rule: RabbitMQ: what is not said is `.*`.
    void put_permissions() {
        std::string list;
        bool any = false;
        for (const char* right : {"configure", "write", "read"}) {
            const auto found = conf_.find(fmt::format("default_permissions.{}", right));
            any = any || found != conf_.end();
            list +=
                (list.empty() ? "" : ", ") + in_toml(found == conf_.end() ? ".*" : found->second);
        }
        if (any) set("default_permissions", "auth.default_permissions", '[' + list + ']');
    }

    void put_address(const std::string& section, std::string_view default_port,
                     const std::string& ours) {
        const std::string_view ip = value_of(section + ".ip");
        std::string_view port = value_of(section + ".port");
        if (ip.empty() && port.empty()) return;
        if (port.empty()) port = default_port;
        sources_[ours] = section;
        lists_[ours] =
            addresses_in(ip.empty() ? std::string(port) : fmt::format("{}:{}", ip, port));
    }

    /// Takes the value if the setting does.
    void set(std::string_view source, const std::string& key, const std::string& value) {
        try {
            broker::parse_config(fmt::format("{} = {}\n", key, value), source);
        } catch (const broker::ConfigError& error) {
            // That a certificate is missing is said of the whole, by `leveret config check`.
            const std::string& problem = error.problems().front();
            if (!problem.starts_with("tls.cert: ")) {
                remarks_.push_back(problem);
                return;
            }
        }
        values_[key] = value;
    }

    void remark(std::string_view key, std::string_view what) {
        remarks_.push_back(fmt::format("{}: {}", key, what));
    }

    [[nodiscard]] std::string toml() const {
        std::string above;
        std::map<std::string, std::string> sections;
        for (const auto& [key, value] : values_) {
            const auto dot = key.find('.');
            if (dot == std::string::npos) {
                above += fmt::format("{} = {}\n", key, value);
            } else {
                sections[key.substr(0, dot)] +=
                    fmt::format("{} = {}\n", key.substr(dot + 1), value);
            }
        }
        for (const auto& [name, lines] : sections) {
            above += fmt::format("{}[{}]\n{}", above.empty() ? "" : "\n", name, lines);
        }
        return above;
    }

    std::map<std::string, std::string> conf_;
    std::map<std::string, std::string> values_;
    std::map<std::string, std::vector<std::string>> lists_;
    std::map<std::string, std::string> sources_;  ///< the key that a list came from, for remarks
    std::vector<std::string> remarks_;
};

}  // namespace

Translation from_rabbitmq(std::string_view conf) {
    Translator translator;
    translator.read(conf);
    return translator.take();
}

}  // namespace leveret::cli

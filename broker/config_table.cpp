// The rows of the table, and the names that follow from a key.
#include "broker/config_table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <numeric>
#include <optional>
#include <type_traits>

namespace leveret::broker::config {

namespace {

/// What a row says besides its key and where its value lives.
struct Words {
    std::string_view sentence{};
    std::string_view unit{};
    std::string_view default_text{};  ///< for a default that depends on the machine
    std::string_view effect{};
    bool reloadable{};
    bool secret{};
    std::uint64_t least{};  ///< a number below is refused
    std::uint64_t most{};   ///< a number above is refused; 0: only the type bounds it
    bool zero{};            ///< 0 is allowed although it is below `least`
};

constexpr std::string_view with_external = "logging in by certificate (SASL EXTERNAL)";
constexpr std::string_view with_metrics = "the metrics listener";
constexpr std::string_view with_history = "the history on disk";

/// Returns: the number that bounds are compared with: the number itself, or whole seconds.
template <class Value>
std::optional<std::uint64_t> magnitude(const Value& value) {
    if constexpr (std::integral<Value> && !std::same_as<Value, bool>) return value;
    if constexpr (requires { std::chrono::floor<std::chrono::seconds>(value); })
        return std::chrono::floor<std::chrono::seconds>(value).count();
    return std::nullopt;
}

template <class Value>
void check_bounds(const Value& value, const Words& words) {
    const auto number = magnitude(value);
    if (!number || words.most == 0 || (*number == 0 && words.zero)) return;
    if (*number < words.least || *number > words.most)
        throw BadValue(fmt::format("{} is not from {} to {} {}{}", show(value), words.least,
                                   words.most, words.unit, words.zero ? ", or 0" : ""));
}

/// `member` gives the place in a Config, from which all that depends on the type follows.
template <class Member>
Setting setting(std::string_view key, Member member, Words words) {
    using Value = std::remove_reference_t<std::invoke_result_t<Member, Config&>>;
    Config defaults;
    const Value& initial = member(defaults);
    return {
        .key = key,
        .sentence = words.sentence,
        .type = type_of(initial),
        .unit = words.unit,
        .default_text =
            words.default_text.empty() ? show(initial) : std::string(words.default_text),
        .effect = words.effect,
        .reloadable = words.reloadable,
        .secret = words.secret,
        .is_list = std::same_as<Value, Texts> || std::same_as<Value, std::vector<ListenAddress>>,
        .is_switch = std::same_as<Value, bool>,
        .set =
            [member, words](Config& config, const RawValue& raw) {
                Value value{};
                read(raw, value);
                check_bounds(value, words);
                member(config) = std::move(value);
            },
    };
}

std::vector<Setting> all_settings() {
    return {
        setting("data_dir", [](Config& c) -> auto& { return c.data_dir; },
                {.sentence = "The directory of everything that survives a restart.",
                 .default_text = "`/var/lib/leveret` for root and the user leveret, else "
                                 "`$XDG_DATA_HOME/leveret`"}),
        setting("load_definitions", [](Config& c) -> auto& { return c.load_definitions; },
                {.sentence = "A file of definitions, or a folder of them (*.json), brought in at "
                             "every start.",
                 .default_text = "none"}),
        setting("cluster_name", [](Config& c) -> auto& { return c.cluster_name; },
                {.sentence = "The name that clients and the console see.",
                 .default_text = "`rabbit@` and the host's name"}),
        setting("rabbitmq_version", [](Config& c) -> auto& { return c.rabbitmq_version; },
                {.sentence = "The RabbitMQ version that clients are told; some choose by it what "
                             "they send."}),
        setting("dev", [](Config& c) -> auto& { return c.dev; },
                {.sentence = "For a laptop: guest may come from anywhere, and the data directory "
                             "is `leveret-dev`."}),
        setting("amqp.listen", [](Config& c) -> auto& { return c.amqp.listen; },
                {.sentence = "Where AMQP 0-9-1 listens; `0.0.0.0:5672` opens it to the network."}),
        setting("amqp.tls_listen", [](Config& c) -> auto& { return c.amqp.tls_listen; },
                {.sentence = "Where AMQP 0-9-1 over TLS listens, usually port 5671."}),
        setting("http.listen", [](Config& c) -> auto& { return c.http.listen; },
                {.sentence = "Where the HTTP API and the console listen."}),
        setting("http.tls_listen", [](Config& c) -> auto& { return c.http.tls_listen; },
                {.sentence = "Where the HTTP API and the console listen with TLS, usually port "
                             "15671."}),
        setting("http.tls_verify", [](Config& c) -> auto& { return c.http.tls_verify; },
                {.sentence = "As `tls.verify`, for HTTPS; \"auto\" is the same as there.",
                 .reloadable = true}),
        setting("http.path_prefix", [](Config& c) -> auto& { return c.http.path_prefix; },
                {.sentence = "What stands before every path, as `/rabbit`, behind a proxy that "
                             "does not take it off."}),
        setting("http.cors_origins", [](Config& c) -> auto& { return c.http.cors_origins; },
                {.sentence = "Origins of other web pages that may use the API, as "
                             "`https://tools.example`."}),
        setting("http.max_body_size", [](Config& c) -> auto& { return c.http.max_body_size; },
                {.sentence = "A request with a longer body is refused.",
                 .unit = "octets",
                 .least = 1024,
                 .most = 512ULL << 20}),
        setting("http.max_connections", [](Config& c) -> auto& { return c.http.max_connections; },
                {.sentence = "Beyond so many, the one that has been idle longest is closed.",
                 .unit = "connections",
                 .least = 1,
                 .most = 100'000}),
        setting("console.session_idle", [](Config& c) -> auto& { return c.console.session_idle; },
                {.sentence = "A session of the console that nobody uses ends after this.",
                 .unit = "seconds",
                 .least = 60,
                 .most = 30 * 24 * 3600}),
        setting("console.session_lifetime",
                [](Config& c) -> auto& { return c.console.session_lifetime; },
                {.sentence = "A session of the console ends after this in any case.",
                 .unit = "seconds",
                 .least = 60,
                 .most = 30 * 24 * 3600}),
        setting("console.environment", [](Config& c) -> auto& { return c.console.environment; },
                {.sentence = "What this broker is, as `production`; the console shows it on every "
                             "page."}),
        setting("console.environment_colour",
                [](Config& c) -> auto& { return c.console.environment_colour; },
                {.sentence = "The colour of that label: `red`, `yellow`, `green`, `blue` or "
                             "`grey`."}),
        setting("metrics.listen", [](Config& c) -> auto& { return c.metrics.listen; },
                {.sentence = "Where Prometheus fetches metrics; a default port that is taken is "
                             "left out with a warning.",
                 .effect = with_metrics}),
        setting("tls.cert", [](Config& c) -> auto& { return c.tls.cert; },
                {.sentence = "The certificate with its chain, in PEM; of several, the one that has "
                             "the name that a client asks for, or else the first.",
                 .reloadable = true}),
        setting("tls.key", [](Config& c) -> auto& { return c.tls.key; },
                {.sentence = "The private key of each certificate, in PEM and the same order.",
                 .reloadable = true}),
        setting(
            "tls.key_password", [](Config& c) -> auto& { return c.tls.key_password; },
            {.sentence = "What opens encrypted private keys.", .reloadable = true, .secret = true}),
        setting("tls.ca", [](Config& c) -> auto& { return c.tls.ca; },
                {.sentence = "The authorities whose client certificates are trusted, in PEM.",
                 .reloadable = true}),
        setting("tls.verify", [](Config& c) -> auto& { return c.tls.verify; },
                {.sentence = "Whether clients are asked for a certificate, and whether they must "
                             "have one.",
                 .reloadable = true}),
        setting("tls.verify_depth", [](Config& c) -> auto& { return c.tls.verify_depth; },
                {.sentence = "Authorities that may stand between a client's certificate and one "
                             "of `tls.ca`.",
                 .unit = "certificates",
                 .reloadable = true,
                 .most = 100}),
        setting("tls.min_version", [](Config& c) -> auto& { return c.tls.min_version; },
                {.sentence = "The oldest version of TLS that is spoken.", .reloadable = true}),
        setting("tls.max_version", [](Config& c) -> auto& { return c.tls.max_version; },
                {.sentence = "The newest version of TLS that is spoken.", .reloadable = true}),
        setting("tls.ciphers", [](Config& c) -> auto& { return c.tls.ciphers; },
                {.sentence = "Ciphers by OpenSSL's names, the preferred ones first; those that "
                             "begin with `TLS_` are of TLS 1.3. None: OpenSSL's choice.",
                 .reloadable = true}),
        setting("tls.handshake_timeout", [](Config& c) -> auto& { return c.tls.handshake_timeout; },
                {.sentence = "A client that has not finished the handshake of TLS after this is "
                             "dropped.",
                 .unit = "seconds",
                 .least = 1,
                 .most = 3600}),
        setting("tls.login_from", [](Config& c) -> auto& { return c.tls.login_from; },
                {.sentence = "What of a client's certificate names the user who logs in by it.",
                 .effect = with_external,
                 .reloadable = true}),
        setting("tls.login_san_type", [](Config& c) -> auto& { return c.tls.login_san_type; },
                {.sentence = "With `tls.login_from = \"subject_alternative_name\"`: the kind of "
                             "name.",
                 .effect = with_external,
                 .reloadable = true}),
        setting("tls.login_san_index", [](Config& c) -> auto& { return c.tls.login_san_index; },
                {.sentence = "With `tls.login_from = \"subject_alternative_name\"`: which of the "
                             "names of that kind; 0 is the first.",
                 .effect = with_external,
                 .reloadable = true}),
        setting("log.level", [](Config& c) -> auto& { return c.log.level; },
                {.sentence = "Lines below this level are not written.", .reloadable = true}),
        setting("log.format", [](Config& c) -> auto& { return c.log.format; },
                {.sentence = "Lines for people, or one JSON object per line."}),
        setting("log.file", [](Config& c) -> auto& { return c.log.file; },
                {.sentence = "The file that log lines are appended to.",
                 .default_text = "standard error"}),
        setting("log.max_size", [](Config& c) -> auto& { return c.log.rotation.max_size; },
                {.sentence = "A log file that would become larger is put aside as `FILE.1`; 0 "
                             "never does that.",
                 .unit = "octets",
                 .least = 1024,
                 .most = 1ULL << 40,
                 .zero = true}),
        setting("log.keep", [](Config& c) -> auto& { return c.log.rotation.keep; },
                {.sentence = "Log files put aside that are kept, the oldest with the highest "
                             "number.",
                 .unit = "files",
                 .least = 1,
                 .most = 1000}),
        setting("memory.high_watermark", [](Config& c) -> auto& { return c.memory.high_watermark; },
                {.sentence = "Publishers are blocked while the process uses more than this; a "
                             "share counts from the memory that it may use.",
                 .unit = "octets",
                 .reloadable = true}),
        setting("memory.bodies", [](Config& c) -> auto& { return c.memory.bodies; },
                {.sentence = "What ready messages may take in memory; above half of it they are "
                             "moved to disk, transient ones too.",
                 .unit = "octets"}),
        setting("disk.free_limit", [](Config& c) -> auto& { return c.disk.free_limit; },
                {.sentence = "Publishers are blocked while the disk has less free than this; "
                             "\"auto\" is 5 % of the file system, from 50 MB to 1 GiB.",
                 .unit = "octets",
                 .reloadable = true}),
        setting("storage.sync", [](Config& c) -> auto& { return c.storage.sync; },
                {.sentence = "How commits reach the disk: overlapping, one by one, or (\"none\") "
                             "without any sync: then a power loss costs the whole store."}),
        setting("storage.max_size", [](Config& c) -> auto& { return c.storage.max_size; },
                {.sentence = "The largest size of the store; \"auto\" is 90 % of the file system.",
                 .unit = "octets"}),
        setting("storage.allow_network", [](Config& c) -> auto& { return c.storage.allow_network; },
                {.sentence = "Allows the data directory on a network file system, where locks and "
                             "syncs cannot be relied on."}),
        setting("stats.memory", [](Config& c) -> auto& { return c.stats.memory; },
                {.sentence = "What the recent rates of queues and connections may take in memory.",
                 .unit = "octets"}),
        setting("stats.history", [](Config& c) -> auto& { return c.stats.history; },
                {.sentence = "How long rates and lengths are kept.",
                 .unit = "seconds",
                 .effect = with_history}),
        setting("limits.frame_max", [](Config& c) -> auto& { return c.limits.frame_max; },
                {.sentence = "The largest frame that is offered to clients; 0 is no limit.",
                 .unit = "octets",
                 .least = 4096,
                 .most = 0x7fffffff,
                 .zero = true}),
        setting("limits.channel_max", [](Config& c) -> auto& { return c.limits.channel_max; },
                {.sentence = "Open channels per connection; 0 is no limit.", .unit = "channels"}),
        setting("limits.heartbeat", [](Config& c) -> auto& { return c.limits.heartbeat; },
                {.sentence = "The heartbeat that is offered to clients; 0 is none.",
                 .unit = "seconds",
                 .most = 65535}),
        setting("limits.max_connections",
                [](Config& c) -> auto& { return c.limits.max_connections; },
                {.sentence = "Connections of messaging clients at a time; 0 is no limit.",
                 .unit = "connections"}),
        setting("limits.max_message_size",
                [](Config& c) -> auto& { return c.limits.max_message_size; },
                {.sentence = "A message with a longer body is refused; at most 512 MiB.",
                 .unit = "octets",
                 .most = 512ULL << 20}),
        setting("limits.handshake_timeout",
                [](Config& c) -> auto& { return c.limits.handshake_timeout; },
                {.sentence = "A connection that is not open after this is dropped.",
                 .unit = "seconds",
                 .least = 1,
                 .most = 3600}),
        setting(
            "limits.consumer_timeout", [](Config& c) -> auto& { return c.limits.consumer_timeout; },
            {.sentence = "A delivery that is not acked after this goes back to its queue, where "
                         "neither queue, policy nor consumer says another time; 0 is never.",
             .unit = "seconds",
             .least = 1,
             .most = 315'360'000,
             .zero = true}),
        setting("auth.default_user", [](Config& c) -> auto& { return c.auth.default_user; },
                {.sentence = "The administrator that a first start creates."}),
        setting("auth.default_pass", [](Config& c) -> auto& { return c.auth.default_pass; },
                {.sentence = "The password of that user.", .secret = true}),
        setting("auth.default_vhost", [](Config& c) -> auto& { return c.auth.default_vhost; },
                {.sentence = "The vhost that a first start creates."}),
        setting("auth.default_tags", [](Config& c) -> auto& { return c.auth.default_tags; },
                {.sentence = "The tags of that user."}),
        setting("auth.default_permissions",
                [](Config& c) -> auto& { return c.auth.default_permissions; },
                {.sentence = "What that user may configure, write and read in that vhost: three "
                             "patterns."}),
        setting("auth.loopback_users", [](Config& c) -> auto& { return c.auth.loopback_users; },
                {.sentence = "Users that may only come from this machine."}),
    };
}

/// Levenshtein's distance: insertions, deletions and replacements of one character.
std::size_t distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
        }
    }
    return row.back();
}

}  // namespace

std::string Setting::flag() const {
    std::string name(key);
    std::replace_if(name.begin(), name.end(), [](char c) { return c == '.' || c == '_'; }, '-');
    return name;
}

std::string Setting::variable() const {
    std::string name = "LEVERET_";
    for (const char c : key)
        name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name;
}

const std::vector<Setting>& settings() {
    static const std::vector<Setting> table = all_settings();
    return table;
}

const Setting* find_setting(std::string_view key) {
    for (const Setting& setting : settings())
        if (setting.key == key) return &setting;
    return nullptr;
}

std::string nearest(std::string_view written, const std::vector<std::string>& candidates,
                    std::size_t distance_max) {
    written = written.substr(0, 64);  // no name is longer, and the cost is the product of lengths
    std::string best;
    std::size_t least = distance_max + 1;
    for (const std::string& candidate : candidates) {
        if (const std::size_t away = distance(written, candidate); away < least) {
            least = away;
            best = candidate;
        }
    }
    return best;
}

}  // namespace leveret::broker::config

// The configuration as the broker uses it: typed values with their defaults. Where a value comes
// from (file, environment, flags) and how it is written there is the business of config_table.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "broker/log_level.hpp"

namespace leveret::broker {

/// Where a socket listens: a host and port, or the path of a Unix socket.
struct ListenAddress {
    std::string host{};      ///< without brackets; empty for a Unix socket
    std::uint16_t port{};    ///< 0 takes a free one
    std::string path{};      ///< of a Unix socket; empty for TCP
    bool is_default{false};  ///< nobody wrote it: what cannot be had (no ::1) is left out, no error

    [[nodiscard]] bool is_unix() const { return !path.empty(); }
    bool operator==(const ListenAddress&) const = default;
};

/// Returns: `127.0.0.1:5672`, `[::1]:5672` or `unix:/path`.
std::string to_string(const ListenAddress& address);

/// A share of the machine's memory (0 to 1), or a number of octets.
struct RatioOrSize {
    std::variant<double, std::uint64_t> value{0.0};

    /// Returns: octets, given what the ratio is of.
    [[nodiscard]] std::uint64_t of(std::uint64_t whole) const;
    bool operator==(const RatioOrSize&) const = default;
};

/// How a commit becomes durable.
enum class StorageSync : std::uint8_t { pipelined, each, none };

/// What a TLS listener asks of its clients.
enum class TlsVerify : std::uint8_t { none, optional, required };

enum class TlsVersion : std::uint8_t { v1_2, v1_3 };

/// What of a client's certificate is the name of a user.
enum class CertificateLogin : std::uint8_t {
    distinguished_name,
    common_name,
    subject_alternative_name
};

/// The kind of alternative name that is meant.
enum class CertificateSan : std::uint8_t { dns, ip, email, uri, other_name };

/// Every setting. The initialisers are the defaults; docs/configuration.md is made from them.
struct Config {
    std::filesystem::path data_dir{};        ///< never empty after load_config()
    std::string cluster_name{};              ///< never empty after load_config(): rabbit@<host>
    std::string rabbitmq_version{"3.13.7"};  ///< what clients are told
    bool dev{false};

    struct Amqp {
        std::vector<ListenAddress> listen{{"127.0.0.1", 5672, {}, true}, {"::1", 5672, {}, true}};
        std::vector<ListenAddress> tls_listen{};
    } amqp{};

    struct Http {
        std::vector<ListenAddress> listen{{"127.0.0.1", 15672, {}, true}, {"::1", 15672, {}, true}};
        std::vector<ListenAddress> tls_listen{};
        std::optional<TlsVerify> tls_verify{};    ///< nullopt: as tls.verify
        std::string path_prefix{};                ///< "/rabbit"; empty: none
        std::vector<std::string> cors_origins{};  ///< "https://tools.example"
        std::uint64_t max_body_size{20'000'000};
        std::uint32_t max_connections{1000};
    } http{};

    struct Console {
        std::chrono::seconds session_idle{std::chrono::minutes{30}};
        std::chrono::seconds session_lifetime{std::chrono::hours{12}};
        std::string environment{};         ///< "production"; empty: none is shown
        std::string environment_colour{};  ///< "red"
    } console{};

    struct Metrics {
        std::vector<ListenAddress> listen{{"127.0.0.1", 15692, {}, true}, {"::1", 15692, {}, true}};
    } metrics{};

    struct Tls {
        std::vector<std::string> cert{};  ///< files; a client's SNI chooses, or it is the first
        std::vector<std::string> key{};   ///< one for each of them
        std::string key_password{};       ///< never in a log
        std::filesystem::path ca{};
        TlsVerify verify{TlsVerify::none};
        std::uint32_t verify_depth{10};
        TlsVersion min_version{TlsVersion::v1_2};
        TlsVersion max_version{TlsVersion::v1_3};
        std::vector<std::string> ciphers{};  ///< empty: OpenSSL's choice
        std::chrono::milliseconds handshake_timeout{std::chrono::seconds{5}};
        CertificateLogin login_from{CertificateLogin::distinguished_name};
        CertificateSan login_san_type{CertificateSan::dns};
        std::uint16_t login_san_index{0};
    } tls{};

    std::filesystem::path load_definitions{};  ///< empty: none

    struct Log {
        LogLevel level{LogLevel::info};
        LogFormat format{LogFormat::text};
        std::filesystem::path file{};  ///< empty: standard error
        LogRotation rotation{};
    } log{};

    struct Memory {
        RatioOrSize high_watermark{0.6};  ///< of the memory that the process may use
        RatioOrSize bodies{0.25};
    } memory{};

    struct Disk {
        std::optional<std::uint64_t> free_limit{};  ///< nullopt: chosen from the size of the disk
    } disk{};

    struct Storage {
        StorageSync sync{StorageSync::pipelined};
        std::optional<std::uint64_t> max_size{};  ///< nullopt: chosen from the size of the disk
        bool allow_network{false};
    } storage{};

    struct Stats {
        std::uint64_t memory{64ULL << 20};
        std::chrono::seconds history{std::chrono::hours{24 * 30}};
    } stats{};

    struct Limits {
        std::uint32_t frame_max{131072};     ///< octets; 0: none
        std::uint16_t channel_max{2047};     ///< 0: none
        std::chrono::seconds heartbeat{60};  ///< 0: none
        std::uint32_t max_connections{0};    ///< 0: none
        std::uint64_t max_message_size{16ULL << 20};
        std::chrono::milliseconds handshake_timeout{std::chrono::seconds{10}};
        std::chrono::milliseconds consumer_timeout{};  ///< 0: none
    } limits{};

    struct Auth {
        std::string default_user{"guest"};
        std::string default_pass{"guest"};  ///< never in a log
        std::string default_vhost{"/"};
        std::vector<std::string> default_tags{"administrator"};
        /// Three patterns: configure, write, read.
        std::vector<std::string> default_permissions{".*", ".*", ".*"};
        std::vector<std::string> loopback_users{"guest"};
    } auth{};
};

/// What is wrong with a configuration, a sentence per problem, with file, line and column if known.
class ConfigError : public std::runtime_error {
public:
    explicit ConfigError(std::vector<std::string> problems);
    [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

private:
    std::vector<std::string> problems_;
};

/// Environment variables by name.
using Variables = std::map<std::string, std::string, std::less<>>;

/// Returns: the variables of this process.
Variables process_environment();

/// A configuration and what was odd about its sources but no fault.
struct LoadedConfig {
    Config config{};
    std::filesystem::path file{};         ///< the file that was read; empty: none
    std::vector<std::string> warnings{};  ///< for the log: a variable close to a known name, …
};

/// Puts file, environment and flags together, the later ones winning, and fills in what depends on
/// the machine (data directory, cluster name) or on --dev.
/// Throws:  ConfigError with every problem that was found.
LoadedConfig load_config(const std::vector<std::string>& flags, const Variables& environment);

/// Reads a file only; for `leveret config check` and tests. `name` stands in the messages.
/// Throws:  ConfigError with every problem that was found.
Config parse_config(std::string_view toml, std::string_view name);

/// Returns: the text of docs/configuration.md.
std::string config_reference();

/// Returns: the flags of `leveret serve`, a line or two each, for --help.
std::string config_flags_help();

}  // namespace leveret::broker

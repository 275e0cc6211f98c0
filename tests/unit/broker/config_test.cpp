// The configuration: values and their units, which source wins, what is refused and how it is said.
#include "broker/config.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "broker/config_table.hpp"
#include "broker/config_values.hpp"
#include "tests/support/catch.hpp"

using namespace leveret::broker;
using namespace std::chrono_literals;

namespace {

const Variables home{{"HOME", "/home/ann"}};

/// A file that is gone after the test.
class TemporaryFile {
public:
    explicit TemporaryFile(std::string_view text) {
        std::string name =
            (std::filesystem::temp_directory_path() / "leveret-config-XXXXXX").string();
        const int fd = ::mkstemp(name.data());
        REQUIRE(fd >= 0);
        ::close(fd);
        path_ = name;
        std::ofstream(path_) << text;
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { std::filesystem::remove(path_); }

    [[nodiscard]] std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

std::string refusal(std::string_view toml) {
    try {
        parse_config(toml, "test.toml");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "accepted";
}

std::string refusal_of_flags(const std::vector<std::string>& flags) {
    try {
        load_config(flags, home);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "accepted";
}

std::vector<std::string> shown(const std::vector<ListenAddress>& addresses) {
    std::vector<std::string> texts;
    for (const ListenAddress& address : addresses) texts.push_back(to_string(address));
    return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an empty configuration has the documented defaults", "[config]") {
    const Config config = parse_config("", "empty.toml");

    CHECK(shown(config.amqp.listen) == Texts{"127.0.0.1:5672", "[::1]:5672"});
    CHECK(shown(config.http.listen) == Texts{"127.0.0.1:15672", "[::1]:15672"});
    CHECK(shown(config.metrics.listen) == Texts{"127.0.0.1:15692", "[::1]:15692"});
    CHECK(config.amqp.tls_listen.empty());
    CHECK(config.limits.frame_max == 131072);
    CHECK(config.limits.channel_max == 2047);
    CHECK(config.limits.heartbeat == 60s);
    CHECK(config.limits.max_message_size == 16 * 1024 * 1024);
    CHECK(config.limits.handshake_timeout == 10s);
    CHECK(config.auth.loopback_users == Texts{"guest"});
    CHECK(config.memory.high_watermark.of(1000) == 600);
    CHECK_FALSE(config.disk.free_limit.has_value());
}

TEST_CASE("default addresses are told apart from written ones", "[config]") {
    CHECK(parse_config("", "a.toml").metrics.listen.at(0).is_default);
    CHECK_FALSE(parse_config("metrics.listen = '127.0.0.1:15692'", "a.toml")
                    .metrics.listen.at(0)
                    .is_default);
}

TEST_CASE("every fixed key is accepted in a file", "[config]") {
    const Config config = parse_config(R"(
        data_dir = "/srv/leveret"
        cluster_name = "rabbit@field"
        dev = false
        [amqp]
        listen = ["0.0.0.0:5672", "[::]:5672", "unix:/run/leveret/amqp"]
        tls_listen = "0.0.0.0:5671"
        [http]
        listen = []
        tls_listen = ["localhost:15671"]
        [metrics]
        listen = "127.0.0.1:0"
        [tls]
        cert = "/etc/cert.pem"
        key = "/etc/key.pem"
        ca = "/etc/ca.pem"
        verify = "required"
        [log]
        level = "debug"
        format = "json"
        file = "/var/log/leveret.log"
        [memory]
        high_watermark = "4GiB"
        bodies = 0.5
        [disk]
        free_limit = "50MB"
        [storage]
        sync = "each"
        max_size = "2GiB"
        allow_network = true
        [stats]
        memory = 1048576
        history = "7d"
        [limits]
        frame_max = 0
        channel_max = 100
        heartbeat = 30
        max_message_size = "64MiB"
        handshake_timeout = "2500ms"
        [auth]
        default_user = "ann"
        default_pass = "s3cret, with a comma"
        default_vhost = "fields"
        loopback_users = []
    )",
                                       "all.toml");

    CHECK(config.data_dir == "/srv/leveret");
    CHECK(config.cluster_name == "rabbit@field");
    CHECK(shown(config.amqp.listen) ==
          Texts{"0.0.0.0:5672", "[::]:5672", "unix:/run/leveret/amqp"});
    CHECK(config.amqp.listen.at(2).is_unix());
    CHECK(shown(config.amqp.tls_listen) == Texts{"0.0.0.0:5671"});
    CHECK(config.http.listen.empty());
    CHECK(config.metrics.listen.at(0).port == 0);
    CHECK(config.tls.verify == TlsVerify::required);
    CHECK(config.log.level == LogLevel::debug);
    CHECK(config.log.format == LogFormat::json);
    CHECK(config.memory.high_watermark.of(1) == 4ULL << 30);
    CHECK(config.memory.bodies.of(1000) == 500);
    CHECK(config.disk.free_limit == 50'000'000);
    CHECK(config.storage.sync == StorageSync::each);
    CHECK(config.storage.max_size == 2ULL << 30);
    CHECK(config.storage.allow_network);
    CHECK(config.stats.history == 24h * 7);
    CHECK(config.limits.frame_max == 0);
    CHECK(config.limits.heartbeat == 30s);
    CHECK(config.limits.handshake_timeout == 2500ms);
    CHECK(config.auth.default_pass == "s3cret, with a comma");
    CHECK(config.auth.loopback_users.empty());
}

TEST_CASE("a flag wins over the environment, the environment over the file", "[config]") {
    const TemporaryFile file("[limits]\nheartbeat = 1\nchannel_max = 1\nframe_max = 5000\n");
    Variables environment = home;
    environment["LEVERET_CONFIG"] = file.path();
    environment["LEVERET_LIMITS_HEARTBEAT"] = "2s";
    environment["LEVERET_LIMITS_CHANNEL_MAX"] = "2";

    const LoadedConfig loaded = load_config({"--limits-heartbeat=3s"}, environment);

    CHECK(loaded.file == file.path());
    CHECK(loaded.config.limits.heartbeat == 3s);
    CHECK(loaded.config.limits.channel_max == 2);
    CHECK(loaded.config.limits.frame_max == 5000);
}

TEST_CASE("each setting has a key, a flag and a variable by one rule", "[config]") {
    const config::Setting* setting = config::find_setting("amqp.tls_listen");
    REQUIRE(setting != nullptr);
    CHECK(setting->flag() == "amqp-tls-listen");
    CHECK(setting->variable() == "LEVERET_AMQP_TLS_LISTEN");

    std::set<std::string> names;
    for (const config::Setting& one : config::settings()) {
        INFO(one.key);
        CHECK(names.insert(one.flag()).second);
        CHECK(names.insert(one.variable()).second);
        CHECK(one.sentence.ends_with('.'));
    }
}

TEST_CASE("lists take several values from flags and from the environment", "[config]") {
    const auto listens = [](const std::vector<std::string>& flags, const Variables& more) {
        Variables environment = home;
        environment.insert(more.begin(), more.end());
        return shown(load_config(flags, environment).config.amqp.listen);
    };
    const Texts both{"127.0.0.1:1", "[::1]:2"};

    CHECK(listens({"--amqp-listen", "127.0.0.1:1", "--amqp-listen", "[::1]:2"}, {}) == both);
    CHECK(listens({"--amqp-listen", "127.0.0.1:1", "[::1]:2"}, {}) == both);
    CHECK(listens({"--amqp-listen=127.0.0.1:1,[::1]:2"}, {}) == both);
    CHECK(listens({}, {{"LEVERET_AMQP_LISTEN", "127.0.0.1:1, [::1]:2"}}) == both);
    CHECK(listens({"--amqp-listen="}, {}).empty());
}

TEST_CASE("an unknown key is refused with its place and the nearest known one", "[config]") {
    CHECK(refusal("[amqp]\nlisten = []\n  lisen = []\n") ==
          "test.toml:3:3: unknown key 'amqp.lisen'; did you mean 'amqp.listen'?");
    CHECK(refusal("[ampq]\nlisten = []\n") ==
          "test.toml:2:1: unknown key 'ampq.listen'; did you mean 'amqp.listen'?");
    CHECK(refusal("zebra_crossing = 1\n") == "test.toml:1:1: unknown key 'zebra_crossing'");
    CHECK(refusal("[zebra]\n") == "test.toml:1:2: unknown key 'zebra'");
    CHECK(refusal("amqp = 5672\n") ==
          "test.toml:1:1: 'amqp' is a section, not a value: write [amqp]");
}

TEST_CASE("a bad value is refused with its place, and every problem is named", "[config]") {
    CHECK(refusal("[limits]\nheartbeat = \"soon\"\nframe_max = 100\n") ==
          "test.toml:2:13: limits.heartbeat: \"soon\" is not a duration up to 1000 days: \"10s\", "
          "\"250ms\", \"5m\", \"2h\" or \"7d\"\n"
          "test.toml:3:13: limits.frame_max: 100 is not from 4096 to 2147483647 octets, or 0");
    CHECK(refusal("log.level = \"loud\"") ==
          "test.toml:1:13: log.level: \"loud\" is not one of \"debug\", \"info\", \"warning\" or "
          "\"error\"");
    CHECK(refusal("amqp.listen = [1]") ==
          "test.toml:1:15: amqp.listen: a value of the type list of addresses is expected");
    CHECK(refusal("limits.channel_max = 65536") ==
          "test.toml:1:22: limits.channel_max: 65536 is not a whole number from 0 to 65535");
    CHECK(refusal("limits.max_message_size = \"513MiB\"") ==
          "test.toml:1:27: limits.max_message_size: \"513MiB\" is not from 0 to 536870912 octets");
    CHECK_THAT(refusal("[limits\n"), Catch::StartsWith("test.toml:1:8: "));
}

TEST_CASE("addresses need a host and a port, and IPv6 its brackets", "[config]") {
    for (const std::string bad : {"5672", "127.0.0.1", ":5672", "::1:5672", "[::1]", "127.0.0.1:",
                                  "127.0.0.1:65536", "127.0.0.1:-1", "unix:relative", "[host]:1"}) {
        INFO(bad);
        CHECK_THAT(refusal("amqp.listen = '" + bad + "'"), Catch::Contains("is not an address"));
    }
}

TEST_CASE("sizes, durations and shares are read with their units", "[config]") {
    const auto size = [](const config::RawValue& raw) {
        std::uint64_t value{};
        config::read(raw, value);
        return value;
    };
    CHECK(size("16MiB") == 16777216);
    CHECK(size(" 1.5 GiB ") == 1610612736);
    CHECK(size("50MB") == 50'000'000);
    CHECK(size("4k") == 4096);
    CHECK(size("18446744073709551615") == 18446744073709551615ULL);
    CHECK(size(std::int64_t{7}) == 7);
    for (const std::string bad :
         {"", "MiB", "-1", "1.2.3", "10 bananas", "99999999999TiB", "0x10"}) {
        INFO(bad);
        CHECK_THROWS_AS(size(bad), config::BadValue);
    }
    CHECK_THROWS_AS(size(std::int64_t{-1}), config::BadValue);

    const auto duration = [](const config::RawValue& raw) {
        std::chrono::milliseconds value{};
        config::read(raw, value);
        return value;
    };
    CHECK(duration("250ms") == 250ms);
    CHECK(duration("1.5s") == 1500ms);
    CHECK(duration("5m") == 5min);
    CHECK(duration("2h") == 2h);
    CHECK(duration("10") == 10s);
    CHECK(duration(std::int64_t{10}) == 10s);
    CHECK_THROWS_AS(duration("1001d"), config::BadValue);
    CHECK_THROWS_AS(duration(std::int64_t{-1}), config::BadValue);

    const auto share = [](const config::RawValue& raw) {
        RatioOrSize value{};
        config::read(raw, value);
        return value.of(1000);
    };
    CHECK(share(0.4) == 400);
    CHECK(share("60%") == 600);
    CHECK(share("0.25") == 250);
    CHECK(share(std::int64_t{0}) == 0);
    CHECK(share(std::int64_t{1}) == 1000);
    CHECK(share("2KiB") == 2048);
    CHECK(share(std::int64_t{4096}) == 4096);
    CHECK_THROWS_AS(share(1.5), config::BadValue);
    CHECK_THROWS_AS(share("150%"), config::BadValue);
    CHECK_THROWS_AS(share(-0.1), config::BadValue);
}

TEST_CASE("what is wrong with the command line is said in its own words", "[config]") {
    CHECK(refusal_of_flags({"--amqp-lisen", "127.0.0.1:1"}) ==
          "unknown option '--amqp-lisen'; did you mean '--amqp-listen'?");
    CHECK(refusal_of_flags({"--log-level", "loud"}) ==
          "--log-level: \"loud\" is not one of \"debug\", \"info\", \"warning\" or \"error\"");
    CHECK(refusal_of_flags({"--config", "/nowhere/leveret.toml"}) ==
          "/nowhere/leveret.toml: cannot be read: No such file or directory");
    CHECK(refusal_of_flags({"--config", "/"}) == "/: cannot be read: Is a directory");
    CHECK(refusal_of_flags({"stray"}) == "only options are expected here; see leveret help serve");
    CHECK_THAT(refusal_of_flags({"--data-dir"}), Catch::Contains("--data-dir"));
}

TEST_CASE("a secret never stands in a message", "[config]") {
    CHECK(refusal("auth.default_pass = 12345") ==
          "test.toml:1:21: auth.default_pass: this is not a text in quotes");
}

TEST_CASE("the variables of container images name the first user", "[config]") {
    Variables environment = home;
    environment["RABBITMQ_DEFAULT_USER"] = "rabbit";
    environment["RABBITMQ_DEFAULT_PASS"] = "carrot";
    environment["RABBITMQ_DEFAULT_VHOST"] = "burrow";
    environment["LEVERET_DEFAULT_USER"] = "hare";

    const Config config = load_config({}, environment).config;

    CHECK(config.auth.default_user == "hare");
    CHECK(config.auth.default_pass == "carrot");
    CHECK(config.auth.default_vhost == "burrow");
    environment["LEVERET_AUTH_DEFAULT_USER"] = "ann";
    CHECK(load_config({}, environment).config.auth.default_user == "ann");
}

TEST_CASE("a variable close to a setting's name is pointed out, all others are left alone",
          "[config]") {
    Variables environment = home;
    environment["LEVERET_AMQP_LISTN"] = "127.0.0.1:1";
    environment["LEVERET_SERVICE_HOST"] = "10.0.0.1";
    environment["LEVERET_DEFAULT_USER"] = "ann";

    CHECK(
        load_config({}, environment).warnings ==
        Texts{"the variable LEVERET_AMQP_LISTN is no setting; did you mean LEVERET_AMQP_LISTEN?"});
}

TEST_CASE("dev opens what hurts on a laptop, unless it was written", "[config]") {
    const Config dev = load_config({"--dev"}, home).config;
    CHECK(dev.dev);
    CHECK(dev.auth.loopback_users.empty());
    CHECK(dev.storage.sync == StorageSync::none);
    CHECK(dev.data_dir == "/home/ann/.local/share/leveret-dev");

    const Config careful =
        load_config({"--dev", "--storage-sync=each", "--auth-loopback-users=guest"}, home).config;
    CHECK(careful.storage.sync == StorageSync::each);
    CHECK(careful.auth.loopback_users == Texts{"guest"});
    CHECK_FALSE(load_config({"--dev=false"}, home).config.dev);
}

TEST_CASE("the data directory follows XDG, and a name is made from the host", "[config]") {
    const Variables xdg{{"XDG_DATA_HOME", "/data/ann"}, {"HOME", "/home/ann"}};
    CHECK(load_config({"--dev"}, xdg).config.data_dir == "/data/ann/leveret-dev");
    CHECK(load_config({"--dev", "--data-dir", "/elsewhere"}, xdg).config.data_dir == "/elsewhere");
    CHECK_THROWS_AS(load_config({"--dev"}, {}), ConfigError);
    CHECK_THAT(load_config({}, home).config.cluster_name, Catch::StartsWith("rabbit@"));
}

TEST_CASE("docs/configuration.md is what the table of settings says", "[config][docs]") {
    std::ifstream file(LEVERET_SOURCE_DIR "/docs/configuration.md");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    INFO("make it again: build/leveret config docs > docs/configuration.md");
    CHECK(text == config_reference());
}

TEST_CASE("every flag stands in the help", "[config]") {
    const std::string help = config_flags_help();
    for (const config::Setting& setting : config::settings())
        CHECK_THAT(help, Catch::Contains("--" + setting.flag()));
}

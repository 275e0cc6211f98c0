// The table of settings as text: docs/configuration.md, and the flags for --help.
#include <fmt/core.h>

#include "broker/config_table.hpp"

namespace leveret::broker {

namespace {

using config::Setting;

constexpr std::string_view introduction =
    R"(# Configuration

<!-- Made by `leveret config docs`; a test compares. Change broker/config_table.cpp instead. -->

Every setting has one name in three spellings: `amqp.tls_listen` in the file, `--amqp-tls-listen` as a
flag of `leveret serve`, and `LEVERET_AMQP_TLS_LISTEN` in the environment. A flag wins over the
environment, the environment over the file, the file over the default.

The file is TOML, and `--config FILE` or `LEVERET_CONFIG` names it. Without either, root and the user
`leveret` read `/etc/leveret/leveret.toml` if it exists. `leveret config check FILE` says what is wrong
with a file, with line and column; a key that does not exist is an error, not a surprise later.

```toml
[amqp]
listen = ["0.0.0.0:5672", "[::]:5672"]

[limits]
max_message_size = "64MiB"
heartbeat = "30s"
```

| type | how it is written |
|---|---|
| size | octets as a number, or with a unit: `"64KiB"`, `"16MiB"`, `"2GiB"` (1024 each), `"50MB"` (1000 each) |
| duration | `"250ms"`, `"10s"`, `"5m"`, `"2h"`, `"7d"`; a bare number is seconds |
| share or size | `0.6` or `"60%"` of the whole, or a size |
| address | `"127.0.0.1:5672"`, `"[::1]:5672"`, `"localhost:5672"`, `"unix:/run/leveret/amqp"`; port 0 takes a free one |
| list | `["a", "b"]` or a single text; as a flag repeated or with commas, in the environment with commas |

Container images have made more names common: `LEVERET_DEFAULT_USER`, `LEVERET_DEFAULT_PASS`, `LEVERET_DEFAULT_VHOST`,
`LEVERET_DEFAULT_USER_TAGS` and `LEVERET_DEFAULT_PERMISSIONS` (or the same with `RABBITMQ_`) stand for the settings
`auth.default_*`.
)";

/// The section a key stands in, or what stands above all sections.
std::string_view section_of(const Setting& setting) {
    const auto dot = setting.key.find('.');
    return dot == std::string_view::npos ? "" : setting.key.substr(0, dot);
}

std::string in_code(const std::string& text) {
    const bool is_sentence = text.find('`') != std::string::npos || text == "standard error";
    return is_sentence ? text : '`' + text + '`';
}

/// Returns: the sentence, and what must be known besides.
std::string explained(const Setting& setting) {
    std::string text(setting.sentence);
    if (setting.reloadable) text += " Reloadable.";
    if (!setting.effect.empty())
        text += fmt::format(" *Accepted and checked; takes effect with {}.*", setting.effect);
    return text;
}

}  // namespace

std::string config_reference() {
    std::string text(introduction);
    std::string_view section = "?";
    for (const Setting& setting : config::settings()) {
        if (section_of(setting) != section) {
            section = section_of(setting);
            text += section.empty() ? "\n## Before the first section\n"
                                    : fmt::format("\n## [{}]\n", section);
            text += "\n| key | type | default | what it does |\n|---|---|---|---|\n";
        }
        const std::string unit = setting.unit.empty() ? "" : fmt::format(" ({})", setting.unit);
        text += fmt::format("| `{}` | {}{} | {} | {} |\n", setting.key, setting.type, unit,
                            in_code(setting.default_text), explained(setting));
    }
    text +=
        "\n*Reloadable* settings are read again on SIGHUP, from the same file, environment and "
        "flags; "
        "all others need a restart. A fault in the file is logged, and nothing changes then. "
        "SIGHUP also opens the log file again, for rotation.\n";
    return text;
}

std::string config_flags_help() {
    std::string text = "  --config FILE\n      The TOML file to read.\n";
    for (const Setting& setting : config::settings()) {
        text += fmt::format("  --{}{}\n      {} Default: {}.\n", setting.flag(),
                            setting.is_switch ? ""
                            : setting.is_list ? " VALUE..."
                                              : " VALUE",
                            setting.sentence, setting.default_text);
        if (!setting.effect.empty())
            text += fmt::format("      Takes effect with {}.\n", setting.effect);
    }
    return text;
}

}  // namespace leveret::broker

// The one table of settings. The TOML reader, the flags, the environment and docs/configuration.md
// all go through it, so a setting is added in one place.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config.hpp"
#include "broker/config_values.hpp"

namespace leveret::broker::config {

/// One setting.
struct Setting {
    std::string_view key{};       ///< as in TOML, with dots
    std::string_view sentence{};  ///< what it does, for the reference and --help
    std::string type{};
    std::string_view unit{};  ///< what a bare number counts; empty where that says nothing
    std::string default_text{};
    std::string_view effect{};  ///< what it waits for, when it does nothing yet; else empty
    bool reloadable{};          ///< SIGHUP takes the new value over
    bool secret{};              ///< never shown
    bool is_list{};
    bool is_switch{};                                     ///< a flag that needs no value
    std::function<void(Config&, const RawValue&)> set{};  ///< throws BadValue

    /// Returns: `amqp-tls-listen` for `amqp.tls_listen`, without the two hyphens.
    [[nodiscard]] std::string flag() const;
    /// Returns: `LEVERET_AMQP_TLS_LISTEN`.
    [[nodiscard]] std::string variable() const;
};

/// Returns: every setting, in the order of the reference.
const std::vector<Setting>& settings();

/// Returns: the setting of this key, or nullptr.
const Setting* find_setting(std::string_view key);

/// Returns: the candidate that a typing error is most likely to have come from; empty when none is
///          near.
std::string nearest(std::string_view written, const std::vector<std::string>& candidates,
                    std::size_t distance_max);

}  // namespace leveret::broker::config

// One request to a broker's HTTP API after the other, over its Unix socket or a URL.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "admin-ui/api/json_value.hpp"

namespace leveret::cli::ctl {

/// Where a broker's API is.
struct Place {
    std::filesystem::path socket{};  ///< empty: by URL
    std::string host{};
    std::uint16_t port = 15672;
    std::string path_prefix{};
    std::string user{};
    std::string password{};
    std::chrono::seconds timeout{60};
};

/// Reads `http://user:password@host:port/prefix`.
/// Throws: UsageError.
[[nodiscard]] Place parse_url(std::string_view url);

/// The command line is wrong.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Nobody answers there.
class Unreachable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The broker refused; the text is its reason.
class Refused : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class ApiClient {
public:
    explicit ApiClient(Place place) : place_(std::move(place)) {}

    /// Returns: what it answered, empty when that was nothing. `path` is below /api.
    /// Throws:  Unreachable, Refused.
    [[nodiscard]] admin::JsonValue get(std::string_view path) const;
    /// The same as text.
    [[nodiscard]] std::string get_text(std::string_view path) const;
    /// `body` is JSON.
    void put(std::string_view path, std::string_view body) const;
    /// Returns: what it answered, as text.
    std::string post(std::string_view path, std::string_view body) const;
    void remove(std::string_view path) const;

private:
    struct Answer {
        unsigned status{};
        std::string body;
    };
    [[nodiscard]] Answer ask(std::string_view method, std::string_view path,
                             std::string_view body) const;
    [[nodiscard]] std::string checked(std::string_view method, std::string_view path,
                                      std::string_view body = {}) const;

    Place place_;
};

}  // namespace leveret::cli::ctl

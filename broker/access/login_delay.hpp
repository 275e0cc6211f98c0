// How long an attempt to log in must wait after failed ones, by where it comes from. A source that
// guesses is slowed down; nobody can lock out somebody elsewhere.
#pragma once

#include <chrono>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace leveret::broker::access {

/// Thread: one.
class LoginDelay {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// Returns: how long an attempt from there has to wait. The pause doubles with every failure of
    ///          the user from that address, and with every one of the address beyond the first ten.
    [[nodiscard]] std::chrono::milliseconds pause(std::string_view address, std::string_view user,
                                                  Time now) const;

    void failed(std::string_view address, std::string_view user, Time now);

    /// The user's failures from that address are forgotten, those of the address stay.
    void succeeded(std::string_view address, std::string_view user);

    [[nodiscard]] std::size_t remembered() const { return entries_.size(); }

private:
    struct Entry {
        std::string key;
        unsigned failures = 0;
        Time last{};
    };
    using Place = std::list<Entry>::iterator;

    [[nodiscard]] unsigned failures(const std::string& key, Time now) const;
    void count(std::string key, Time now);

    std::list<Entry> entries_;  ///< the latest failure first
    std::unordered_map<std::string_view, Place> by_key_;
};

}  // namespace leveret::broker::access

// One socket of the feed: what its client subscribed to, and what is still to be sent to it. A
// client that reads slowly gets the newest state, not all of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "admin-ui/api/feed.hpp"
#include "admin-ui/api/feed_data.hpp"
#include "admin-ui/api/feed_state.hpp"

namespace leveret::admin {

/// Lifetime: its connection owns it; the feed knows it until it is destroyed.
/// Thread:   admin thread.
class FeedSocket final : public SocketTalk {
public:
    using Time = std::chrono::steady_clock::time_point;

    FeedSocket(Feed& feed, Caller caller);
    ~FeedSocket() override;

    void opened(std::function<void()> wake) override;
    void received(std::string text) override;
    std::optional<std::string> next() override;
    std::optional<std::pair<std::uint16_t, std::string>> ended() override;

    // For the feed

    [[nodiscard]] const Principal& user() const { return caller_.principal; }
    [[nodiscard]] bool greeted() const { return greeted_; }
    [[nodiscard]] std::uint64_t number() const { return number_; }

    /// Closes the socket once what is said before is sent.
    void end(std::uint16_t code, std::string reason);

    /// Looks whether its time is over: no hello, or a session that has ended.
    void check(Time now);

    /// Returns: a subscription whose period has passed, with what it looks at; none: all are fresh.
    struct Due {
        std::uint64_t id{};
        std::uint64_t revision{};
        Topic topic;
        bool needs_history{};
    };
    [[nodiscard]] std::optional<Due> take_due(Time now);

    /// Gives a subscription its newest state; nothing happens if it has changed or ended since.
    void update(const Due& due, FeedState state, std::string history, std::string point);

    /// Ends a subscription that cannot go on.
    void refuse(const Due& due, const ApiError& error);

    void tell(const broker::insight::Event& event);

    /// One more frame that belongs to no subscription's state.
    void say(std::string frame);

private:
    struct Subscription {
        Topic topic;
        std::chrono::milliseconds period{};
        Time due{};                  ///< when it is looked at next
        std::uint64_t revision = 0;  ///< changes with the parameters
        std::uint64_t sequence = 0;
        std::optional<FeedState> newest;
        std::optional<FeedState> sent;
        std::string history;   ///< for the first frame only
        std::string point;     ///< the newest one
        bool waiting = false;  ///< `newest` is still to be sent
        bool history_sent = false;
    };

    void greet(const JsonObject& message);
    void subscribe(const JsonObject& message);
    void change(const JsonObject& message);
    void pace(const JsonObject& message);
    void unsubscribe(const JsonObject& message);
    void say_error(std::optional<std::uint64_t> id, const ApiError& error);
    [[nodiscard]] std::string next_frame(std::uint64_t id, Subscription& subscription);
    void wake() const {
        if (wake_) wake_();
    }

    Feed& feed_;
    Caller caller_;
    std::uint64_t number_;
    std::function<void()> wake_;
    Time opened_at_;
    bool greeted_ = false;
    std::deque<std::string> words_;  ///< frames that belong to no subscription's state
    std::uint64_t dropped_ = 0;
    std::map<std::uint64_t, Subscription> subscriptions_;
    std::uint64_t last_sent_ = 0;  ///< the subscription that was served last
    std::uint64_t revisions_ = 0;
    std::optional<std::pair<std::uint16_t, std::string>> end_;
};

}  // namespace leveret::admin

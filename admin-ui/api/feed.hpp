// The live feed: what the sockets of consoles and scripts look at, fetched from the broker once for
// all of them and sent as it changes.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <unordered_set>

#include "admin-ui/api/call.hpp"
#include "broker/insight/event.hpp"

namespace leveret::admin {

class FeedSocket;
class FeedData;

/// Thread: admin thread.
class Feed {
public:
    explicit Feed(Services& services);
    ~Feed();

    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;

    /// Begins to look and to listen.
    void start();

    /// Tells all sockets to go, with 1012: the broker restarts.
    void stop();

    /// Whether nothing of it waits for the broker any more.
    [[nodiscard]] bool ended() const { return !running_; }

    /// One more socket, which says hello first.
    [[nodiscard]] std::unique_ptr<SocketTalk> open(const Caller& caller);

    // For its sockets

    void add(FeedSocket& socket);
    void remove(FeedSocket& socket);
    [[nodiscard]] std::uint64_t next_number() { return ++last_number_; }
    [[nodiscard]] Services& services() { return services_; }

    /// Somebody subscribed, or wants something else: no waiting for the next second.
    void look_now();

    /// Tells the socket, soon, which alarms stand.
    void tell_alarms(const FeedSocket& socket);

private:
    using Time = std::chrono::steady_clock::time_point;

    boost::asio::awaitable<void> run();
    boost::asio::awaitable<void> round(Time now, bool reuse);
    /// Returns: whether the socket had something that was due.
    boost::asio::awaitable<bool> serve_one(std::uint64_t number, Time now);
    [[nodiscard]] FeedSocket* find(std::uint64_t number) const;
    void watch_if_anybody_does();

    Services& services_;
    std::unordered_set<FeedSocket*> sockets_;
    std::unique_ptr<FeedData> data_;
    boost::asio::steady_timer timer_;
    std::uint64_t listener_ = 0;
    std::uint64_t last_number_ = 0;
    bool watching_ = false;
    bool running_ = false;
    bool look_now_ = false;
    bool stopping_ = false;
};

/// Returns: the frame that tells of an alarm.
[[nodiscard]] std::string alarm_frame(std::string_view resource, std::int64_t at, bool on);

}  // namespace leveret::admin

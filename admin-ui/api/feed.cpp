#include "admin-ui/api/feed.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>
#include <vector>

#include "admin-ui/api/broker_call.hpp"
#include "admin-ui/api/feed_data.hpp"
#include "admin-ui/api/feed_socket.hpp"
#include "admin-ui/api/json_writer.hpp"
#include "admin-ui/api/limits.hpp"
#include "admin-ui/api/render.hpp"
#include "broker/log.hpp"

namespace leveret::admin {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds period{1000};

constexpr std::uint16_t service_restart = 1012;
constexpr std::uint16_t too_many = 4429;

}  // namespace

std::string alarm_frame(std::string_view resource, std::int64_t at, bool on) {
    return json([&](JsonSink& out) {
        out.object([&] {
            out.member("k", "alarm");
            out.member("ts", at);
            out.member("resource", resource);
            out.member("on", on);
        });
    });
}

Feed::Feed(Services& services)
    : services_(services), data_(std::make_unique<FeedData>(services)), timer_(services.context) {}

Feed::~Feed() = default;

void Feed::start() {
    listener_ = services_.broker.subscribe([this](const insight::Event& event) {
        data_->forget();
        for (FeedSocket* socket : sockets_) {
            if (socket->greeted()) socket->tell(event);
        }
    });
    asio::co_spawn(services_.context, run(), asio::detached);
}

void Feed::stop() {
    stopping_ = true;
    services_.broker.unsubscribe(listener_);
    for (FeedSocket* socket : sockets_) {
        socket->say(R"({"k":"bye","reason":"restart"})");
        socket->end(service_restart, "restart");
    }
    timer_.cancel();
}

std::unique_ptr<SocketTalk> Feed::open(const Caller& caller) {
    std::size_t of_user = 0;
    std::size_t before_hello = 0;
    for (const FeedSocket* socket : sockets_) {
        of_user += socket->user().name == caller.principal.name ? 1 : 0;
        before_hello += socket->greeted() ? 0 : 1;
    }
    const bool full = sockets_.size() >= limits::feed_sockets ||
                      of_user >= limits::feed_sockets_of_user ||
                      before_hello >= limits::feed_sockets_before_hello;
    auto socket = std::make_unique<FeedSocket>(*this, caller);
    if (full) socket->end(too_many, "too many sockets");
    if (stopping_) socket->end(service_restart, "restart");
    return socket;
}

void Feed::add(FeedSocket& socket) { sockets_.insert(&socket); }

void Feed::remove(FeedSocket& socket) { sockets_.erase(&socket); }

void Feed::look_now() {
    look_now_ = true;
    timer_.cancel();
}

void Feed::tell_alarms(const FeedSocket& socket) {
    // The socket may be gone when the answer comes: its number tells.
    services_.broker.node({}, [this, number = socket.number()](insight::NodeSnapshot node) {
        for (FeedSocket* one : sockets_) {
            if (one->number() != number) continue;
            for (const auto& alarm : node.alarms) {
                one->say(
                    alarm_frame(insight::to_string(alarm.resource), epoch_ms(alarm.since), true));
            }
        }
    });
}

void Feed::watch_if_anybody_does() {
    const bool anybody = !sockets_.empty();
    if (anybody == watching_) return;
    watching_ = anybody;
    if (anybody) {
        services_.broker.watch();
    } else {
        services_.broker.unwatch();
    }
}

asio::awaitable<void> Feed::run() {
    running_ = true;
    while (!stopping_) {
        bool asked = std::exchange(look_now_, false);
        if (!asked) {
            timer_.expires_after(period);
            co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
            asked = std::exchange(look_now_, false);
        }
        if (stopping_) break;
        watch_if_anybody_does();
        const auto now = std::chrono::steady_clock::now();
        for (FeedSocket* socket : sockets_) socket->check(now);
        co_await round(now, asked);
    }
    running_ = false;
}

asio::awaitable<void> Feed::round(std::chrono::steady_clock::time_point now, bool reuse) {
    data_->begin_round(now, reuse);
    std::vector<std::uint64_t> numbers;
    for (const FeedSocket* socket : sockets_) {
        if (socket->greeted()) numbers.push_back(socket->number());
    }
    for (const std::uint64_t number : numbers) {
        // Who changes subscriptions faster than they are served waits for the next round.
        for (std::size_t i = 0; i < limits::feed_subscriptions; ++i) {
            if (!co_await serve_one(number, now)) break;
        }
    }
}

FeedSocket* Feed::find(std::uint64_t number) const {
    for (FeedSocket* socket : sockets_) {
        if (socket->number() == number) return socket;
    }
    return nullptr;
}

asio::awaitable<bool> Feed::serve_one(std::uint64_t number,
                                      std::chrono::steady_clock::time_point now) {
    FeedSocket* socket = find(number);
    auto due = socket == nullptr ? std::nullopt : socket->take_due(now);
    if (!due) co_return false;
    const Principal user = socket->user();
    std::optional<ApiError> fault;
    FeedState state;
    std::string history;
    try {
        state = co_await data_->state(due->topic, user);
        if (due->needs_history) history = co_await data_->history(user);
    } catch (const ApiError& error) {
        fault = error;
    } catch (const Refused& refused) {
        fault = api_error(refused.refusal());
    } catch (const std::exception& bug) {
        broker::log::error("the feed failed: {}", bug.what());
        fault = ApiError(500, "internal_server_error", "the log of the broker says why");
    }
    socket = find(number);  // it may have gone meanwhile
    if (socket == nullptr) co_return false;
    if (fault) {
        socket->refuse(*due, *fault);
    } else {
        const bool is_overview = due->topic.kind == Topic::Kind::overview;
        std::string point = is_overview ? data_->point(user) : std::string();
        socket->update(*due, std::move(state), std::move(history), std::move(point));
    }
    co_return true;
}

}  // namespace leveret::admin

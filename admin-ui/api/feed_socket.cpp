#include "admin-ui/api/feed_socket.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "admin-ui/api/json_writer.hpp"
#include "admin-ui/api/limits.hpp"
#include "admin-ui/api/members.hpp"
#include "admin-ui/api/render.hpp"
#include "admin-ui/api/watch_json.hpp"
#include "broker/digest.hpp"
#include "broker/identity.hpp"

namespace leveret::admin {

namespace {

// Why a socket is closed.
constexpr std::uint16_t session_ended = 4401;
constexpr std::uint16_t not_allowed = 4403;
constexpr std::uint16_t no_hello = 4408;
constexpr std::uint16_t bad_message = 1007;

constexpr std::chrono::milliseconds tick{1000};
constexpr std::chrono::milliseconds period_of_lists{2000};
constexpr std::int64_t period_most = 3'600'000;

std::int64_t now_ms() {
    return epoch_ms(
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()));
}

std::uint64_t id_of(const JsonObject& message) {
    const auto id = int_member(message, "id");
    if (!id || *id < 0) throw bad_request("id must be a number from 0 on");
    return static_cast<std::uint64_t>(*id);
}

}  // namespace

FeedSocket::FeedSocket(Feed& feed, Caller caller)
    : feed_(feed),
      caller_(std::move(caller)),
      number_(feed.next_number()),
      opened_at_(std::chrono::steady_clock::now()) {
    feed_.add(*this);
}

FeedSocket::~FeedSocket() { feed_.remove(*this); }

void FeedSocket::opened(std::function<void()> wake) {
    wake_ = std::move(wake);
    opened_at_ = std::chrono::steady_clock::now();
}

void FeedSocket::received(std::string text) {
    if (end_) return;
    if (caller_.session) caller_.session->used = std::chrono::system_clock::now();
    try {
        const JsonObject message = parse_body(text);
        const std::string op = required_text(message, "op");
        if (!greeted_) {
            if (op != "hello") return end(no_hello, "hello comes first");
            return greet(message);
        }
        try {
            if (op == "sub") return subscribe(message);
            if (op == "set") return change(message);
            if (op == "every") return pace(message);
            if (op == "unsub") return unsubscribe(message);
            throw bad_request(fmt::format("unknown op '{}'", op));
        } catch (const ApiError& error) {
            const auto id = find(message, "id");
            const auto* number = id == nullptr ? nullptr : id->as<std::int64_t>();
            say_error(number == nullptr ? std::nullopt
                                        : std::optional(static_cast<std::uint64_t>(*number)),
                      error);
        }
    } catch (const ApiError& error) {
        end(bad_message, error.reason());
    }
}

void FeedSocket::greet(const JsonObject& message) {
    if (caller_.session) {
        const auto token = text_member(message, "csrf");
        if (!token || !broker::equal_in_constant_time(*token, caller_.session->csrf)) {
            return end(not_allowed, "CSRF token missing or wrong");
        }
    }
    greeted_ = true;
    say(json([&](JsonSink& out) {
        out.object([&] {
            out.member("k", "welcome");
            out.member("server", broker::identity::own_name);
            out.member("version", broker::identity::own_version);
            out.member("user", user().name);
            out.array("tags", [&] {
                for (const std::string& tag : user().tags) out.text(tag);
            });
            out.member("tick", tick.count());
            out.object("limits", [&] { out.member("subs", limits::feed_subscriptions); });
        });
    }));
}

void FeedSocket::subscribe(const JsonObject& message) {
    const std::uint64_t id = id_of(message);
    const std::string name = required_text(message, "topic");
    const auto kind = topic_kind(name);
    if (!kind) throw bad_request(fmt::format("unknown topic '{}'", name));
    if (!subscriptions_.contains(id) && subscriptions_.size() >= limits::feed_subscriptions) {
        throw ApiError(429, "too_many_subscriptions",
                       fmt::format("a socket has at most {}", limits::feed_subscriptions));
    }
    Subscription subscription;
    subscription.topic.kind = *kind;
    read_parameters(object_member(message, "p"), subscription.topic);
    subscription.period = subscription.topic.is_list() ? period_of_lists : tick;
    subscription.revision = ++revisions_;
    subscriptions_[id] = std::move(subscription);
    if (*kind == Topic::Kind::alarms) feed_.tell_alarms(*this);
    feed_.look_now();
}

void FeedSocket::change(const JsonObject& message) {
    const auto found = subscriptions_.find(id_of(message));
    if (found == subscriptions_.end()) throw bad_request("no such subscription");
    Subscription& subscription = found->second;
    Topic topic = subscription.topic;
    read_parameters(object_member(message, "p"), topic);  // throws before anything is changed
    subscription.topic = std::move(topic);
    subscription.revision = ++revisions_;
    subscription.due = {};
    subscription.sent.reset();  // a snap follows
    subscription.waiting = false;
    feed_.look_now();
}

void FeedSocket::pace(const JsonObject& message) {
    const auto found = subscriptions_.find(id_of(message));
    if (found == subscriptions_.end()) throw bad_request("no such subscription");
    const auto ms = int_member(message, "ms");
    if (!ms || *ms < tick.count() || *ms > period_most) {
        throw bad_request(fmt::format("ms must be from {} to {}", tick.count(), period_most));
    }
    Subscription& subscription = found->second;
    const Time soonest = std::chrono::steady_clock::now() + std::chrono::milliseconds(*ms);
    subscription.period = std::chrono::milliseconds(*ms);
    subscription.due = std::min(subscription.due, soonest);
}

void FeedSocket::unsubscribe(const JsonObject& message) { subscriptions_.erase(id_of(message)); }

void FeedSocket::say(std::string frame) {
    words_.push_back(std::move(frame));
    if (words_.size() > limits::feed_waiting_events) {
        words_.pop_front();
        ++dropped_;
    }
    wake();
}

void FeedSocket::say_error(std::optional<std::uint64_t> id, const ApiError& error) {
    say(json([&](JsonSink& out) {
        out.object([&] {
            out.member("k", "error");
            if (id) out.member("i", *id);
            out.member("error", error.code());
            out.member("reason", error.reason());
        });
    }));
}

void FeedSocket::end(std::uint16_t code, std::string reason) {
    if (end_) return;
    end_.emplace(code, std::move(reason));
    wake();
}

void FeedSocket::check(Time now) {
    if (!greeted_ && now - opened_at_ > limits::feed_hello_timeout) {
        return end(no_hello, "no hello came");
    }
    const auto& sessions = feed_.services().gate.sessions();
    if (caller_.session && sessions.is_over(*caller_.session, std::chrono::system_clock::now())) {
        end(session_ended, "the session has ended");
    }
}

std::optional<FeedSocket::Due> FeedSocket::take_due(Time now) {
    for (auto& [id, subscription] : subscriptions_) {
        if (subscription.topic.is_told() || subscription.due > now) continue;
        subscription.due = now + subscription.period;
        return Due{.id = id,
                   .revision = subscription.revision,
                   .topic = subscription.topic,
                   .needs_history = subscription.topic.kind == Topic::Kind::overview &&
                                    !subscription.history_sent};
    }
    return std::nullopt;
}

void FeedSocket::update(const Due& due, FeedState state, std::string history, std::string point) {
    const auto found = subscriptions_.find(due.id);
    if (found == subscriptions_.end() || found->second.revision != due.revision) return;
    Subscription& subscription = found->second;
    subscription.newest = std::move(state);
    if (!history.empty()) subscription.history = std::move(history);
    subscription.point = std::move(point);
    subscription.waiting = true;
    wake();
}

void FeedSocket::refuse(const Due& due, const ApiError& error) {
    const auto found = subscriptions_.find(due.id);
    if (found == subscriptions_.end() || found->second.revision != due.revision) return;
    subscriptions_.erase(found);
    say_error(due.id, error);
}

void FeedSocket::tell(const insight::Event& event) {
    if (end_) return;
    const auto wants = [&](Topic::Kind kind) {
        return std::any_of(subscriptions_.begin(), subscriptions_.end(),
                           [&](const auto& one) { return one.second.topic.kind == kind; });
    };
    if (!event.vhost.empty() && !user().is_administrator() && !user().sees_vhost(event.vhost)) {
        return;
    }
    if (wants(Topic::Kind::events)) {
        say(json([&](JsonSink& out) {
            out.object([&] {
                out.member("k", "event");
                event_members(event, out);
                if (dropped_ > 0) out.member("dropped", std::exchange(dropped_, 0));
            });
        }));
    }
    const bool on = event.type == insight::EventType::alarm_set;
    if ((on || event.type == insight::EventType::alarm_cleared) && wants(Topic::Kind::alarms)) {
        say(alarm_frame(event.name, epoch_ms(event.at), on));
    }
}

std::string FeedSocket::next_frame(std::uint64_t id, Subscription& subscription) {
    const FrameHead head{.subscription = id, .sequence = ++subscription.sequence, .at = now_ms()};
    if (!subscription.sent || !comparable(*subscription.sent, *subscription.newest)) {
        const std::string history = std::exchange(subscription.history, {});
        if (!history.empty()) subscription.history_sent = true;
        subscription.point.clear();
        return snap_frame(head, *subscription.newest, history);
    }
    return diff_frame(head, *subscription.sent, *subscription.newest);
}

std::optional<std::string> FeedSocket::next() {
    if (!words_.empty()) {
        std::string frame = std::move(words_.front());
        words_.pop_front();
        return frame;
    }
    if (end_) return std::nullopt;
    // In turn, beginning behind the one that was served last.
    auto at = subscriptions_.upper_bound(last_sent_);
    for (std::size_t i = 0; i < subscriptions_.size(); ++i, ++at) {
        if (at == subscriptions_.end()) at = subscriptions_.begin();
        auto& [id, subscription] = *at;
        if (!subscription.waiting) {
            if (subscription.point.empty()) continue;
            last_sent_ = id;
            return fmt::format(R"({{"k":"point","i":{},"ts":{},"v":{}}})", id, now_ms(),
                               std::exchange(subscription.point, {}));
        }
        last_sent_ = id;
        subscription.waiting = false;
        std::string frame = next_frame(id, subscription);
        subscription.sent = subscription.newest;
        if (frame.size() <= limits::feed_octets_out) return frame;
        const std::uint64_t too_large = id;
        subscriptions_.erase(at);
        say_error(too_large, ApiError(413, "too_large", "ask for fewer rows or fields"));
        return next();
    }
    return std::nullopt;
}

std::optional<std::pair<std::uint16_t, std::string>> FeedSocket::ended() { return end_; }

}  // namespace leveret::admin

// Watching: the overview of our own, what we know of one queue, search, and the door to the feed.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "admin-ui/api/broker_call.hpp"
#include "admin-ui/api/endpoints.hpp"
#include "admin-ui/api/feed.hpp"
#include "admin-ui/api/members.hpp"
#include "admin-ui/api/render.hpp"
#include "admin-ui/api/watch_json.hpp"

namespace leveret::admin::endpoints {

namespace {

using insight::ConnectionSnapshot;
using insight::ConsumerSnapshot;
using insight::ExchangeSnapshot;
using insight::NodeSnapshot;
using insight::OverviewSnapshot;
using insight::QueueSnapshot;

constexpr std::size_t events_shown = 20;
constexpr std::uint64_t found_default = 50;
constexpr std::uint64_t found_most = 500;

boost::asio::awaitable<NodeSnapshot> node_of(Call& call) {
    co_return co_await answer<NodeSnapshot>(
        [&](auto then) { call.broker().node({}, std::move(then)); });
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

/// How well a name fits: 0 begins with it, 1 a word in it does, 2 contains it; none: not at all.
std::optional<int> rank(std::string_view name, std::string_view wanted) {
    const std::string text = lower(name);
    std::size_t at = text.find(wanted);
    if (at == std::string::npos) return std::nullopt;
    if (at == 0) return 0;
    for (; at != std::string::npos; at = text.find(wanted, at + 1)) {
        if (std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0) return 1;
    }
    return 2;
}

struct Found {
    int rank;
    std::string_view kind;
    std::string vhost;
    std::string name;
};

class Search {
public:
    explicit Search(std::string_view wanted) : wanted_(lower(wanted)) {}

    void look_at(std::string_view kind, const std::string& vhost, const std::string& name,
                 std::string_view also = {}) {
        auto best = rank(name, wanted_);
        if (!best && !also.empty()) best = rank(also, wanted_);
        if (best) found_.push_back({*best, kind, vhost, name});
    }

    Reply reply(std::size_t limit) {
        std::sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) {
            return std::tie(a.rank, a.name, a.kind, a.vhost) <
                   std::tie(b.rank, b.name, b.kind, b.vhost);
        });
        return json_reply([&](JsonSink& out) {
            out.object([&] {
                out.array("items", [&] {
                    for (std::size_t i = 0; i < std::min(limit, found_.size()); ++i) {
                        write(found_[i], out);
                    }
                });
                out.member("more", found_.size() > limit);
            });
        });
    }

private:
    static void write(const Found& one, JsonSink& out) {
        out.object([&] {
            out.member("kind", one.kind);
            if (!one.vhost.empty()) out.member("vhost", one.vhost);
            out.member("name", one.name);
        });
    }

    std::string wanted_;
    std::vector<Found> found_;
};

}  // namespace

Answer get_x_queue(Call& call) {
    const auto queue = co_await done<QueueSnapshot>([&](auto then) {
        call.broker().queue({call["vhost"], call["queue"]}, {}, std::move(then));
    });
    const auto consumers = co_await answer<std::vector<ConsumerSnapshot>>([&](auto then) {
        call.broker().consumers(
            {.vhosts = std::vector<std::string>{queue.vhost}, .queue = queue.name},
            std::move(then));
    });
    const NodeSnapshot node = co_await node_of(call);
    co_return json_reply(
        [&](JsonSink& out) { write_watched_queue(queue, consumers, !node.alarms.empty(), out); });
}

Answer get_x_overview(Call& call) {
    const insight::Vhosts vhosts = call.visible_vhosts();
    const auto queues = co_await answer<std::vector<QueueSnapshot>>(
        [&](auto then) { call.broker().queues(vhosts, {}, std::move(then)); });
    auto overview = co_await answer<OverviewSnapshot>(
        [&](auto then) { call.broker().overview(vhosts, {}, std::move(then)); });
    NodeSnapshot node = co_await node_of(call);
    std::vector<insight::Event> events = call.broker().recent_events(events_shown);
    std::erase_if(events, [&](const auto& event) {
        return !event.vhost.empty() && vhosts &&
               std::find(vhosts->begin(), vhosts->end(), event.vhost) == vhosts->end();
    });
    const WatchedBroker watched{.overview = std::move(overview),
                                .node = std::move(node),
                                .queues = queues,
                                .events = std::move(events)};
    co_return json_reply([&](JsonSink& out) { write_watched_broker(watched, out); });
}

Answer search(Call& call) {
    const auto wanted = call.query.find("q");
    if (!wanted || wanted->empty()) throw bad_request("key_missing: q");
    const std::uint64_t limit =
        natural_parameter(call.query, "limit", found_default, 1, found_most);
    const insight::Vhosts vhosts = call.visible_vhosts();
    const auto queues = co_await answer<std::vector<QueueSnapshot>>(
        [&](auto then) { call.broker().queues(vhosts, {}, std::move(then)); });
    const auto exchanges = co_await answer<std::vector<ExchangeSnapshot>>(
        [&](auto then) { call.broker().exchanges(vhosts, {}, std::move(then)); });
    std::optional<std::string> of_user;
    if (!call.user().is_monitor()) of_user = call.user().name;
    const auto connections = co_await answer<std::vector<ConnectionSnapshot>>([&](auto then) {
        call.broker().connections({.vhosts = vhosts, .user = of_user}, {}, std::move(then));
    });
    Search all(*wanted);
    for (const auto& queue : queues) all.look_at("queue", queue.vhost, queue.name);
    for (const auto& exchange : exchanges) {
        all.look_at("exchange", exchange.vhost, exchange.name);
    }
    for (const auto& connection : connections) {
        all.look_at("connection", connection.vhost, connection.name, connection_name(connection));
    }
    for (const std::string& vhost : vhosts.value_or(std::vector<std::string>{})) {
        all.look_at("vhost", "", vhost);
    }
    if (call.user().is_administrator()) {
        for (const std::string& user : call.services.users.names()) all.look_at("user", "", user);
    }
    co_return all.reply(limit);
}

Answer open_feed(Call& call) {
    if (!call.request.upgrade) throw bad_request("this is a WebSocket: use an upgrade");
    // A browser says from where it comes; a session's cookie without that is no browser of ours.
    if (call.caller.session && !call.request.fields.has("origin")) {
        throw not_authorised("Cross-site request refused");
    }
    Reply reply;
    reply.status = 101;
    reply.talk = call.services.feed.open(call.caller);
    co_return reply;
}

}  // namespace leveret::admin::endpoints

// What the feed knows of the broker in one round: each list is fetched once, however many look at
// it, and made into the states of subscriptions.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "admin-ui/api/call.hpp"
#include "admin-ui/api/feed_state.hpp"
#include "broker/insight/inspector.hpp"

namespace leveret::admin {

/// What a subscription looks at.
struct Topic {
    enum class Kind {
        overview,
        queue,
        exchange,
        connection,
        queues,
        exchanges,
        connections,
        channels,
        consumers,
        events,
        alarms
    };
    Kind kind{};
    std::string vhost;  ///< of a list: only this one; empty: all that may be seen
    std::string name;   ///< of one object

    // Lists
    std::string search;
    std::string sort = "name";
    bool descending = false;
    std::uint64_t offset = 0;
    std::uint64_t limit = 60;
    std::vector<std::string> fields;

    [[nodiscard]] bool is_list() const { return kind >= Kind::queues && kind <= Kind::consumers; }
    /// Whether frames come when something happens, not by the second.
    [[nodiscard]] bool is_told() const { return kind >= Kind::events; }
};
[[nodiscard]] std::optional<Topic::Kind> topic_kind(std::string_view name);

/// Reads the parameters of a subscription over what they were.
/// Throws: ApiError(400).
void read_parameters(const JsonObject& parameters, Topic& topic);

/// Thread: admin thread.
class FeedData {
public:
    explicit FeedData(Services& services) : services_(services) {}

    /// A new round begins: forgets what was fetched, unless `reuse` and it is younger than a
    /// reading of the counters. Who scrolls through ten thousand queues asks often for the same.
    void begin_round(std::chrono::steady_clock::time_point now, bool reuse);

    /// Something was made, deleted or changed: what was fetched is not to be used again.
    void forget() { fetched_at_ = {}; }

    /// Fetches what the topic needs, as far as this user may see it.
    /// Throws: ApiError when there is no such thing, or no right to it.
    boost::asio::awaitable<FeedState> state(Topic topic, Principal user);

    /// What the overview's charts begin with, as members of its first frame.
    boost::asio::awaitable<std::string> history(Principal user);

    /// The newest point of these charts, as JSON.
    [[nodiscard]] std::string point(const Principal& user) const;

private:
    template <class Value>
    using Shared = std::shared_ptr<const Value>;
    using Queues = std::vector<broker::insight::QueueSnapshot>;

    [[nodiscard]] broker::insight::Vhosts visible(const Principal& user,
                                                  const std::string& vhost) const;
    /// Fetches it, or has it from this round. `start` asks the broker.
    template <class Value, class Start>
    boost::asio::awaitable<Shared<Value>> fetch(const std::string& key, Start start);
    boost::asio::awaitable<Shared<Queues>> queues(broker::insight::Vhosts vhosts);
    boost::asio::awaitable<Shared<broker::insight::NodeSnapshot>> node();
    boost::asio::awaitable<Shared<broker::insight::OverviewSnapshot>> overview(Principal user);

    boost::asio::awaitable<FeedState> list(const Topic& topic, const Principal& user);
    boost::asio::awaitable<FeedState> overview_state(const Principal& user);
    boost::asio::awaitable<FeedState> queue_state(const Topic& topic);
    boost::asio::awaitable<FeedState> exchange_state(const Topic& topic);
    boost::asio::awaitable<FeedState> connection_state(const Topic& topic, const Principal& user);

    Services& services_;
    std::map<std::string, Shared<void>> fetched_;  ///< by what was asked
    std::chrono::steady_clock::time_point fetched_at_;
    /// The last points, by user: they go with the overview's frames.
    std::map<std::string, std::string> points_;
};

}  // namespace leveret::admin

#include "admin-ui/api/feed_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "admin-ui/api/broker_call.hpp"
#include "admin-ui/api/feed_columns.hpp"
#include "admin-ui/api/json_writer.hpp"
#include "admin-ui/api/limits.hpp"
#include "admin-ui/api/list_query.hpp"
#include "admin-ui/api/members.hpp"
#include "admin-ui/api/render.hpp"
#include "admin-ui/api/watch_json.hpp"

namespace leveret::admin {

namespace asio = boost::asio;

namespace {

using insight::ChannelSnapshot;
using insight::ConnectionSnapshot;
using insight::ConsumerSnapshot;
using insight::ExchangeSnapshot;
using insight::NodeSnapshot;
using insight::OverviewSnapshot;
using insight::QueueSnapshot;

constexpr std::size_t events_shown = 20;
/// While anybody watches, counters are read this often.
constexpr std::chrono::milliseconds counters_period{1000};
constexpr std::size_t fields_most = 64;

/// The stretch that the charts of the overview begin with.
constexpr insight::SampleRange chart_range{std::chrono::seconds(600), std::chrono::seconds(5)};

std::string key_of(std::string_view what, const insight::Vhosts& vhosts) {
    std::string key(what);
    if (!vhosts) return key + "\n*";
    for (const std::string& vhost : *vhosts) key += "\n" + vhost;
    return key;
}

template <class Row>
const Column<Row>& column_of(std::string_view name) {
    const Column<Row>* const column = find_column<Row>(name);
    if (column == nullptr) throw bad_request(fmt::format("unknown field '{}'", name));
    return *column;
}

template <class Row>
struct Sorted {
    SortKey key;
    std::string identity;  ///< so that equal ones keep their places from round to round
    const Row* row;
};

/// The rows in view: those that match, sorted, from the offset on.
template <class Row>
TableState table_of(const std::vector<Row>& rows, const Topic& topic) {
    TableState table{.columns = topic.fields, .rows = {}, .offset = topic.offset, .total = 0};
    std::vector<const Column<Row>*> columns;
    for (const std::string& field : topic.fields) columns.push_back(&column_of<Row>(field));
    // Consumers have a tag where all others have a name.
    const bool by_name = topic.sort == "name";
    const Column<Row>* const by = by_name ? nullptr : &column_of<Row>(topic.sort);
    std::optional<NameFilter> search;
    if (!topic.search.empty()) search.emplace(topic.search, false);
    std::vector<Sorted<Row>> sorted;
    for (const Row& row : rows) {
        if (search && !search->matches(row_name(row))) continue;
        sorted.push_back({by == nullptr ? SortKey{} : by->read(row).value, row_key(row), &row});
    }
    table.total = sorted.size();
    const std::size_t begin = std::min<std::size_t>(topic.offset, sorted.size());
    const std::size_t end = std::min<std::size_t>(begin + topic.limit, sorted.size());
    std::partial_sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(end),
                      sorted.end(), [&](const auto& a, const auto& b) {
                          if (a.key != b.key)
                              return topic.descending ? b.key < a.key : a.key < b.key;
                          return topic.descending && by_name ? b.identity < a.identity
                                                             : a.identity < b.identity;
                      });
    for (std::size_t i = begin; i < end; ++i) {
        TableState::Row row{.key = std::move(sorted[i].identity), .cells = {}};
        for (const auto* column : columns) {
            row.cells.push_back(to_json(column->read(*sorted[i].row)));
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

/// The rate of a counter at each sample but the oldest, newest first.
std::vector<double> rates(const insight::Series& series) {
    std::vector<double> values;
    for (std::size_t i = 0; i + 1 < series.samples.size(); ++i) {
        const auto& newer = series.samples[i];
        const auto& older = series.samples[i + 1];
        const double seconds = std::chrono::duration<double>(newer.at - older.at).count();
        const auto grown = static_cast<double>(newer.value - older.value);
        values.push_back(seconds > 0 ? grown / seconds : 0);
    }
    return values;
}

double at(const std::vector<double>& values, std::size_t i) {
    return i < values.size() ? values[i] : 0;
}

std::int64_t level(const insight::Series& series, std::size_t i) {
    return i < series.samples.size() ? series.samples[i].value : 0;
}

constexpr std::string_view chart_columns =
    R"(["ts","publish","deliver","ack","messages_ready","messages_unacknowledged"])";

std::string numbers(double publish, double deliver, double ack, std::int64_t ready,
                    std::int64_t unacked) {
    return json([&](JsonSink& out) {
        out.array([&] {
            out.number(publish);
            out.number(deliver);
            out.number(ack);
            out.integer(ready);
            out.integer(unacked);
        });
    });
}

}  // namespace

std::optional<Topic::Kind> topic_kind(std::string_view name) {
    using Kind = Topic::Kind;
    static constexpr std::array<std::pair<std::string_view, Kind>, 11> kinds{{
        {"overview", Kind::overview},
        {"queue", Kind::queue},
        {"exchange", Kind::exchange},
        {"connection", Kind::connection},
        {"queues", Kind::queues},
        {"exchanges", Kind::exchanges},
        {"connections", Kind::connections},
        {"channels", Kind::channels},
        {"consumers", Kind::consumers},
        {"events", Kind::events},
        {"alarms", Kind::alarms},
    }};
    for (const auto& [known, kind] : kinds) {
        if (known == name) return kind;
    }
    return std::nullopt;
}

void read_parameters(const JsonObject& parameters, Topic& topic) {
    const auto natural = [&](std::string_view name, std::uint64_t otherwise, std::uint64_t most) {
        const auto number = int_member(parameters, name);
        if (!number) return otherwise;
        if (*number < 0 || static_cast<std::uint64_t>(*number) > most) {
            throw bad_request(fmt::format("{} is not from 0 to {}", name, most));
        }
        return static_cast<std::uint64_t>(*number);
    };
    topic.vhost = text_member(parameters, "vhost").value_or(topic.vhost);
    topic.name = text_member(parameters, "name").value_or(topic.name);
    topic.search = text_member(parameters, "q").value_or(topic.search);
    topic.sort = text_member(parameters, "sort").value_or(topic.sort);
    topic.descending = bool_member(parameters, "desc").value_or(topic.descending);
    topic.offset = natural("offset", topic.offset, std::uint64_t{1} << 40);
    topic.limit = natural("limit", topic.limit, limits::feed_rows);
    const JsonValue* const fields = find(parameters, "fields");
    if (fields == nullptr) return;
    const auto* names = fields->as<JsonArray>();
    if (names == nullptr || names->size() > fields_most) {
        throw bad_request(fmt::format("fields must be an array of at most {} names", fields_most));
    }
    topic.fields.clear();
    for (const JsonValue& name : *names) {
        const auto* text = name.as<std::string>();
        if (text == nullptr) throw bad_request("fields must be texts");
        topic.fields.push_back(*text);
    }
}

void FeedData::begin_round(std::chrono::steady_clock::time_point now, bool reuse) {
    if (reuse && now - fetched_at_ < counters_period) return;
    fetched_at_ = now;
    fetched_.clear();
    points_.clear();
}

insight::Vhosts FeedData::visible(const Principal& user, const std::string& vhost) const {
    std::vector<std::string> names;
    for (const std::string& name : services_.vhosts) {
        const bool seen = user.is_administrator() || user.sees_vhost(name);
        if (seen && (vhost.empty() || vhost == name)) names.push_back(name);
    }
    return names;
}

template <class Value, class Start>
asio::awaitable<FeedData::Shared<Value>> FeedData::fetch(const std::string& key, Start start) {
    if (const auto found = fetched_.find(key); found != fetched_.end()) {
        co_return std::static_pointer_cast<const Value>(found->second);
    }
    auto fetched = std::make_shared<const Value>(co_await answer<Value>(start));
    fetched_[key] = fetched;
    co_return fetched;
}

asio::awaitable<FeedData::Shared<FeedData::Queues>> FeedData::queues(insight::Vhosts vhosts) {
    const std::string key = key_of("queues", vhosts);
    co_return co_await fetch<Queues>(
        key, [&](auto then) { services_.broker.queues(std::move(vhosts), {}, std::move(then)); });
}

asio::awaitable<FeedData::Shared<NodeSnapshot>> FeedData::node() {
    const std::string key = "node";
    co_return co_await fetch<NodeSnapshot>(
        key, [&](auto then) { services_.broker.node({}, std::move(then)); });
}

asio::awaitable<FeedData::Shared<OverviewSnapshot>> FeedData::overview(Principal user) {
    insight::Vhosts vhosts = visible(user, "");
    const std::string key = key_of("overview", vhosts);
    co_return co_await fetch<OverviewSnapshot>(
        key, [&](auto then) { services_.broker.overview(std::move(vhosts), {}, std::move(then)); });
}

asio::awaitable<FeedState> FeedData::state(Topic topic, Principal user) {
    if (!topic.vhost.empty() && !services_.vhosts.contains(topic.vhost)) {
        throw ApiError(404, "not_found", "vhost_not_found");
    }
    if (!topic.vhost.empty() && !user.is_administrator() && !user.sees_vhost(topic.vhost)) {
        throw not_authorised("User not authorised to access virtual host");
    }
    switch (topic.kind) {
        case Topic::Kind::overview:
            co_return co_await overview_state(user);
        case Topic::Kind::queue:
            co_return co_await queue_state(topic);
        case Topic::Kind::exchange:
            co_return co_await exchange_state(topic);
        case Topic::Kind::connection:
            co_return co_await connection_state(topic, user);
        default:
            co_return co_await list(topic, user);
    }
}

asio::awaitable<FeedState> FeedData::list(const Topic& topic, const Principal& user) {
    insight::Vhosts vhosts = visible(user, topic.vhost);
    std::optional<std::string> of_user;
    if (!user.is_monitor()) of_user = user.name;
    if (topic.kind == Topic::Kind::queues) {
        const auto rows = co_await queues(std::move(vhosts));
        co_return table_of(*rows, topic);
    }
    const std::string key = key_of(
        fmt::format("{} of {}", static_cast<int>(topic.kind), of_user.value_or("all")), vhosts);
    if (topic.kind == Topic::Kind::exchanges) {
        const auto rows = co_await fetch<std::vector<ExchangeSnapshot>>(key, [&](auto then) {
            services_.broker.exchanges(std::move(vhosts), {}, std::move(then));
        });
        co_return table_of(*rows, topic);
    }
    if (topic.kind == Topic::Kind::connections) {
        const auto rows = co_await fetch<std::vector<ConnectionSnapshot>>(key, [&](auto then) {
            services_.broker.connections({.vhosts = std::move(vhosts), .user = of_user}, {},
                                         std::move(then));
        });
        co_return table_of(*rows, topic);
    }
    if (topic.kind == Topic::Kind::channels) {
        const auto rows = co_await fetch<std::vector<ChannelSnapshot>>(key, [&](auto then) {
            services_.broker.channels({.vhosts = std::move(vhosts), .user = of_user}, {},
                                      std::move(then));
        });
        co_return table_of(*rows, topic);
    }
    const auto rows = co_await fetch<std::vector<ConsumerSnapshot>>(key, [&](auto then) {
        services_.broker.consumers({.vhosts = std::move(vhosts)}, std::move(then));
    });
    if (!of_user) co_return table_of(*rows, topic);
    std::vector<ConsumerSnapshot> own = *rows;
    std::erase_if(own, [&](const auto& row) { return row.user != *of_user; });
    co_return table_of(own, topic);
}

asio::awaitable<FeedState> FeedData::overview_state(const Principal& user) {
    insight::Vhosts vhosts = visible(user, "");
    const auto all = co_await queues(vhosts);
    const auto of_node = co_await node();
    const auto totals = co_await overview(user);
    std::vector<insight::Event> events = services_.broker.recent_events(events_shown);
    std::erase_if(events, [&](const auto& event) {
        return !event.vhost.empty() && vhosts &&
               std::find(vhosts->begin(), vhosts->end(), event.vhost) == vhosts->end();
    });
    const auto& rates_now = totals->messages.rates;
    const auto& lengths = totals->lengths.counts;
    points_[user.name] = numbers(rates_now.publish, rates_now.deliver_get(), rates_now.ack,
                                 static_cast<std::int64_t>(lengths.messages_ready),
                                 static_cast<std::int64_t>(lengths.messages_unacknowledged));
    const WatchedBroker watched{
        .overview = *totals, .node = *of_node, .queues = *all, .events = std::move(events)};
    MemberSplitter members;
    write_watched_broker(watched, members);
    co_return members.take();
}

asio::awaitable<FeedState> FeedData::queue_state(const Topic& topic) {
    const auto queue = co_await done<QueueSnapshot>(
        [&](auto then) { services_.broker.queue({topic.vhost, topic.name}, {}, std::move(then)); });
    const auto consumers = co_await answer<std::vector<ConsumerSnapshot>>([&](auto then) {
        services_.broker.consumers(
            {.vhosts = std::vector<std::string>{topic.vhost}, .queue = topic.name},
            std::move(then));
    });
    const auto of_node = co_await node();
    MemberSplitter members;
    write_watched_queue(queue, consumers, !of_node->alarms.empty(), members);
    co_return members.take();
}

asio::awaitable<FeedState> FeedData::exchange_state(const Topic& topic) {
    const auto exchange = co_await done<ExchangeSnapshot>([&](auto then) {
        services_.broker.exchange({topic.vhost, exchange_name(topic.name)}, {}, std::move(then));
    });
    MemberSplitter members;
    render_exchange(exchange, {.node = services_.node, .choice = {}}, members);
    co_return members.take();
}

asio::awaitable<FeedState> FeedData::connection_state(const Topic& topic, const Principal& user) {
    const auto connection = co_await done<ConnectionSnapshot>(
        [&](auto then) { services_.broker.connection(topic.name, {}, std::move(then)); });
    if (!user.is_monitor() && connection.user != user.name) {
        throw not_authorised("Not monitor user");
    }
    MemberSplitter members;
    render_connection(connection, {.node = services_.node, .choice = {}}, members);
    co_return members.take();
}

asio::awaitable<std::string> FeedData::history(Principal user) {
    insight::Vhosts vhosts = visible(user, "");
    const insight::Samples samples{.messages = chart_range, .lengths = chart_range};
    const auto past = co_await answer<OverviewSnapshot>(
        [&](auto then) { services_.broker.overview(std::move(vhosts), samples, std::move(then)); });
    const auto& series = past.messages.series;
    const std::vector<double> publish = rates(series.publish);
    const std::array<std::vector<double>, 4> deliver{rates(series.deliver),
                                                     rates(series.deliver_no_ack),
                                                     rates(series.get), rates(series.get_no_ack)};
    const std::vector<double> ack = rates(series.ack);
    const auto& lengths = past.lengths.series;
    std::string points;
    for (std::size_t i = publish.size(); i-- > 0;) {  // the oldest first
        double delivered = 0;
        for (const auto& part : deliver) delivered += at(part, i);
        std::string values =
            numbers(at(publish, i), delivered, at(ack, i), level(lengths.messages_ready, i),
                    level(lengths.messages_unacknowledged, i));
        values.erase(0, 1);  // the time comes first
        points += fmt::format("{}[{},{}", points.empty() ? "" : ",",
                              epoch_ms(series.publish.samples[i].at), values);
    }
    co_return fmt::format(R"(,"step":{},"cols":{},"points":[{}])",
                          std::chrono::milliseconds(chart_range.step).count(), chart_columns,
                          points);
}

std::string FeedData::point(const Principal& user) const {
    const auto found = points_.find(user.name);
    return found == points_.end() ? std::string() : found->second;
}

}  // namespace leveret::admin

#include "broker/insight/caller_side.hpp"

#include <algorithm>
#include <utility>

#include "broker/limits.hpp"

namespace leveret::broker::insight {

namespace {

constexpr ObjectKey overview_key{ObjectKind::overview, 0};
constexpr ObjectKey node_key{ObjectKind::node, 0};

/// Puts rates, and samples where they are wanted, to the counts of one set of figures.
template <template <class> class Figures>
void complete_figures(const History& history, const ObjectKey& key, std::size_t first,
                      const std::optional<SampleRange>& range, Measured<Figures>& measured) {
    history.rates(key, first, measured.rates);
    if (range) history.series(key, first, *range, measured.series);
}

void complete_gauge(const History& history, std::size_t figure,
                    const std::optional<SampleRange>& range, Gauge& gauge) {
    gauge.rate = history.rate(node_key, figure);
    if (range) history.add_samples(node_key, figure, *range, gauge.series);
}

}  // namespace

void CallerSide::begin_reading(UnixTime at, bool watched, const NodeFigures& node) {
    node_ = node;
    history_.begin(at, watched);
}

void CallerSide::take(const ReadingPart& part) {
    for (const ReadingPart::Object& object : part.objects) {
        if (object.key == node_key) {
            Row row = object.row;
            row.add(node_.memory_used).add(node_.disk_free).add(node_.descriptors_used);
            history_.add(object.key, row);
        } else {
            history_.add(object.key, object.row);
        }
    }
}

void CallerSide::complete(QueueSnapshot& snapshot, const Samples& samples) const {
    const ObjectKey key{ObjectKind::queue, snapshot.id};
    complete_figures(history_, key, at::messages, samples.messages, snapshot.messages);
    complete_figures(history_, key, at::lengths, samples.lengths, snapshot.lengths);
    snapshot.dead_letter_in_rate = history_.rate(key, at::dead_letters);
}

void CallerSide::complete(ExchangeSnapshot& snapshot, const Samples& samples) const {
    complete_figures(history_, {ObjectKind::exchange, snapshot.id}, at::exchange, samples.messages,
                     snapshot.messages);
}

void CallerSide::complete(ConnectionSnapshot& snapshot, const Samples& samples) const {
    const ObjectKey key{ObjectKind::connection, snapshot.id};
    complete_figures(history_, key, at::messages, samples.messages, snapshot.messages);
    complete_figures(history_, key, at::connection_traffic, samples.octets, snapshot.traffic);
}

void CallerSide::complete(ChannelSnapshot& snapshot, const Samples& samples) const {
    complete_figures(history_, {ObjectKind::channel, snapshot.id}, at::messages, samples.messages,
                     snapshot.messages);
}

void CallerSide::complete(VhostSnapshot& snapshot, const Samples& samples) const {
    const ObjectKey key{ObjectKind::vhost, snapshot.id};
    complete_figures(history_, key, at::messages, samples.messages, snapshot.messages);
    complete_figures(history_, key, at::lengths, samples.lengths, snapshot.lengths);
    complete_figures(history_, key, at::vhost_traffic, samples.octets, snapshot.traffic);
}

void CallerSide::complete(NodeSnapshot& snapshot, const Samples& samples) const {
    complete_churn(snapshot.churn, samples);
    complete_gauge(history_, at::gauges, samples.node, snapshot.memory_used);
    complete_gauge(history_, at::gauges + 1, samples.node, snapshot.disk_free);
    complete_gauge(history_, at::gauges + 2, samples.node, snapshot.descriptors_used);
    snapshot.statistics_octets = history_.octets();
}

void CallerSide::complete_churn(Measured<ChurnFigures>& churn, const Samples& samples) const {
    complete_figures(history_, node_key, at::churn, samples.node, churn);
}

OverviewSnapshot CallerSide::sum_up(const std::vector<VhostSnapshot>& vhosts, bool all,
                                    const ChurnFigures<std::uint64_t>& churn,
                                    const Samples& samples) const {
    OverviewSnapshot overview;
    for (const VhostSnapshot& vhost : vhosts) {
        overview.queues += vhost.queues;
        overview.exchanges += vhost.exchanges;
        overview.connections += vhost.connections;
        overview.channels += vhost.channels;
        overview.consumers += vhost.consumers;
        overview.lengths.counts += vhost.lengths.counts;
        overview.messages.counts += vhost.messages.counts;
        const ObjectKey key = all ? overview_key : ObjectKey{ObjectKind::vhost, vhost.id};
        if (all && &vhost != &vhosts.front()) continue;
        complete_figures(history_, key, at::messages, samples.messages, overview.messages);
        complete_figures(history_, key, at::lengths, samples.lengths, overview.lengths);
    }
    overview.churn.counts = churn;
    complete_churn(overview.churn, samples);
    return overview;
}

// Events

void CallerSide::take(EventBatch batch) {
    events_dropped_ += batch.dropped;
    for (Event& event : batch.events) {
        forget(event);
        if (events_.size() == limits::events_kept) events_.pop_front();
        events_.push_back(std::move(event));
        const Event told = events_.back();  // a listener may do anything, also listen no more
        std::vector<std::uint64_t> subscriptions;
        for (const auto& [subscription, listener] : listeners_) {
            subscriptions.push_back(subscription);
        }
        for (const std::uint64_t subscription : subscriptions) {
            const auto place = listeners_.find(subscription);
            if (place == listeners_.end()) continue;
            const Then<const Event&> listener = place->second;
            listener(told);
        }
    }
}

/// What is gone has no past.
void CallerSide::forget(const Event& event) {
    switch (event.type) {
        case EventType::queue_deleted:
            return history_.forget({ObjectKind::queue, event.object});
        case EventType::exchange_deleted:
            return history_.forget({ObjectKind::exchange, event.object});
        case EventType::connection_closed:
            return history_.forget({ObjectKind::connection, event.object});
        case EventType::channel_closed:
            return history_.forget({ObjectKind::channel, event.object});
        case EventType::vhost_deleted:
            return history_.forget({ObjectKind::vhost, event.object});
        default:
            return;
    }
}

std::vector<Event> CallerSide::recent_events(std::size_t count) const {
    const std::size_t taken = std::min(count, events_.size());
    return {events_.end() - static_cast<std::ptrdiff_t>(taken), events_.end()};
}

std::uint64_t CallerSide::subscribe(Then<const Event&> listener) {
    listeners_.emplace(++last_subscription_, std::move(listener));
    return last_subscription_;
}

}  // namespace leveret::broker::insight

#include "broker/insight/reading.hpp"

#include <utility>

#include "broker/broker.hpp"
#include "broker/insight/vhost_walk.hpp"

namespace leveret::broker::insight {

std::uint64_t Row::fingerprint() const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < size_; ++i) {
        sum = (sum ^ values_[i]) * 0x9E37'79B9'7F4A'7C15u;
        sum ^= sum >> 32;
    }
    return sum;
}

/// Objects are read in this order: channels first, as vhosts get their figures from them.
class ReadCounters::Walks {
public:
    Walks(Broker& broker, bool all, std::function<void(ReadingPart)> part,
          std::function<void()> done)
        : broker_(broker),
          all_(all),
          part_(std::move(part)),
          done_(std::move(done)),
          now_(broker.clock().unix_now()),
          channels_(broker.observation().clients().channels),
          connections_(broker.observation().clients().connections),
          queues_(broker, names_of(broker, {}), &Vhost::queue_list),
          exchanges_(broker, names_of(broker, {}), &Vhost::exchange_list) {}

    bool step(Budget& budget) {
        ReadingPart part;
        const bool done = read_channels(part, budget) && read_connections(part, budget) &&
                          read_exchanges(part, budget) && read_queues(part, budget);
        if (done) read_overview(part);
        if (!part.objects.empty()) part_(std::move(part));
        if (done) done_();
        return done;
    }

private:
    bool read_channels(ReadingPart& part, Budget& budget) {
        return channels_.advance([&](ObservedChannel& channel) {
            channel.account();
            read(part, {ObjectKind::channel, channel.channel_id()},
                 Row().add(channel.message_counters()), channel.last_reading);
            return budget.visited();
        });
    }

    bool read_connections(ReadingPart& part, Budget& budget) {
        return connections_.advance([&](ObservedConnection& connection) {
            ConnectionFigures figures;
            connection.read_figures(figures);
            read(part, {ObjectKind::connection, connection.connection_id()},
                 Row().add(figures.messages).add(figures.traffic), connection.last_reading);
            return budget.visited(1 + figures.channels / 8);
        });
    }

    bool read_exchanges(ReadingPart& part, Budget& budget) {
        return exchanges_.advance([&](Vhost&, routing::Exchange& exchange) {
            const routing::ExchangeCounters& counters = exchange.counters();
            // Mostly exchanges are few; the past knows by itself whether they have moved.
            if (all_ || counters.publish_in != 0) {
                part.objects.push_back({{ObjectKind::exchange, exchange.id()},
                                        Row().add(counters.publish_in).add(counters.publish_out)});
            }
            return budget.spend();
        });
    }

    bool read_queues(ReadingPart& part, Budget& budget) {
        return queues_.advance(
            [&](Vhost&, Queue& queue) {
                QueueStatistics& statistics = queue.statistics();
                const LengthFigures<std::uint64_t> lengths{queue.ready_count(),
                                                           statistics.unacked_messages()};
                lengths_ += lengths;
                read(part, {ObjectKind::queue, static_cast<std::uint64_t>(queue.id())},
                     Row().add(statistics.messages).add(lengths).add(statistics.dead_letter_in),
                     statistics.last_reading);
                return budget.spend();
            },
            [&](Vhost* vhost) {
                if (vhost != nullptr) read_vhost(part, *vhost);
                lengths_ = {};
            });
    }

    void read_vhost(ReadingPart& part, Vhost& vhost) {
        Vhost::Statistics& statistics = vhost.statistics();
        messages_of_all_ += statistics.messages;
        traffic_of_all_ += statistics.traffic;
        lengths_of_all_ += lengths_;
        read(part, {ObjectKind::vhost, vhost.id()},
             Row().add(statistics.messages).add(lengths_).add(statistics.traffic),
             statistics.last_reading);
    }

    void read_overview(ReadingPart& part) const {
        part.objects.push_back(
            {{ObjectKind::overview, 0},
             Row().add(messages_of_all_).add(lengths_of_all_).add(traffic_of_all_)});
        part.objects.push_back({{ObjectKind::node, 0}, Row().add(broker_.observation().churn())});
    }

    void read(ReadingPart& part, const ObjectKey& key, const Row& row, LastReading& last) const {
        const std::uint64_t fingerprint = row.fingerprint();
        if (fingerprint != last.fingerprint) {
            last = {fingerprint, {}};
        } else {
            if (last.unchanged_since == UnixTime{}) last.unchanged_since = now_;
            if (!all_) return;
        }
        part.objects.push_back({key, row});
    }

    Broker& broker_;
    const bool all_;
    const std::function<void(ReadingPart)> part_;
    const std::function<void()> done_;
    const UnixTime now_;
    routing::WalkList<ObservedChannel>::Walk channels_;
    routing::WalkList<ObservedConnection>::Walk connections_;
    VhostWalk<Queue> queues_;
    VhostWalk<routing::Exchange> exchanges_;
    LengthFigures<std::uint64_t> lengths_;  ///< of the vhost that is read
    MessageFigures<std::uint64_t> messages_of_all_;
    LengthFigures<std::uint64_t> lengths_of_all_;
    TrafficFigures<std::uint64_t> traffic_of_all_;
};

ReadCounters::ReadCounters(Broker& broker, bool all, std::function<void(ReadingPart)> part,
                           std::function<void()> done)
    : walks_(std::make_unique<Walks>(broker, all, std::move(part), std::move(done))) {}

ReadCounters::~ReadCounters() = default;

Progress ReadCounters::step(Budget& budget) {
    return walks_->step(budget) ? Progress::done : Progress::more;
}

}  // namespace leveret::broker::insight

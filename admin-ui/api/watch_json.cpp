#include "admin-ui/api/watch_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "admin-ui/api/field_json.hpp"
#include "admin-ui/api/render.hpp"
#include "broker/digest.hpp"

namespace leveret::admin {

namespace {

using insight::QueueSnapshot;

constexpr std::size_t listed_most = 10;

std::string shown_octets(std::uint64_t octets) {
    constexpr double mega = 1e6;
    return fmt::format("{:.0f} MB", static_cast<double>(octets) / mega);
}

std::string cause(const insight::AlarmSnapshot& alarm, const insight::NodeSnapshot& node) {
    if (alarm.resource == insight::Resource::disk) {
        return fmt::format("disk alarm: {} free, limit {}", shown_octets(node.disk_free.value),
                           shown_octets(node.disk_free_limit));
    }
    return fmt::format("memory alarm: {} used, limit {}", shown_octets(node.memory_used.value),
                       shown_octets(node.memory_limit));
}

/// The queues with the most of something, without those that have none.
template <class Measure>
void write_top(std::string_view name, std::span<const QueueSnapshot> queues, Measure measure,
               JsonSink& out) {
    std::vector<std::pair<double, const QueueSnapshot*>> all;
    for (const QueueSnapshot& queue : queues) {
        if (const double value = measure(queue); value > 0) all.emplace_back(value, &queue);
    }
    const std::size_t count = std::min(all.size(), listed_most);
    std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end(),
                      [](const auto& a, const auto& b) {
                          if (a.first != b.first) return a.first > b.first;
                          return a.second->name < b.second->name;
                      });
    out.array(name, [&] {
        for (std::size_t i = 0; i < count; ++i) {
            out.object([&] {
                out.member("vhost", all[i].second->vhost);
                out.member("name", all[i].second->name);
                out.member("value", all[i].first);
            });
        }
    });
}

double age_seconds(const QueueSnapshot& queue) {
    if (!queue.oldest_at) return 0;
    const auto age = std::chrono::system_clock::now() - *queue.oldest_at;
    return std::max(0.0, std::chrono::duration<double>(age).count());
}

std::optional<broker::UnixTime> oldest(std::span<const QueueSnapshot> queues) {
    std::optional<broker::UnixTime> first;
    for (const QueueSnapshot& queue : queues) {
        if (queue.oldest_at && (!first || *queue.oldest_at < *first)) first = queue.oldest_at;
    }
    return first;
}

/// Returns: how much of a limit is used, where that can be said.
std::optional<std::uint64_t> used(const QueueSnapshot& queue, std::string_view limit) {
    if (limit == "max-length") return queue.lengths.counts.messages_ready;
    if (limit == "max-length-bytes") return queue.ready_octets;
    return std::nullopt;
}

void write_effective(const QueueSnapshot& queue, JsonSink& out) {
    const auto write = [&](const broker::EffectiveSetting& setting) {
        out.object([&] {
            out.member("key", setting.key);
            out.key("value");
            write_value(setting.value, out);
            if (const auto part = used(queue, setting.key)) out.member("used", *part);
            out.member("from", to_string(setting.from));
            if (!setting.by.empty()) out.member("by", setting.by);
        });
    };
    out.array("effective", [&] {
        for (const broker::EffectiveSetting& setting : queue.effective) write(setting);
        // No policy can set these.
        for (const std::string_view argument : {"x-max-priority", "x-single-active-consumer"}) {
            const auto* const value = queue.arguments.find(argument);
            if (value == nullptr) continue;
            write({.key = argument.substr(2), .value = *value, .from = broker::Origin::argument});
        }
    });
}

std::string_view waits_for(const QueueSnapshot& queue,
                           std::span<const insight::ConsumerSnapshot> consumers,
                           bool alarm_stands) {
    if (queue.state == insight::QueueState::paused) return "paused";
    if (queue.lengths.counts.messages_ready == 0) return {};
    if (consumers.empty()) return "no consumers";
    const bool all_full = std::all_of(consumers.begin(), consumers.end(), [](const auto& consumer) {
        return consumer.prefetch > 0 && consumer.unacked >= consumer.prefetch;
    });
    if (all_full) return "prefetch";
    return alarm_stands ? "alarm" : std::string_view{};
}

/// What a change of the definition changes; counts do not.
std::string etag(const QueueSnapshot& queue) {
    const std::string digest =
        broker::sha256(fmt::format("{}\n{}\n{}{}\n{}", queue.id, queue.type, queue.durable,
                                   queue.auto_delete, queue.arguments.encoded()));
    return broker::base64_url(std::string_view(digest).substr(0, 12));
}

}  // namespace

double growth(const QueueSnapshot& queue) { return queue.lengths.rates.messages(); }

void event_members(const insight::Event& event, JsonSink& out) {
    out.member("id", event.id);
    out.member("ts", epoch_ms(event.at));
    out.member("type", insight::to_string(event.type));
    if (!event.vhost.empty()) out.member("vhost", event.vhost);
    if (!event.name.empty()) out.member("name", event.name);
    if (!event.by.empty()) out.member("by", event.by);
    if (!event.detail.empty()) out.member("text", event.detail);
}

void write_watched_broker(const WatchedBroker& watched, JsonSink& out) {
    const auto& rates = watched.overview.messages.rates;
    out.object([&] {
        out.object("health", [&] {
            out.member("ok", watched.node.alarms.empty());
            out.array("causes", [&] {
                for (const auto& alarm : watched.node.alarms) {
                    out.object([&] {
                        out.member("text", cause(alarm, watched.node));
                        out.member("kind", "node");
                    });
                }
            });
        });
        out.array("alarms", [&] {
            for (const auto& alarm : watched.node.alarms) {
                out.object([&] {
                    out.member("resource", insight::to_string(alarm.resource));
                    out.member("since", epoch_ms(alarm.since));
                });
            }
        });
        out.object("rates", [&] {
            out.member("publish", rates.publish);
            out.member("deliver", rates.deliver_get());
            out.member("ack", rates.ack);
        });
        out.member("messages", watched.overview.lengths.counts.messages());
        out.member("messages_unacknowledged",
                   watched.overview.lengths.counts.messages_unacknowledged);
        if (const auto first = oldest(watched.queues)) {
            out.member("oldest_at", epoch_ms(*first));
        }
        out.object("top", [&] {
            write_top("growth", watched.queues, growth, out);
            write_top(
                "depth", watched.queues,
                [](const QueueSnapshot& queue) {
                    return static_cast<double>(queue.lengths.counts.messages());
                },
                out);
            write_top("age", watched.queues, age_seconds, out);
            write_top(
                "redelivery", watched.queues,
                [](const QueueSnapshot& queue) { return queue.messages.rates.redeliver; }, out);
        });
        out.array("events", [&] {
            for (const auto& event : watched.events) {
                out.object([&] { event_members(event, out); });
            }
        });
    });
}

void write_watched_queue(const QueueSnapshot& queue,
                         std::span<const insight::ConsumerSnapshot> consumers, bool alarm_stands,
                         JsonSink& out) {
    const double grows = growth(queue);
    const auto ready = static_cast<double>(queue.lengths.counts.messages_ready);
    out.object([&] {
        out.member("name", queue.name);
        out.member("vhost", queue.vhost);
        out.member("etag", etag(queue));
        out.member("state", to_string(queue.state));
        out.member("consumers", queue.consumers);
        write_lengths(queue.lengths, out);
        if (any(queue.messages.counts)) {
            out.object("message_stats",
                       [&] { write_messages(queue.messages, FiguresOf::queue, out); });
        }
        if (queue.oldest_at) out.member("oldest_at", epoch_ms(*queue.oldest_at));
        out.member("growth", grows);
        if (grows < 0 && ready > 0) {
            out.member("drain_seconds", static_cast<std::uint64_t>(std::ceil(ready / -grows)));
        }
        const std::string_view reason = waits_for(queue, consumers, alarm_stands);
        if (!reason.empty()) out.member("waits_for", reason);
        out.member("dead_letter_in", queue.dead_letter_in);
        out.object("dead_letter_in_details",
                   [&] { out.member("rate", queue.dead_letter_in_rate); });
        write_effective(queue, out);
    });
}

}  // namespace leveret::admin

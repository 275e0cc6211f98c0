// What is counted: one set of counters, bumped on the message's path as plain members, and walked
// by name everywhere else. The same set as rates and as series over time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "broker/clock.hpp"

namespace leveret::broker::insight {

/// What happens to messages. Which of them an object has is a matter of its kind: queues confirm
/// nothing.
template <class Number>
struct MessageFigures {
    Number publish{};            ///< published; of a queue: routed into it
    Number confirm{};            ///< publisher confirms sent
    Number return_unroutable{};  ///< mandatory, and no queue took it
    Number drop_unroutable{};    ///< not mandatory, and no queue took it
    Number deliver{};            ///< to consumers that acknowledge
    Number deliver_no_ack{};     ///< to consumers that do not
    Number get{};                ///< taken by basic.get, to be acknowledged
    Number get_no_ack{};
    Number get_empty{};  ///< basic.get that found nothing
    Number ack{};        ///< acknowledged; rejected ones are not among them
    Number redeliver{};  ///< of deliver to get_no_ack, those that had been delivered before

    /// All that reached somebody.
    [[nodiscard]] Number deliver_get() const { return deliver + deliver_no_ack + get + get_no_ack; }

    /// Calls `visit(name, figure...)` for each figure, with the same one of each set.
    template <class Visit, class... More>
    static void for_each(Visit&& visit, More&&... sets) {
        visit("publish", sets.publish...);
        visit("confirm", sets.confirm...);
        visit("return_unroutable", sets.return_unroutable...);
        visit("drop_unroutable", sets.drop_unroutable...);
        visit("deliver", sets.deliver...);
        visit("deliver_no_ack", sets.deliver_no_ack...);
        visit("get", sets.get...);
        visit("get_no_ack", sets.get_no_ack...);
        visit("get_empty", sets.get_empty...);
        visit("ack", sets.ack...);
        visit("redeliver", sets.redeliver...);
    }

    MessageFigures& operator+=(const MessageFigures& other) {
        for_each([](std::string_view, Number& mine, const Number& its) { mine += its; }, *this,
                 other);
        return *this;
    }
    bool operator==(const MessageFigures&) const = default;
};

/// What an exchange passes on.
template <class Number>
struct ExchangeFigures {
    Number publish_in{};   ///< messages that came, by whatever way
    Number publish_out{};  ///< bindings they matched, summed up

    template <class Visit, class... More>
    static void for_each(Visit&& visit, More&&... sets) {
        visit("publish_in", sets.publish_in...);
        visit("publish_out", sets.publish_out...);
    }
    bool operator==(const ExchangeFigures&) const = default;
};

/// How many messages there are. Levels, not counters: their rates may be negative.
template <class Number>
struct LengthFigures {
    Number messages_ready{};
    Number messages_unacknowledged{};

    [[nodiscard]] Number messages() const { return messages_ready + messages_unacknowledged; }

    template <class Visit, class... More>
    static void for_each(Visit&& visit, More&&... sets) {
        visit("messages_ready", sets.messages_ready...);
        visit("messages_unacknowledged", sets.messages_unacknowledged...);
    }
    LengthFigures& operator+=(const LengthFigures& other) {
        messages_ready += other.messages_ready;
        messages_unacknowledged += other.messages_unacknowledged;
        return *this;
    }
    bool operator==(const LengthFigures&) const = default;
};

/// What goes over sockets.
template <class Number>
struct TrafficFigures {
    Number recv_oct{};
    Number send_oct{};
    Number recv_cnt{};  ///< reads that brought something
    Number send_cnt{};  ///< writes that took something

    template <class Visit, class... More>
    static void for_each(Visit&& visit, More&&... sets) {
        visit("recv_oct", sets.recv_oct...);
        visit("send_oct", sets.send_oct...);
        visit("recv_cnt", sets.recv_cnt...);
        visit("send_cnt", sets.send_cnt...);
    }
    TrafficFigures& operator+=(const TrafficFigures& other) {
        for_each([](std::string_view, Number& mine, const Number& its) { mine += its; }, *this,
                 other);
        return *this;
    }
    bool operator==(const TrafficFigures&) const = default;
};

/// What comes and goes.
template <class Number>
struct ChurnFigures {
    Number connection_created{};
    Number connection_closed{};
    Number channel_created{};
    Number channel_closed{};
    Number queue_declared{};  ///< also those that stood already
    Number queue_created{};
    Number queue_deleted{};

    template <class Visit, class... More>
    static void for_each(Visit&& visit, More&&... sets) {
        visit("connection_created", sets.connection_created...);
        visit("connection_closed", sets.connection_closed...);
        visit("channel_created", sets.channel_created...);
        visit("channel_closed", sets.channel_closed...);
        visit("queue_declared", sets.queue_declared...);
        visit("queue_created", sets.queue_created...);
        visit("queue_deleted", sets.queue_deleted...);
    }
    bool operator==(const ChurnFigures&) const = default;
};

/// The past of one figure.
struct Series {
    struct Sample {
        std::int64_t value{};  ///< of a counter the count so far, of a level the level
        UnixTime at{};
    };
    std::vector<Sample> samples{};  ///< newest first; those that are not known are left out
    double avg = 0.0;               ///< of the samples' values
    double avg_rate = 0.0;          ///< per second, from the oldest sample to the newest

    /// Sets the averages.
    void summarize() {
        if (samples.empty()) return;
        double sum = 0.0;
        for (const Sample& sample : samples) sum += static_cast<double>(sample.value);
        avg = sum / static_cast<double>(samples.size());
        const std::chrono::duration<double> span = samples.front().at - samples.back().at;
        const auto change = static_cast<double>(samples.front().value - samples.back().value);
        avg_rate = span.count() > 0.0 ? change / span.count() : 0.0;
    }
};

/// A set of figures, how fast each changes and, where that was asked for, how it was.
template <template <class> class Figures>
struct Measured {
    Figures<std::uint64_t> counts{};
    /// Per second, the mean of the last five.
    Figures<double> rates{};
    /// Without samples where no range was given, or nothing is known of the object.
    Figures<Series> series{};
};

}  // namespace leveret::broker::insight

// The outcome of routing one message, and the sink that exchanges put their matches into.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "routing/exchange.hpp"

namespace leveret::routing {

/// Where a message goes and what it passed. Reused from message to message: keeps its room.
/// Lifetime: the pointers hold until the next declare, bind, unbind or delete.
struct Route {
    struct Passed {
        Exchange* exchange;
        std::size_t
            matches;  ///< its bindings that matched, implicit ones of the default exchange too
    };

    std::vector<Destination*> queues;  ///< each once, in the order they were found
    std::vector<Passed> passed;        ///< each exchange once, the start first
    std::vector<Binding*> bindings;    ///< that matched, each once

    /// False when not only exchange and routing key decided: headers, CC or BCC, chance.
    bool may_be_remembered = true;
    /// How long it is to wait in a delay queue that is among the queues.
    std::optional<std::chrono::milliseconds> delay;
    /// Some exchange passed keeps messages.
    bool is_kept = false;

    void clear();

    /// Counts one message at the exchanges and bindings passed. Routing itself counts nothing, so
    /// that a remembered route and a fresh one count alike.
    void count() const;

    /// The message takes this route: counts it, and lets exchanges that keep messages keep it.
    void take(const protocol::amqp::MessagePtr& message) const {
        count();
        if (is_kept) keep(message);
    }

private:
    void keep(const protocol::amqp::MessagePtr& message) const;
};

/// Takes what the exchanges match and keeps each queue, exchange and binding once.
class MatchSink {
public:
    /// Rule: `epoch` was never used before for the same destinations.
    MatchSink(Route& into, std::uint64_t epoch) : route_(into), epoch_(epoch) {}

    void add(Binding& binding) {
        matched_any_ = true;
        if (!binding.first_visit(epoch_)) return;
        ++matches_;
        route_.bindings.push_back(&binding);
        visit(binding.destination);
    }

    /// For the default exchange, whose bindings exist only in name.
    void add_implicit(Destination& destination) {
        matched_any_ = true;
        ++matches_;
        visit(destination);
    }

    /// Takes a destination that no binding leads to: the start, an alternate exchange.
    void visit(Destination& destination) {
        if (!destination.first_visit(epoch_)) return;
        if (destination.kind() == Destination::Kind::queue) {
            route_.queues.push_back(&destination);
        } else {
            route_.passed.push_back({static_cast<Exchange*>(&destination), 0});
        }
    }

    /// Starts anew for the next exchange of the same route.
    void begin_exchange() {
        matched_any_ = false;
        matches_ = 0;
    }
    /// Whether the exchange matched, even if only what was already in the route.
    [[nodiscard]] bool matched_any() const { return matched_any_; }
    [[nodiscard]] std::size_t matches() const { return matches_; }

private:
    Route& route_;
    std::uint64_t epoch_;
    bool matched_any_ = false;
    std::size_t matches_ = 0;
};

}  // namespace leveret::routing

// From a message and the exchange it was published to, to its queues: along the bindings between
// exchanges and, where nothing matches, along alternate exchanges. Puts nothing into a queue.

#pragma once

#include <cstdint>
#include <string_view>

#include "routing/exchange.hpp"
#include "routing/route.hpp"
#include "routing/routed_message.hpp"

namespace leveret::routing {

/// The exchanges of a vhost by name; the vhost is one.
class ExchangeLookup {
public:
    /// Returns: nullptr when there is none.
    [[nodiscard]] virtual Exchange* find_exchange(std::string_view name) = 0;

protected:
    ~ExchangeLookup() = default;
};

class Router {
public:
    explicit Router(ExchangeLookup& exchanges) : exchanges_(exchanges) {}

    /// Replaces what is in `route` by the way of this message.
    /// Throws: ProtocolError as RoutedMessage::headers(); `route` is then of no use.
    /// Thread: one thread for all routers; two of them may share destinations.
    /// Rule:   RabbitMQ: each exchange once, so cycles end; an alternate exchange is asked when an
    ///         exchange matched no binding at all, on every hop, and passed over when it is
    ///         missing.
    void route(Exchange& start, RoutedMessage& message, Route& route);

private:
    ExchangeLookup& exchanges_;
};

}  // namespace leveret::routing

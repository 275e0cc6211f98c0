// The exchange without a name: every queue is bound to it by its own name, and nothing else ever
// is.

#pragma once

#include <string_view>

#include "routing/exchange.hpp"

namespace leveret::routing {

/// The queues of a vhost by name; the vhost is one.
class QueueLookup {
public:
    /// Returns: nullptr when there is none.
    [[nodiscard]] virtual Destination* find_queue(std::string_view name) = 0;

protected:
    ~QueueLookup() = default;
};

/// Properties: name "", type "direct", durable.
class DefaultExchange final : public Exchange {
public:
    explicit DefaultExchange(QueueLookup& queues);

    void match(RoutedMessage& message, MatchSink& sink) override;

protected:
    /// Throws: ProtocolError(access_refused), always.
    void check_binding(std::string_view key,
                       const protocol::amqp::FieldTable& arguments) const override;

private:
    QueueLookup& queues_;
};

}  // namespace leveret::routing

// A fanout exchange: every binding matches, whatever the keys.

#pragma once

#include "routing/exchange.hpp"

namespace leveret::routing {

class FanoutExchange final : public Exchange {
public:
    explicit FanoutExchange(ExchangeProperties properties);

    void match(RoutedMessage& message, MatchSink& sink) override;
};

}  // namespace leveret::routing

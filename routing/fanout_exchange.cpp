#include "routing/fanout_exchange.hpp"

#include <utility>

#include "routing/route.hpp"

namespace leveret::routing {

FanoutExchange::FanoutExchange(ExchangeProperties properties) : Exchange(std::move(properties)) {}

void FanoutExchange::match(RoutedMessage&, MatchSink& sink) {
    for (Binding& binding : every_binding()) sink.add(binding);
}

}  // namespace leveret::routing

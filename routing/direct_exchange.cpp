#include "routing/direct_exchange.hpp"

#include <utility>

#include "protocol/assert.hpp"
#include "routing/route.hpp"
#include "routing/routed_message.hpp"

namespace leveret::routing {

DirectExchange::DirectExchange(ExchangeProperties properties) : Exchange(std::move(properties)) {}

void DirectExchange::match(RoutedMessage& message, MatchSink& sink) {
    message.for_each_key([&](std::string_view key) {
        const auto at = by_key_.find(key);
        if (at == by_key_.end()) return;
        for (Binding& binding : at->second) sink.add(binding);
    });
}

void DirectExchange::index(Binding& binding) { by_key_[binding.routing_key].push_back(binding); }

void DirectExchange::unindex(Binding& binding) {
    const auto at = by_key_.find(binding.routing_key);
    LEVERET_ASSERT(at != by_key_.end());
    at->second.erase(at->second.iterator_to(binding));
    if (at->second.empty()) by_key_.erase(at);
}

}  // namespace leveret::routing

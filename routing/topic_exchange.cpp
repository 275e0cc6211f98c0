#include "routing/topic_exchange.hpp"

#include <utility>

#include "routing/routed_message.hpp"

namespace leveret::routing {

TopicExchange::TopicExchange(ExchangeProperties properties) : Exchange(std::move(properties)) {}

void TopicExchange::match(RoutedMessage& message, MatchSink& sink) {
    message.for_each_key([&](std::string_view key) { trie_.match(key, sink); });
}

void TopicExchange::index(Binding& binding) { trie_.insert(binding); }

void TopicExchange::unindex(Binding& binding) { trie_.remove(binding); }

}  // namespace leveret::routing

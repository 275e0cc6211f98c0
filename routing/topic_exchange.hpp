// A topic exchange: binding keys are patterns of words; see topic_trie.hpp.

#pragma once

#include "routing/exchange.hpp"
#include "routing/topic_trie.hpp"

namespace leveret::routing {

class TopicExchange final : public Exchange {
public:
    explicit TopicExchange(ExchangeProperties properties);

    void match(RoutedMessage& message, MatchSink& sink) override;

protected:
    void index(Binding& binding) override;
    void unindex(Binding& binding) override;

private:
    TopicTrie trie_;
};

}  // namespace leveret::routing

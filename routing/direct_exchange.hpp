// A direct exchange: the routing key equals the binding's, octet by octet.

#pragma once

#include <functional>
#include <string>
#include <unordered_map>

#include "routing/exchange.hpp"
#include "routing/string_hash.hpp"

namespace leveret::routing {

class DirectExchange final : public Exchange {
public:
    explicit DirectExchange(ExchangeProperties properties);

    void match(RoutedMessage& message, MatchSink& sink) override;

protected:
    void index(Binding& binding) override;
    void unindex(Binding& binding) override;

private:
    std::unordered_map<std::string, SameKeyBindings, StringHash, std::equal_to<>> by_key_;
};

}  // namespace leveret::routing

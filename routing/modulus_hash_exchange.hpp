// A modulus-hash exchange: each message goes along one binding, by the hash of its routing keys
// modulo their number. One binding more or less moves most messages; what stands still does not.

#pragma once

#include <vector>

#include "routing/exchange.hpp"

namespace leveret::routing {

class ModulusHashExchange final : public Exchange {
public:
    explicit ModulusHashExchange(ExchangeProperties properties);

    void match(RoutedMessage& message, MatchSink& sink) override;

protected:
    void index(Binding& binding) override;
    void unindex(Binding& binding) override;

private:
    std::vector<Binding*> sorted_;  ///< by destination, key and arguments: the same after a restart
};

}  // namespace leveret::routing

// A random exchange: each message goes along one binding, any of them, whatever the keys.

#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "routing/exchange.hpp"

namespace leveret::routing {

class RandomExchange final : public Exchange {
public:
    enum class Keys : std::uint8_t { any, empty };

    /// `keys`: what its bindings' keys may be.
    RandomExchange(ExchangeProperties properties, Keys keys);

    void match(RoutedMessage& message, MatchSink& sink) override;
    [[nodiscard]] bool keys_decide() const override { return false; }

protected:
    void check_binding(std::string_view key,
                       const protocol::amqp::FieldTable& arguments) const override;
    void index(Binding& binding) override;
    void unindex(Binding& binding) override;

private:
    Keys keys_;
    std::uint64_t state_;  ///< of the random numbers
    std::vector<Binding*> bindings_;
    std::unordered_map<const Binding*, std::size_t> places_;
};

}  // namespace leveret::routing

// A headers exchange: the binding's arguments are compared with the message's headers, keys
// ignored.

#pragma once

#include <unordered_map>

#include "routing/exchange.hpp"
#include "routing/header_match.hpp"

namespace leveret::routing {

class HeadersExchange final : public Exchange {
public:
    explicit HeadersExchange(ExchangeProperties properties);

    void match(RoutedMessage& message, MatchSink& sink) override;
    [[nodiscard]] bool uses_headers() const override { return true; }

protected:
    /// Throws: as HeaderMatch().
    void check_binding(std::string_view key,
                       const protocol::amqp::FieldTable& arguments) const override;
    void index(Binding& binding) override;
    void unindex(Binding& binding) override;

private:
    std::unordered_map<Binding*, HeaderMatch> matches_;
};

}  // namespace leveret::routing

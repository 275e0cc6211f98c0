#include "routing/headers_exchange.hpp"

#include <utility>

#include "routing/route.hpp"
#include "routing/routed_message.hpp"

namespace leveret::routing {

HeadersExchange::HeadersExchange(ExchangeProperties properties) : Exchange(std::move(properties)) {}

void HeadersExchange::match(RoutedMessage& message, MatchSink& sink) {
    if (matches_.empty()) return;  // nobody asks for the headers: leave them undecoded
    const protocol::amqp::FieldTable& headers = message.headers();
    for (const auto& [binding, match] : matches_) {
        if (match.matches(headers)) sink.add(*binding);
    }
}

void HeadersExchange::check_binding(std::string_view,
                                    const protocol::amqp::FieldTable& arguments) const {
    HeaderMatch{arguments};
}

void HeadersExchange::index(Binding& binding) {
    matches_.emplace(&binding, HeaderMatch(binding.arguments));
}

void HeadersExchange::unindex(Binding& binding) { matches_.erase(&binding); }

}  // namespace leveret::routing

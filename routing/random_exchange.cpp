#include "routing/random_exchange.hpp"

#include <random>
#include <string>
#include <utility>

#include "protocol/amqp/protocol_error.hpp"
#include "protocol/assert.hpp"
#include "routing/route.hpp"
#include "routing/stable_hash.hpp"

namespace leveret::routing {

using namespace protocol::amqp;

RandomExchange::RandomExchange(ExchangeProperties properties, Keys keys)
    : Exchange(std::move(properties)), keys_(keys), state_(std::random_device{}()) {}

void RandomExchange::match(RoutedMessage&, MatchSink& sink) {
    if (bindings_.empty()) return;
    state_ += 0x9E3779B97F4A7C15U;
    sink.add(*bindings_[mix(state_) % bindings_.size()]);
}

void RandomExchange::check_binding(std::string_view key, const FieldTable&) const {
    if (keys_ == Keys::any || key.empty()) return;
    throw ProtocolError(reply::precondition_failed,
                        "Non-empty binding '" + std::string(key) + "' key not permitted");
}

void RandomExchange::index(Binding& binding) {
    places_.emplace(&binding, bindings_.size());
    bindings_.push_back(&binding);
}

void RandomExchange::unindex(Binding& binding) {
    const auto place = places_.find(&binding);
    LEVERET_ASSERT(place != places_.end());
    Binding* const last = bindings_.back();
    bindings_[place->second] = last;
    places_[last] = place->second;
    places_.erase(&binding);
    bindings_.pop_back();
}

}  // namespace leveret::routing

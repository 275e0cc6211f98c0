#include "routing/modulus_hash_exchange.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "protocol/assert.hpp"
#include "routing/route.hpp"
#include "routing/routed_message.hpp"
#include "routing/stable_hash.hpp"

namespace leveret::routing {

namespace {

auto order(const Binding* binding) {
    return std::make_tuple(std::string_view(binding->destination.name()),
                           binding->destination.kind(), std::string_view(binding->routing_key),
                           std::string_view(binding->arguments_octets));
}

}  // namespace

ModulusHashExchange::ModulusHashExchange(ExchangeProperties properties)
    : Exchange(std::move(properties)) {}

void ModulusHashExchange::match(RoutedMessage& message, MatchSink& sink) {
    if (sorted_.empty()) return;
    std::uint64_t hash = 0;
    message.for_each_key([&](std::string_view key) { hash = stable_hash(key, hash); });
    sink.add(*sorted_[hash % sorted_.size()]);
}

void ModulusHashExchange::index(Binding& binding) {
    sorted_.insert(std::ranges::upper_bound(sorted_, order(&binding), {}, order), &binding);
}

void ModulusHashExchange::unindex(Binding& binding) {
    const auto place = std::ranges::lower_bound(sorted_, order(&binding), {}, order);
    LEVERET_ASSERT(place != sorted_.end() && *place == &binding);
    sorted_.erase(place);
}

}  // namespace leveret::routing

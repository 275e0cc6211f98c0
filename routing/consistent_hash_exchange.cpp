#include "routing/consistent_hash_exchange.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "protocol/amqp/erlang_term.hpp"
#include "protocol/amqp/protocol_error.hpp"
#include "protocol/assert.hpp"
#include "routing/route.hpp"
#include "routing/routed_message.hpp"
#include "routing/stable_hash.hpp"

namespace leveret::routing {

using namespace protocol::amqp;

namespace {

constexpr std::array<std::string_view, 3> hashed_properties{"correlation_id", "message_id",
                                                            "timestamp"};

[[noreturn]] void refuse(const std::string& why) {
    throw ProtocolError(reply::precondition_failed, why);
}

std::string text_argument(const FieldTable& arguments, std::string_view name) {
    const FieldValue* const value = arguments.find(name);
    if (value == nullptr) return {};
    const auto text = as_string(*value);
    if (!text) refuse("'" + std::string(name) + "' must be a string, not " + describe(*value));
    return std::string(*text);
}

std::uint64_t parse_weight(std::string_view key) {
    std::uint64_t weight = 0;
    const bool negative = key.starts_with('-');
    const char* const end = key.data() + key.size();
    const auto [stop, error] = std::from_chars(key.data() + (negative ? 1 : 0), end, weight);
    if (error == std::errc::invalid_argument || stop != end) {
        refuse("The binding key must be an integer: " + as_term(key));
    }
    if (error != std::errc{}) refuse("The binding key is too large: " + as_term(key));
    if (negative || weight == 0) {
        refuse("The binding key must be greater than 0");
    }
    return weight;
}

std::uint64_t hash_of_header(const FieldTable& headers, std::string_view name) {
    const FieldValue* const value = headers.find(name);
    if (value == nullptr) return stable_hash("");
    if (const auto text = as_string(*value)) return stable_hash(*text);
    // Integers of all widths are one value.
    if (const auto number = as_integer(*value)) return stable_hash(render(*value));
    return stable_hash(FieldTable{{"", *value}}.encoded());
}

std::uint64_t hash_of_property(const BasicProperties& properties, std::string_view name) {
    if (name == "correlation_id") return stable_hash(properties.correlation_id);
    if (name == "message_id") return stable_hash(properties.message_id);
    if (!properties.has(property::timestamp)) return stable_hash("");
    return mix(properties.timestamp);
}

/// Rule: of points spread evenly, the smallest of -log(point) / weight falls to each candidate in
///       proportion to its weight.
double score(std::uint64_t hash, double weight) {
    constexpr double scale = 1.0 / static_cast<double>(std::uint64_t{1} << 53);
    const double point = (static_cast<double>(hash >> 11) + 0.5) * scale;
    return -std::log(point) / weight;
}

}  // namespace

ConsistentHashExchange::ConsistentHashExchange(ExchangeProperties properties)
    : Exchange(std::move(properties)),
      header_(text_argument(this->properties().arguments, header_argument)),
      property_(text_argument(this->properties().arguments, property_argument)) {
    if (!header_.empty() && !property_.empty()) {
        refuse("hash-header and hash-property are mutually exclusive");
    }
    if (property_.empty() ||
        std::ranges::find(hashed_properties, property_) != hashed_properties.end()) {
        return;
    }
    refuse("Unsupported property: " + property_);
}

std::uint64_t ConsistentHashExchange::hash(RoutedMessage& message) const {
    if (!header_.empty()) return hash_of_header(message.headers(), header_);
    if (!property_.empty()) return hash_of_property(message.properties(), property_);
    return stable_hash(message.routing_key());
}

void ConsistentHashExchange::match(RoutedMessage& message, MatchSink& sink) {
    if (candidates_.empty()) return;
    const std::uint64_t wanted = hash(message);
    Binding* best = nullptr;
    double best_score = std::numeric_limits<double>::infinity();
    for (const auto& [destination, candidate] : candidates_) {
        const double its = score(mix(wanted ^ candidate.hash), candidate.weight);
        if (its > best_score) continue;
        Binding* const binding = candidate.bindings.front();
        if (its == best_score && best != nullptr &&
            best->destination.name() < destination->name()) {
            continue;
        }
        best = binding;
        best_score = its;
    }
    sink.add(*best);
}

void ConsistentHashExchange::check_binding(std::string_view key, const FieldTable&) const {
    (void)parse_weight(key);
}

void ConsistentHashExchange::index(Binding& binding) {
    Candidate& candidate = candidates_[&binding.destination];
    candidate.bindings.push_back(&binding);
    if (candidate.bindings.size() > 1) return;
    const Destination& destination = binding.destination;
    candidate.hash =
        stable_hash(destination.name(), static_cast<std::uint64_t>(destination.kind()));
    candidate.weight = static_cast<double>(parse_weight(binding.routing_key));
}

void ConsistentHashExchange::unindex(Binding& binding) {
    const auto place = candidates_.find(&binding.destination);
    LEVERET_ASSERT(place != candidates_.end());
    Candidate& candidate = place->second;
    std::erase(candidate.bindings, &binding);
    if (candidate.bindings.empty()) {
        candidates_.erase(place);
    } else {
        candidate.weight =
            static_cast<double>(parse_weight(candidate.bindings.front()->routing_key));
    }
}

}  // namespace leveret::routing

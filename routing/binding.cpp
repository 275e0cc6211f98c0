#include "routing/binding.hpp"

#include <utility>

#include "routing/string_hash.hpp"

namespace leveret::routing {

std::size_t BindingIdentityHash::operator()(const BindingIdentity& identity) const noexcept {
    constexpr std::size_t odd = 0x9E3779B97F4A7C15u;  // spreads what the parts have in common
    std::size_t hash = StringHash{}(identity.routing_key);
    hash = hash * odd + StringHash{}(identity.arguments_octets);
    hash = hash * odd + std::hash<const Destination*>{}(identity.destination);
    return hash * odd;
}

Binding::Binding(Exchange& from, Destination& to, std::string_view key,
                 protocol::amqp::FieldTable sorted_arguments, std::string octets)
    : source(from),
      destination(to),
      routing_key(key),
      arguments(std::move(sorted_arguments)),
      arguments_octets(std::move(octets)) {}

}  // namespace leveret::routing

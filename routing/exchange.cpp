#include "routing/exchange.hpp"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "protocol/assert.hpp"

namespace leveret::routing {

using protocol::amqp::FieldEntry;
using protocol::amqp::FieldTable;

namespace {

/// Of entries with equal keys the first stays first, as it is the one that counts.
FieldTable sorted_by_key(const FieldTable& table) {
    if (table.size() < 2) return table;
    std::vector<const FieldEntry*> entries;
    entries.reserve(table.size());
    for (const FieldEntry& entry : table) entries.push_back(&entry);
    // The second criterion, their place in the table, keeps the first one first.
    std::sort(entries.begin(), entries.end(), [](const auto* a, const auto* b) {
        return std::tie(a->first, a) < std::tie(b->first, b);
    });
    FieldTable sorted;
    for (const FieldEntry* entry : entries) sorted.append(entry->first, entry->second);
    return sorted;
}

std::string encoded_if_any(const FieldTable& table) {
    return table.empty() ? std::string() : table.encoded();
}

}  // namespace

Exchange::Exchange(ExchangeProperties properties)
    : Destination(Kind::exchange, properties.name), properties_(std::move(properties)) {}

Exchange::~Exchange() {
    // The type's index died before us and let go of the bindings; unindex() is ours now: nothing.
    unbind_outgoing();
}

bool Exchange::bind(Destination& destination, std::string_view routing_key,
                    const FieldTable& arguments) {
    check_binding(routing_key, arguments);
    FieldTable sorted = sorted_by_key(arguments);
    std::string octets = encoded_if_any(sorted);
    if (owned_.contains(BindingIdentity{&destination, routing_key, octets})) return false;

    auto made = std::make_unique<Binding>(*this, destination, routing_key, std::move(sorted),
                                          std::move(octets));
    Binding& binding = *made;
    owned_.insert(std::move(made));
    index(binding);
    outgoing_.push_back(binding);
    destination.incoming_.push_back(binding);
    had_binding_ = true;
    return true;
}

bool Exchange::unbind(Destination& destination, std::string_view routing_key,
                      const FieldTable& arguments) {
    const std::string octets = encoded_if_any(sorted_by_key(arguments));
    const auto at = owned_.find(BindingIdentity{&destination, routing_key, octets});
    if (at == owned_.end()) return false;
    unbind(**at);
    return true;
}

void Exchange::unbind(Binding& binding) {
    LEVERET_ASSERT(&binding.source == this);
    const auto at = owned_.find(binding.identity());
    LEVERET_ASSERT(at != owned_.end());
    unindex(binding);
    outgoing_.erase(outgoing_.iterator_to(binding));
    binding.destination.incoming_.erase(binding.destination.incoming_.iterator_to(binding));
    owned_.erase(at);
}

void Exchange::unbind_outgoing() {
    while (!outgoing_.empty()) unbind(outgoing_.front());
}

const Binding* Exchange::find_binding(const Destination& destination, std::string_view routing_key,
                                      const FieldTable& arguments) const {
    const std::string octets = encoded_if_any(sorted_by_key(arguments));
    const auto at = owned_.find(BindingIdentity{&destination, routing_key, octets});
    return at == owned_.end() ? nullptr : at->get();
}

Binding* Exchange::find_binding(const Destination& destination, std::string_view routing_key,
                                const FieldTable& arguments) {
    const std::string octets = encoded_if_any(sorted_by_key(arguments));
    const auto at = owned_.find(BindingIdentity{&destination, routing_key, octets});
    return at == owned_.end() ? nullptr : at->get();
}

std::optional<std::string_view> Exchange::alternate_exchange() const {
    if (const auto* value = properties_.arguments.find("alternate-exchange")) {
        if (const auto name = protocol::amqp::as_string(*value)) return name;
    }
    return policy_alternate_;
}

void Exchange::set_policy_alternate_exchange(std::optional<std::string> name) {
    policy_alternate_ = std::move(name);
}

}  // namespace leveret::routing

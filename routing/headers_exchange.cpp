#include "routing/headers_exchange.hpp"

#include <limits>
#include <utility>

#include "protocol/assert.hpp"
#include "routing/route.hpp"
#include "routing/routed_message.hpp"

namespace leveret::routing {

using namespace protocol::amqp;

namespace {

void match_each(const auto& matches, const FieldTable& headers, MatchSink& sink) {
    for (const auto& [binding, match] : matches) {
        if (match.matches(headers)) sink.add(*binding);
    }
}

}  // namespace

HeadersExchange::HeadersExchange(ExchangeProperties properties) : Exchange(std::move(properties)) {}

void HeadersExchange::match(RoutedMessage& message, MatchSink& sink) {
    if (every_binding().empty()) return;  // nobody asks for the headers: leave them undecoded
    const FieldTable& headers = message.headers();
    match_each(others_, headers, sink);
    // A header that stands twice is looked up twice: the match itself knows that the first counts.
    for (const auto& [name, value] : headers) {
        if (const Matches* const matches = find(name, value)) match_each(*matches, headers, sink);
    }
}

void HeadersExchange::check_binding(std::string_view, const FieldTable& arguments) const {
    HeaderMatch{arguments};
}

const HeadersExchange::Matches* HeadersExchange::find(std::string_view header,
                                                      const FieldValue& value) const {
    const auto by_value = by_header_.find(header);
    if (by_value == by_header_.end()) return nullptr;
    const auto matches = by_value->second.find(comparable_value(value));
    return matches == by_value->second.end() ? nullptr : &matches->second;
}

std::string_view HeadersExchange::least_shared(const HeaderMatch& match) const {
    std::string_view best;
    std::size_t fewest = std::numeric_limits<std::size_t>::max();
    for (const FieldEntry* const entry : match.required()) {
        const Matches* const sharing = find(entry->first, entry->second);
        const std::size_t count = sharing == nullptr ? 0 : sharing->size();
        if (count >= fewest) continue;
        best = entry->first;
        fewest = count;
    }
    return best;
}

void HeadersExchange::index(Binding& binding) {
    HeaderMatch match(binding.arguments);
    const std::string_view header = least_shared(match);
    if (header.empty()) {
        others_.emplace(&binding, std::move(match));
        return;
    }
    const std::string value = comparable_value(*binding.arguments.find(header));
    by_header_[std::string(header)][value].emplace(&binding, std::move(match));
    header_of_.emplace(&binding, header);
}

void HeadersExchange::unindex(Binding& binding) {
    const auto header = header_of_.find(&binding);
    if (header == header_of_.end()) {
        others_.erase(&binding);
        return;
    }
    const auto by_value = by_header_.find(header->second);
    LEVERET_ASSERT(by_value != by_header_.end());
    const std::string value = comparable_value(*binding.arguments.find(header->second));
    const auto matches = by_value->second.find(value);
    LEVERET_ASSERT(matches != by_value->second.end());
    matches->second.erase(&binding);
    if (matches->second.empty()) by_value->second.erase(matches);
    if (by_value->second.empty()) by_header_.erase(by_value);
    header_of_.erase(header);
}

}  // namespace leveret::routing

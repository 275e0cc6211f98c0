#include "routing/recent_history_exchange.hpp"

#include <string>
#include <utility>

#include "protocol/amqp/erlang_term.hpp"
#include "protocol/amqp/properties.hpp"
#include "protocol/amqp/protocol_error.hpp"
#include "routing/route.hpp"

namespace leveret::routing {

using namespace protocol::amqp;

namespace {

std::size_t parse_length(const FieldTable& arguments) {
    const FieldValue* const value = arguments.find(RecentHistoryExchange::length_argument);
    if (value == nullptr) return RecentHistoryExchange::default_length;
    const auto length = as_integer(*value);
    if (!length || *length < 0) {
        throw ProtocolError(reply::precondition_failed,
                            "Invalid argument " + as_term(*value) +
                                ", 'x-recent-history-length' must be a positive integer");
    }
    return static_cast<std::size_t>(*length);
}

bool is_not_to_be_kept(const Message& message) {
    if (!message.has_headers()) return false;
    const FieldTable headers = FieldTable::parse(message.properties().headers);
    const FieldValue* const value = headers.find(RecentHistoryExchange::no_store_header);
    return value != nullptr && as_bool(*value).value_or(false);
}

}  // namespace

RecentHistoryExchange::RecentHistoryExchange(ExchangeProperties properties)
    : Exchange(std::move(properties)), length_(parse_length(this->properties().arguments)) {}

void RecentHistoryExchange::match(RoutedMessage&, MatchSink& sink) {
    for (Binding& binding : every_binding()) sink.add(binding);
}

void RecentHistoryExchange::routed(const MessagePtr& message) {
    if (is_not_to_be_kept(*message)) return;
    history_.push_back(message);
    octets_ += message->memory_octets();
    while (!history_.empty() && (history_.size() > length_ || octets_ > octets_max)) {
        octets_ -= history_.front()->memory_octets();
        history_.pop_front();
    }
}

}  // namespace leveret::routing

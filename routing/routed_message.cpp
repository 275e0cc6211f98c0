#include "routing/routed_message.hpp"

namespace leveret::routing {

const protocol::amqp::FieldTable& RoutedMessage::headers() {
    if (!headers_) {
        headers_ = header_octets_ ? protocol::amqp::FieldTable::parse(*header_octets_)
                                  : protocol::amqp::FieldTable{};
    }
    return *headers_;
}

std::optional<std::chrono::milliseconds> RoutedMessage::delay() {
    const protocol::amqp::FieldValue* const value = headers().find(delay_header);
    const auto delay = value == nullptr ? std::nullopt : protocol::amqp::as_integer(*value);
    if (!delay || *delay <= 0 || *delay > delay_ms_max) return std::nullopt;
    return std::chrono::milliseconds(*delay);
}

const protocol::amqp::BasicProperties& RoutedMessage::properties() const {
    static const protocol::amqp::BasicProperties none;
    return properties_ == nullptr ? none : *properties_;
}

}  // namespace leveret::routing

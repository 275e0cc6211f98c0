#include "routing/routed_message.hpp"

namespace leveret::routing {

const protocol::amqp::FieldTable& RoutedMessage::headers() {
    if (!headers_) {
        headers_ = header_octets_ ? protocol::amqp::FieldTable::parse(*header_octets_)
                                  : protocol::amqp::FieldTable{};
    }
    return *headers_;
}

}  // namespace leveret::routing

// How the text of a protocol error is made.
#include "protocol/amqp/protocol_error.hpp"

#include "protocol/utf8.hpp"

namespace leveret::protocol::amqp {

namespace {
constexpr std::string_view separator = " - ";
}

ProtocolError::ProtocolError(ReplyCode code, std::string_view explanation) : code_(code) {
    text_.append(code.name).append(separator).append(explanation);
    text_.resize(cut_utf8(text_, short_string_octets_max).size());
}

ProtocolError& ProtocolError::blame(MethodId method) {
    if (method_ == MethodId{}) method_ = method;
    return *this;
}

std::string_view ProtocolError::explanation() const {
    return std::string_view(text_).substr(code_.name.size() + separator.size());
}

}  // namespace leveret::protocol::amqp

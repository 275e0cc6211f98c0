// How the text of a protocol error is made.
#include "protocol/amqp/protocol_error.hpp"

#include <algorithm>

#include "protocol/utf8.hpp"

namespace leveret::protocol::amqp {

namespace {
constexpr std::string_view separator = " - ";
constexpr std::string_view ellipsis = "...";
}  // namespace

ProtocolError::ProtocolError(ReplyCode code, std::string_view explanation) : code_(code) {
    text_.append(code.name).append(separator).append(explanation);
    if (!is_utf8(text_)) {  // it quotes what a client sent
        std::replace_if(text_.begin(), text_.end(), [](char c) { return (c & 0x80) != 0; }, '?');
    }
    if (text_.size() > short_string_octets_max) {
        text_.resize(cut_utf8(text_, short_string_octets_max - ellipsis.size()).size());
        text_.append(ellipsis);
    }
}

ProtocolError& ProtocolError::blame(MethodId method) {
    if (method_ == MethodId{}) method_ = method;
    return *this;
}

std::string_view ProtocolError::explanation() const {
    return std::string_view(text_).substr(code_.name.size() + separator.size());
}

}  // namespace leveret::protocol::amqp

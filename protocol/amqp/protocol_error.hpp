// The fault of a client, as it will be told in connection.close or channel.close.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "protocol/amqp/reply_code.hpp"
#include "protocol/amqp/types.hpp"

namespace leveret::protocol::amqp {

/// A fault of the client. Thrown where its rule is checked, caught where frames are taken in.
class ProtocolError : public std::exception {
public:
    /// Rule: the text becomes "NAME - explanation", cut to 255 octets between two characters.
    ProtocolError(ReplyCode code, std::string_view explanation);

    /// Names the method at fault: class-id and method-id of the close. The first one stays.
    ProtocolError& blame(MethodId method);

    [[nodiscard]] const ReplyCode& code() const { return code_; }
    [[nodiscard]] const std::string& text() const { return text_; }  ///< the reply-text
    /// The reply-text without "NAME - ": what the HTTP API shows where it names the code itself.
    [[nodiscard]] std::string_view explanation() const;
    [[nodiscard]] MethodId method() const { return method_; }
    const char* what() const noexcept override { return text_.c_str(); }

    /// Rule: 0-9-1 §4.8.1; on channel 0 nothing softer than connection.close exists.
    [[nodiscard]] bool closes_connection(ChannelNumber on) const {
        return code_.closes == Closes::connection || on == ChannelNumber{0};
    }

private:
    ReplyCode code_;
    std::string text_;
    MethodId method_{};  ///< {0, 0}: no method was at fault
};

}  // namespace leveret::protocol::amqp

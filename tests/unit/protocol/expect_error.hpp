// Runs something that must end in a ProtocolError, and shows what was wrong with it.
#pragma once

#include <string>

#include "protocol/amqp/protocol_error.hpp"
#include "tests/support/catch.hpp"

namespace leveret::test {

/// Returns: the error; fails the test when there was none.
template <class Action>
protocol::amqp::ProtocolError error_of(Action&& action) {
    try {
        action();
    } catch (const protocol::amqp::ProtocolError& error) {
        return error;
    }
    FAIL("no ProtocolError was thrown");
    throw 0;  // FAIL does not return; the compiler cannot know
}

/// Returns: the reply-text of the error.
template <class Action>
std::string text_of_error(Action&& action) {
    return error_of(action).text();
}

}  // namespace leveret::test

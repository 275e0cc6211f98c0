// Names as clients send them.
#pragma once

#include <string>
#include <string_view>

namespace leveret::broker::amqp {

/// Returns: the name without CR and LF.
/// Rule:    RabbitMQ takes them out of the names in declare, delete and bind.
[[nodiscard]] inline std::string without_line_breaks(std::string_view name) {
    std::string clean(name);
    std::erase_if(clean, [](char c) { return c == '\r' || c == '\n'; });
    return clean;
}

}  // namespace leveret::broker::amqp

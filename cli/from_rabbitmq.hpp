// A rabbitmq.conf in the words of our configuration.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace leveret::cli {

struct Translation {
    std::string toml{};                  ///< what `leveret config check` accepts
    std::vector<std::string> remarks{};  ///< a line for each key that did not simply carry over
};

/// Rule: as RabbitMQ, a later line of the same key wins. What is unknown is listed, no fault.
[[nodiscard]] Translation from_rabbitmq(std::string_view conf);

}  // namespace leveret::cli

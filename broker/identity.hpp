// What the broker says it is. Clients choose their behaviour by product and version, so it names
// itself as the RabbitMQ it behaves like; its own name stands beside that.
#pragma once

#include <string_view>

namespace leveret::broker::identity {

inline constexpr std::string_view product = "RabbitMQ";
inline constexpr std::string_view own_name = "Leveret";
inline constexpr std::string_view own_version = LEVERET_VERSION;

}  // namespace leveret::broker::identity

// Names that nobody can guess or has had before: amq.gen-…, amq.ctag-…, reply queues.
#pragma once

#include <string>
#include <string_view>

namespace leveret::broker {

/// Returns: the prefix and 22 letters of base64url that carry 128 random bits.
[[nodiscard]] std::string random_name(std::string_view prefix);

}  // namespace leveret::broker

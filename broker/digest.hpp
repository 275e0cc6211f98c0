// Random octets, SHA-256 and base64: what passwords, sessions and the API need of cryptography and
// encodings.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace leveret::broker {

/// Returns: octets from the kernel's generator.
[[nodiscard]] std::string random_octets(std::size_t count);

/// Returns: 32 octets.
[[nodiscard]] std::string sha256(std::string_view octets);

/// Standard alphabet, padded.
[[nodiscard]] std::string base64(std::string_view octets);

/// URL-safe alphabet, no padding.
[[nodiscard]] std::string base64_url(std::string_view octets);

/// Standard alphabet; padding may be missing. Returns: nothing when it is malformed.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

/// Takes the same time wherever the first difference is.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace leveret::broker

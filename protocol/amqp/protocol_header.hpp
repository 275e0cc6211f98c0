// The first octets of a connection: is this AMQP 0-9-1, or what else knocks at the port?
#pragma once

#include <string_view>

namespace leveret::protocol::amqp {

inline constexpr std::size_t protocol_header_octets = 8;

enum class Greeting {
    incomplete,  ///< too few octets to tell
    amqp_0_9_1,  ///< also 0-9, which says "AMQP" 1 1 0 9 and is the same to us
    other_amqp,  ///< another version or the security layer of AMQP 1.0
    http,        ///< a browser or an HTTP client: name the port of the console in the log
    tls,         ///< a TLS ClientHello on the plain port
    unknown,
};

/// Looks at what a client sent first; more than eight octets may follow.
/// Rule: of an amqp_0_9_1 greeting exactly the eight octets are used up.
[[nodiscard]] Greeting classify_greeting(std::string_view octets);

/// What to write before closing when the greeting is neither incomplete nor ours.
/// Rule: 0-9-1 §4.2.2: the header of a version we speak.
[[nodiscard]] std::string_view answer_to(Greeting greeting);

/// The header a client of 0-9-1 sends, for bench/ and tests.
inline constexpr std::string_view protocol_header{"AMQP\0\0\x09\x01", protocol_header_octets};

}  // namespace leveret::protocol::amqp

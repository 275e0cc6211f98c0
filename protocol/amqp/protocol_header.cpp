// Tells greetings apart by as few octets as will do.
#include "protocol/amqp/protocol_header.hpp"

#include <algorithm>
#include <array>

namespace leveret::protocol::amqp {

namespace {

using namespace std::string_view_literals;

constexpr std::array http_starts{"GET "sv,     "HEAD "sv,  "POST "sv,    "PUT "sv,  "DELETE "sv,
                                 "OPTIONS "sv, "PATCH "sv, "CONNECT "sv, "TRACE "sv};
constexpr std::string_view tls_start = "\x16\x03"sv;  // a handshake record of TLS 1.x
constexpr std::string_view amqp_start = "AMQP"sv;

bool begins_with(std::string_view octets, std::string_view start) {
    return octets.substr(0, start.size()) == start;
}

/// More octets could still make this `start`.
bool may_become(std::string_view octets, std::string_view start) {
    return octets.size() < start.size() && start.substr(0, octets.size()) == octets;
}

}  // namespace

Greeting classify_greeting(std::string_view octets) {
    if (begins_with(octets, amqp_start)) {
        if (octets.size() < protocol_header_octets) return Greeting::incomplete;
        const std::string_view version = octets.substr(4, 4);
        return version == "\0\0\x09\x01"sv || version == "\1\1\0\x09"sv ? Greeting::amqp_0_9_1
                                                                        : Greeting::other_amqp;
    }
    if (begins_with(octets, tls_start)) return Greeting::tls;
    if (std::any_of(http_starts.begin(), http_starts.end(),
                    [&](auto start) { return begins_with(octets, start); })) {
        return Greeting::http;
    }
    const bool undecided = may_become(octets, amqp_start) || may_become(octets, tls_start) ||
                           std::any_of(http_starts.begin(), http_starts.end(),
                                       [&](auto start) { return may_become(octets, start); });
    return undecided ? Greeting::incomplete : Greeting::unknown;
}

std::string_view answer_to(Greeting greeting) {
    switch (greeting) {
        case Greeting::incomplete:
        case Greeting::amqp_0_9_1:
            return {};
        case Greeting::other_amqp:
        case Greeting::http:
        case Greeting::tls:
        case Greeting::unknown:
            break;
    }
    return protocol_header;
}

}  // namespace leveret::protocol::amqp

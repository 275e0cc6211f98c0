// Where the two ends of a stream are, for those who know nothing of sockets.
#pragma once

#include <cstdint>
#include <string>

namespace leveret::broker::net {

struct Ends {
    std::string name{};     ///< "127.0.0.1:40000 -> 127.0.0.1:5672"; no other stream has it
    bool loopback = false;  ///< the client is on this machine
    std::string host{};     ///< the client's; as the three below, nothing on a Unix socket
    std::uint16_t port = 0;
    std::string server_host{};
    std::uint16_t server_port = 0;
};

}  // namespace leveret::broker::net

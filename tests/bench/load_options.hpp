// What amqpload is asked to do: the command line as one plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/bench/amqp_client.hpp"

namespace leveret::bench {

struct LoadOptions {
    Login login{};
    int publishers = 1;
    int consumers = 1;
    int queues = 1;
    std::size_t body_octets = 16;
    double seconds = 5;
    bool durable = false;
    bool persistent = false;
    std::uint64_t confirm_window = 0;  ///< 0: without publisher confirms
    bool auto_ack = false;
    std::uint64_t ack_every = 100;
    std::uint16_t prefetch = 0;
    std::uint64_t rate = 0;  ///< messages per second and publisher; 0: as fast as it goes
    bool latency = false;
    std::string exchange_type{};  ///< empty: the default exchange
    std::string queue = "load";   ///< queues are called by this and a number
    std::string key{};            ///< empty: the name of the queue
    std::uint64_t keys = 1;
    std::string binding_key{};  ///< empty: the name of the queue
    std::uint64_t decoys = 0;
    std::uint64_t count = 0;  ///< 0: publish for `seconds`
    bool drain = false;
    bool keep = false;
    int broker_pid = 0;  ///< 0: the broker's process is not looked at
    std::string queue_type{};

    std::string exchange() const { return exchange_type.empty() ? "" : "load." + exchange_type; }
    std::string queue_name(int index) const { return queue + std::to_string(index % queues); }
    bool stream() const { return queue_type == "stream"; }
};

/// Reads the command line. `--help` prints the flags and ends the program; so does a wrong flag.
LoadOptions parse_load_options(int argc, char** argv);

}  // namespace leveret::bench

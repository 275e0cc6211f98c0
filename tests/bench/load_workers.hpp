// The publishers and consumers of amqpload. Each is one connection on one thread; they meet only
// in the counters of Progress.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "tests/bench/amqp_client.hpp"
#include "tests/bench/load_options.hpp"

namespace leveret::bench {

inline std::uint64_t now_ns() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

/// What all workers have done so far, and whether they go on.
struct Progress {
    std::atomic<std::uint64_t> published{0};
    std::atomic<std::uint64_t> confirmed{0};
    std::atomic<std::uint64_t> consumed{0};
    std::atomic<int> consuming{0};  ///< consumers that have their consume-ok
    std::atomic<bool> stop_publishing{false};
    std::atomic<bool> stop{false};

    std::mutex latencies_mutex{};  ///< guards latencies
    /// Units: tenths of a microsecond, so that 32 bits are enough.
    std::vector<std::uint32_t> latencies{};
};

/// Consumes from one queue until told to stop; with --drain until a second brings nothing.
class Consumer {
public:
    Consumer(const LoadOptions& options, Progress& progress, int index);
    void run();

private:
    void subscribe();
    void receive(const Frame& frame);
    void message_complete();
    void when_idle();
    void ack();
    void note_latency(std::string_view body);

    const LoadOptions& options_;
    Progress& progress_;
    std::string queue_;
    AmqpClient client_;
    std::uint64_t delivery_tag_ = 0;
    std::uint64_t complete_tag_ = 0;
    std::uint64_t unacked_ = 0;
    std::uint64_t body_left_ = 0;
    std::uint64_t uncounted_ = 0;  ///< complete, but not yet added to progress_.consumed
    std::uint64_t last_receipt_ns_ = 0;
    bool drained_ = false;
    std::vector<std::uint32_t> latencies_{};
};

/// Publishes blocks of messages that were encoded once.
class Publisher {
public:
    Publisher(const LoadOptions& options, Progress& progress, int index);
    void run();

private:
    void encode(const std::string& routing_key);
    void keep_pace();
    void stamp();
    void take_confirms(bool wait);
    void confirmed(const Frame& ack);

    const LoadOptions& options_;
    Progress& progress_;
    AmqpClient client_;
    std::string block_{};  ///< the messages to send, over and over
    std::size_t message_octets_ = 0;
    std::size_t body_offset_ = 0;  ///< of the body in a message
    std::size_t messages_per_send_ = 1;
    std::size_t messages_in_block_ = 1;
    std::size_t position_ = 0;  ///< of the next message in the block
    std::uint64_t begin_ns_ = 0;
    std::uint64_t sent_ = 0;
    std::uint64_t acked_ = 0;
};

}  // namespace leveret::bench

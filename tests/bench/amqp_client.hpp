// A blocking AMQP 0-9-1 client that costs next to nothing per message: one socket, one buffer,
// frames handed out as views into it. Any surprise ends the program, since then there is nothing
// worth measuring.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/wire.hpp"

namespace leveret::bench {

/// Says why on stderr and ends the program with exit code 2.
[[noreturn]] void die(std::string_view why);

struct Login {
    std::string host = "127.0.0.1";
    std::uint16_t port = 5672;
    std::string user = "guest";
    std::string password = "guest";
    std::string vhost = "/";
};

class AmqpClient {
public:
    /// The one channel that every client has open.
    static constexpr std::uint16_t channel = 1;

    explicit AmqpClient(const Login& login);
    ~AmqpClient();
    AmqpClient(const AmqpClient&) = delete;
    AmqpClient& operator=(const AmqpClient&) = delete;

    /// Writes all of it, waiting for the broker as long as it takes.
    void send(std::string_view octets);
    void send_method(const OctetWriter& method) { send_method(channel, method); }

    /// The next whole frame of what was received, if there is one.
    std::optional<Frame> next() {
        if (end_ - begin_ < frame_overhead_octets) return std::nullopt;
        const char* at = buffer_.data() + begin_;
        const std::uint32_t length = read_u32(at + 3);
        if (end_ - begin_ < frame_overhead_octets + length) return std::nullopt;
        begin_ += frame_overhead_octets + length;
        if (at[frame_header_octets + length] != frame_end) die("bad frame end");
        const Frame frame{read_u8(at), read_u16(at + 1), {at + frame_header_octets, length}};
        if (frame.is(method::connection_close) || frame.is(method::channel_close)) refused(frame);
        return frame;
    }

    /// Receives what there is, waiting for it.
    /// Returns: false when nothing came within `patience`; none waits for ever.
    bool fill(std::optional<std::chrono::milliseconds> patience = std::nullopt);

    /// Waits for this method and skips all else.
    Frame expect(MethodId id);

    /// Sends a method and waits for its answer.
    void call(const OctetWriter& method, MethodId answer) {
        send_method(method);
        expect(answer);
    }

    std::uint32_t frame_max() const { return frame_max_; }

private:
    void connect_socket(const Login& login);
    void handshake(const Login& login);
    void send_method(std::uint16_t on_channel, const OctetWriter& method);
    [[noreturn]] static void refused(const Frame& close);

    int socket_ = -1;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint32_t frame_max_ = 131072;
};

}  // namespace leveret::bench

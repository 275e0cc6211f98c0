#include "tests/bench/amqp_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace leveret::bench {

namespace {

constexpr std::size_t first_buffer_octets = 1 << 20;

OctetWriter start_ok(const Login& login) {
    OctetWriter capabilities;
    for (const char* name : {"publisher_confirms", "basic.nack", "consumer_cancel_notify"})
        capabilities.short_string(name).u8('t').u8(1);
    OctetWriter properties;
    properties.short_string("product").u8('S').long_string("amqpload");
    properties.short_string("capabilities").u8('F').long_string(capabilities.view());
    const std::string nul(1, '\0');
    OctetWriter method(method::connection_start_ok);
    method.long_string(properties.view()).short_string("PLAIN");
    method.long_string(nul + login.user + nul + login.password).short_string("en_US");
    return method;
}

}  // namespace

void die(std::string_view why) {
    std::fprintf(stderr, "amqpload: %.*s\n", static_cast<int>(why.size()), why.data());
    std::exit(2);
}

AmqpClient::AmqpClient(const Login& login) : buffer_(first_buffer_octets) {
    connect_socket(login);
    handshake(login);
}

AmqpClient::~AmqpClient() {
    if (socket_ >= 0) close(socket_);
}

void AmqpClient::connect_socket(const Login& login) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(login.port);
    if (inet_pton(AF_INET, login.host.c_str(), &address.sin_addr) != 1)
        die("--host takes an IPv4 address, not " + login.host);
    socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        die(std::string("connect: ") + std::strerror(errno));
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void AmqpClient::handshake(const Login& login) {
    send({"AMQP\0\0\x09\x01", 8});
    expect(method::connection_start);
    send_method(0, start_ok(login));
    const char* tune = expect(method::connection_tune).arguments();
    const std::uint16_t channel_max = read_u16(tune);
    const std::uint32_t offered = read_u32(tune + 2);
    if (offered != 0 && offered < frame_max_) frame_max_ = offered;
    constexpr std::uint16_t no_heartbeat = 0;
    OctetWriter tune_ok(method::connection_tune_ok);
    send_method(0, tune_ok.u16(channel_max).u32(frame_max_).u16(no_heartbeat));
    OctetWriter open(method::connection_open);
    send_method(0, open.short_string(login.vhost).short_string("").u8(0));
    expect(method::connection_open_ok);
    call(OctetWriter(method::channel_open).short_string(""), method::channel_open_ok);
}

void AmqpClient::send(std::string_view octets) {
    while (!octets.empty()) {
        const ssize_t sent = ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) die(std::string("send: ") + std::strerror(errno));
        octets.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void AmqpClient::send_method(std::uint16_t on_channel, const OctetWriter& method) {
    std::string frame;
    append_frame(frame, frame_method, on_channel, method.view());
    send(frame);
}

bool AmqpClient::fill(std::optional<std::chrono::milliseconds> patience) {
    if (patience) {
        pollfd readable{socket_, POLLIN, 0};
        if (poll(&readable, 1, static_cast<int>(patience->count())) <= 0) return false;
    }
    if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (end_ > buffer_.size() / 2 && begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
    const ssize_t received = recv(socket_, buffer_.data() + end_, buffer_.size() - end_, 0);
    if (received < 0 && errno == EINTR) return true;
    if (received <= 0) die("connection closed by broker");
    end_ += static_cast<std::size_t>(received);
    return true;
}

Frame AmqpClient::expect(MethodId id) {
    for (;;) {
        const auto frame = next();
        if (!frame)
            fill();
        else if (frame->is(id))
            return *frame;
    }
}

void AmqpClient::refused(const Frame& close) {
    const char* reply_text = close.arguments() + 2;
    const std::string text(reply_text + 1, read_u8(reply_text));
    const bool whole = close.is(method::connection_close);
    die((whole ? "broker closed connection: " : "broker closed channel: ") + text);
}

}  // namespace leveret::bench

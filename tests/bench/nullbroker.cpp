// nullbroker: the ceiling of the wire. It speaks just enough AMQP 0-9-1 to be loaded by amqpload:
// every publish is parsed and framed anew as a delivery to the next consumer, with no routing, no
// queue and no acks kept. One thread, epoll. What it reaches is what the sockets and the framing
// alone allow on this machine: the C in "cost of our broker / C".
//
// Usage: nullbroker PORT (0 takes a free one; the line `nullbroker: listening on …` says which)

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/wire.hpp"

namespace leveret::bench {
namespace {

constexpr std::size_t read_octets = 1 << 18;
constexpr std::size_t outbox_octets_max = 8u << 20;  ///< a consumer with more is full
constexpr std::uint16_t channel_max = 2047;
constexpr std::uint32_t frame_max = 131072;
constexpr std::string_view consumer_tag = "c";
const std::string zeros(8, '\0');

struct Connection {
    explicit Connection(int accepted) : socket(accepted) {}
    ~Connection() { close(socket); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    std::size_t unsent() const { return out.size() - out_sent; }

    int socket;
    std::string in{};
    std::string out{};
    std::size_t out_sent = 0;
    bool greeted = false;
    bool confirms = false;
    bool consumes = false;
    bool waits_for_room = false;  ///< EPOLLOUT is asked for
    bool dirty = false;           ///< to be flushed at the end of the turn
    std::uint64_t publishes = 0;
    std::uint64_t delivery_tag = 0;
};

/// The frames of one publish, once all of them are there.
struct Publish {
    std::string_view route;    ///< exchange and routing key, both short strings
    std::string_view content;  ///< header frame and body frames, as they came
    std::size_t octets;        ///< of all frames together
};

void append_method(Connection& to, std::uint16_t channel, const OctetWriter& method) {
    append_frame(to.out, frame_method, channel, method.view());
}

std::size_t short_string_octets(const char* at) { return 1 + std::size_t{read_u8(at)}; }

/// Finds the whole publish that `octets` begins with.
/// Returns: nothing while frames are missing.
std::optional<Publish> whole_publish(std::string_view octets) {
    const char* at = octets.data();
    const auto frame_octets = [&](std::size_t from) -> std::size_t {
        if (octets.size() < from + frame_overhead_octets) return 0;
        const std::size_t whole = frame_overhead_octets + read_u32(at + from + 3);
        return octets.size() < from + whole ? 0 : whole;
    };
    const std::size_t header_begin = frame_octets(0);
    if (header_begin == 0) return std::nullopt;
    const std::size_t header_octets = frame_octets(header_begin);
    if (header_octets == 0) return std::nullopt;
    std::uint64_t body_left = read_u64(at + header_begin + frame_header_octets + 4);
    std::size_t end = header_begin + header_octets;
    while (body_left > 0) {
        const std::size_t body_octets = frame_octets(end);
        if (body_octets == 0) return std::nullopt;
        end += body_octets;
        body_left -= body_octets - frame_overhead_octets;
    }
    const char* route = at + frame_header_octets + 4 + 2;
    const std::size_t exchange_octets = short_string_octets(route);
    const std::size_t route_octets = exchange_octets + short_string_octets(route + exchange_octets);
    return Publish{{route, route_octets}, {at + header_begin, end - header_begin}, end};
}

void append_delivery(Connection& to, const Publish& publish) {
    char head[64 + 2 * 256];  // the fixed fields, exchange and routing key
    char* at = head;
    *at++ = static_cast<char>(frame_method);
    write_u16(at, 1);
    const std::size_t payload = 4 + 1 + consumer_tag.size() + 8 + 1 + publish.route.size();
    write_u32(at + 2, static_cast<std::uint32_t>(payload));
    write_u16(at + 6, method::basic_deliver.class_id);
    write_u16(at + 8, method::basic_deliver.method_id);
    at[10] = static_cast<char>(consumer_tag.size());
    std::memcpy(at + 11, consumer_tag.data(), consumer_tag.size());
    at += 11 + consumer_tag.size();
    write_u64(at, ++to.delivery_tag);
    constexpr char not_redelivered = 0;
    at[8] = not_redelivered;
    at += 9;
    std::memcpy(at, publish.route.data(), publish.route.size());
    at += publish.route.size();
    *at++ = frame_end;
    to.out.append(head, static_cast<std::size_t>(at - head));
    to.out.append(publish.content);
}

class NullBroker {
public:
    explicit NullBroker(std::uint16_t port) { listen_on(port); }
    [[noreturn]] void run();

private:
    void listen_on(std::uint16_t port);
    void watch(int socket, void* data, std::uint32_t events, int operation);
    void accept_one();
    void readable(Connection& from);
    void drop(Connection& gone);
    bool publisher_must_wait(const Connection& from);
    bool greet(Connection& from);
    void handle_frames(Connection& from);
    void handle_method(Connection& from, const Frame& frame);
    void deliver(const Publish& publish);
    void mark_dirty(Connection& connection);
    void flush(Connection& to);

    int listener_ = -1;
    int epoll_ = epoll_create1(0);
    std::vector<char> read_buffer_ = std::vector<char>(read_octets);
    std::vector<Connection*> consumers_{};
    std::size_t next_consumer_ = 0;
    std::vector<Connection*> dirty_{};
    std::size_t consumed_octets_ = 0;  ///< of the input in hand
};

void NullBroker::listen_on(std::uint16_t port) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, generic, size) != 0 || listen(listener_, 128) != 0 ||
        getsockname(listener_, generic, &size) != 0) {
        std::perror("nullbroker");
        std::exit(1);
    }
    std::printf("nullbroker: listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    watch(listener_, nullptr, EPOLLIN, EPOLL_CTL_ADD);
}

void NullBroker::watch(int socket, void* data, std::uint32_t events, int operation) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = data;
    epoll_ctl(epoll_, operation, socket, &event);
}

void NullBroker::run() {
    for (;;) {
        epoll_event events[64];
        const int number = epoll_wait(epoll_, events, 64, -1);
        for (int i = 0; i < number; ++i) {
            auto* connection = static_cast<Connection*>(events[i].data.ptr);
            if (connection == nullptr) {
                accept_one();
                continue;
            }
            if (events[i].events & EPOLLOUT) flush(*connection);
            if (events[i].events & ~std::uint32_t{EPOLLOUT}) readable(*connection);
        }
        for (auto* connection : dirty_) {
            connection->dirty = false;
            flush(*connection);
        }
        dirty_.clear();
    }
}

void NullBroker::accept_one() {
    const int socket = accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(socket, std::make_unique<Connection>(socket).release(), EPOLLIN, EPOLL_CTL_ADD);
}

void NullBroker::readable(Connection& from) {
    if (publisher_must_wait(from)) return;
    const ssize_t received = recv(from.socket, read_buffer_.data(), read_buffer_.size(), 0);
    if (received <= 0) return drop(from);
    from.in.append(read_buffer_.data(), static_cast<std::size_t>(received));
    consumed_octets_ = 0;
    if (!from.greeted && !greet(from)) return;
    handle_frames(from);
    from.in.erase(0, consumed_octets_);
    if (!from.out.empty()) mark_dirty(from);
}

void NullBroker::drop(Connection& gone) {
    std::erase(consumers_, &gone);
    std::erase(dirty_, &gone);
    delete &gone;
}

/// Crude back-pressure: a publisher is not read while a consumer is full. Level-triggered epoll
/// brings it back at once; the short wait for room in the socket keeps that from being a spin.
bool NullBroker::publisher_must_wait(const Connection& from) {
    if (from.consumes || from.publishes == 0) return false;
    bool full = false;
    for (auto* consumer : consumers_) {
        if (consumer->unsent() <= outbox_octets_max) continue;
        full = true;
        flush(*consumer);
        pollfd room{consumer->socket, POLLOUT, 0};
        constexpr timespec patience{0, 50'000};
        ppoll(&room, 1, &patience, nullptr);
    }
    return full;
}

bool NullBroker::greet(Connection& from) {
    constexpr std::size_t protocol_header_octets = 8;
    if (from.in.size() < protocol_header_octets) return false;
    consumed_octets_ = protocol_header_octets;
    from.greeted = true;
    constexpr std::uint16_t version_0_9 = 9;
    OctetWriter start(method::connection_start);
    start.u16(version_0_9).long_string("").long_string("PLAIN").long_string("en_US");
    append_method(from, 0, start);
    return true;
}

void NullBroker::handle_frames(Connection& from) {
    const std::uint64_t publishes_before = from.publishes;
    for (;;) {
        const auto octets = std::string_view(from.in).substr(consumed_octets_);
        if (octets.size() < frame_overhead_octets) break;
        const char* at = octets.data();
        const std::uint32_t length = read_u32(at + 3);
        if (octets.size() < frame_overhead_octets + length) break;
        const Frame frame{read_u8(at), read_u16(at + 1), {at + frame_header_octets, length}};
        if (frame.is(method::basic_publish)) {
            const auto publish = whole_publish(octets);
            if (!publish) break;
            ++from.publishes;
            deliver(*publish);
            consumed_octets_ += publish->octets;
            continue;
        }
        if (frame.type == frame_method) handle_method(from, frame);
        consumed_octets_ += frame_overhead_octets + length;
    }
    if (!from.confirms || from.publishes == publishes_before) return;
    constexpr std::uint8_t multiple = 1;
    append_method(from, 1, OctetWriter(method::basic_ack).u64(from.publishes).u8(multiple));
}

void NullBroker::deliver(const Publish& publish) {
    if (consumers_.empty()) return;
    Connection& to = *consumers_[next_consumer_++ % consumers_.size()];
    append_delivery(to, publish);
    mark_dirty(to);
}

void NullBroker::handle_method(Connection& from, const Frame& frame) {
    const auto answer = [&](MethodId id, std::string_view arguments = {}) {
        append_method(from, frame.channel, OctetWriter(id).raw_octets(arguments));
    };
    const std::string_view nothing(zeros);
    if (frame.is(method::connection_start_ok)) {
        OctetWriter tune;
        tune.u16(channel_max).u32(frame_max).u16(0);
        answer(method::connection_tune, tune.view());
    } else if (frame.is(method::connection_open)) {
        answer(method::connection_open_ok, nothing.substr(0, 1));
    } else if (frame.is(method::channel_open)) {
        answer(method::channel_open_ok, nothing.substr(0, 4));
    } else if (frame.is(method::exchange_declare)) {
        answer(method::exchange_declare_ok);
    } else if (frame.is(method::exchange_delete)) {
        answer(method::exchange_delete_ok);
    } else if (frame.is(method::queue_declare)) {
        const char* name = frame.arguments() + 2;
        OctetWriter declared;
        declared.raw_octets({name, short_string_octets(name)}).raw_octets(nothing);
        answer(method::queue_declare_ok, declared.view());
    } else if (frame.is(method::queue_bind)) {
        answer(method::queue_bind_ok);
    } else if (frame.is(method::queue_purge)) {
        answer(method::queue_purge_ok, nothing.substr(0, 4));
    } else if (frame.is(method::basic_qos)) {
        answer(method::basic_qos_ok);
    } else if (frame.is(method::basic_consume)) {
        from.consumes = true;
        consumers_.push_back(&from);
        answer(method::basic_consume_ok, OctetWriter().short_string(consumer_tag).view());
    } else if (frame.is(method::confirm_select)) {
        from.confirms = true;
        answer(method::confirm_select_ok);
    }
}

void NullBroker::mark_dirty(Connection& connection) {
    if (connection.dirty) return;
    connection.dirty = true;
    dirty_.push_back(&connection);
}

void NullBroker::flush(Connection& to) {
    while (to.unsent() > 0) {
        const ssize_t sent =
            send(to.socket, to.out.data() + to.out_sent, to.unsent(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent <= 0) {
            if (!to.waits_for_room) watch(to.socket, &to, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
            to.waits_for_room = true;
            return;
        }
        to.out_sent += static_cast<std::size_t>(sent);
    }
    to.out.clear();
    to.out_sent = 0;
    if (to.waits_for_room) watch(to.socket, &to, EPOLLIN, EPOLL_CTL_MOD);
    to.waits_for_room = false;
}

}  // namespace
}  // namespace leveret::bench

int main(int argc, char** argv) {
    leveret::bench::NullBroker(argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : 5679)
        .run();
}

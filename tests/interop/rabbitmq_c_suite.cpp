// rabbitmq-c, the client in C that many languages wrap: the seven tutorials. Every case prints one
// line, `ok NAME` or `FAILED NAME: why`; tests/interop/run starts this with AMQP_URL.

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr timeval patience{10, 0};
constexpr amqp_channel_t channel = 1;
constexpr int frame_max = 131072;

using Strings = std::vector<std::string>;

amqp_bytes_t as_bytes(std::string_view text) {
    return {text.size(), const_cast<char*>(text.data())};
}

std::string as_string(amqp_bytes_t bytes) {
    return {static_cast<const char*>(bytes.bytes), bytes.len};
}

[[noreturn]] void fail(const std::string& why) { throw std::runtime_error(why); }

template <class Value>
void expect(const Value& actual, const Value& wanted, const std::string& what) {
    if (!(actual == wanted)) fail("unexpected " + what);
}

/// What a reply says when it is an error; the code of a close comes first.
std::string describe(const amqp_rpc_reply_t& reply) {
    const auto& [type, method, error] = reply;
    if (type == AMQP_RESPONSE_LIBRARY_EXCEPTION) return amqp_error_string2(error);
    if (type != AMQP_RESPONSE_SERVER_EXCEPTION) return "no reply";
    if (method.id == AMQP_CHANNEL_CLOSE_METHOD) {
        const auto* close = static_cast<amqp_channel_close_t*>(method.decoded);
        return std::to_string(close->reply_code) + " " + as_string(close->reply_text);
    }
    const auto* close = static_cast<amqp_connection_close_t*>(method.decoded);
    return std::to_string(close->reply_code) + " " + as_string(close->reply_text);
}

/// A message as it was received.
struct Message {
    std::string body{};
    std::string routing_key{};
    std::string reply_to{};
    std::string correlation_id{};
    std::uint64_t delivery_tag = 0;
    bool redelivered = false;
};

/// What is published beside the body.
struct Properties {
    std::string reply_to{};
    std::string correlation_id{};
    bool persistent = false;
    bool mandatory = false;
};

/// A connection with one open channel. Throws when the broker refuses anything.
class Client {
public:
    Client() : connection_(amqp_new_connection()) {
        std::string url = std::getenv("AMQP_URL") != nullptr
                              ? std::getenv("AMQP_URL")
                              : "amqp://guest:guest@127.0.0.1:5672/%2F";
        amqp_connection_info info;
        amqp_default_connection_info(&info);
        if (amqp_parse_url(url.data(), &info) != AMQP_STATUS_OK) fail("bad AMQP_URL");
        amqp_socket_t* socket = amqp_tcp_socket_new(connection_);
        if (amqp_socket_open_noblock(socket, info.host, info.port, &patience) != 0)
            fail("cannot connect");
        amqp_set_rpc_timeout(connection_, &patience);
        constexpr int heartbeat = 0;
        check(amqp_login(connection_, info.vhost, AMQP_DEFAULT_MAX_CHANNELS, frame_max, heartbeat,
                         AMQP_SASL_METHOD_PLAIN, info.user, info.password));
        amqp_channel_open(connection_, channel);
        check();
    }
    ~Client() {
        amqp_connection_close(connection_, AMQP_REPLY_SUCCESS);
        amqp_destroy_connection(connection_);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    amqp_connection_state_t raw() const { return connection_; }
    void check() const { check(amqp_get_rpc_reply(connection_)); }

    /// Declares an exclusive queue that the broker names.
    std::string own_queue() const {
        const auto* declared = amqp_queue_declare(connection_, channel, amqp_empty_bytes, 0, 0, 1,
                                                  0, amqp_empty_table);
        check();
        return as_string(declared->queue);
    }
    void declare_queue(const std::string& queue) const {
        amqp_queue_declare(connection_, channel, as_bytes(queue), 0, 1, 0, 0, amqp_empty_table);
        check();
    }
    void delete_queue(const std::string& queue) const {
        amqp_queue_delete(connection_, channel, as_bytes(queue), 0, 0);
        check();
    }
    void declare_exchange(const std::string& exchange, const char* type) const {
        amqp_exchange_declare(connection_, channel, as_bytes(exchange), as_bytes(type), 0, 0, 1, 0,
                              amqp_empty_table);
        check();
    }
    void bind(const std::string& queue, const std::string& exchange, const char* key) const {
        amqp_queue_bind(connection_, channel, as_bytes(queue), as_bytes(exchange), as_bytes(key),
                        amqp_empty_table);
        check();
    }
    void publish(const std::string& exchange, const std::string& key, std::string_view body,
                 const Properties& properties = {}) const {
        amqp_basic_properties_t wire{};
        wire._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
        wire.delivery_mode = properties.persistent ? 2 : 1;
        if (!properties.reply_to.empty()) {
            wire._flags |= AMQP_BASIC_REPLY_TO_FLAG | AMQP_BASIC_CORRELATION_ID_FLAG;
            wire.reply_to = as_bytes(properties.reply_to);
        }
        if (!properties.correlation_id.empty()) {
            wire._flags |= AMQP_BASIC_CORRELATION_ID_FLAG;
            wire.correlation_id = as_bytes(properties.correlation_id);
        }
        const int status =
            amqp_basic_publish(connection_, channel, as_bytes(exchange), as_bytes(key),
                               properties.mandatory, 0, &wire, as_bytes(body));
        if (status != AMQP_STATUS_OK) fail(amqp_error_string2(status));
    }
    std::string consume(const std::string& queue, bool no_ack) const {
        const auto* consuming =
            amqp_basic_consume(connection_, channel, as_bytes(queue), amqp_empty_bytes, 0, no_ack,
                               0, amqp_empty_table);
        check();
        return as_string(consuming->consumer_tag);
    }
    void prefetch(std::uint16_t number) const {
        amqp_basic_qos(connection_, channel, 0, number, 0);
        check();
    }
    void ack(const Message& message) const {
        const int status = amqp_basic_ack(connection_, channel, message.delivery_tag, 0);
        if (status != AMQP_STATUS_OK) fail(amqp_error_string2(status));
    }
    Message receive(timeval seconds = patience) const {
        amqp_envelope_t envelope;
        amqp_maybe_release_buffers(connection_);
        const auto reply = amqp_consume_message(connection_, &envelope, &seconds, 0);
        if (reply.reply_type != AMQP_RESPONSE_NORMAL) fail("no message: " + describe(reply));
        Message message;
        message.body = as_string(envelope.message.body);
        message.routing_key = as_string(envelope.routing_key);
        const auto& properties = envelope.message.properties;
        if ((properties._flags & AMQP_BASIC_REPLY_TO_FLAG) != 0)
            message.reply_to = as_string(properties.reply_to);
        if ((properties._flags & AMQP_BASIC_CORRELATION_ID_FLAG) != 0)
            message.correlation_id = as_string(properties.correlation_id);
        message.delivery_tag = envelope.delivery_tag;
        message.redelivered = envelope.redelivered != 0;
        amqp_destroy_envelope(&envelope);
        return message;
    }
    Strings receive_bodies(std::size_t number) const {
        Strings bodies;
        while (bodies.size() < number) bodies.push_back(receive().body);
        return bodies;
    }
    void expect_empty(const std::string& queue) const {
        const auto reply = amqp_basic_get(connection_, channel, as_bytes(queue), 1);
        expect(reply.reply.id, amqp_method_number_t{AMQP_BASIC_GET_EMPTY_METHOD}, "basic.get-ok");
    }
    /// The next method that is not the reply to one of ours.
    amqp_frame_t next_method() const {
        amqp_frame_t frame;
        const int status = amqp_simple_wait_frame_noblock(connection_, &frame, &patience);
        if (status != AMQP_STATUS_OK) fail(amqp_error_string2(status));
        expect<int>(frame.frame_type, AMQP_FRAME_METHOD, "kind of frame");
        return frame;
    }

private:
    static void check(const amqp_rpc_reply_t& reply) {
        if (reply.reply_type != AMQP_RESPONSE_NORMAL) fail(describe(reply));
    }

    amqp_connection_state_t connection_;
};

std::string fresh_name(const std::string& kind) {
    static int number = 0;
    return "interop.c." + kind + "." + std::to_string(getpid()) + "." + std::to_string(++number);
}

void hello() {
    const Client client;
    const auto queue = client.own_queue();
    client.publish("", queue, "Hello World!");
    client.consume(queue, true);
    expect(client.receive().body, std::string("Hello World!"), "body");
}

void work_queue() {
    const Client slow;
    const Client quick;
    const auto queue = fresh_name("work");
    slow.declare_queue(queue);
    for (const auto* client : {&slow, &quick}) {
        client->prefetch(1);
        client->consume(queue, false);
    }
    for (const char* task : {"a", "b", "c", "d"})
        slow.publish("", queue, task, {.persistent = true});
    const auto held = slow.receive();
    expect(held.body, std::string("a"), "first task of the slow worker");
    Strings done;
    for (int i = 0; i < 3; ++i) {
        const auto task = quick.receive();
        done.push_back(task.body);
        quick.ack(task);
    }
    expect(done, Strings{"b", "c", "d"}, "tasks of the quick worker");
    slow.ack(held);
    quick.delete_queue(queue);
}

void publish_subscribe() {
    const Client client;
    const Client other;
    const auto exchange = fresh_name("fanout");
    client.declare_exchange(exchange, "fanout");
    for (const auto* subscriber : {&client, &other}) {
        const auto queue = subscriber->own_queue();
        subscriber->bind(queue, exchange, "");
        subscriber->consume(queue, true);
    }
    client.publish(exchange, "ignored", "news");
    for (const auto* subscriber : {&client, &other})
        expect(subscriber->receive().body, std::string("news"), "body");
}

void routing() {
    const Client client;
    const auto exchange = fresh_name("direct");
    client.declare_exchange(exchange, "direct");
    const auto queue = client.own_queue();
    client.bind(queue, exchange, "warning");
    client.bind(queue, exchange, "error");
    for (const char* key : {"info", "error", "Error", "warning"})
        client.publish(exchange, key, key);
    client.consume(queue, true);
    expect(client.receive_bodies(2), Strings{"error", "warning"}, "bodies");
    client.expect_empty(queue);
}

void topics() {
    const Client client;
    const auto exchange = fresh_name("topic");
    client.declare_exchange(exchange, "topic");
    const auto queue = client.own_queue();
    client.bind(queue, exchange, "*.critical");
    client.bind(queue, exchange, "kern.#");
    for (const char* key : {"kern.critical", "kern", "auth.info", "auth.critical", "a.b.critical"})
        client.publish(exchange, key, key);
    client.consume(queue, true);
    expect(client.receive_bodies(3), Strings{"kern.critical", "kern", "auth.critical"}, "bodies");
    client.expect_empty(queue);
}

void rpc() {
    const Client server;
    const Client client;
    const auto queue = server.own_queue();
    // An exclusive queue takes messages of everybody; only its consumers are its owner's.
    server.consume(queue, false);
    client.consume("amq.rabbitmq.reply-to", true);
    client.publish("", queue, "21",
                   {.reply_to = "amq.rabbitmq.reply-to", .correlation_id = "question"});
    const auto question = server.receive();
    server.publish("", question.reply_to, std::to_string(2 * std::stoi(question.body)),
                   {.correlation_id = question.correlation_id});
    server.ack(question);
    const auto answer = client.receive();
    expect(answer.body, std::string("42"), "answer");
    expect(answer.correlation_id, std::string("question"), "correlation id");
}

void confirms() {
    const Client client;
    const auto queue = client.own_queue();
    amqp_confirm_select(client.raw(), channel);
    client.check();
    constexpr std::uint64_t number = 100;
    for (std::uint64_t i = 0; i < number; ++i) client.publish("", queue, "x");
    for (std::uint64_t confirmed = 0; confirmed < number;) {
        const auto frame = client.next_method();
        expect(frame.payload.method.id, amqp_method_number_t{AMQP_BASIC_ACK_METHOD}, "method");
        const auto* ack = static_cast<amqp_basic_ack_t*>(frame.payload.method.decoded);
        confirmed = ack->multiple ? ack->delivery_tag : confirmed + 1;
    }
}

void big_bodies() {
    const Client client;
    const auto queue = client.own_queue();
    client.consume(queue, true);
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{frame_max - 9}, std::size_t{frame_max - 8},
          std::size_t{frame_max - 7}, std::size_t{frame_max + 1}, std::size_t{16} << 20}) {
        std::string body(size, '\0');
        for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>(i * 7 + i / 256);
        client.publish("", queue, body);
        expect(client.receive().body == body, true, "body of " + std::to_string(size) + " octets");
    }
}

void channel_error() {
    const Client client;
    amqp_queue_declare_ok_t* declared = amqp_queue_declare(
        client.raw(), channel, as_bytes(fresh_name("missing")), 1, 0, 0, 0, amqp_empty_table);
    const auto reply = amqp_get_rpc_reply(client.raw());
    expect(declared == nullptr, true, "queue");
    expect(describe(reply).substr(0, 13), std::string("404 NOT_FOUND"), describe(reply));
    amqp_channel_close_ok_t closed{};
    amqp_send_method(client.raw(), channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &closed);
    amqp_channel_open(client.raw(), channel);
    client.check();
    client.own_queue();
}

/// Runs one case and prints its line.
bool run(const char* name, const std::function<void()>& body) {
    try {
        body();
        std::printf("ok %s\n", name);
    } catch (const std::exception& error) {
        std::printf("FAILED %s: %s\n", name, error.what());
        return false;
    }
    std::fflush(stdout);
    return true;
}

}  // namespace

int main() {
    const std::vector<std::pair<const char*, std::function<void()>>> cases{
        {"hello: a message arrives", hello},
        {"work queue: prefetch 1 gives the next task to whoever has acked", work_queue},
        {"publish/subscribe: a fanout exchange copies to every queue", publish_subscribe},
        {"routing: a direct exchange compares the key", routing},
        {"topics: * is one word, # any number", topics},
        {"RPC: the answer comes over direct reply-to", rpc},
        {"publisher confirms: every publish is acked, several at once or one by one", confirms},
        {"bodies of every size come back whole", big_bodies},
        {"after a channel error the same channel can be opened again", channel_error},
    };
    bool passed = true;
    for (const auto& [name, body] : cases) passed = run(name, body) && passed;
    return passed ? 0 : 1;
}

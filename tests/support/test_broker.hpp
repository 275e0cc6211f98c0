// A whole broker in memory: no sockets, no disk, a clock that the test moves. Clients of it are
// driven octet by octet through broker::amqp::Connection, as a session would drive it.
//
//     TestBroker broker;
//     auto channel = broker.connect().open_channel();
//     channel.queue_declare({.queue = "q"});
//     channel.publish({.routing_key = "q"}, "hello");
//     channel.consume({.queue = "q", .no_ack = true});
//     CHECK(channel.next_delivery().body() == "hello");
//
// When it ends it checks what holds after every test: see TestBroker::check_invariants().
// It knows nothing of the test framework: what does not come is thrown as NotReceived.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "broker/amqp/connection.hpp"
#include "broker/broker.hpp"
#include "broker/config.hpp"
#include "protocol/amqp/field_table.hpp"
#include "protocol/amqp/method_codec.hpp"
#include "protocol/amqp/properties.hpp"
#include "protocol/amqp/protocol_header.hpp"
#include "tests/support/holding_store.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/server_output.hpp"

namespace leveret::test {

namespace amqp = protocol::amqp;

class TestBroker;
class TestClient;
class TestConnection;

/// An encoded field table for one call: `.arguments = Arguments{{"x-max-length", 5}}`.
class Arguments {
public:
    Arguments(std::initializer_list<amqp::FieldEntry> entries)
        : octets_(amqp::FieldTable(entries).encoded()) {}
    operator amqp::TableOctets() const { return {octets_}; }  // NOLINT: implicit by intent
    operator std::string_view() const { return octets_; }     // NOLINT: implicit by intent

private:
    std::string octets_;
};

/// The property delivery_mode 2.
[[nodiscard]] amqp::BasicProperties persistent();
/// Only headers. Lifetime: a view of them.
[[nodiscard]] amqp::BasicProperties with_headers(std::string_view encoded_table);

/// How a client logs in.
struct Login {
    std::string user = "guest";
    std::string password = "guest";
    std::string vhost = "/";
    std::uint16_t channel_max = 2047;
    std::uint32_t frame_max = 131072;
    std::uint16_t heartbeat = 0;
    /// The table `capabilities`: each of these is true.
    std::vector<std::string> capabilities = {"authentication_failure_close", "basic.nack",
                                             "connection.blocked", "consumer_cancel_notify",
                                             "publisher_confirms"};
};

/// One channel of a client. A handle: copies mean the same channel.
class TestChannel {
public:
    TestChannel(TestConnection connection, amqp::ChannelNumber number);

    [[nodiscard]] TestConnection connection() const;
    [[nodiscard]] amqp::ChannelNumber number() const { return number_; }

    /// Sends a method and awaits nothing.
    template <class Method>
    void send(const Method& method);

    /// Sends a method and takes its answer.
    template <class Reply, class Method>
    Received<Reply> call(const Method& method) {
        send(method);
        return next<Reply>();
    }

    template <class Method>
    Received<Method> next();
    Received<amqp::basic::Deliver> next_delivery() { return next<amqp::basic::Deliver>(); }
    /// The bodies of the next deliveries; there must be so many.
    std::vector<std::string> next_bodies(std::size_t count);

    [[nodiscard]] Verdict silent() const;
    [[nodiscard]] std::size_t waiting() const;

    /// Whether the next answer is channel.close with this code and text.
    Verdict closed_with(std::uint16_t code, std::string_view text);
    Verdict closed_with(std::uint16_t code, std::string_view text, amqp::MethodId method);

    // Methods with their answers, where there is one.
    auto open() { return call<amqp::channel::OpenOk>(amqp::channel::Open{}); }
    auto close() { return call<amqp::channel::CloseOk>(amqp::channel::Close{}); }
    auto close_ok() { return send(amqp::channel::CloseOk{}); }
    auto exchange_declare(const amqp::exchange::Declare& m) {
        return call<amqp::exchange::DeclareOk>(m);
    }
    auto exchange_delete(const amqp::exchange::Delete& m) {
        return call<amqp::exchange::DeleteOk>(m);
    }
    auto exchange_bind(const amqp::exchange::Bind& m) { return call<amqp::exchange::BindOk>(m); }
    auto exchange_unbind(const amqp::exchange::Unbind& m) {
        return call<amqp::exchange::UnbindOk>(m);
    }
    auto queue_declare(const amqp::queue::Declare& m) { return call<amqp::queue::DeclareOk>(m); }
    /// What a passive declaration tells.
    auto queue_probe(std::string_view queue) {
        return queue_declare({.queue = queue, .passive = true});
    }
    auto queue_bind(const amqp::queue::Bind& m) { return call<amqp::queue::BindOk>(m); }
    auto queue_unbind(const amqp::queue::Unbind& m) { return call<amqp::queue::UnbindOk>(m); }
    auto queue_purge(std::string_view queue) {
        return call<amqp::queue::PurgeOk>(amqp::queue::Purge{.queue = queue});
    }
    auto queue_delete(const amqp::queue::Delete& m) { return call<amqp::queue::DeleteOk>(m); }
    auto qos(const amqp::basic::Qos& m) { return call<amqp::basic::QosOk>(m); }
    auto consume(const amqp::basic::Consume& m) { return call<amqp::basic::ConsumeOk>(m); }
    auto cancel(std::string_view tag) {
        return call<amqp::basic::CancelOk>(amqp::basic::Cancel{.consumer_tag = tag});
    }
    auto get(std::string_view queue, bool no_ack = false) {
        return call<amqp::basic::GetOk>(amqp::basic::Get{.queue = queue, .no_ack = no_ack});
    }
    bool get_is_empty(std::string_view queue) {
        (void)call<amqp::basic::GetEmpty>(amqp::basic::Get{.queue = queue});
        return true;
    }
    void ack(std::uint64_t tag, bool multiple = false) {
        send(amqp::basic::Ack{.delivery_tag = amqp::DeliveryTag{tag}, .multiple = multiple});
    }
    void nack(std::uint64_t tag, bool multiple, bool requeue) {
        send(amqp::basic::Nack{
            .delivery_tag = amqp::DeliveryTag{tag}, .multiple = multiple, .requeue = requeue});
    }
    void reject(std::uint64_t tag, bool requeue) {
        send(amqp::basic::Reject{.delivery_tag = amqp::DeliveryTag{tag}, .requeue = requeue});
    }
    auto confirm_select() { return call<amqp::confirm::SelectOk>(amqp::confirm::Select{}); }
    auto tx_select() { return call<amqp::tx::SelectOk>(amqp::tx::Select{}); }
    auto tx_commit() { return call<amqp::tx::CommitOk>(amqp::tx::Commit{}); }
    auto tx_rollback() { return call<amqp::tx::RollbackOk>(amqp::tx::Rollback{}); }

    /// Publishes a whole message, its body cut into frames as agreed.
    void publish(const amqp::basic::Publish& method, std::string_view body = {},
                 const amqp::BasicProperties& properties = {});
    /// Publishes to a queue by its name.
    void publish_to(std::string_view queue, std::string_view body) {
        publish({.routing_key = queue}, body);
    }
    /// Parts of a publish, for what is cut short or out of order.
    void send_header(std::uint64_t body_octets, const amqp::BasicProperties& properties = {});
    void send_frame(amqp::FrameType type, std::string_view payload);

private:
    TestClient* client_;
    amqp::ChannelNumber number_;
};

/// One client's connection. A handle: copies mean the same connection.
class TestConnection {
public:
    explicit TestConnection(TestClient& client) : client_(&client) {}

    /// Greets, logs in and opens the vhost.
    void log_in(const Login& login = {});
    /// The same, up to where connection.tune has come.
    Received<amqp::connection::Tune> log_in_until_tune(const Login& login = {});

    /// Opens the lowest channel that this handle's client has not opened yet, or the given one.
    TestChannel open_channel();
    TestChannel open_channel(std::uint16_t number);
    /// The handle of a channel, whether it is open or not.
    [[nodiscard]] TestChannel channel(std::uint16_t number) const;

    /// Sends octets as they are.
    void send_octets(std::string_view octets);
    template <class Method>
    void send(amqp::ChannelNumber channel, const Method& method);
    template <class Method>
    void send(const Method& method) {
        send(amqp::ChannelNumber{0}, method);
    }
    void send_frame(amqp::FrameType type, amqp::ChannelNumber channel, std::string_view payload);
    void send_heartbeat();
    template <class Reply, class Method>
    Received<Reply> call(const Method& method) {
        send(method);
        return next<Reply>();
    }

    template <class Method>
    Received<Method> next() {
        return output().template next<Method>(amqp::ChannelNumber{0});
    }
    [[nodiscard]] Verdict silent() const;
    /// Whether the next answer is connection.close with this code and text.
    Verdict closed_with(std::uint16_t code, std::string_view text);
    Verdict closed_with(std::uint16_t code, std::string_view text, amqp::MethodId method);

    /// connection.close and its answer.
    void close();
    /// The socket breaks.
    void lose();
    /// Whether the server has ended it and has nothing more to send.
    [[nodiscard]] bool ended() const;

    /// The client reads nothing more: what is sent to it waits in the outbox.
    void stop_reading();
    /// It reads so many octets and no more.
    void read(std::size_t octets);
    void resume_reading();

    [[nodiscard]] ServerOutput& output() const;
    [[nodiscard]] broker::amqp::Connection& core() const;
    [[nodiscard]] broker::amqp::Reading reading() const { return core().reading(); }
    [[nodiscard]] std::size_t outbox_octets() const { return core().outbox().size(); }
    /// In frames the client sends; 0: no limit.
    [[nodiscard]] std::uint32_t frame_max() const;
    [[nodiscard]] TestBroker& broker() const;

private:
    friend class TestChannel;
    TestClient* client_;
};

/// A client and what the broker has for it in place of a session.
/// Lifetime: its TestBroker owns it.
class TestClient final : public broker::TurnParticipant {
public:
    TestClient(TestBroker& broker, bool loopback);
    void end_turn() override;
    void drain(std::size_t octets_max);

    TestBroker& broker;
    broker::amqp::Connection connection;
    ServerOutput output;
    std::uint32_t frame_max = 0;
    std::uint16_t last_channel = 0;
    bool reads = true;
    bool lost = false;
};

class TestBroker {
public:
    /// What tests start from: the defaults.
    [[nodiscard]] static broker::Config default_config();

    explicit TestBroker(broker::Config config = default_config());
    /// On a store of the caller's, which keeps no books.
    TestBroker(broker::Config config, storage::Store& store);
    /// Without vhost and user, for what another broker has stored.
    struct Bare {};
    explicit TestBroker(Bare);
    /// Checks the invariants, then loses all clients and checks what must be left.
    ~TestBroker();

    TestBroker(const TestBroker&) = delete;
    TestBroker& operator=(const TestBroker&) = delete;

    /// A client that has logged in.
    TestConnection connect(const Login& login = {});
    /// A client that has sent nothing yet.
    TestConnection accept(bool loopback = true);

    /// From now on turns end only by end_turn(): what is sent meanwhile is one turn.
    void hold_turns() { turns_held_ = true; }
    void end_turn();
    /// Ends this turn; from now on each thing that is sent ends the turn again.
    void release_turns();

    /// From now on what is done on another thread waits for release_aside().
    void hold_aside() { aside_held_ = true; }
    void release_aside();

    /// Moves the clock, and lets every connection look at it as often as a server would.
    void advance(std::chrono::milliseconds by);

    [[nodiscard]] broker::Broker& core() { return core_; }
    [[nodiscard]] broker::Vhost& vhost() { return *core_.find_vhost("/"); }
    [[nodiscard]] HoldingStore& store() { return own_store_; }
    [[nodiscard]] ManualClock& clock() { return clock_; }
    /// The queue of that name in the default vhost. Throws: NotReceived when there is none.
    [[nodiscard]] broker::Queue& queue(std::string_view name);

    /// Octets of memory in use for the memory alarm: above every mark, and below.
    void raise_memory_alarm();
    void clear_memory_alarm();

    /// What is checked when the test ends; may be called at any time between turns.
    /// Returns: what does not hold.
    [[nodiscard]] std::vector<std::string> check_invariants();

    /// Queues may be declared by octets that the test does not look into.
    void expect_unknown_queues() { all_queues_known_ = false; }

    /// Transient messages may go to the store: memory is short.
    void expect_paging() { pages_out_ = true; }

    /// Turns that ended with something to do.
    [[nodiscard]] std::size_t turns() const { return turns_; }

    /// What to do with broken invariants. Default: print them and abort.
    static void (*report)(const std::string& broken);

private:
    friend class TestClient;
    friend class TestConnection;

    [[nodiscard]] broker::Broker::Wakes wakes();
    void after_input();
    void run_turns();
    void do_aside();
    void note_queue(std::string_view name) { queue_names_.emplace(name); }
    void check_queues(bool all_clients_gone, std::vector<std::string>& broken);

    broker::Config config_;
    ManualClock clock_;
    HoldingStore own_store_;
    bool keeps_books_;
    bool all_queues_known_ = true;
    bool pages_out_ = false;
    bool turn_scheduled_ = false;
    bool turns_held_ = false;
    std::size_t turns_ = 0;
    bool aside_held_ = false;
    std::deque<std::pair<std::function<void()>, std::function<void()>>> aside_;
    broker::Broker core_;
    std::vector<std::unique_ptr<TestClient>> clients_;
    std::set<std::string, std::less<>> queue_names_;
};

// Implementation of templates

template <class Method>
void TestConnection::send(amqp::ChannelNumber channel, const Method& method) {
    if constexpr (std::is_same_v<Method, amqp::queue::Declare>) {
        broker().note_queue(method.queue);
    }
    protocol::OctetBuffer out;
    amqp::append_method(out, channel, method);
    send_octets(out.view());
}

template <class Method>
void TestChannel::send(const Method& method) {
    connection().send(number_, method);
}

template <class Method>
Received<Method> TestChannel::next() {
    return connection().output().template next<Method>(number_);
}

}  // namespace leveret::test

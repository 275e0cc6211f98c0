#include "tests/support/test_broker.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "broker/limits.hpp"
#include "protocol/amqp/protocol_error.hpp"

namespace leveret::test {

using namespace amqp;

namespace {

/// A turn that marks something for the next one, which marks something for the next one: it would
/// never end.
constexpr std::size_t turns_in_a_row_max = 100'000;

constexpr std::size_t everything = static_cast<std::size_t>(-1);

void abort_with(const std::string& broken) {
    std::fprintf(stderr, "broken after the test: %s\n", broken.c_str());
    std::abort();
}

template <class Close>
Verdict compare_close(const Received<Close>& close, std::uint16_t code, std::string_view text,
                      const MethodId* method) {
    const bool same = close.reply_code == code && close.reply_text == text &&
                      (method == nullptr || *method == MethodId{close.class_id, close.method_id});
    return {same, close.answer->describe()};
}

template <class Close>
Verdict expect_close(ServerOutput& output, ChannelNumber channel, std::uint16_t code,
                     std::string_view text, const MethodId* method) {
    if (!output.next_is(channel, Close::id)) {
        return {false, std::string(Close::name) + " was awaited; " + output.silent(channel).why};
    }
    return compare_close(output.next<Close>(channel), code, text, method);
}

}  // namespace

BasicProperties persistent() {
    return BasicProperties{}.set(property::delivery_mode, &BasicProperties::delivery_mode,
                                 delivery_mode_persistent);
}

BasicProperties with_headers(std::string_view encoded_table) {
    return BasicProperties{}.set(property::headers, &BasicProperties::headers, encoded_table);
}

// TestChannel

TestChannel::TestChannel(TestConnection connection, ChannelNumber number)
    : client_(connection.client_), number_(number) {}

TestConnection TestChannel::connection() const { return TestConnection(*client_); }

std::vector<std::string> TestChannel::next_bodies(std::size_t count) {
    std::vector<std::string> bodies;
    while (bodies.size() < count) bodies.emplace_back(next_delivery().body());
    return bodies;
}

Verdict TestChannel::silent() const { return client_->output.silent(number_); }

std::size_t TestChannel::waiting() const { return client_->output.waiting(number_); }

Verdict TestChannel::closed_with(std::uint16_t code, std::string_view text) {
    return expect_close<channel::Close>(client_->output, number_, code, text, nullptr);
}

Verdict TestChannel::closed_with(std::uint16_t code, std::string_view text, MethodId method) {
    return expect_close<channel::Close>(client_->output, number_, code, text, &method);
}

void TestChannel::publish(const basic::Publish& method, std::string_view body,
                          const BasicProperties& properties) {
    protocol::OctetBuffer header;
    protocol::OctetBuffer out;
    WireWriter(header).u16(basic::Publish::id.class_id);
    WireWriter(header).u16(0);
    WireWriter(header).u64(body.size());
    properties.encode(header);
    const auto append_frame = [&](FrameType type, std::string_view payload) {
        append_frame_header(out, type, number_, static_cast<std::uint32_t>(payload.size()));
        out.append(payload);
        *out.grow(1) = static_cast<char>(frame_end);
    };
    append_method(out, number_, method);
    append_frame(FrameType::header, header.view());
    const std::size_t most =
        client_->frame_max == 0 ? everything : client_->frame_max - frame_overhead_octets;
    while (!body.empty()) {
        append_frame(FrameType::body, body.substr(0, most));
        body.remove_prefix(std::min(most, body.size()));
    }
    connection().send_octets(out.view());
}

void TestChannel::send_header(std::uint64_t body_octets, const BasicProperties& properties) {
    protocol::OctetBuffer header;
    WireWriter(header).u16(basic::Publish::id.class_id);
    WireWriter(header).u16(0);
    WireWriter(header).u64(body_octets);
    properties.encode(header);
    send_frame(FrameType::header, header.view());
}

void TestChannel::send_frame(FrameType type, std::string_view payload) {
    connection().send_frame(type, number_, payload);
}

// TestConnection

void TestConnection::log_in(const Login& login) {
    (void)log_in_until_tune(login);
    send(connection::TuneOk{.channel_max = login.channel_max,
                            .frame_max = login.frame_max,
                            .heartbeat = login.heartbeat});
    client_->frame_max = login.frame_max;
    client_->output.set_frame_max(login.frame_max);
    (void)call<connection::OpenOk>(connection::Open{.virtual_host = login.vhost});
}

Received<connection::Tune> TestConnection::log_in_until_tune(const Login& login) {
    send_octets(protocol_header);
    (void)next<connection::Start>();
    FieldTable capabilities;
    for (const std::string& name : login.capabilities) capabilities.append(name, true);
    const Arguments properties{{"product", std::string("TestBroker")},
                               {"capabilities", capabilities}};
    const std::string response = '\0' + login.user + '\0' + login.password;
    return call<connection::Tune>(connection::StartOk{.client_properties = properties,
                                                      .mechanism = "PLAIN",
                                                      .response = response,
                                                      .locale = "en_US"});
}

TestChannel TestConnection::open_channel() {
    return open_channel(static_cast<std::uint16_t>(client_->last_channel + 1));
}

TestChannel TestConnection::open_channel(std::uint16_t number) {
    client_->last_channel = std::max(client_->last_channel, number);
    TestChannel opened = channel(number);
    (void)opened.open();
    return opened;
}

TestChannel TestConnection::channel(std::uint16_t number) const {
    return {*this, ChannelNumber{number}};
}

void TestConnection::send_octets(std::string_view octets) {
    client_->connection.receive(octets);
    client_->broker.after_input();
}

void TestConnection::send_frame(FrameType type, ChannelNumber channel, std::string_view payload) {
    protocol::OctetBuffer out;
    append_frame_header(out, type, channel, static_cast<std::uint32_t>(payload.size()));
    out.append(payload);
    *out.grow(1) = static_cast<char>(frame_end);
    send_octets(out.view());
}

void TestConnection::send_heartbeat() { send_frame(FrameType::heartbeat, ChannelNumber{0}, {}); }

Verdict TestConnection::silent() const { return client_->output.silent(ChannelNumber{0}); }

Verdict TestConnection::closed_with(std::uint16_t code, std::string_view text) {
    return expect_close<connection::Close>(client_->output, ChannelNumber{0}, code, text, nullptr);
}

Verdict TestConnection::closed_with(std::uint16_t code, std::string_view text, MethodId method) {
    return expect_close<connection::Close>(client_->output, ChannelNumber{0}, code, text, &method);
}

void TestConnection::close() {
    (void)call<connection::CloseOk>(connection::Close{.reply_code = 200, .reply_text = "bye"});
}

void TestConnection::lose() {
    client_->lost = true;
    client_->connection.lost();
    client_->broker.after_input();
}

bool TestConnection::ended() const {
    return client_->connection.finished() && client_->connection.outbox().empty();
}

void TestConnection::stop_reading() { client_->reads = false; }

void TestConnection::read(std::size_t octets) {
    client_->drain(octets);
    client_->broker.after_input();
}

void TestConnection::resume_reading() {
    client_->reads = true;
    read(everything);
}

ServerOutput& TestConnection::output() const { return client_->output; }

broker::amqp::Connection& TestConnection::core() const { return client_->connection; }

std::uint32_t TestConnection::frame_max() const { return client_->frame_max; }

TestBroker& TestConnection::broker() const { return client_->broker; }

// TestClient

namespace {

/// Clients come one port after the other.
broker::amqp::Peer peer(bool loopback, std::size_t number) {
    const std::string host = loopback ? "127.0.0.1" : "192.0.2.7";
    const auto port = static_cast<std::uint16_t>(40'001 + number);
    return {.name = host + ":" + std::to_string(port) + " -> 127.0.0.1:5672",
            .loopback = loopback,
            .host = host,
            .port = port,
            .server_host = "127.0.0.1",
            .server_port = 5672};
}

}  // namespace

TestClient::TestClient(TestBroker& its_broker, bool loopback)
    : broker(its_broker),
      connection(its_broker.core(), peer(loopback, its_broker.clients_.size()), *this) {
    output.set_frame_max(0);
}

void TestClient::end_turn() {
    connection.end_turn();
    if (reads) drain(everything);
}

/// Does what a session does when its socket takes everything.
void TestClient::drain(std::size_t octets_max) {
    auto& outbox = connection.outbox();
    while (!outbox.empty() && octets_max != 0) {
        std::array<iovec, 16> pieces;
        const std::size_t count =
            outbox.gather(pieces, std::min(octets_max, broker::limits::send_octets));
        std::size_t octets = 0;
        for (std::size_t i = 0; i < count; ++i) {
            output.take({static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len});
            octets += pieces[i].iov_len;
        }
        outbox.sent(octets);
        connection.outbox_drained();
        if (octets_max != everything) octets_max -= octets;
    }
}

// TestBroker

void (*TestBroker::report)(const std::string& broken) = abort_with;

broker::Config TestBroker::default_config() {
    broker::Config config;
    config.cluster_name = "rabbit@test";
    return config;
}

TestBroker::TestBroker(broker::Config config)
    : config_(std::move(config)), keeps_books_(true), core_(config_, clock_, own_store_, wakes()) {
    core_.first_start();
    run_turns();
}

TestBroker::TestBroker(broker::Config config, storage::Store& store)
    : config_(std::move(config)), keeps_books_(false), core_(config_, clock_, store, wakes()) {
    core_.first_start();
    run_turns();
}

TestBroker::TestBroker(Bare)
    : config_(default_config()), keeps_books_(true), core_(config_, clock_, own_store_, wakes()) {}

broker::Broker::Wakes TestBroker::wakes() {
    return {.turn_end = [this] { turn_scheduled_ = true; },
            .deadline = [](broker::Instant) {},
            .aside =
                [this](std::function<void()> work, std::function<void()> then) {
                    aside_.emplace_back(std::move(work), std::move(then));
                    if (!aside_held_) do_aside();
                }};
}

TestBroker::~TestBroker() {
    if (std::uncaught_exceptions() != 0) return;  // the test has failed; that is enough to say
    release_turns();
    std::vector<std::string> broken = check_invariants();
    for (const auto& client : clients_) client->connection.lost();
    run_turns();
    own_store_.release_all();
    run_turns();
    check_queues(true, broken);
    for (const std::string& what : broken) report(what);
}

TestConnection TestBroker::connect(const Login& login) {
    TestConnection connection = accept();
    connection.log_in(login);
    return connection;
}

TestConnection TestBroker::accept(bool loopback) {
    clients_.push_back(std::make_unique<TestClient>(*this, loopback));
    return TestConnection(*clients_.back());
}

void TestBroker::do_aside() {
    while (!aside_.empty()) {
        const auto [work, then] = std::move(aside_.front());
        aside_.pop_front();
        work();
        then();
    }
    after_input();
}

void TestBroker::release_aside() {
    aside_held_ = false;
    do_aside();
}

void TestBroker::after_input() {
    if (!turns_held_) run_turns();
}

void TestBroker::run_turns() {
    for (std::size_t i = 0; turn_scheduled_; ++i) {
        if (i == turns_in_a_row_max) return report("a turn that never ends");
        turn_scheduled_ = false;
        ++turns_;
        core_.turn().end();
    }
}

void TestBroker::end_turn() { run_turns(); }

void TestBroker::release_turns() {
    turns_held_ = false;
    run_turns();
}

void TestBroker::advance(std::chrono::milliseconds by) {
    while (by.count() > 0) {
        const auto step = std::min(by, broker::limits::tick);
        clock_.advance(step);
        by -= step;
        core_.deadlines().run(clock_.now());
        for (const auto& client : clients_) client->connection.tick();
        core_.tick();
        after_input();
    }
}

broker::Queue& TestBroker::queue(std::string_view name) {
    broker::Queue* const found = vhost().find_named_queue(name);
    if (found == nullptr) throw NotReceived("there is no queue '" + std::string(name) + "'");
    return *found;
}

void TestBroker::raise_memory_alarm() {
    core_.alarms().memory_used(std::uint64_t{1} << 62);
    after_input();
}

void TestBroker::clear_memory_alarm() {
    core_.alarms().memory_used(0);
    after_input();
}

std::vector<std::string> TestBroker::check_invariants() {
    std::vector<std::string> broken;
    if (keeps_books_) broken = own_store_.violations();
    if (own_store_.not_submitted() != 0) broken.push_back("the store was not given all there is");
    for (const auto& client : clients_) {
        const auto& violations = client->output.violations();
        broken.insert(broken.end(), violations.begin(), violations.end());
        for (const std::string& name : client->output.declared_queues()) note_queue(name);
        if (client->reads && !client->lost && !client->connection.outbox().empty()) {
            broken.push_back("a client that reads was not sent all there is");
        }
    }
    check_queues(false, broken);
    return broken;
}

/// What is true of every queue, and what is true when nobody is left to hold anything.
void TestBroker::check_queues(bool all_clients_gone, std::vector<std::string>& broken) {
    std::size_t found = 0;
    for (const std::string& name : queue_names_) {
        const broker::Queue* const queue = vhost().find_named_queue(name);
        if (queue == nullptr) continue;
        ++found;
        const auto breaks = [&](const std::string& what) {
            broken.push_back("queue '" + name + "': " + what);
        };
        if (queue->deleted()) breaks("deleted, but in the vhost");
        if (queue->ready_count() == 0 && queue->ready_octets() != 0)
            breaks("empty, but has octets");
        const std::size_t entries = keeps_books_ ? own_store_.entries(queue->id()) : 0;
        if (entries != 0 && !queue->properties().durable && !pages_out_) {
            breaks("transient, but has entries");
        }
        if (!all_clients_gone) continue;
        if (queue->statistics().unacked_messages() != 0 || queue->statistics().unacked_octets != 0)
            breaks("its figures tell of unacked messages that nobody holds");
        if (queue->consumer_count() != 0) breaks("has consumers of connections that are gone");
        if (queue->exclusive()) breaks("exclusive, but its connection is gone");
        const std::size_t waiting = queue->delayed() == nullptr ? 0 : queue->delayed()->count();
        if (entries > queue->ready_count() + waiting)
            breaks("the store has messages that the queue has not");
    }
    if (all_queues_known_ && found != vhost().queue_count())
        broken.push_back("the vhost has queues nobody declared");
}

}  // namespace leveret::test

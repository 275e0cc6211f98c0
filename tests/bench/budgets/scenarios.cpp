// One scenario per hot path, always the same octets in turns of the same size, for a tool that
// counts instructions. It counts what measured() does; all else is preparation and checks.
//
//     budget-scenarios            the names of the scenarios
//     budget-scenarios --made-by  what the counts depend on: compiler, libc, machine
//     budget-scenarios NAME       runs one; its last line is the number of messages
#include <gnu/libc-version.h>
#include <sys/utsname.h>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/amqp/field_table.hpp"
#include "tests/bench/budgets/budget_client.hpp"

namespace leveret::bench {

using namespace protocol::amqp;

namespace {

constexpr std::size_t per_turn = 100;
constexpr std::size_t messages = 10'000;
constexpr std::size_t turns = messages / per_turn;
constexpr std::uint16_t prefetch = 1000;
constexpr std::string_view body = "0123456789abcdef";

/// Octets on the wire of one delivery of `body` to consumer "c" from queue "q" by its name: the
/// method, a header without properties, the body.
constexpr std::uint64_t delivery_octets =
    (7 + 4 + 2 + 8 + 1 + 1 + 2 + 1) + (7 + 14 + 1) + (7 + body.size() + 1);
constexpr std::uint64_t ack_octets = 7 + 4 + 8 + 1 + 1;

/// Declares what it needs when made; run() is measured; check() says whether it was what it says.
class Scenario {
public:
    virtual ~Scenario() = default;
    virtual void run() = 0;
    virtual void check() = 0;

protected:
    void declare_queue(std::string_view name) {
        client_.call<queue::DeclareOk>(queue::Declare{.queue = name, .durable = true});
    }

    void publish_turns(const std::string& octets, std::size_t count) {
        for (std::size_t turn = 0; turn < count; ++turn) client_.send(octets);
    }

    BudgetBroker broker_;
    BudgetClient client_{broker_};
};

std::string turn_of(const std::function<void(std::string& out, std::size_t i)>& append) {
    std::string octets;
    for (std::size_t i = 0; i < per_turn; ++i) append(octets, i);
    return octets;
}

std::string turn_of_publishes_to_q() {
    return turn_of([](std::string& out, std::size_t) { append_publish(out, "", "q", body); });
}

/// Transient, through the default exchange, to a queue that nobody consumes.
class Publish : public Scenario {
public:
    Publish() { declare_queue("q"); }
    void run() override { publish_turns(octets_, turns); }
    void check() override { require(broker_.ready("q") == messages, "not all were queued"); }

protected:
    std::string octets_ = turn_of_publishes_to_q();
};

/// The same with the properties and headers that a framework sends along.
class PublishHeaders final : public Publish {
public:
    PublishHeaders() {
        const std::string headers = FieldTable{
            {"id", std::string("4bf92f3577b34da6a3ce929d0e0e4736")},
            {"task", std::string("shop.orders.place")},
            {"retries", std::int64_t{0}},
            {"urgent", true}}.encoded();
        BasicProperties properties;
        properties.set(property::content_type, &BasicProperties::content_type, "application/json")
            .set(property::headers, &BasicProperties::headers, headers)
            .set(property::delivery_mode, &BasicProperties::delivery_mode, std::uint8_t{1})
            .set(property::correlation_id, &BasicProperties::correlation_id, "4bf92f3577b34da6");
        octets_ = turn_of(
            [&](std::string& out, std::size_t) { append_publish(out, "", "q", body, properties); });
    }
};

/// Transient messages in confirm mode: one ack per turn.
class Confirm final : public Publish {
public:
    Confirm() {
        client_.call<confirm::SelectOk>(confirm::Select{});
        before_ = client_.received();
    }
    void check() override {
        Publish::check();
        require(client_.received() - before_ == turns * ack_octets, "not one confirm per turn");
    }

private:
    std::uint64_t before_ = 0;
};

/// a.*.c among 101 bindings; the key alternates, so that no route is remembered.
class TopicRoute final : public Scenario {
public:
    TopicRoute() {
        declare_queue("q");
        client_.call<exchange::DeclareOk>(exchange::Declare{.exchange = "t", .type = "topic"});
        bind("a.*.c");
        for (int i = 0; i < 50; ++i) {
            bind("a." + std::to_string(i) + ".d");
            bind("other." + std::to_string(i) + ".#");
        }
        octets_ = turn_of([](std::string& out, std::size_t i) {
            append_publish(out, "t", i % 2 == 0 ? "a.one.c" : "a.two.c", body);
        });
    }
    void run() override { publish_turns(octets_, turns); }
    void check() override { require(broker_.ready("q") == messages, "not all were routed"); }

private:
    void bind(const std::string& key) {
        client_.call<queue::BindOk>(queue::Bind{.queue = "q", .exchange = "t", .routing_key = key});
    }

    std::string octets_;
};

/// One message to ten queues.
class FanOut final : public Scenario {
public:
    FanOut() {
        client_.call<exchange::DeclareOk>(exchange::Declare{.exchange = "f", .type = "fanout"});
        for (int i = 0; i < 10; ++i) {
            names_.push_back("q" + std::to_string(i));
            declare_queue(names_.back());
            client_.call<queue::BindOk>(queue::Bind{.queue = names_.back(), .exchange = "f"});
        }
        octets_ =
            turn_of([](std::string& out, std::size_t) { append_publish(out, "f", "k", body); });
    }
    void run() override { publish_turns(octets_, turns); }
    void check() override {
        for (const std::string& name : names_) {
            require(broker_.ready(name) == messages, "not all were in each queue");
        }
    }

private:
    std::vector<std::string> names_;
    std::string octets_;
};

/// A full queue is drained to a consumer without acks.
class Deliver final : public Scenario {
public:
    Deliver() {
        declare_queue("q");
        publish_turns(turn_of_publishes_to_q(), turns);
        before_ = client_.received();
        append_method(
            consume_, BudgetClient::channel,
            basic::Consume{.queue = "q", .consumer_tag = "c", .no_ack = true, .no_wait = true});
    }
    void run() override { client_.send(consume_.view()); }
    void check() override {
        require(broker_.ready("q") == 0, "messages are left");
        require(client_.received() - before_ == messages * delivery_octets,
                "not all were delivered");
    }

private:
    std::uint64_t before_ = 0;
    protocol::OctetBuffer consume_;
};

/// Prefetch 1000: each turn settles 100 deliveries and gets as many new ones.
class Ack : public Scenario {
public:
    explicit Ack(bool multiple) {
        declare_queue("q");
        publish_turns(turn_of_publishes_to_q(), turns + prefetch / per_turn);
        client_.call<basic::QosOk>(basic::Qos{.prefetch_count = prefetch});
        client_.call<basic::ConsumeOk>(basic::Consume{.queue = "q", .consumer_tag = "c"});
        before_ = client_.received();
        for (std::uint64_t first = 1; first <= messages; first += per_turn) {
            protocol::OctetBuffer& acks = acks_.emplace_back();
            for (std::uint64_t i = multiple ? per_turn - 1 : 0; i < per_turn; ++i) {
                append_method(
                    acks, BudgetClient::channel,
                    basic::Ack{.delivery_tag = DeliveryTag{first + i}, .multiple = multiple});
            }
        }
    }
    void run() override {
        for (const protocol::OctetBuffer& acks : acks_) client_.send(acks.view());
    }
    void check() override {
        require(broker_.ready("q") == 0, "messages are left");
        require(client_.received() - before_ == messages * delivery_octets,
                "not all were delivered");
    }

private:
    std::uint64_t before_ = 0;
    std::vector<protocol::OctetBuffer> acks_;
};

struct Named {
    std::string_view name;
    std::unique_ptr<Scenario> (*make)();
};

template <class Kind, auto... arguments>
constexpr Named named(std::string_view name) {
    return {name,
            []() -> std::unique_ptr<Scenario> { return std::make_unique<Kind>(arguments...); }};
}

constexpr Named scenarios[] = {
    named<Publish>("publish"),        named<PublishHeaders>("publish-headers"),
    named<Confirm>("confirm"),        named<TopicRoute>("topic-route"),
    named<FanOut>("fan-out-10"),      named<Deliver>("deliver"),
    named<Ack, true>("ack-multiple"), named<Ack, false>("ack-single"),
};

void print_made_by() {
#ifdef __clang__
    const char* const compiler = "clang++";
#else
    const char* const compiler = "g++";
#endif
    utsname system{};
    uname(&system);
    std::printf("%s %s, glibc %s, %s\n", compiler, __VERSION__, gnu_get_libc_version(),
                system.machine);
}

}  // namespace

/// What is counted: its name is what the tool looks for.
extern "C" [[gnu::noinline]] void leveret_budget_measured(Scenario& scenario) {
    scenario.run();
    asm volatile("");  // or the call would become a jump, and this function no place to stop at
}

}  // namespace leveret::bench

int main(int count, char** arguments) {
    using namespace leveret::bench;
    const std::string_view wanted = count > 1 ? arguments[1] : "";
    if (wanted == "--made-by") {
        print_made_by();
        return 0;
    }
    for (const Named& one : scenarios) {
        if (wanted.empty())
            std::printf("%.*s\n", static_cast<int>(one.name.size()), one.name.data());
        if (wanted != one.name) continue;
        const std::unique_ptr<Scenario> scenario = one.make();
        leveret_budget_measured(*scenario);
        scenario->check();
        std::printf("%zu\n", messages);
        return 0;
    }
    require(wanted.empty(), "there is no such scenario");
    return 0;
}

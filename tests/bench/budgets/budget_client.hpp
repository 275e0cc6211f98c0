// A broker without sockets and one client of it, as lean as can be: octets in, octets counted and
// dropped, so that what is counted is the broker and not the harness.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "broker/amqp/connection.hpp"
#include "broker/broker.hpp"
#include "broker/config.hpp"
#include "protocol/amqp/method_codec.hpp"
#include "protocol/amqp/properties.hpp"
#include "protocol/octet_buffer.hpp"
#include "storage/memory_store.hpp"
#include "tests/support/manual_clock.hpp"

namespace leveret::bench {

/// A scenario that does not go as written measures something else: say so and end.
[[noreturn]] inline void give_up(std::string_view what) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(what.size()), what.data());
    std::exit(1);
}

inline void require(bool holds, std::string_view what) {
    if (!holds) give_up(what);
}

/// The broker's core over the store in memory.
class BudgetBroker {
public:
    BudgetBroker()
        : core_(config_, clock_, store_,
                {.turn_end = [this] { turn_due_ = true; },
                 .deadline = [](broker::Instant) {},
                 .aside = [](auto work, auto then) { work(), then(); }}) {
        core_.first_start();
    }

    [[nodiscard]] broker::Broker& core() { return core_; }

    /// Ends turns until nothing is left to do.
    void end_turns() {
        while (turn_due_) {
            turn_due_ = false;
            core_.turn().end();
        }
    }

    [[nodiscard]] std::size_t ready(std::string_view queue) {
        const broker::Queue* const found = core_.find_vhost("/")->find_named_queue(queue);
        require(found != nullptr, "a queue of the scenario is missing");
        return found->ready_count();
    }

private:
    broker::Config config_;
    test::ManualClock clock_;
    storage::MemoryStore store_;
    bool turn_due_ = false;
    broker::Broker core_;
};

/// Logged in, with channel 1 open. It reads all it is sent and looks at nothing but its length.
class BudgetClient final : public broker::TurnParticipant {
public:
    static constexpr protocol::amqp::ChannelNumber channel{1};

    explicit BudgetClient(BudgetBroker& broker);

    /// The broker reads these octets in one go, and the turn ends.
    void send(std::string_view octets) {
        connection_.receive(octets);
        broker_.end_turns();
    }

    /// Sends a method on channel 1, whose first answer must be a Reply.
    template <class Reply, class Method>
    void call(const Method& method) {
        call_on<Reply>(channel, method);
    }

    /// Octets sent to this client since it was made.
    [[nodiscard]] std::uint64_t received() const { return received_; }

    void end_turn() override;

private:
    template <class Reply, class Method>
    void call_on(protocol::amqp::ChannelNumber number, const Method& method) {
        protocol::OctetBuffer out;
        append_method(out, number, method);
        first_octets_.clear();
        send(out.view());
        require_answer(Reply::id, Method::name);
    }
    void require_answer(protocol::amqp::MethodId id, std::string_view to);

    BudgetBroker& broker_;
    broker::amqp::Connection connection_;
    std::uint64_t received_ = 0;
    std::string first_octets_;  ///< of what came since it was cleared
};

/// Appends a whole publish: method, header, body.
void append_publish(std::string& out, std::string_view exchange, std::string_view routing_key,
                    std::string_view body, const protocol::amqp::BasicProperties& properties = {});

}  // namespace leveret::bench

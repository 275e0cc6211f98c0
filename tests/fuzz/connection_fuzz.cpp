// Two clients that have logged in and do whatever the input says, frame by frame, beside time,
// alarms and a store that holds back. A connection may be closed for it; the broker must stand, and
// TestBroker's invariants with it.
// Input: steps of {what, where, size (2 octets), payload}; see take_step().
#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "broker/config.hpp"
#include "protocol/amqp/frame.hpp"
#include "protocol/amqp/types.hpp"
#include "protocol/amqp/wire_reader.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::protocol::amqp;
using namespace leveret::test;

namespace {

constexpr std::uint32_t small_frame_max = 4096;

leveret::broker::Config small_limits() {
    auto config = TestBroker::default_config();
    config.limits.max_message_size = 100'000;
    return config;
}

struct World {
    TestBroker broker{small_limits()};
    std::array<TestConnection, 2> clients{
        broker.connect({.frame_max = small_frame_max, .heartbeat = 10}),
        broker.connect({.frame_max = small_frame_max, .capabilities = {}})};

    World() {
        broker.expect_unknown_queues();
        for (TestConnection& client : clients) (void)client.open_channel();
        TestChannel channel = clients[0].channel(1);
        channel.queue_declare({.queue = "q", .durable = true});
        channel.queue_bind({.queue = "q", .exchange = "amq.topic", .routing_key = "#"});
        channel.consume({.queue = "q", .consumer_tag = "t"});
    }
};

/// `where`: the low bits are the channel, the high bit is the client.
void take_step(World& world, unsigned what, unsigned where, std::string_view payload) {
    TestConnection& client = world.clients[where >> 7];
    const auto channel = static_cast<ChannelNumber>(where & 0x7F);
    switch (what) {
        case 1:
        case 2:
        case 3:
        case 8:
            return client.send_frame(static_cast<FrameType>(what), channel, payload);
        case 16:
            return client.send_octets(payload);
        case 17:
            return world.broker.advance(std::chrono::seconds{payload.size() % 30});
        case 18:
            return world.broker.raise_memory_alarm();
        case 19:
            return world.broker.clear_memory_alarm();
        case 20:
            return client.stop_reading();
        case 21:
            return client.read(payload.size());
        case 22:
            return client.resume_reading();
        case 23:
            return world.broker.hold_turns();
        case 24:
            return world.broker.release_turns();
        case 25:
            return world.broker.store().hold();
        case 26:
            world.broker.store().release(payload.size());
            return world.broker.end_turn();
        case 27:
            return client.lose();
        default:
            return;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    World world;
    while (input.size() >= 4) {
        const auto what = static_cast<unsigned char>(input[0]);
        const auto where = static_cast<unsigned char>(input[1]);
        const std::string_view payload = input.substr(4, load16(input.data() + 2));
        input.remove_prefix(4 + payload.size());
        take_step(world, what, where, payload);
    }
    return 0;
}

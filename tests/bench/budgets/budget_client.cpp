#include "tests/bench/budgets/budget_client.hpp"

#include <sys/uio.h>

#include <string>

#include "broker/limits.hpp"
#include "protocol/amqp/frame.hpp"
#include "protocol/amqp/protocol_header.hpp"
#include "protocol/amqp/wire_reader.hpp"
#include "protocol/amqp/wire_writer.hpp"

namespace leveret::bench {

using namespace protocol::amqp;

namespace {

constexpr ChannelNumber channel_0{0};

/// Enough to see which method comes first.
constexpr std::size_t method_start_octets = frame_header_octets + 4;

void append_frame(protocol::OctetBuffer& out, FrameType type, std::string_view payload) {
    append_frame_header(out, type, BudgetClient::channel,
                        static_cast<std::uint32_t>(payload.size()));
    out.append(payload);
    *out.grow(1) = static_cast<char>(frame_end);
}

}  // namespace

BudgetClient::BudgetClient(BudgetBroker& broker)
    : broker_(broker), connection_(broker.core(), {.name = "budget", .loopback = true}, *this) {
    send(protocol_header);
    call_on<connection::Tune>(
        channel_0, connection::StartOk{.mechanism = "PLAIN",
                                       .response = std::string_view("\0guest\0guest", 12),
                                       .locale = "en_US"});
    protocol::OctetBuffer out;
    append_method(out, channel_0,
                  connection::TuneOk{.channel_max = 2047, .frame_max = 131072, .heartbeat = 0});
    send(out.view());
    call_on<connection::OpenOk>(channel_0, connection::Open{.virtual_host = "/"});
    call<channel::OpenOk>(channel::Open{});
}

void BudgetClient::end_turn() {
    connection_.end_turn();
    auto& outbox = connection_.outbox();
    std::array<iovec, 64> pieces;
    while (!outbox.empty()) {
        const std::size_t count = outbox.gather(pieces, broker::limits::send_octets);
        std::size_t octets = 0;
        for (std::size_t i = 0; i < count; ++i) octets += pieces[i].iov_len;
        if (first_octets_.size() < method_start_octets) {
            first_octets_.append(static_cast<const char*>(pieces[0].iov_base),
                                 std::min(pieces[0].iov_len, method_start_octets));
        }
        outbox.sent(octets);
        received_ += octets;
        connection_.outbox_drained();
    }
}

void BudgetClient::require_answer(MethodId id, std::string_view to) {
    const std::string_view octets = first_octets_;
    if (octets.size() >= method_start_octets) {
        WireReader in(octets.substr(frame_header_octets));
        if (MethodId{in.u16(), in.u16()} == id) return;
    }
    give_up("not the answer that was expected to " + std::string(to));
}

void append_publish(std::string& out, std::string_view exchange, std::string_view routing_key,
                    std::string_view body, const BasicProperties& properties) {
    protocol::OctetBuffer frames;
    append_method(frames, BudgetClient::channel,
                  basic::Publish{.exchange = exchange, .routing_key = routing_key});
    protocol::OctetBuffer header;
    WireWriter(header).u16(basic::Publish::id.class_id);
    WireWriter(header).u16(0);
    WireWriter(header).u64(body.size());
    properties.encode(header);
    append_frame(frames, FrameType::header, header.view());
    append_frame(frames, FrameType::body, body);
    out.append(frames.view());
}

}  // namespace leveret::bench

// How a message comes to lie in one piece of memory.
#include "protocol/amqp/message.hpp"

#include <algorithm>
#include <new>
#include <string>

#include "protocol/amqp/basic_methods.hpp"
#include "protocol/amqp/frame.hpp"
#include "protocol/amqp/protocol_error.hpp"
#include "protocol/amqp/wire_writer.hpp"
#include "protocol/assert.hpp"

namespace leveret::protocol::amqp {

namespace {

/// Writes a frame around a payload on channel 0. Returns: the place behind it.
char* store_frame_header(char* at, FrameType type, std::uint32_t payload_octets) {
    at[0] = static_cast<char>(type);
    store16(at + 1, 0);
    store32(at + 3, payload_octets);
    return at + frame_header_octets;
}

void append_name(OctetBuffer& out, std::string_view what, std::string_view name) {
    if (name.size() > short_string_octets_max) {
        throw ProtocolError(reply::syntax_error, std::string(what) + " of " +
                                                     std::to_string(name.size()) +
                                                     " octets is longer than 255");
    }
    WireWriter(out).short_string(name);
}

}  // namespace

Message* Message::allocate(const Message& fields, std::size_t octets_behind) {
    void* memory = ::operator new(sizeof(Message) + octets_behind);
    return ::new (memory) Message(fields);
}

MessagePtr Message::make(std::string_view exchange, std::string_view routing_key,
                         std::string_view property_octets, std::string_view body) {
    if (body.size() > body_octets_max) {
        throw ProtocolError(reply::precondition_failed, "message size " +
                                                            std::to_string(body.size()) +
                                                            " is larger than configured max size " +
                                                            std::to_string(body_octets_max));
    }
    const PropertiesInBrief properties = check_properties(property_octets);
    OctetBuffer route;
    append_name(route, "exchange name", exchange);
    append_name(route, "routing key", routing_key);
    OctetBuffer header;
    WireWriter writer(header);
    writer.u16(basic::Publish::id.class_id);
    writer.u16(0);  // weight
    writer.u64(body.size());
    writer.octets(property_octets);

    MessageBuilder builder(route.view(), header.view(), static_cast<std::uint32_t>(body.size()),
                           properties);
    builder.append(body);
    return builder.finish();
}

MessagePtr Message::make(std::string_view exchange, std::string_view routing_key,
                         const BasicProperties& properties, std::string_view body) {
    OctetBuffer octets;
    properties.encode(octets);
    return make(exchange, routing_key, octets.view(), body);
}

MessageBuilder::MessageBuilder(std::string_view route_wire, std::string_view header_payload,
                               std::uint32_t body_octets, PropertiesInBrief properties)
    : room_(std::min(body_octets, body_room_at_once_max)) {
    Message fields;
    fields.route_octets_ = static_cast<std::uint16_t>(route_wire.size());
    fields.header_octets_ = static_cast<std::uint32_t>(header_payload.size());
    fields.body_octets_ = body_octets;
    fields.delivery_mode_ = properties.delivery_mode;
    fields.priority_ = properties.priority;
    const std::size_t before_body = fields.body_offset();
    message_ = Message::allocate(fields, before_body + (room_ > 0 ? room_ + 1u : 0u));

    char* at = message_->wire();
    std::memcpy(at, route_wire.data(), route_wire.size());
    at += route_wire.size();
    *at++ = static_cast<char>(frame_end);  // of the method frame that will come before
    at = store_frame_header(at, FrameType::header, fields.header_octets_);
    std::memcpy(at, header_payload.data(), header_payload.size());
    at += header_payload.size();
    *at++ = static_cast<char>(frame_end);
    if (body_octets > 0) store_frame_header(at, FrameType::body, body_octets);
}

void MessageBuilder::append(std::string_view octets) {
    if (octets.empty()) return;
    LEVERET_ASSERT(octets.size() <= missing());
    if (room_ - filled_ < octets.size()) grow(filled_ + octets.size());
    std::memcpy(message_->wire() + message_->body_offset() + filled_, octets.data(), octets.size());
    filled_ += static_cast<std::uint32_t>(octets.size());
}

void MessageBuilder::grow(std::size_t wanted) {
    // Never beyond what was announced: the last step fits exactly.
    const auto room = static_cast<std::uint32_t>(std::min<std::size_t>(
        message_->body_octets_, std::max<std::size_t>(wanted, std::size_t{room_} * 2)));
    const std::size_t used = message_->body_offset() + filled_;
    MessagePtr grown = Message::allocate(*message_, message_->body_offset() + room + 1u);
    std::memcpy(grown->wire(), message_->wire(), used);
    message_ = std::move(grown);
    room_ = room;
}

MessagePtr MessageBuilder::finish() {
    LEVERET_ASSERT(missing() == 0);
    if (filled_ > 0) {
        message_->wire()[message_->body_offset() + filled_] = static_cast<char>(frame_end);
    }
    return std::move(message_);
}

}  // namespace leveret::protocol::amqp

// What each frame of a content does in each state. Texts and codes are RabbitMQ's.
#include "protocol/amqp/content_assembler.hpp"

#include "protocol/amqp/protocol_error.hpp"
#include "protocol/amqp/wire_reader.hpp"

namespace leveret::protocol::amqp {

namespace {

constexpr std::uint16_t content_class = basic::Publish::id.class_id;

void append_short_string(std::string& out, std::string_view text) {
    out += static_cast<char>(text.size());
    out += text;
}

}  // namespace

void ContentAssembler::start(const basic::Publish& publish) {
    expect_method();
    route_wire_.clear();
    append_short_string(route_wire_, publish.exchange);
    append_short_string(route_wire_, publish.routing_key);
    state_ = AwaitHeader{publish.mandatory, publish.immediate};
}

std::optional<Content> ContentAssembler::header(std::string_view payload) {
    const auto* awaited = std::get_if<AwaitHeader>(&state_);
    if (awaited == nullptr) [[unlikely]]
        refuse_out_of_order();
    if (payload.size() < Message::header_fixed_octets) [[unlikely]] {
        refuse(reply::frame_error,
               "content header of " + std::to_string(payload.size()) +
                   " octets is too short, 12 octets come before the properties");
    }
    WireReader in(payload, "content header");
    const std::uint16_t class_id = in.u16();
    const std::uint16_t weight = in.u16();
    const std::uint64_t body_octets = in.u64();
    check_header(class_id, weight, body_octets);

    PropertiesInBrief properties;
    try {
        properties = check_properties(in.rest());
    } catch (const ProtocolError& fault) {
        refuse(fault.code(), fault.explanation());
    }
    const auto [mandatory, immediate] = *awaited;
    MessageBuilder builder(route_wire_, payload, static_cast<std::uint32_t>(body_octets),
                           properties);
    if (body_octets == 0) {
        state_ = Idle{};
        return Content{builder.finish(), mandatory, immediate};
    }
    state_ = AwaitBody{std::move(builder), mandatory, immediate};
    return std::nullopt;
}

std::optional<Content> ContentAssembler::body(std::string_view payload) {
    auto* awaited = std::get_if<AwaitBody>(&state_);
    if (awaited == nullptr) [[unlikely]]
        refuse_out_of_order();
    if (payload.size() > awaited->builder.missing()) [[unlikely]]
        refuse(reply::frame_error, "content body frame exceeds remaining content size");
    awaited->builder.append(payload);
    if (awaited->builder.missing() > 0) return std::nullopt;
    Content content{awaited->builder.finish(), awaited->mandatory, awaited->immediate};
    state_ = Idle{};
    return content;
}

void ContentAssembler::refuse_header(std::uint16_t class_id, std::uint16_t weight,
                                     std::uint64_t body_octets) {
    const std::string expected =
        "expected content header for class " + std::to_string(content_class);
    if (class_id != content_class) {
        refuse(reply::unexpected_frame,
               expected + ", got one for class " + std::to_string(class_id) + " instead");
    }
    if (weight != 0) {
        refuse(reply::unexpected_frame,
               expected + " and weight 0, got weight " + std::to_string(weight) + " instead");
    }
    if (body_octets > body_octets_max) {
        refuse(reply::frame_error, "content body size " + std::to_string(body_octets) +
                                       " exceeds maximum allowed size " +
                                       std::to_string(body_octets_max));
    }
    refuse(reply::precondition_failed, "message size " + std::to_string(body_octets) +
                                           " is larger than configured max size " +
                                           std::to_string(max_message_size_));
}

void ContentAssembler::refuse_out_of_order() {
    if (idle()) {
        throw ProtocolError(reply::unexpected_frame,
                            "expected method frame, got non method frame instead");
    }
    if (std::holds_alternative<AwaitHeader>(state_)) {
        refuse(reply::unexpected_frame, "expected content header for class " +
                                            std::to_string(content_class) +
                                            ", got non content header frame instead");
    }
    refuse(reply::unexpected_frame, "expected content body, got non content body frame instead");
}

void ContentAssembler::refuse(const ReplyCode& code, std::string_view explanation) {
    ProtocolError error(code, explanation);
    reset();
    throw error.blame(basic::Publish::id);
}

}  // namespace leveret::protocol::amqp

// Encodes and decodes any method from its field list, and calls the handler of a received one.
// The lists and the structs are the source; nothing here knows a single method.
#pragma once

#include <string_view>
#include <tuple>
#include <type_traits>

#include "protocol/amqp/frame.hpp"
#include "protocol/amqp/method_list.hpp"
#include "protocol/amqp/types.hpp"
#include "protocol/amqp/wire_reader.hpp"
#include "protocol/amqp/wire_writer.hpp"

namespace leveret::protocol::amqp {

/// Bools side by side share octets, the first one in the lowest bit. Rule: 0-9-1 §4.2.5.2.
class BitReader {
public:
    explicit BitReader(WireReader& in) : in_(in) {}
    [[gnu::always_inline]] bool next() {
        if (used_ == 8) {
            octet_ = in_.u8();
            used_ = 0;
        }
        return (octet_ >> used_++ & 1) != 0;
    }
    [[gnu::always_inline]] void end_run() { used_ = 8; }

private:
    WireReader& in_;
    unsigned octet_ = 0;
    unsigned used_ = 8;
};

class BitWriter {
public:
    explicit BitWriter(WireWriter& out) : out_(out) {}
    void next(bool bit) {
        if (used_ == 8) end_run();
        octet_ |= static_cast<unsigned>(bit) << used_++;
    }
    void end_run() {
        if (used_ > 0) out_.u8(static_cast<std::uint8_t>(octet_));
        octet_ = used_ = 0;
    }

private:
    WireWriter& out_;
    unsigned octet_ = 0;
    unsigned used_ = 0;
};

/// Takes class and method number off the front of the payload of a method frame.
/// Throws: ProtocolError(frame_error) when it is shorter than that.
[[gnu::always_inline]] inline MethodId read_method_id(WireReader& in) {
    MethodId id;
    id.class_id = in.u16();
    id.method_id = in.u16();
    return id;
}

/// Reads the fields of a method, those behind its number.
/// Throws:   ProtocolError(frame_error) when the octets are too few, too many or malformed.
/// Lifetime: the texts and tables of the method are views into the octets.
template <class Method>
[[nodiscard, gnu::always_inline]] inline Method decode_method(WireReader in) {
    Method method;
    in.set_subject(Method::name);
    BitReader bits(in);
    auto read = [&]<class Field>(Field& field) __attribute__((always_inline)) {
        if constexpr (std::is_same_v<Field, bool>) {
            field = bits.next();
        } else {
            bits.end_run();
            in.read(field);
        }
    };
    std::apply([&](auto&... field) { (read(field), ...); }, Method::fields(method));
    in.expect_end();
    return method;
}

/// Appends the payload of a method frame: number and fields.
template <class Method>
void append_method_payload(OctetBuffer& out, const Method& method) {
    WireWriter writer(out);
    writer.u16(Method::id.class_id);
    writer.u16(Method::id.method_id);
    BitWriter bits(writer);
    auto write = [&]<class Field>(const Field& field) {
        if constexpr (std::is_same_v<Field, bool>) {
            bits.next(field);
        } else {
            bits.end_run();
            writer.write(field);
        }
    };
    std::apply([&](const auto&... field) { (write(field), ...); }, Method::fields(method));
    bits.end_run();
}

/// Appends the seven octets before a payload.
inline void append_frame_header(OctetBuffer& out, FrameType type, ChannelNumber channel,
                                std::uint32_t payload_octets) {
    char* at = out.grow(frame_header_octets);
    at[0] = static_cast<char>(type);
    store16(at + 1, static_cast<std::uint16_t>(channel));
    store32(at + 3, payload_octets);
}

/// Appends a whole method frame.
/// Rule: the texts must fit their wire form (asserted); what came from outside was checked there.
template <class Method>
void append_method(OctetBuffer& out, ChannelNumber channel, const Method& method) {
    const std::size_t start = out.size();
    append_frame_header(out, FrameType::method, channel, 0);
    append_method_payload(out, method);
    const std::size_t payload = out.size() - start - frame_header_octets;
    store32(out.data() + start + 3, static_cast<std::uint32_t>(payload));
    *out.grow(1) = static_cast<char>(frame_end);
}

/// Appends a whole heartbeat frame.
inline void append_heartbeat(OctetBuffer& out) {
    append_frame_header(out, FrameType::heartbeat, ChannelNumber{0}, 0);
    *out.grow(1) = static_cast<char>(frame_end);
}

/// Throws: ProtocolError(command_invalid); the text tells a method nobody knows from one that this
///         side of the connection, or this channel, does not take.
[[noreturn, gnu::cold]] void refuse_method(MethodId id);

/// Calls handler.on(const Method&) for the method of that number.
/// `in` stands behind the number. A method of the list without a handler does not compile.
/// Throws: what decode_method(), refuse_method() and the handler throw.
template <class Handler, class... Methods>
void dispatch(MethodId id, WireReader in, Handler& handler, MethodList<Methods...>) {
    const bool known =
        ((id == Methods::id ? (handler.on(decode_method<Methods>(in)), true) : false) || ...);
    if (!known) [[unlikely]]
        refuse_method(id);
}

}  // namespace leveret::protocol::amqp

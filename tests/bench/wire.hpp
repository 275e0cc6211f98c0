// The octets of AMQP 0-9-1 as far as the load tools need them. On purpose not the broker's own
// protocol/: what measures must not share the faults, or the cost, of what is measured.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace leveret::bench {

struct MethodId {
    std::uint16_t class_id{};
    std::uint16_t method_id{};
    bool operator==(const MethodId&) const = default;
};

namespace method {
inline constexpr MethodId connection_start{10, 10};
inline constexpr MethodId connection_start_ok{10, 11};
inline constexpr MethodId connection_tune{10, 30};
inline constexpr MethodId connection_tune_ok{10, 31};
inline constexpr MethodId connection_open{10, 40};
inline constexpr MethodId connection_open_ok{10, 41};
inline constexpr MethodId connection_close{10, 50};
inline constexpr MethodId channel_open{20, 10};
inline constexpr MethodId channel_open_ok{20, 11};
inline constexpr MethodId channel_close{20, 40};
inline constexpr MethodId exchange_declare{40, 10};
inline constexpr MethodId exchange_declare_ok{40, 11};
inline constexpr MethodId exchange_delete{40, 20};
inline constexpr MethodId exchange_delete_ok{40, 21};
inline constexpr MethodId queue_declare{50, 10};
inline constexpr MethodId queue_declare_ok{50, 11};
inline constexpr MethodId queue_bind{50, 20};
inline constexpr MethodId queue_bind_ok{50, 21};
inline constexpr MethodId queue_purge{50, 30};
inline constexpr MethodId queue_purge_ok{50, 31};
inline constexpr MethodId basic_qos{60, 10};
inline constexpr MethodId basic_qos_ok{60, 11};
inline constexpr MethodId basic_consume{60, 20};
inline constexpr MethodId basic_consume_ok{60, 21};
inline constexpr MethodId basic_publish{60, 40};
inline constexpr MethodId basic_deliver{60, 60};
inline constexpr MethodId basic_ack{60, 80};
inline constexpr MethodId basic_nack{60, 120};
inline constexpr MethodId confirm_select{85, 10};
inline constexpr MethodId confirm_select_ok{85, 11};
}  // namespace method

inline constexpr std::uint8_t frame_method = 1;
inline constexpr std::uint8_t frame_header = 2;
inline constexpr std::uint8_t frame_body = 3;
inline constexpr char frame_end = static_cast<char>(0xCE);
inline constexpr std::size_t frame_header_octets = 7;
inline constexpr std::size_t frame_overhead_octets = 8;  ///< the header and the end octet
inline constexpr std::uint8_t bit_durable = 2;           ///< in queue.declare, exchange.declare
inline constexpr std::uint8_t bit_no_ack = 2;            ///< in basic.consume

inline std::uint8_t read_u8(const char* at) { return static_cast<std::uint8_t>(*at); }
inline std::uint16_t read_u16(const char* at) {
    return static_cast<std::uint16_t>(read_u8(at) << 8 | read_u8(at + 1));
}
inline std::uint32_t read_u32(const char* at) {
    return std::uint32_t{read_u16(at)} << 16 | read_u16(at + 2);
}
inline std::uint64_t read_u64(const char* at) {
    return std::uint64_t{read_u32(at)} << 32 | read_u32(at + 4);
}

inline void write_u16(char* at, std::uint16_t value) {
    at[0] = static_cast<char>(value >> 8);
    at[1] = static_cast<char>(value);
}
inline void write_u32(char* at, std::uint32_t value) {
    write_u16(at, static_cast<std::uint16_t>(value >> 16));
    write_u16(at + 2, static_cast<std::uint16_t>(value));
}
inline void write_u64(char* at, std::uint64_t value) {
    write_u32(at, static_cast<std::uint32_t>(value >> 32));
    write_u32(at + 4, static_cast<std::uint32_t>(value));
}

/// A frame inside somebody's buffer.
/// Lifetime: until that buffer is filled again.
struct Frame {
    std::uint8_t type{};
    std::uint16_t channel{};
    std::string_view payload{};

    bool is(MethodId id) const {
        return type == frame_method && read_u16(payload.data()) == id.class_id &&
               read_u16(payload.data() + 2) == id.method_id;
    }
    /// The octets of a method after its id.
    const char* arguments() const { return payload.data() + 4; }
};

/// Writes fields one after the other; a method starts with its id.
class OctetWriter {
public:
    OctetWriter() = default;
    explicit OctetWriter(MethodId id) { u16(id.class_id).u16(id.method_id); }

    OctetWriter& u8(std::uint8_t value) {
        octets_.push_back(static_cast<char>(value));
        return *this;
    }
    OctetWriter& u16(std::uint16_t value) {
        char raw[2];
        write_u16(raw, value);
        return raw_octets({raw, sizeof raw});
    }
    OctetWriter& u32(std::uint32_t value) {
        char raw[4];
        write_u32(raw, value);
        return raw_octets({raw, sizeof raw});
    }
    OctetWriter& u64(std::uint64_t value) {
        char raw[8];
        write_u64(raw, value);
        return raw_octets({raw, sizeof raw});
    }
    OctetWriter& short_string(std::string_view text) {
        return u8(static_cast<std::uint8_t>(text.size())).raw_octets(text);
    }
    /// A long string; also a field table whose entries are written already.
    OctetWriter& long_string(std::string_view text) {
        return u32(static_cast<std::uint32_t>(text.size())).raw_octets(text);
    }
    OctetWriter& raw_octets(std::string_view octets) {
        octets_.append(octets);
        return *this;
    }
    std::string_view view() const { return octets_; }

private:
    std::string octets_;
};

inline void append_frame(std::string& out, std::uint8_t type, std::uint16_t channel,
                         std::string_view payload) {
    char header[frame_header_octets];
    header[0] = static_cast<char>(type);
    write_u16(header + 1, channel);
    write_u32(header + 3, static_cast<std::uint32_t>(payload.size()));
    out.append(header, sizeof header);
    out.append(payload);
    out.push_back(frame_end);
}

}  // namespace leveret::bench

// Writes values as the wire wants them, big-endian, at the end of a buffer. The counterpart of
// WireReader.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "protocol/amqp/types.hpp"
#include "protocol/assert.hpp"
#include "protocol/octet_buffer.hpp"

namespace leveret::protocol::amqp {

/// Big-endian stores; `at` must have the room.
[[gnu::always_inline]] inline void store16(char* at, std::uint16_t value) {
    value = __builtin_bswap16(value);
    std::memcpy(at, &value, sizeof value);
}
[[gnu::always_inline]] inline void store32(char* at, std::uint32_t value) {
    value = __builtin_bswap32(value);
    std::memcpy(at, &value, sizeof value);
}
[[gnu::always_inline]] inline void store64(char* at, std::uint64_t value) {
    value = __builtin_bswap64(value);
    std::memcpy(at, &value, sizeof value);
}

/// Appends values to a buffer.
/// Rule: a short string is at most 255 octets, a long one below 4 GiB: asserted, because what we
///       send was checked where it came in.
class WireWriter {
public:
    explicit WireWriter(OctetBuffer& out) : out_(out) {}

    void u8(std::uint8_t value) { *out_.grow(1) = static_cast<char>(value); }
    void u16(std::uint16_t value) { store16(out_.grow(2), value); }
    void u32(std::uint32_t value) { store32(out_.grow(4), value); }
    void u64(std::uint64_t value) { store64(out_.grow(8), value); }
    void octets(std::string_view value) { out_.append(value); }
    void short_string(std::string_view value) {
        LEVERET_ASSERT(value.size() <= short_string_octets_max);
        u8(static_cast<std::uint8_t>(value.size()));
        out_.append(value);
    }
    void long_string(std::string_view value) {
        LEVERET_ASSERT(value.size() <= 0xFFFFFFFFu);
        u32(static_cast<std::uint32_t>(value.size()));
        out_.append(value);
    }
    void table(TableOctets value) { long_string(value.octets); }

    /// Leaves room for a length that is known later; pass what it returns to end_length().
    [[nodiscard]] std::size_t begin_length() {
        out_.grow(4);
        return out_.size();
    }
    /// Writes the number of octets since begin_length() into the room left there.
    void end_length(std::size_t begin) {
        LEVERET_ASSERT(out_.size() - begin <= 0xFFFFFFFFu);
        store32(out_.data() + begin - 4, static_cast<std::uint32_t>(out_.size() - begin));
    }

    /// One overload per field type of a method.
    void write(std::uint8_t value) { u8(value); }
    void write(std::uint16_t value) { u16(value); }
    void write(std::uint32_t value) { u32(value); }
    void write(std::uint64_t value) { u64(value); }
    void write(DeliveryTag value) { u64(static_cast<std::uint64_t>(value)); }
    void write(ShortString value) { short_string(value.text); }
    void write(ShortOctets value) { short_string(value.text); }
    void write(LongString value) { long_string(value.text); }
    void write(TableOctets value) { table(value); }

private:
    OctetBuffer& out_;
};

}  // namespace leveret::protocol::amqp

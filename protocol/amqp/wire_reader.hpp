// Reads the octets of a frame, big-endian and bounds-checked. With WireWriter the only place that
// touches raw octets; what the values mean is decided elsewhere.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "protocol/amqp/types.hpp"
#include "protocol/utf8.hpp"

namespace leveret::protocol::amqp {

/// Big-endian loads; `at` must have the octets.
[[gnu::always_inline]] inline std::uint16_t load16(const char* at) {
    std::uint16_t value;
    std::memcpy(&value, at, sizeof value);
    return __builtin_bswap16(value);
}
[[gnu::always_inline]] inline std::uint32_t load32(const char* at) {
    std::uint32_t value;
    std::memcpy(&value, at, sizeof value);
    return __builtin_bswap32(value);
}
[[gnu::always_inline]] inline std::uint64_t load64(const char* at) {
    std::uint64_t value;
    std::memcpy(&value, at, sizeof value);
    return __builtin_bswap64(value);
}
static_assert(std::endian::native == std::endian::little, "loads and stores swap octets");

/// Takes values off the front of a run of octets.
/// Throws:   every reader throws ProtocolError(frame_error) when the octets are too few; nothing
///           is read then.
/// Lifetime: strings and tables it returns are views into the octets.
class WireReader {
public:
    /// `subject` begins the text of errors: "cannot decode <subject>: …". It must outlive this.
    explicit WireReader(std::string_view octets, std::string_view subject = "octets")
        : at_(octets.data()), end_(octets.data() + octets.size()), subject_(subject) {}

    void set_subject(std::string_view subject) { subject_ = subject; }
    [[nodiscard]] std::string_view subject() const { return subject_; }

    [[gnu::always_inline]] std::uint8_t u8() {
        need(1);
        return static_cast<std::uint8_t>(*at_++);
    }
    [[gnu::always_inline]] std::uint16_t u16() {
        need(2);
        at_ += 2;
        return load16(at_ - 2);
    }
    [[gnu::always_inline]] std::uint32_t u32() {
        need(4);
        at_ += 4;
        return load32(at_ - 4);
    }
    [[gnu::always_inline]] std::uint64_t u64() {
        need(8);
        at_ += 8;
        return load64(at_ - 8);
    }

    /// Takes `count` octets as they are.
    [[gnu::always_inline]] std::string_view octets(std::size_t count) {
        need(count);
        at_ += count;
        return {at_ - count, count};
    }

    /// Takes a short string without looking at its octets: table keys, properties.
    [[gnu::always_inline]] std::string_view short_octets() {
        const std::size_t length = peek_length();
        need(1 + length);
        at_ += 1 + length;
        return {at_ - length, length};
    }

    /// Takes a short string; throws frame_error when it is no UTF-8.
    /// Rule: 0-9-1 is silent on the code; RabbitMQ sends 501, so do we.
    [[gnu::always_inline]] ShortString short_string() {
        const std::string_view text = short_octets();
        if (!is_ascii(text)) check_utf8(text);
        return text;
    }

    [[gnu::always_inline]] LongString long_string() { return long_octets(); }

    /// Takes a field table and walks it, so that what is returned is sound.
    TableOctets table();

    [[nodiscard]] bool at_end() const { return at_ == end_; }
    [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
    [[nodiscard]] std::string_view rest() const { return {at_, left()}; }

    /// Throws: ProtocolError(frame_error) when octets are left.
    [[gnu::always_inline]] void expect_end() const {
        if (at_ != end_) [[unlikely]]
            fail_octets_left();
    }

    /// One overload per field type of a method.
    [[gnu::always_inline]] void read(std::uint8_t& value) { value = u8(); }
    [[gnu::always_inline]] void read(std::uint16_t& value) { value = u16(); }
    [[gnu::always_inline]] void read(std::uint32_t& value) { value = u32(); }
    [[gnu::always_inline]] void read(std::uint64_t& value) { value = u64(); }
    [[gnu::always_inline]] void read(DeliveryTag& value) { value = DeliveryTag{u64()}; }
    [[gnu::always_inline]] void read(ShortString& value) { value = short_string(); }
    [[gnu::always_inline]] void read(ShortOctets& value) { value = short_octets(); }
    [[gnu::always_inline]] void read(LongString& value) { value = long_string(); }
    void read(TableOctets& value) { value = table(); }

private:
    [[gnu::always_inline]] void need(std::size_t count) const {
        if (left() < count) [[unlikely]]
            fail_too_short(count);
    }
    [[gnu::always_inline]] std::size_t peek_length() const {
        need(1);
        return static_cast<unsigned char>(*at_);
    }
    std::string_view long_octets() {
        need(4);
        const std::size_t length = load32(at_);
        need(4 + length);
        at_ += 4 + length;
        return {at_ - length, length};
    }
    void check_utf8(std::string_view text) const;
    [[noreturn, gnu::cold]] void fail_too_short(std::size_t wanted) const;
    [[noreturn, gnu::cold]] void fail_octets_left() const;

    const char* at_;
    const char* end_;
    std::string_view subject_;
};

}  // namespace leveret::protocol::amqp

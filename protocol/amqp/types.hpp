// The domains of AMQP 0-9-1 as C++ types, and the constants of its framing.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace leveret::protocol::amqp {

enum class ChannelNumber : std::uint16_t {};  ///< 0 carries the connection class and heartbeats
enum class DeliveryTag : std::uint64_t {};    ///< per channel, from 1; 0 is "all" in an ack

/// Class and method number; {0, 0} stands for "no method".
struct MethodId {
    std::uint16_t class_id{};
    std::uint16_t method_id{};
    bool operator==(const MethodId&) const = default;
};

/// A view of text with the name of its wire form. The two uses below differ only in the type.
/// Lifetime: a view; what a decoder returns ends with the frame it was read from.
template <class Form>
struct TextView {
    std::string_view text{};

    constexpr TextView() = default;
    template <class Text>
        requires std::convertible_to<const Text&, std::string_view>
    constexpr TextView(const Text& from) : text(from) {}  // NOLINT: implicit by intent

    constexpr operator std::string_view() const { return text; }  // NOLINT: implicit by intent
    [[nodiscard]] constexpr bool empty() const { return text.empty(); }
    [[nodiscard]] constexpr std::size_t size() const { return text.size(); }
    [[nodiscard]] std::string str() const { return std::string(text); }

    friend constexpr bool operator==(const TextView& left, const TextView& right) {
        return left.text == right.text;
    }
    template <class Text>
        requires(std::convertible_to<const Text&, std::string_view> &&
                 !std::same_as<Text, TextView>)
    friend constexpr bool operator==(const TextView& left, const Text& right) {
        return left.text == std::string_view(right);
    }
};

/// One octet of length, then up to 255 octets of UTF-8. Rule: 0-9-1 §4.2.5.3.
using ShortString = TextView<struct ShortForm>;
/// As a ShortString on the wire, but its octets are not checked to be UTF-8.
using ShortOctets = TextView<struct ShortOctetsForm>;
/// Four octets of length, then any octets. Rule: 0-9-1 §4.2.5.3.
using LongString = TextView<struct LongForm>;

/// An encoded field table without its four octets of length.
/// Lifetime: a view, as above. Rule: one that came out of decode_method() is sound.
struct TableOctets {
    std::string_view octets{};

    [[nodiscard]] constexpr bool empty() const { return octets.empty(); }
    bool operator==(const TableOctets&) const = default;
};

inline constexpr std::uint8_t frame_end = 0xCE;
inline constexpr std::uint32_t frame_header_octets = 7;    ///< type, channel, size of the payload
inline constexpr std::uint32_t frame_overhead_octets = 8;  ///< the header and the end octet
inline constexpr std::uint32_t frame_min_size = 4096;      ///< every peer takes frames up to this
inline constexpr std::uint32_t short_string_octets_max = 255;

}  // namespace leveret::protocol::amqp

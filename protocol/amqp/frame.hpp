// Cuts a stream of octets into frames (0-9-1 §4.2.3). Knows the outside of a frame: type, channel,
// size, end octet. One parser per connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "protocol/amqp/reply_code.hpp"
#include "protocol/amqp/types.hpp"
#include "protocol/octet_buffer.hpp"

namespace leveret::protocol::amqp {

enum class FrameType : std::uint8_t { method = 1, header = 2, body = 3, heartbeat = 8 };

/// One whole frame.
/// Lifetime: the payload is a view, see FrameParser.
struct Frame {
    FrameType type{};
    ChannelNumber channel{};
    std::string_view payload{};
};

/// Octets in, frames out.
/// Lifetime: what is fed is borrowed until next() has returned nothing; a frame's payload is valid
///           until the next call of next() or feed(). Only a frame cut by the end of what was fed
///           is copied, and its memory is given back when the frame after it is asked for.
class FrameParser {
public:
    /// The largest frame agreed on; 0 is no limit.
    /// Rule: the limit counts the 8 octets around the payload; RabbitMQ forgives a payload of up
    ///       to frame_max octets, so do we.
    void set_frame_max(std::uint32_t frame_max) { frame_max_ = frame_max; }
    [[nodiscard]] std::uint32_t frame_max() const { return frame_max_; }

    /// Hands over the octets that came; those of the last feed() must be used up.
    void feed(std::string_view octets);

    /// Returns: the next whole frame, or nothing when more octets are needed.
    /// Throws:  ProtocolError(frame_error) on an unknown type, a size above the limit or a
    /// heartbeat
    ///          with a payload, as soon as the seven octets of the header are there, and on a wrong
    ///          end octet; ProtocolError(unexpected_frame) on a heartbeat outside channel 0. No
    ///          later octet can be trusted then: from there on it takes everything and returns
    ///          nothing.
    /// Rule:    the texts are RabbitMQ's.
    [[nodiscard]] std::optional<Frame> next();

    /// Returns: what was fed and is in no frame yet that next() has given. Feed it again to go on.
    [[nodiscard]] std::string_view take_rest() { return std::exchange(fed_, {}); }

    /// Octets of a cut frame that are kept for the next feed().
    [[nodiscard]] std::size_t kept_octets() const { return cut_.size(); }

private:
    [[nodiscard]] std::optional<Frame> finish_cut();
    void keep(std::size_t octets);
    /// Checks the header at the start of `octets`. Returns: octets of the whole frame.
    [[nodiscard, gnu::always_inline]] inline std::uint64_t whole_octets(std::string_view octets);
    [[nodiscard, gnu::always_inline]] inline std::optional<Frame> make_frame(
        std::string_view octets);
    [[noreturn, gnu::cold]] void fail(const ReplyCode& code, unsigned type,
                                      std::string_view payload, std::string_view reason);

    std::string_view fed_;
    OctetBuffer cut_;        // the start of a frame whose rest has not come
    bool cut_done_ = false;  // cut_ was handed out as a frame
    bool failed_ = false;
    std::uint32_t frame_max_ = frame_min_size;
};

}  // namespace leveret::protocol::amqp

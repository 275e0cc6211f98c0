// What waits to be sent to one client: octets of its own, and bodies that are sent straight from
// the messages they belong to, in the order in which they were put in.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "protocol/amqp/message.hpp"
#include "protocol/amqp/types.hpp"
#include "protocol/octet_buffer.hpp"

namespace leveret::broker::amqp {

/// Knows no socket: whoever flushes it asks for the next octets and says how many were sent.
class Outbox {
public:
    /// Append here what is to be sent next.
    [[nodiscard]] protocol::OctetBuffer& octets() { return own_; }

    /// Sends these octets of the message next, without copying them; holds the message until then.
    void refer(const protocol::amqp::MessagePtr& message, std::string_view octets);

    /// Appends header and body frames of the message; a big body is referred to.
    /// Units: frame_max in octets, 0 for no limit.
    void append_content(protocol::amqp::ChannelNumber channel,
                        const protocol::amqp::MessagePtr& message, std::uint32_t frame_max);

    /// Appends the body frames of the message, its body referred to and cut by frame_max.
    void refer_body(protocol::amqp::ChannelNumber channel,
                    const protocol::amqp::MessagePtr& message, std::uint32_t frame_max);

    /// Returns: how many octets wait, referred ones included.
    [[nodiscard]] std::size_t size() const { return own_.size() + referred_octets_; }
    [[nodiscard]] bool empty() const { return size() == 0; }

    /// Fills `pieces` with what is to be sent next, at most `most` octets.
    /// Returns: how many pieces were filled. They are valid until the outbox is changed.
    std::size_t gather(std::span<iovec> pieces, std::size_t most) const;

    /// The first `octets` of what gather() gave were sent. An empty outbox keeps no memory.
    void sent(std::size_t octets);

    /// What was sent so far, and in how many goes.
    [[nodiscard]] std::uint64_t octets_sent() const { return octets_sent_; }
    [[nodiscard]] std::uint64_t times_sent() const { return times_sent_; }

    /// Drops everything: the peer is gone.
    void clear();

private:
    struct Reference {
        std::size_t own_octets;  ///< of own_ that come before it, after the reference before
        protocol::amqp::MessagePtr message;
        std::string_view octets;
    };

    protocol::OctetBuffer own_;
    std::vector<Reference> references_;
    std::size_t first_reference_ = 0;
    std::size_t own_referenced_ = 0;  ///< octets of own_ that come before the last reference
    std::size_t referred_octets_ = 0;
    std::uint64_t octets_sent_ = 0;
    std::uint64_t times_sent_ = 0;
};

}  // namespace leveret::broker::amqp

#include "broker/amqp/outbox.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "broker/limits.hpp"
#include "protocol/amqp/deliver.hpp"
#include "protocol/amqp/method_codec.hpp"

namespace leveret::broker::amqp {

using namespace protocol::amqp;

void Outbox::refer(const MessagePtr& message, std::string_view octets) {
    references_.push_back({own_.size() - own_referenced_, message, octets});
    own_referenced_ = own_.size();
    referred_octets_ += octets.size();
}

void Outbox::append_content(ChannelNumber channel, const MessagePtr& message,
                            std::uint32_t frame_max) {
    if (message->body_octets() < limits::refer_from_octets) {
        protocol::amqp::append_content(own_, channel, *message, frame_max);
    } else {
        append_content_header(own_, channel, *message);
        refer_body(channel, message, frame_max);
    }
}

void Outbox::refer_body(ChannelNumber channel, const MessagePtr& message, std::uint32_t frame_max) {
    const std::size_t most = frame_max == 0 ? std::numeric_limits<std::uint32_t>::max()
                                            : frame_max - frame_overhead_octets;
    std::string_view body = message->body();
    while (!body.empty()) {
        const std::string_view part = body.substr(0, most);
        append_frame_header(own_, FrameType::body, channel,
                            static_cast<std::uint32_t>(part.size()));
        refer(message, part);
        *own_.grow(1) = static_cast<char>(frame_end);
        body.remove_prefix(part.size());
    }
}

std::size_t Outbox::gather(std::span<iovec> pieces, std::size_t most) const {
    std::size_t filled = 0;
    std::size_t own_at = 0;
    const auto put = [&](const char* data, std::size_t octets) {
        octets = std::min(octets, most);
        if (octets == 0) return;
        pieces[filled++] = {const_cast<char*>(data), octets};  // iovec serves reading as well
        most -= octets;
    };
    for (std::size_t i = first_reference_; i < references_.size(); ++i) {
        if (filled + 2 > pieces.size() || most == 0) return filled;
        const Reference& reference = references_[i];
        put(own_.data() + own_at, reference.own_octets);
        put(reference.octets.data(), reference.octets.size());
        own_at += reference.own_octets;
    }
    if (filled < pieces.size()) put(own_.data() + own_at, own_.size() - own_at);
    return filled;
}

void Outbox::sent(std::size_t octets) {
    octets_sent_ += octets;
    ++times_sent_;
    while (first_reference_ < references_.size()) {
        Reference& reference = references_[first_reference_];
        const std::size_t own = std::min(octets, reference.own_octets);
        own_.consume_front(own);
        own_referenced_ -= own;
        reference.own_octets -= own;
        octets -= own;
        const std::size_t referred = std::min(octets, reference.octets.size());
        reference.octets.remove_prefix(referred);
        referred_octets_ -= referred;
        octets -= referred;
        if (reference.own_octets != 0 || !reference.octets.empty()) return;
        reference.message.reset();
        ++first_reference_;
    }
    references_.clear();
    first_reference_ = 0;
    own_referenced_ = 0;
    own_.consume_front(octets);
    if (own_.size() == 0) {
        own_.release();
        if (references_.capacity() > 64) std::vector<Reference>().swap(references_);
    }
}

void Outbox::clear() {
    own_.release();
    std::vector<Reference>().swap(references_);
    first_reference_ = own_referenced_ = referred_octets_ = 0;
}

}  // namespace leveret::broker::amqp

// The frame parser. Its texts are RabbitMQ's, down to the notation of Erlang: people search for
// them.
#include "protocol/amqp/frame.hpp"

#include <algorithm>
#include <string>

#include "protocol/amqp/protocol_error.hpp"
#include "protocol/amqp/wire_reader.hpp"
#include "protocol/assert.hpp"

namespace leveret::protocol::amqp {

namespace {

constexpr std::size_t snippet_octets_max = 16;

bool is_printable(std::string_view octets) {
    return std::all_of(octets.begin(), octets.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// "all octets = <<206,1>>" or "first 16 octets = <<"...">>".
std::string snippet(std::string_view payload) {
    const bool all = payload.size() <= snippet_octets_max;
    const std::string_view shown = payload.substr(0, snippet_octets_max);
    std::string text = all ? "all" : "first " + std::to_string(snippet_octets_max);
    text += " octets = <<";
    if (!shown.empty() && is_printable(shown)) {
        text.append("\"").append(shown).append("\"");
    } else {
        for (std::size_t i = 0; i < shown.size(); ++i) {
            if (i > 0) text += ',';
            text += std::to_string(static_cast<unsigned char>(shown[i]));
        }
    }
    return text + ">>";
}

}  // namespace

std::uint64_t FrameParser::whole_octets(std::string_view octets) {
    const auto type = static_cast<unsigned char>(octets[0]);
    const std::uint32_t payload = load32(octets.data() + 3);
    const bool known = type == 1 || type == 2 || type == 3 || (type == 8 && payload == 0);
    if (!known) [[unlikely]]
        fail(reply::frame_error, type, {}, ": unknown_frame");
    if (frame_max_ != 0 && payload > frame_max_) [[unlikely]] {
        fail(reply::frame_error, type, {},
             ": {frame_too_large," + std::to_string(payload) + ',' +
                 std::to_string(frame_max_ - std::min(frame_max_, frame_overhead_octets)) + '}');
    }
    return std::uint64_t{payload} + frame_overhead_octets;
}

std::optional<Frame> FrameParser::make_frame(std::string_view octets) {
    const FrameType type{static_cast<std::uint8_t>(octets.front())};
    const ChannelNumber channel{load16(octets.data() + 1)};
    const std::string_view payload(octets.data() + frame_header_octets,
                                   octets.size() - frame_overhead_octets);
    const auto end = static_cast<unsigned char>(octets.back());
    if (end != frame_end) [[unlikely]] {
        fail(reply::frame_error, static_cast<unsigned>(type), payload,
             ": {invalid_frame_end_marker," + std::to_string(end) + '}');
    }
    if (type == FrameType::heartbeat && channel != ChannelNumber{0}) [[unlikely]]
        fail(reply::unexpected_frame, static_cast<unsigned>(type), {}, "");
    // Built in place: a copy would read fields together that were just written one by one, and
    // wait for them (measured: more than half of the time spent here).
    return std::optional<Frame>(std::in_place, type, channel, payload);
}

void FrameParser::feed(std::string_view octets) {
    if (failed_) return;
    LEVERET_ASSERT(fed_.empty());
    fed_ = octets;
}

std::optional<Frame> FrameParser::next() {
    if (failed_) return std::nullopt;
    if (cut_done_) {
        cut_.release();
        cut_done_ = false;
    }
    if (!cut_.empty()) return finish_cut();
    if (fed_.size() < frame_header_octets) {
        keep(fed_.size());
        return std::nullopt;
    }
    const std::uint64_t whole = whole_octets(fed_);
    if (fed_.size() < whole) {
        keep(fed_.size());
        return std::nullopt;
    }
    const std::string_view octets(fed_.data(), whole);
    fed_.remove_prefix(whole);
    return make_frame(octets);
}

std::optional<Frame> FrameParser::finish_cut() {
    if (cut_.size() < frame_header_octets) {
        keep(std::min(frame_header_octets - cut_.size(), fed_.size()));
        if (cut_.size() < frame_header_octets) return std::nullopt;
    }
    const std::uint64_t whole = whole_octets(cut_.view());
    keep(std::min<std::uint64_t>(whole - cut_.size(), fed_.size()));
    if (cut_.size() < whole) return std::nullopt;
    cut_done_ = true;
    return make_frame(cut_.view());
}

void FrameParser::keep(std::size_t octets) {
    cut_.append(fed_.substr(0, octets));
    fed_.remove_prefix(octets);
}

void FrameParser::fail(const ReplyCode& code, unsigned type, std::string_view payload,
                       std::string_view reason) {
    std::string text = "type " + std::to_string(type) + ", " + snippet(payload);
    text.append(reason);
    failed_ = true;
    fed_ = {};
    cut_.release();
    cut_done_ = false;
    throw ProtocolError(code, text);
}

}  // namespace leveret::protocol::amqp

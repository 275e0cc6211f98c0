// The same octets in one piece and in pieces give the same frames and the same error.
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/amqp/frame.hpp"
#include "protocol/amqp/protocol_error.hpp"
#include "protocol/assert.hpp"

using namespace leveret::protocol::amqp;

namespace {

struct Outcome {
    std::vector<std::string> frames;
    std::string error;
    bool operator==(const Outcome&) const = default;
};

Outcome parse(std::string_view stream, std::size_t piece_max, std::uint32_t frame_max) {
    FrameParser parser;
    parser.set_frame_max(frame_max);
    Outcome outcome;
    try {
        while (!stream.empty()) {
            const std::string piece(stream.substr(0, piece_max));
            stream.remove_prefix(piece.size());
            parser.feed(piece);
            while (const auto frame = parser.next()) {
                outcome.frames.push_back(std::to_string(static_cast<int>(frame->type)) + ' ' +
                                         std::to_string(static_cast<int>(frame->channel)) + ' ' +
                                         std::string(frame->payload));
            }
        }
    } catch (const ProtocolError& error) {
        outcome.error = error.text();
    }
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::size_t piece_max = 1u + data[0];
    const std::uint32_t frame_max = data[1] * 16u;  // 0: no limit
    const std::string_view stream(reinterpret_cast<const char*>(data + 2), size - 2);
    LEVERET_ASSERT(parse(stream, stream.size() + 1, frame_max) ==
                   parse(stream, piece_max, frame_max));
    return 0;
}

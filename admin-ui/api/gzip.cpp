#include "admin-ui/api/gzip.hpp"

#include <zlib.h>

#include <array>
#include <limits>

#include "admin-ui/api/http_message.hpp"
#include "protocol/assert.hpp"

namespace leveret::admin {

namespace {

/// Lists are made while they are sent: a fast level takes off what matters.
constexpr int compression_level = 3;
constexpr int window_bits = 15 + 16;  // 16 is zlib's way to say gzip
constexpr int memory_level = 8;       // zlib's default: 256 KiB per stream

/// Whether the parameters of a coding say `q=0`.
bool is_refused(std::string_view parameters) {
    const std::size_t quality = parameters.find("q=");
    if (quality == std::string_view::npos) return false;
    const std::string_view value = trimmed(parameters.substr(quality + 2));
    return value.find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

struct Gzip::State {
    z_stream stream{};
};

Gzip::Gzip() : state_(std::make_unique<State>()) {
    const int outcome = deflateInit2(&state_->stream, compression_level, Z_DEFLATED, window_bits,
                                     memory_level, Z_DEFAULT_STRATEGY);
    if (outcome != Z_OK) throw std::bad_alloc();  // nothing else can go wrong here
}

Gzip::~Gzip() { deflateEnd(&state_->stream); }

void Gzip::add(std::string_view octets, bool last, std::string& out) {
    LEVERET_ASSERT(octets.size() <= std::numeric_limits<uInt>::max());
    z_stream& stream = state_->stream;
    // zlib takes a pointer to what it does not change.
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(octets.data()));
    stream.avail_in = static_cast<uInt>(octets.size());
    std::array<char, 16 * 1024> piece;
    do {
        stream.next_out = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_out = piece.size();
        deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
        out.append(piece.data(), piece.size() - stream.avail_out);
    } while (stream.avail_out == 0);
}

std::string gzip(std::string_view octets) {
    std::string out;
    Gzip().add(octets, true, out);
    return out;
}

bool accepts_encoding(std::string_view accept_encoding, std::string_view encoding) {
    while (true) {
        const std::size_t comma = accept_encoding.find(',');
        const std::string_view entry = accept_encoding.substr(0, comma);
        const std::size_t semicolon = entry.find(';');
        if (trimmed(entry.substr(0, semicolon)) == encoding) {
            return semicolon == std::string_view::npos || !is_refused(entry.substr(semicolon));
        }
        if (comma == std::string_view::npos) return false;
        accept_encoding.remove_prefix(comma + 1);
    }
}

}  // namespace leveret::admin

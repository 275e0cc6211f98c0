// base64, gzip and what a client accepts.
#include <zlib.h>

#include <array>

#include "admin-ui/api/gzip.hpp"
#include "broker/digest.hpp"
#include "tests/support/catch.hpp"

using namespace leveret::admin;
using namespace leveret::broker;

namespace {

std::string inflated(std::string compressed) {
    z_stream stream{};
    REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(compressed.data());
    stream.avail_in = static_cast<uInt>(compressed.size());
    std::string out;
    std::array<char, 4096> piece{};
    int outcome = Z_OK;
    while (outcome == Z_OK) {
        stream.next_out = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_out = piece.size();
        outcome = inflate(&stream, Z_NO_FLUSH);
        out.append(piece.data(), piece.size() - stream.avail_out);
    }
    inflateEnd(&stream);
    CHECK(outcome == Z_STREAM_END);
    return out;
}

}  // namespace

TEST_CASE("base64 goes there and back, with and without padding", "[api][base64]") {
    CHECK(base64("") == "");
    CHECK(base64("f") == "Zg==");
    CHECK(base64("foob") == "Zm9vYg==");
    CHECK(base64("\xFB\xFF") == "+/8=");
    CHECK(base64_url("\xFB\xFF") == "-_8");
    for (const std::string_view octets : {"", "a", "ab", "abc", "abcd"}) {
        CHECK(base64_decode(base64(octets)) == octets);
    }
    CHECK(base64_decode("Zg") == "f");
    CHECK_FALSE(base64_decode("Z"));
    CHECK_FALSE(base64_decode("Z*=="));
    CHECK_FALSE(base64_decode("-_8="));
}

TEST_CASE("what is compressed in pieces is what was put in", "[api][gzip]") {
    std::string all;
    std::string compressed;
    Gzip stream;
    for (int i = 0; i < 1000; ++i) {
        const std::string piece = "{\"name\":\"queue" + std::to_string(i) + "\"}";
        all += piece;
        stream.add(piece, false, compressed);
    }
    stream.add("", true, compressed);
    CHECK(compressed.size() < all.size() / 4);
    CHECK(inflated(compressed) == all);
    CHECK(inflated(gzip("")).empty());
}

TEST_CASE("gzip is sent only to who takes it", "[api][gzip]") {
    CHECK(accepts_encoding("gzip", "gzip"));
    CHECK(accepts_encoding("deflate, gzip;q=0.5, br", "gzip"));
    CHECK_FALSE(accepts_encoding("", "gzip"));
    CHECK_FALSE(accepts_encoding("identity", "gzip"));
    CHECK_FALSE(accepts_encoding("gzip;q=0", "gzip"));
    CHECK_FALSE(accepts_encoding("gzip; q=0.000", "gzip"));
    CHECK_FALSE(accepts_encoding("x-gzip2", "gzip"));
}

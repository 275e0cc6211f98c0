#include "broker/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <sys/random.h>

#include <array>

#include "protocol/assert.hpp"

namespace leveret::broker {

namespace {

constexpr std::string_view standard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_safe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(std::string_view octets, std::string_view alphabet, bool padded) {
    std::string text;
    text.reserve((octets.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < octets.size(); i += 3) {
        const auto octet = [&](std::size_t offset) -> unsigned {
            return i + offset < octets.size() ? static_cast<unsigned char>(octets[i + offset]) : 0;
        };
        const unsigned bits = octet(0) << 16 | octet(1) << 8 | octet(2);
        const std::size_t letters = std::min<std::size_t>(octets.size() - i, 3) + 1;
        for (std::size_t n = 0; n < 4; ++n) {
            if (n < letters) {
                text += alphabet[bits >> (18 - 6 * n) & 63];
            } else if (padded) {
                text += '=';
            }
        }
    }
    return text;
}

std::array<signed char, 256> decoding_table() {
    std::array<signed char, 256> table;
    table.fill(-1);
    for (std::size_t i = 0; i < standard.size(); ++i) {
        table[static_cast<unsigned char>(standard[i])] = static_cast<signed char>(i);
    }
    return table;
}

}  // namespace

std::string random_octets(std::size_t count) {
    LEVERET_ASSERT(count <= 256);  // more could be cut short by a signal
    std::string octets(count, '\0');
    LEVERET_ASSERT(getrandom(octets.data(), count, 0) == static_cast<ssize_t>(count));
    return octets;
}

std::string sha256(std::string_view octets) {
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(octets.data()), octets.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
    return digest;
}

std::string base64(std::string_view octets) { return encode(octets, standard, true); }

std::string base64_url(std::string_view octets) { return encode(octets, url_safe, false); }

std::optional<std::string> base64_decode(std::string_view text) {
    static const auto table = decoding_table();
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
    if (text.size() % 4 == 1) return std::nullopt;
    std::string octets;
    octets.reserve(text.size() / 4 * 3 + 2);
    unsigned bits = 0;
    int held = 0;
    for (const char letter : text) {
        const signed char value = table[static_cast<unsigned char>(letter)];
        if (value < 0) return std::nullopt;
        bits = (bits << 6 | static_cast<unsigned>(value)) & 0xFFFFFF;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        octets += static_cast<char>(bits >> held & 0xFF);
    }
    return octets;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace leveret::broker

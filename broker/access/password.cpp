#include "broker/access/password.hpp"

#include <crypt.h>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

#include "broker/digest.hpp"
#include "broker/limits.hpp"
#include "broker/validation.hpp"
#include "protocol/assert.hpp"

namespace leveret::broker::access {

namespace {

constexpr std::size_t salt_octets = 4;

/// "$2b$10$", then 22 letters of salt and 31 of the digest.
constexpr std::size_t bcrypt_octets = 60;
constexpr std::size_t bcrypt_head_octets = 7;

struct AlgorithmRow {
    HashAlgorithm algorithm;
    std::string_view name;
    std::string_view short_name;
    std::size_t digest_octets;
};
constexpr std::array algorithms{
    AlgorithmRow{HashAlgorithm::sha256, "rabbit_password_hashing_sha256", "sha256", 32},
    AlgorithmRow{HashAlgorithm::sha512, "rabbit_password_hashing_sha512", "sha512", 64},
    AlgorithmRow{HashAlgorithm::md5, "rabbit_password_hashing_md5", "md5", 16},
    AlgorithmRow{HashAlgorithm::bcrypt, "bcrypt", "bcrypt", 0},
};

const AlgorithmRow& row_of(HashAlgorithm algorithm) {
    return algorithms.at(static_cast<std::size_t>(algorithm));
}

bool same_but_for_case(std::string_view a, std::string_view lower) {
    return std::equal(a.begin(), a.end(), lower.begin(), lower.end(),
                      [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x + 32 : x) == y; });
}

const EVP_MD* digest_of(HashAlgorithm algorithm) {
    if (algorithm == HashAlgorithm::md5) return EVP_md5();
    return algorithm == HashAlgorithm::sha512 ? EVP_sha512() : EVP_sha256();
}

/// Rule: RabbitMQ: salt, then the digest of salt and password.
std::string salted(std::string salt, std::string_view password, HashAlgorithm algorithm) {
    const std::string text = salt + std::string(password);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned octets = 0;
    const int done =
        EVP_Digest(text.data(), text.size(), digest.data(), &octets, digest_of(algorithm), nullptr);
    LEVERET_ASSERT(done == 1);
    return salt.append(reinterpret_cast<const char*>(digest.data()), octets);
}

/// Returns: nothing when it is no hash of bcrypt.
std::optional<unsigned> bcrypt_cost(std::string_view text) {
    const bool shaped = text.size() == bcrypt_octets && text.starts_with("$2") && text[3] == '$' &&
                        text[6] == '$' && std::string_view("aby").find(text[2]) != text.npos;
    if (!shaped) return std::nullopt;
    unsigned cost = 0;
    const auto [end, error] = std::from_chars(text.data() + 4, text.data() + 6, cost);
    if (error != std::errc{} || end != text.data() + 6) return std::nullopt;
    const std::string_view letters = text.substr(bcrypt_head_octets);
    const bool sound = std::all_of(letters.begin(), letters.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '.' && c <= '9');
    });
    return sound ? std::optional(cost) : std::nullopt;
}

bool is_bcrypt_password(const std::string& hash, std::string_view password) {
    // A zero octet would end the password for libcrypt: more passwords than one would be right.
    if (password.find('\0') != std::string_view::npos) return false;
    const auto data = std::make_unique<crypt_data>();
    const char* const made = crypt_r(std::string(password).c_str(), hash.c_str(), data.get());
    return made != nullptr && equal_in_constant_time(hash, made);
}

}  // namespace

std::string_view to_string(HashAlgorithm algorithm) { return row_of(algorithm).name; }

std::optional<HashAlgorithm> find_hash_algorithm(std::string_view name) {
    for (const AlgorithmRow& row : algorithms) {
        if (row.name == name || same_but_for_case(name, row.short_name)) return row.algorithm;
    }
    return std::nullopt;
}

std::string PasswordHash::text() const {
    return algorithm == HashAlgorithm::bcrypt ? octets : base64(octets);
}

PasswordHash parse_password_hash(std::string_view text, HashAlgorithm algorithm) {
    if (text.empty()) return {algorithm, {}};
    if (algorithm == HashAlgorithm::bcrypt) {
        const auto cost = bcrypt_cost(text);
        if (!cost) throw ValidationFailed("password_hash is no hash of bcrypt");
        if (*cost > limits::bcrypt_cost) {
            throw ValidationFailed(fmt::format(
                "password_hash has a cost of {}, at most {} is taken", *cost, limits::bcrypt_cost));
        }
        return {algorithm, std::string(text)};
    }
    auto octets = base64_decode(text);
    const std::size_t expected = salt_octets + row_of(algorithm).digest_octets;
    if (!octets || octets->size() != expected) {
        throw ValidationFailed(
            fmt::format("password_hash is not the base64 of {} octets, as {} makes them", expected,
                        to_string(algorithm)));
    }
    return {algorithm, *std::move(octets)};
}

PasswordHash hash_password(std::string_view password, HashAlgorithm algorithm) {
    LEVERET_ASSERT(algorithm == HashAlgorithm::sha256 || algorithm == HashAlgorithm::sha512);
    return {algorithm, salted(random_octets(salt_octets), password, algorithm)};
}

bool is_password(const PasswordHash& hash, std::string_view password) {
    if (hash.empty() || password.empty()) {
        (void)salted(std::string(salt_octets, '\0'), password, HashAlgorithm::sha256);
        return false;
    }
    if (hash.algorithm == HashAlgorithm::bcrypt) return is_bcrypt_password(hash.octets, password);
    return equal_in_constant_time(
        hash.octets, salted(hash.octets.substr(0, salt_octets), password, hash.algorithm));
}

const PasswordHash& hash_of_nobody() {
    // Nobody can find the password to a digest of zeros.
    static const PasswordHash hash{HashAlgorithm::sha256, std::string(salt_octets + 32, '\0')};
    return hash;
}

}  // namespace leveret::broker::access

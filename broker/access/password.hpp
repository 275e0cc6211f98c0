// Passwords as they are kept: RabbitMQ's salted hashes, so that they come from and go to other
// brokers unchanged. Hashing takes its time: it is never done on the broker thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leveret::broker::access {

/// Written to disk: numbers are never changed and never used again.
enum class HashAlgorithm : std::uint8_t {
    sha256 = 0,
    sha512 = 1,
    md5 = 2,     ///< checked only, never made
    bcrypt = 3,  ///< likewise; LavinMQ has it
};

/// Returns: "rabbit_password_hashing_sha256", and so on; "bcrypt".
[[nodiscard]] std::string_view to_string(HashAlgorithm algorithm);

/// Takes RabbitMQ's names of modules, and LavinMQ's short names in upper or lower case.
[[nodiscard]] std::optional<HashAlgorithm> find_hash_algorithm(std::string_view name);

/// What is kept of a password. Nobody can log in by an empty one.
struct PasswordHash {
    HashAlgorithm algorithm{};
    std::string octets{};  ///< four of salt, then the digest; of bcrypt its whole text

    [[nodiscard]] bool empty() const { return octets.empty(); }
    /// As `password_hash` shows it: base64, but for bcrypt.
    [[nodiscard]] std::string text() const;
    bool operator==(const PasswordHash&) const = default;
};

/// Reads `password_hash`.
/// Throws: ValidationFailed when it cannot be one of that algorithm; of bcrypt also when checking
///         it would take longer than limits::bcrypt_cost allows.
[[nodiscard]] PasswordHash parse_password_hash(std::string_view text, HashAlgorithm algorithm);

/// Hashes with a new salt. Requires: `algorithm` is sha256 or sha512.
/// Thread: any but the broker's.
[[nodiscard]] PasswordHash hash_password(std::string_view password,
                                         HashAlgorithm algorithm = HashAlgorithm::sha256);

/// Whether the password is the one. An empty password, and an empty hash, never are.
/// Thread: any but the broker's.
[[nodiscard]] bool is_password(const PasswordHash& hash, std::string_view password);

/// A hash that no password has: who is unknown is checked against it, with the same work.
[[nodiscard]] const PasswordHash& hash_of_nobody();

}  // namespace leveret::broker::access

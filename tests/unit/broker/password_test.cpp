// Hashes of passwords: those of other brokers are taken as they are.
#include "broker/access/password.hpp"

#include <string>

#include "broker/limits.hpp"
#include "broker/validation.hpp"
#include "tests/support/catch.hpp"

using namespace leveret::broker::access;
using leveret::broker::ValidationFailed;
using namespace std::string_literals;

namespace {

/// Of the password test12; made by others.
struct Foreign {
    HashAlgorithm algorithm;
    std::string text;
};
const Foreign foreign_hashes[] = {
    {HashAlgorithm::sha256, "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"},
    {HashAlgorithm::sha512,
     "kI3GChuNuIYf8lRbCCxZjgjKwsY19ns6+uFO0zcXRBGA/"
     "XGJPYD8OWMy7EB8TaOmAzjP2azv84GbINYwX2cDWb4DHnc="},
    {HashAlgorithm::md5, "kI3GChNpte2FApYFXScl+0dIluk="},
    {HashAlgorithm::bcrypt, "$2a$05$abcdefghijklmnopqrstuu2fveABVQ870deezXSTzTysHAPUQ.yFW"},
};

}  // namespace

TEST_CASE("a password is the one of a hash that another broker made", "[password]") {
    for (const Foreign& foreign : foreign_hashes) {
        CAPTURE(foreign.text);
        const PasswordHash hash = parse_password_hash(foreign.text, foreign.algorithm);
        CHECK(is_password(hash, "test12"));
        CHECK_FALSE(is_password(hash, "test13"));
        CHECK_FALSE(is_password(hash, "test12\0"s));
        CHECK_FALSE(is_password(hash, ""));
        CHECK(hash.text() == foreign.text);
    }
}

TEST_CASE("a hash that is made has a salt of its own, and its password", "[password]") {
    const HashAlgorithm algorithm = GENERATE(HashAlgorithm::sha256, HashAlgorithm::sha512);
    const PasswordHash first = hash_password("carrot", algorithm);
    const PasswordHash second = hash_password("carrot", algorithm);
    CHECK(first.octets != second.octets);
    CHECK(is_password(first, "carrot"));
    CHECK(is_password(second, "carrot"));
    CHECK_FALSE(is_password(first, "Carrot"));
    CHECK(parse_password_hash(first.text(), algorithm) == first);
}

TEST_CASE("nobody logs in by an empty password, nor against an empty hash", "[password]") {
    CHECK_FALSE(is_password(hash_password(""), ""));
    CHECK_FALSE(is_password({}, ""));
    CHECK_FALSE(is_password({}, "x"));
    CHECK(parse_password_hash("", HashAlgorithm::sha512).empty());
    CHECK_FALSE(is_password(hash_of_nobody(), "guest"));
}

TEST_CASE("what cannot be a hash of the algorithm is refused", "[password]") {
    CHECK_THROWS_AS(parse_password_hash("kI3GCqW5JLM=", HashAlgorithm::sha256), ValidationFailed);
    CHECK_THROWS_AS(parse_password_hash("not base64!", HashAlgorithm::sha256), ValidationFailed);
    CHECK_THROWS_AS(parse_password_hash(foreign_hashes[0].text, HashAlgorithm::sha512),
                    ValidationFailed);
    CHECK_THROWS_AS(parse_password_hash("$2a$05$short", HashAlgorithm::bcrypt), ValidationFailed);
    std::string dear = foreign_hashes[3].text;
    dear.replace(4, 2, std::to_string(leveret::broker::limits::bcrypt_cost + 1));
    CHECK_THROWS_WITH(parse_password_hash(dear, HashAlgorithm::bcrypt),
                      Catch::Contains("password_hash has a cost of 13, at most 12 is taken"));
}

TEST_CASE("algorithms are known by RabbitMQ's names and by LavinMQ's", "[password]") {
    CHECK(find_hash_algorithm("rabbit_password_hashing_sha256") == HashAlgorithm::sha256);
    CHECK(find_hash_algorithm("rabbit_password_hashing_sha512") == HashAlgorithm::sha512);
    CHECK(find_hash_algorithm("rabbit_password_hashing_md5") == HashAlgorithm::md5);
    CHECK(find_hash_algorithm("SHA256") == HashAlgorithm::sha256);
    CHECK(find_hash_algorithm("Bcrypt") == HashAlgorithm::bcrypt);
    CHECK_FALSE(find_hash_algorithm("rot13"));
    CHECK(to_string(HashAlgorithm::md5) == "rabbit_password_hashing_md5");
}

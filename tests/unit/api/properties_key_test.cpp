// The names of bindings in paths.
#include "admin-ui/api/properties_key.hpp"

#include <set>

#include "tests/support/catch.hpp"

using namespace leveret::admin;
using leveret::broker::insight::BindingSnapshot;
using leveret::protocol::amqp::FieldTable;

TEST_CASE("a key without arguments is its own name, escaped", "[api][bindings]") {
    CHECK(properties_key("", {}) == "~");
    CHECK(properties_key("order.created-1_x", {}) == "order.created-1_x");
    CHECK(properties_key("a b", {}) == "a+b");
    CHECK(properties_key("a+b~c", {}) == "a%2Bb%7Ec");
    CHECK(properties_key("#", {}) == "%23");
    CHECK(properties_key("é/", {}) == "%C3%A9%2F");
    CHECK(unescape_properties_key("a%2Bb%7Ec+d") == "a+b~c d");
}

TEST_CASE("arguments add a hash that stays the same", "[api][bindings]") {
    const FieldTable arguments{{"x-match", std::string("all")}, {"n", std::int64_t{1}}};
    const std::string key = properties_key("k", arguments);
    CHECK(key.size() == std::string("k~").size() + 6);
    CHECK(key.starts_with("k~"));
    CHECK(properties_key("k", arguments) == key);
    CHECK(properties_key("", arguments).starts_with("~"));
    CHECK(properties_key("k", {{"x-match", std::string("any")}}) != key);
}

TEST_CASE("bindings of the same ends have names of their own, also where hashes are equal",
          "[api][bindings]") {
    // So many that some 32-bit hashes are likely to be the same.
    std::vector<BindingSnapshot> bindings(100'000);
    for (std::size_t i = 0; i < bindings.size(); ++i) {
        bindings[i].vhost = "/";
        bindings[i].source = "x";
        bindings[i].destination = "q";
        bindings[i].arguments = {{"n", static_cast<std::int64_t>(i)}};
    }
    const auto keys = properties_keys(bindings);
    CHECK(std::set<std::string>(keys.begin(), keys.end()).size() == bindings.size());
}

// The one list of exchange types: what a client may declare, and how each is made.

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "protocol/amqp/protocol_error.hpp"
#include "routing/consistent_hash_exchange.hpp"
#include "routing/direct_exchange.hpp"
#include "routing/exchange.hpp"
#include "routing/fanout_exchange.hpp"
#include "routing/headers_exchange.hpp"
#include "routing/modulus_hash_exchange.hpp"
#include "routing/random_exchange.hpp"
#include "routing/recent_history_exchange.hpp"
#include "routing/topic_exchange.hpp"

namespace leveret::routing {

using namespace protocol::amqp;

namespace {

using Made = std::unique_ptr<Exchange>;

template <class Type>
Made make(ExchangeProperties properties) {
    return std::make_unique<Type>(std::move(properties));
}

template <RandomExchange::Keys keys>
Made make_random(ExchangeProperties properties) {
    return std::make_unique<RandomExchange>(std::move(properties), keys);
}

/// It routes as an exchange of another type, with this name and these arguments.
/// Throws: ProtocolError(precondition_failed).
Made make_delaying(ExchangeProperties properties);

struct Type {
    std::string_view name;
    Made (*make)(ExchangeProperties);
};

constexpr std::array types = std::to_array<Type>({
    {"direct", make<DirectExchange>},
    {"fanout", make<FanoutExchange>},
    {"headers", make<HeadersExchange>},
    {"topic", make<TopicExchange>},
    {"x-consistent-hash", make<ConsistentHashExchange>},
    {delaying_type, make_delaying},
    {"x-local-random", make_random<RandomExchange::Keys::empty>},
    {"x-modulus-hash", make<ModulusHashExchange>},
    {"x-random", make_random<RandomExchange::Keys::any>},
    {"x-recent-history", make<RecentHistoryExchange>},
});

const Type* find_type(std::string_view name) {
    const auto type = std::ranges::find(types, name, &Type::name);
    return type == types.end() ? nullptr : &*type;
}

/// Rule: the delay plugin's words.
Made make_delaying(ExchangeProperties properties) {
    const FieldValue* const value = properties.arguments.find(delayed_type_argument);
    const auto name = value == nullptr ? std::nullopt : as_string(*value);
    const Type* const type = name ? find_type(*name) : nullptr;
    if (type == nullptr || type->name == delaying_type) {
        throw ProtocolError(reply::precondition_failed,
                            "Invalid argument, 'x-delayed-type' must be an existing exchange type");
    }
    return type->make(std::move(properties));
}

constexpr auto names = [] {
    std::array<std::string_view, types.size()> all;
    std::ranges::transform(types, all.begin(), &Type::name);
    return all;
}();

}  // namespace

std::span<const std::string_view> exchange_types() { return names; }

bool is_exchange_type(std::string_view type) {
    return std::ranges::find(names, type) != names.end();
}

std::unique_ptr<Exchange> make_exchange(ExchangeProperties properties) {
    const Type* const type = find_type(properties.type);
    return type == nullptr ? nullptr : type->make(std::move(properties));
}

}  // namespace leveret::routing

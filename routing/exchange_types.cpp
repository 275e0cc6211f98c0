// The one list of exchange types: what a client may declare, and how each is made.

#include <algorithm>
#include <array>
#include <utility>

#include "routing/direct_exchange.hpp"
#include "routing/exchange.hpp"
#include "routing/fanout_exchange.hpp"
#include "routing/headers_exchange.hpp"
#include "routing/topic_exchange.hpp"

namespace leveret::routing {

namespace {

constexpr std::array<std::string_view, 4> types{"direct", "fanout", "headers", "topic"};

}  // namespace

std::span<const std::string_view> exchange_types() { return types; }

bool is_exchange_type(std::string_view type) {
    return std::find(types.begin(), types.end(), type) != types.end();
}

std::unique_ptr<Exchange> make_exchange(ExchangeProperties properties) {
    const std::string& type = properties.type;
    if (type == "direct") return std::make_unique<DirectExchange>(std::move(properties));
    if (type == "fanout") return std::make_unique<FanoutExchange>(std::move(properties));
    if (type == "headers") return std::make_unique<HeadersExchange>(std::move(properties));
    if (type == "topic") return std::make_unique<TopicExchange>(std::move(properties));
    return nullptr;
}

}  // namespace leveret::routing

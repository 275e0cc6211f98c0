#include "broker/queue_settings.hpp"

#include <algorithm>

#include "broker/limits.hpp"

namespace leveret::broker {

using namespace protocol::amqp;

namespace {

/// What stands in one place, arguments or settings, as the types that a queue works with.
template <class Find>
class Reader {
public:
    explicit Reader(Find find) : find_(std::move(find)) {}

    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key) const {
        const FieldValue* const value = find_(key);
        return value == nullptr ? std::nullopt : as_integer(*value);
    }
    [[nodiscard]] std::optional<std::uint64_t> size(std::string_view key) const {
        const auto number = integer(key);
        if (!number) return {};
        return static_cast<std::uint64_t>(*number);
    }
    [[nodiscard]] std::optional<std::chrono::milliseconds> period(std::string_view key) const {
        const auto number = integer(key);
        if (!number) return {};
        // Arguments beyond it are refused; RabbitMQ takes such policies, and nobody lives to see
        // it.
        return std::min(std::chrono::milliseconds(*number), limits::longest_period);
    }
    [[nodiscard]] std::optional<std::string> text(std::string_view key) const {
        const FieldValue* const value = find_(key);
        if (value == nullptr) return {};
        const auto found = as_string(*value);
        return found ? std::optional<std::string>(*found) : std::nullopt;
    }
    [[nodiscard]] bool flag(std::string_view key) const {
        const FieldValue* const value = find_(key);
        return value != nullptr && as_bool(*value).value_or(false);
    }

private:
    Find find_;
};

Overflow parse_overflow(const std::optional<std::string>& name) {
    if (name == "reject-publish") return Overflow::reject_publish;
    if (name == "reject-publish-dlx") return Overflow::reject_publish_dlx;
    return Overflow::drop_head;
}

/// Rule: RabbitMQ: a negative limit is none.
std::optional<std::uint16_t> parse_delivery_limit(std::optional<std::int64_t> given) {
    if (!given || *given < 0) return {};
    return static_cast<std::uint16_t>(std::min<std::int64_t>(*given, 0xFFFE));
}

RetryType parse_retry_type(const std::optional<std::string>& name) {
    if (name == "all") return RetryType::all;
    if (name == "failed") return RetryType::failed;
    if (name == "returned") return RetryType::returned;
    return RetryType::disabled;
}

template <class Find>
RetrySettings read_retry(const Reader<Find>& settings) {
    const auto least = settings.period("delayed-retry-min");
    return {
        .type = least ? parse_retry_type(settings.text("delayed-retry-type")) : RetryType::disabled,
        .min = least.value_or(std::chrono::milliseconds{}),
        .max = settings.period("delayed-retry-max").value_or(limits::longest_period),
        .exponential = settings.text("delayed-retry-backoff") == "exponential",
    };
}

}  // namespace

QueueSettings settings_of(const QueueArguments& arguments,
                          std::span<const EffectiveSetting> effective) {
    const Reader common([&](std::string_view key) { return find(effective, key); });
    const Reader own([&](std::string_view key) { return arguments.table().find(key); });
    return {
        .message_ttl = common.period("message-ttl"),
        .expires = common.period("expires"),
        .max_length = common.size("max-length"),
        .max_length_octets = common.size("max-length-bytes"),
        .overflow = parse_overflow(common.text("overflow")),
        .dead_letter_exchange = common.text("dead-letter-exchange"),
        .dead_letter_routing_key = common.text("dead-letter-routing-key"),
        .delivery_limit = parse_delivery_limit(common.integer("delivery-limit")),
        .consumer_timeout = common.period("consumer-timeout"),
        .expire_anywhere = common.flag("expire-anywhere"),
        .retry = read_retry(common),
        .max_priority = static_cast<std::uint8_t>(own.integer("x-max-priority").value_or(0)),
        .single_active_consumer = own.flag("x-single-active-consumer"),
    };
}

}  // namespace leveret::broker

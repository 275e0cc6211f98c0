#include "broker/queue_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "broker/limits.hpp"
#include "protocol/amqp/protocol_error.hpp"

namespace leveret::broker {

using namespace protocol::amqp;

namespace {

/// What is wrong with a value, in RabbitMQ's terms; nothing: it is fine.
using Fault = std::optional<std::string>;
using Check = Fault (*)(const FieldValue&);

Fault unacceptable_type(const FieldValue& value) {
    return fmt::format("{{unacceptable_type,{}}}", type_name(value));
}

Fault any_integer(const FieldValue& value) {
    if (as_integer(value)) return {};
    return fmt::format("\"expected integer, got {}\"", type_name(value));
}

Fault non_negative(const FieldValue& value) {
    if (auto fault = any_integer(value)) return fault;
    if (const auto number = *as_integer(value); number < 0) {
        return fmt::format("{{value_negative,{}}}", number);
    }
    return {};
}

Fault positive(const FieldValue& value) {
    if (auto fault = non_negative(value)) return fault;
    if (*as_integer(value) == 0) return "{value_zero,0}";
    return {};
}

Fault period(const FieldValue& value) {
    if (auto fault = non_negative(value)) return fault;
    if (const auto number = *as_integer(value); number > limits::longest_period.count()) {
        return fmt::format("{{value_too_large,{}}}", number);
    }
    return {};
}

Fault period_above_zero(const FieldValue& value) {
    if (auto fault = positive(value)) return fault;
    return period(value);
}

Fault priority(const FieldValue& value) {
    if (auto fault = non_negative(value)) return fault;
    if (const auto number = *as_integer(value); number > 255) {
        return fmt::format("{{max_value_exceeded,{}}}", number);
    }
    return {};
}

Fault text(const FieldValue& value) {
    return as_string(value) ? Fault{} : unacceptable_type(value);
}

Fault boolean(const FieldValue& value) {
    return as_bool(value) ? Fault{} : unacceptable_type(value);
}

template <std::size_t Count>
Fault one_of(const FieldValue& value, const std::array<std::string_view, Count>& allowed,
             std::string_view fault) {
    if (auto wrong = text(value)) return wrong;
    if (std::find(allowed.begin(), allowed.end(), *as_string(value)) == allowed.end()) {
        return std::string(fault);
    }
    return {};
}

Fault overflow(const FieldValue& value) {
    static constexpr std::array<std::string_view, 3> allowed{"drop-head", "reject-publish",
                                                             "reject-publish-dlx"};
    return one_of(value, allowed, "invalid_overflow");
}

Fault leader_locator(const FieldValue& value) {
    static constexpr std::array<std::string_view, 4> allowed{"client-local", "balanced", "random",
                                                             "least-leaders"};
    return one_of(value, allowed, "invalid_queue_locator_arg");
}

Fault dead_letter_strategy(const FieldValue& value) {
    static constexpr std::array<std::string_view, 2> allowed{"at-most-once", "at-least-once"};
    return one_of(value, allowed, "invalid_dlx_strategy");
}

Fault delayed_retry_type(const FieldValue& value) {
    static constexpr std::array<std::string_view, 4> allowed{"disabled", "all", "failed",
                                                             "returned"};
    return one_of(value, allowed, "invalid_delayed_retry_type");
}

Fault delayed_retry_backoff(const FieldValue& value) {
    static constexpr std::array<std::string_view, 2> allowed{"linear", "exponential"};
    return one_of(value, allowed, "invalid_delayed_retry_backoff");
}

Fault anything(const FieldValue&) { return {}; }

struct Known {
    std::string_view name;
    Check check;
    bool only_streams = false;
};

/// Every argument that some type of queue knows. Where RabbitMQ has a type refuse an argument that
/// it could honour, or that can be ignored without harm, we accept it.
constexpr std::array known_arguments = std::to_array<Known>({
    {"x-expires", period_above_zero},
    {"x-message-ttl", period},
    {"x-dead-letter-exchange", anything},  // checked before all others
    {"x-dead-letter-routing-key", text},
    {"x-dead-letter-strategy", dead_letter_strategy},
    {"x-max-length", non_negative},
    {"x-max-length-bytes", non_negative},
    {"x-max-priority", priority},
    {"x-overflow", overflow},
    {"x-single-active-consumer", boolean},
    {"x-queue-type", text},
    {"x-queue-leader-locator", leader_locator},
    {"x-quorum-initial-group-size", positive},
    {"x-initial-cluster-size", positive},
    {"x-member-placement-tag", text},
    {"x-max-in-memory-length", non_negative},
    {"x-max-in-memory-bytes", non_negative},
    {"x-delivery-limit", any_integer},
    {"x-delayed-retry-type", delayed_retry_type},
    {"x-delayed-retry-min", period},
    {"x-delayed-retry-max", period},
    {"x-delayed-retry-backoff", delayed_retry_backoff},
    {"x-expire-anywhere", boolean},
    {"x-consumer-timeout", period_above_zero},
    {"x-consumer-disconnected-timeout", positive},
    {"x-name-prefix", text},
    {"x-max-age", anything, true},
    {"x-stream-max-segment-size-bytes", anything, true},
    {"x-stream-filter-size-bytes", anything, true},
});

const Known* find_known(std::string_view name) {
    const auto row = std::find_if(known_arguments.begin(), known_arguments.end(),
                                  [&](const Known& known) { return known.name == name; });
    return row == known_arguments.end() ? nullptr : row;
}

std::string describe(QueueName name) {
    return fmt::format("queue '{}' in vhost '{}'", name.queue, name.vhost);
}

[[noreturn]] void refuse(const std::string& explanation) {
    throw ProtocolError(reply::precondition_failed, explanation);
}

QueueType type_of(QueueName name, const FieldTable& table) {
    const FieldValue* const value = table.find("x-queue-type");
    if (value == nullptr) return QueueType::classic;
    const auto type = as_string(*value);
    if (!type) {
        refuse(fmt::format("invalid arg 'x-queue-type' for {}: {}", describe(name),
                           *unacceptable_type(*value)));
    }
    if (*type == "classic" || type->empty() || *type == "undefined") return QueueType::classic;
    if (*type == "quorum") return QueueType::quorum;
    refuse(fmt::format("unsupported queue type '{}'", *type));
}

void check_delayed_retry(QueueName name, const FieldTable& table) {
    const FieldValue* const type = table.find("x-delayed-retry-type");
    const FieldValue* const least = table.find("x-delayed-retry-min");
    const FieldValue* const most = table.find("x-delayed-retry-max");
    if (type != nullptr && as_string(*type) != "disabled" && least == nullptr) {
        refuse(fmt::format(
            "invalid arg 'x-delayed-retry-type' for {}: delayed_retry_but_no_min_defined",
            describe(name)));
    }
    if (least != nullptr && most != nullptr && *as_integer(*most) < *as_integer(*least)) {
        refuse(fmt::format("invalid arg 'x-delayed-retry-max' for {}: below_delayed_retry_min",
                           describe(name)));
    }
}

/// Equal in RabbitMQ's sense: integers by value, all else by type and value.
bool equivalent(const FieldValue& a, const FieldValue& b) {
    const auto left = as_integer(a);
    const auto right = as_integer(b);
    return left || right ? left == right : a == b;
}

}  // namespace

QueueArguments::QueueArguments(QueueName name, FieldTable table)
    : table_(std::move(table)), type_(type_of(name, table_)) {
    require_text_argument(table_, "x-dead-letter-exchange", describe(name));
    for (const auto& [key, value] : table_) {
        const Known* const known = find_known(key);
        if (known == nullptr) continue;
        if (known->only_streams) {
            refuse(fmt::format("invalid arg '{}' for {} of queue type rabbit_{}_queue", key,
                               describe(name), type_ == QueueType::quorum ? "quorum" : "classic"));
        }
        if (const Fault fault = known->check(value)) {
            refuse(fmt::format("invalid arg '{}' for {}: {}", key, describe(name), *fault));
        }
    }
    check_delayed_retry(name, table_);
    if (table_.contains("x-dead-letter-routing-key") &&
        !table_.contains("x-dead-letter-exchange")) {
        refuse(
            fmt::format("invalid arg 'x-dead-letter-routing-key' for {}: "
                        "routing_key_but_no_dlx_defined",
                        describe(name)));
    }
}

void QueueArguments::require_equivalent(QueueName name, const FieldTable& redeclared) const {
    const std::string what = describe(name);
    if (type_ != type_of(name, redeclared)) {
        require_equivalent_argument("x-queue-type", what, table_.find("x-queue-type"),
                                    redeclared.find("x-queue-type"));
    }
    for (const Known& known : known_arguments) {
        if (known.name == "x-queue-type") continue;
        require_equivalent_argument(known.name, what, table_.find(known.name),
                                    redeclared.find(known.name));
    }
}

void require_text_argument(const FieldTable& arguments, std::string_view name,
                           std::string_view what) {
    const FieldValue* const value = arguments.find(name);
    if (value == nullptr || as_string(*value)) return;
    refuse(fmt::format("invalid type '{}' for arg '{}' in {}", type_name(*value), name, what));
}

void require_equivalent_argument(std::string_view name, std::string_view what,
                                 const FieldValue* current, const FieldValue* received) {
    if (current == nullptr && received == nullptr) return;
    const bool both = current != nullptr && received != nullptr;
    if (both && equivalent(*current, *received)) return;
    const auto describe_one = [&](const FieldValue* value) -> std::string {
        if (both) return fmt::format("'{}'", render(*value));
        return value == nullptr ? "none" : protocol::amqp::describe(*value);
    };
    refuse(fmt::format("inequivalent arg '{}' for {}: received {} but current is {}", name, what,
                       describe_one(received), describe_one(current)));
}

}  // namespace leveret::broker

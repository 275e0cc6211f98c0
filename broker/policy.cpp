#include "broker/policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "broker/pattern.hpp"
#include "broker/validation.hpp"
#include "protocol/amqp/erlang_term.hpp"

namespace leveret::broker {

using namespace protocol::amqp;

namespace {

constexpr std::array<std::string_view, 6> applies_to_names{
    "all", "queues", "exchanges", "classic_queues", "quorum_queues", "streams"};

bool is_text(const FieldValue& value) { return as_string(value).has_value(); }
bool is_integer(const FieldValue& value) { return as_integer(value).has_value(); }
bool is_not_negative(const FieldValue& value) { return as_integer(value).value_or(-1) >= 0; }
bool is_positive(const FieldValue& value) { return as_integer(value).value_or(0) > 0; }
bool is_anything(const FieldValue&) { return true; }

template <std::size_t Size>
bool is_one_of(const FieldValue& value, const std::array<std::string_view, Size>& allowed) {
    const auto text = as_string(value);
    return text && std::ranges::find(allowed, *text) != allowed.end();
}

bool is_overflow(const FieldValue& value) {
    return is_one_of<3>(value, {"drop-head", "reject-publish", "reject-publish-dlx"});
}
bool is_queue_mode(const FieldValue& value) { return is_one_of<2>(value, {"default", "lazy"}); }
bool is_queue_version(const FieldValue& value) {
    const auto version = as_integer(value);
    return version == 1 || version == 2;
}
bool is_leader_locator(const FieldValue& value) {
    return is_one_of<4>(value, {"client-local", "balanced", "random", "least-leaders"});
}
bool is_dead_letter_strategy(const FieldValue& value) {
    return is_one_of<2>(value, {"at-most-once", "at-least-once"});
}
bool is_retry_type(const FieldValue& value) {
    return is_one_of<4>(value, {"disabled", "all", "failed", "returned"});
}
bool is_retry_backoff(const FieldValue& value) {
    return is_one_of<2>(value, {"linear", "exponential"});
}
bool is_boolean(const FieldValue& value) { return as_bool(value).has_value(); }
bool is_segment_size(const FieldValue& value) {
    const auto size = as_integer(value);
    return size && *size >= 0 && *size <= 3'000'000'000;
}
bool is_filter_size(const FieldValue& value) {
    const auto size = as_integer(value);
    return size && *size >= 16 && *size <= 255;
}
/// Digits, then one of Y, M, D, h, m, s.
bool is_age(const FieldValue& value) {
    const auto text = as_string(value);
    if (!text || text->size() < 2) return false;
    if (std::string_view("YMDhms").find(text->back()) == std::string_view::npos) return false;
    return std::ranges::all_of(text->substr(0, text->size() - 1),
                               [](unsigned char c) { return std::isdigit(c) != 0; });
}

struct Key {
    std::string_view name;
    bool (*is_valid)(const FieldValue&);
    std::string_view kind;  ///< as RabbitMQ's text has it: "5 is not a valid …"
    bool for_operators = false;
    bool only_streams = false;
};

/// Every key that a policy may have. What RabbitMQ has a key for and this broker does not do is
/// unknown, as there without the plugin; what means nothing on one node, or to the queues that are
/// here, is taken without effect.
constexpr std::array keys = std::to_array<Key>({
    {"alternate-exchange", is_text, "alternate exchange name"},
    {"consumer-disconnected-timeout", is_positive, "consumer disconnected timeout"},
    {"consumer-timeout", is_positive, "consumer timeout"},
    {"dead-letter-exchange", is_text, "dead letter exchange name"},
    {"dead-letter-routing-key", is_text, "dead letter routing key"},
    {"dead-letter-strategy", is_dead_letter_strategy, "dead letter strategy"},
    {"delayed-retry-backoff", is_retry_backoff, "delayed retry backoff", true},
    {"delayed-retry-max", is_not_negative, "delayed retry maximum", true},
    {"delayed-retry-min", is_not_negative, "delayed retry minimum", true},
    {"delayed-retry-type", is_retry_type, "delayed retry type", true},
    {"delivery-limit", is_integer, "delivery limit", true},
    {"expire-anywhere", is_boolean, "switch"},
    {"expires", is_positive, "queue expiry", true},
    {"ha-mode", is_text, "ha-mode value", true},
    {"ha-params", is_anything, "ha-params value", true},
    {"ha-promote-on-failure", is_text, "ha-promote-on-failure value", true},
    {"ha-promote-on-shutdown", is_text, "ha-promote-on-shutdown value", true},
    {"ha-sync-batch-size", is_positive, "ha-sync-batch-size value", true},
    {"ha-sync-mode", is_text, "ha-sync-mode value", true},
    {"initial-cluster-size", is_positive, "cluster size"},
    {"max-age", is_age, "max age", false, true},
    {"max-in-memory-bytes", is_not_negative, "maximum memory in bytes", true},
    {"max-in-memory-length", is_not_negative, "maximum memory in bytes", true},
    {"max-length", is_not_negative, "maximum length", true},
    {"max-length-bytes", is_not_negative, "maximum length in bytes", true},
    {"message-ttl", is_not_negative, "message TTL", true},
    {"overflow", is_overflow, "overflow value", true},
    {"queue-leader-locator", is_leader_locator, "queue leader locator value"},
    {"queue-master-locator", is_text, "queue master locator value", true},
    {"queue-mode", is_queue_mode, "queue-mode value"},
    {"queue-version", is_queue_version, "queue version", true},
    {"stream-filter-size-bytes", is_filter_size, "filter size", false, true},
    {"stream-max-segment-size-bytes", is_segment_size, "segment size", false, true},
    {"target-group-size", is_positive, "target group size", true},
});

const Key* find_key(std::string_view name) {
    const auto key = std::ranges::find(keys, name, &Key::name);
    return key == keys.end() ? nullptr : &*key;
}

void validate_pattern(const std::string& pattern) {
    try {
        (void)Pattern(pattern);
    } catch (const PatternError& error) {
        throw ValidationFailed(
            fmt::format("pattern should be regular expression but is invalid: {{\"{}\",{}}}",
                        error.what(), error.offset()));
    }
}

void refuse_duplicates(const FieldTable& definition) {
    FieldTable seen;
    for (const auto& [key, value] : definition) {
        if (seen.contains(key)) {
            throw ValidationFailed(fmt::format("[<<\"{}\">>] duplicate keys not allowed", key));
        }
        seen.append(key, Void{});
    }
}

/// Rule: RabbitMQ names all unknown keys at once.
void refuse_unknown_keys(PolicyKind kind, const FieldTable& definition) {
    FieldTable unknown;
    for (const auto& [name, value] : definition) {
        const Key* const key = find_key(name);
        const bool known = key != nullptr && (kind == PolicyKind::user || key->for_operators);
        if (!known) unknown.append(name, value);
    }
    if (unknown.empty()) return;
    throw ValidationFailed(fmt::format("{} are not recognised policy settings", as_term(unknown)));
}

void validate_delayed_retry(const FieldTable& definition) {
    const FieldValue* const least = definition.find("delayed-retry-min");
    const FieldValue* const most = definition.find("delayed-retry-max");
    if (least != nullptr && most != nullptr && *as_integer(*most) < *as_integer(*least)) {
        throw ValidationFailed("delayed-retry-max is below delayed-retry-min");
    }
}

}  // namespace

std::string_view to_string(AppliesTo applies_to) {
    return applies_to_names[static_cast<std::size_t>(applies_to)];
}

AppliesTo parse_applies_to(std::string_view text) {
    const auto name = std::ranges::find(applies_to_names, text);
    if (name == applies_to_names.end()) {
        throw ValidationFailed(
            fmt::format("apply-to '{}' unrecognised; should be one of: 'queues', 'classic_queues', "
                        "'quorum_queues', 'streams', 'exchanges', or 'all'",
                        text));
    }
    return static_cast<AppliesTo>(name - applies_to_names.begin());
}

void validate(PolicyKind kind, const Policy& policy) {
    validate_pattern(policy.pattern);
    if (policy.definition.empty()) throw ValidationFailed("no policy provided");
    refuse_duplicates(policy.definition);
    refuse_unknown_keys(kind, policy.definition);
    for (const auto& [name, value] : policy.definition) {
        const Key& key = *find_key(name);
        if (key.is_valid(value)) continue;
        throw ValidationFailed(fmt::format("{} is not a valid {}", as_term(value), key.kind));
    }
    validate_delayed_retry(policy.definition);
}

PolicyTarget target_of(QueueType type) {
    return type == QueueType::quorum ? PolicyTarget::quorum_queue : PolicyTarget::classic_queue;
}

bool fits(const Policy& policy, PolicyTarget target) {
    switch (policy.applies_to) {
        case AppliesTo::all:
            break;
        case AppliesTo::queues:
            if (target == PolicyTarget::exchange) return false;
            break;
        case AppliesTo::exchanges:
            return target == PolicyTarget::exchange;
        case AppliesTo::classic_queues:
            if (target != PolicyTarget::classic_queue) return false;
            break;
        case AppliesTo::quorum_queues:
            if (target != PolicyTarget::quorum_queue) return false;
            break;
        case AppliesTo::streams:
            return false;
    }
    return target == PolicyTarget::exchange ||
           std::ranges::none_of(policy.definition, [](const FieldEntry& entry) {
               const Key* const key = find_key(entry.first);
               return key != nullptr && key->only_streams;
           });
}

}  // namespace leveret::broker

#include "broker/effective_settings.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace leveret::broker {

using namespace protocol::amqp;

namespace {

/// Rule: RabbitMQ: of quorum queues, since 4.0.
constexpr std::int64_t quorum_delivery_limit = 20;

enum class Wins : std::uint8_t {
    argument,
    policy,
    smaller,
    smaller_of_positive,  ///< a negative one gives way
};

struct Setting {
    std::string_view argument;  ///< with its x-
    Wins wins;

    [[nodiscard]] std::string_view key() const { return argument.substr(2); }
};

constexpr std::array settings = std::to_array<Setting>({
    {"x-consumer-timeout", Wins::argument},
    {"x-dead-letter-exchange", Wins::argument},
    {"x-dead-letter-routing-key", Wins::argument},
    {"x-dead-letter-strategy", Wins::argument},
    {"x-delayed-retry-backoff", Wins::policy},
    {"x-delayed-retry-max", Wins::smaller},
    {"x-delayed-retry-min", Wins::smaller},
    {"x-delayed-retry-type", Wins::policy},
    {"x-delivery-limit", Wins::smaller_of_positive},
    {"x-expire-anywhere", Wins::argument},
    {"x-expires", Wins::smaller},
    {"x-max-length", Wins::smaller},
    {"x-max-length-bytes", Wins::smaller},
    {"x-message-ttl", Wins::smaller},
    {"x-overflow", Wins::argument},
});

/// Whether the argument's value counts, of two.
bool argument_wins(const Setting& setting, const FieldValue& argument, const FieldValue& policy) {
    switch (setting.wins) {
        case Wins::argument:
            return true;
        case Wins::policy:
            return false;
        case Wins::smaller:
            return *as_integer(argument) <= *as_integer(policy);
        case Wins::smaller_of_positive: {
            const std::int64_t own = *as_integer(argument);
            const std::int64_t other = *as_integer(policy);
            return own < 0 || other < 0 ? own >= other : own <= other;
        }
    }
    return true;
}

/// Which of the two policies a value of their common definition comes from.
EffectiveSetting of_policy(const Setting& setting, const FieldValue& value,
                           const AppliedPolicies& policies) {
    const bool by_operator = policies.by_operator != nullptr && [&] {
        const FieldValue* const operators = policies.by_operator->definition.find(setting.key());
        return operators != nullptr && *operators == value;
    }();
    return {.key = setting.key(),
            .value = value,
            .from = by_operator ? Origin::operator_policy : Origin::policy,
            .by = by_operator ? policies.by_operator->name : policies.user->name};
}

}  // namespace

std::string_view to_string(Origin origin) {
    switch (origin) {
        case Origin::argument:
            return "argument";
        case Origin::policy:
            return "policy";
        case Origin::operator_policy:
            return "operator policy";
        case Origin::standard:
            return "default";
    }
    return "";
}

std::vector<EffectiveSetting> effective_settings(const QueueArguments& arguments,
                                                 const AppliedPolicies& policies) {
    const FieldTable definition = policies.definition();
    std::vector<EffectiveSetting> effective;
    for (const Setting& setting : settings) {
        const FieldValue* const argument = arguments.table().find(setting.argument);
        const FieldValue* const policy = definition.find(setting.key());
        const bool own = argument != nullptr &&
                         (policy == nullptr || argument_wins(setting, *argument, *policy));
        if (own) {
            effective.push_back({setting.key(), *argument, Origin::argument, {}});
        } else if (policy != nullptr) {
            effective.push_back(of_policy(setting, *policy, policies));
        } else if (setting.key() == "delivery-limit" && arguments.type() == QueueType::quorum) {
            effective.push_back({setting.key(), quorum_delivery_limit, Origin::standard, {}});
        }
    }
    return effective;
}

const FieldValue* find(std::span<const EffectiveSetting> settings, std::string_view key) {
    const auto place = std::ranges::find(settings, key, &EffectiveSetting::key);
    return place == settings.end() ? nullptr : &place->value;
}

}  // namespace leveret::broker

#include "broker/dead_letter.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "broker/rewrite.hpp"
#include "protocol/amqp/properties.hpp"

namespace leveret::broker {

using namespace protocol::amqp;

namespace {

constexpr std::string_view x_death = "x-death";

std::string_view text_of(const FieldTable& table, std::string_view name) {
    const FieldValue* const value = table.find(name);
    return value == nullptr ? std::string_view() : as_string(*value).value_or("");
}

bool is_about(const FieldValue& entry, std::string_view queue, std::string_view reason) {
    const FieldTable* const table = as_table(entry);
    return table != nullptr && text_of(*table, "queue") == queue &&
           text_of(*table, "reason") == reason;
}

FieldArray routing_keys(const Message& message, const FieldTable& headers) {
    FieldArray keys;
    keys.values.emplace_back(std::string(message.routing_key()));
    const FieldValue* const copies = headers.find("CC");
    const FieldArray* const more = copies == nullptr ? nullptr : as_array(*copies);
    if (more == nullptr) return keys;
    for (const FieldValue& key : more->values) {
        if (as_string(key)) keys.values.push_back(key);
    }
    return keys;
}

FieldTable first_entry(const Message& message, const FieldTable& headers, const Death& death) {
    FieldTable entry;
    const BasicProperties properties = message.properties();
    if (properties.has(property::expiration)) {
        entry.append("original-expiration", std::string(properties.expiration));
    }
    entry.append("count", std::int64_t{1});
    entry.append("reason", std::string(to_string(death.reason)));
    entry.append("queue", std::string(death.queue));
    const auto seconds = std::chrono::floor<std::chrono::seconds>(death.time).time_since_epoch();
    entry.append("time", Timestamp{static_cast<std::uint64_t>(seconds.count())});
    entry.append("exchange", std::string(message.exchange()));
    entry.append("routing-keys", routing_keys(message, headers));
    return entry;
}

/// The deaths that this broker has written down, with this one in front.
FieldArray deaths_with(const Message& message, const FieldTable& headers, const Death& death) {
    FieldArray deaths;
    if (death.died_before) {
        const FieldValue* const value = headers.find(x_death);
        if (const FieldArray* known = value == nullptr ? nullptr : as_array(*value)) {
            deaths = *known;
        }
    }
    const std::string_view reason = to_string(death.reason);
    const auto known =
        std::find_if(deaths.values.begin(), deaths.values.end(),
                     [&](const FieldValue& entry) { return is_about(entry, death.queue, reason); });
    if (known == deaths.values.end()) {
        deaths.values.insert(deaths.values.begin(), first_entry(message, headers, death));
        return deaths;
    }
    std::rotate(deaths.values.begin(), known, known + 1);
    FieldTable& entry = std::get<FieldTable>(deaths.values.front());
    const FieldValue* const count = entry.find("count");
    entry.set("count", as_integer(*count).value_or(0) + 1);
    return deaths;
}

void note(FieldTable& headers, std::string_view which, const Message& message, const Death& death) {
    const std::string prefix = "x-" + std::string(which) + "-death-";
    headers.set(prefix + "reason", std::string(to_string(death.reason)));
    headers.set(prefix + "queue", std::string(death.queue));
    headers.set(prefix + "exchange", std::string(message.exchange()));
}

}  // namespace

std::string_view to_string(DeathReason reason) {
    switch (reason) {
        case DeathReason::rejected:
            return "rejected";
        case DeathReason::expired:
            return "expired";
        case DeathReason::maxlen:
            return "maxlen";
        case DeathReason::delivery_limit:
            return "delivery_limit";
    }
    return "";
}

DeadLetter::DeadLetter(const Message& message, const Death& death, std::string_view exchange,
                       const std::string_view* routing_key)
    : headers_(headers_of(message)) {
    headers_.set(x_death, deaths_with(message, headers_, death));
    if (!death.died_before || !headers_.contains("x-first-death-queue")) {
        note(headers_, "first", message, death);
    }
    note(headers_, "last", message, death);
    if (routing_key != nullptr) headers_.erase("CC");
    const std::string encoded = headers_.encoded();
    BasicProperties properties = message.properties();
    properties.set(property::headers, &BasicProperties::headers, std::string_view(encoded));
    properties.flags &= static_cast<std::uint16_t>(~property::expiration);
    message_ =
        Message::make(exchange, routing_key != nullptr ? *routing_key : message.routing_key(),
                      properties, message.body());
}

bool DeadLetter::would_cycle(std::string_view queue) const {
    const FieldValue* const value = headers_.find(x_death);
    for (const FieldValue& death : as_array(*value)->values) {
        const FieldTable* const entry = as_table(death);
        if (entry == nullptr) continue;
        if (text_of(*entry, "reason") == to_string(DeathReason::rejected)) return false;
        if (text_of(*entry, "queue") == queue) return true;
    }
    return false;
}

}  // namespace leveret::broker

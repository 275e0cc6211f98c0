#include "routing/header_match.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/amqp/protocol_error.hpp"
#include "protocol/amqp/reply_code.hpp"

namespace leveret::routing {

using namespace protocol::amqp;

namespace {

struct Mode {
    std::string_view name;
    bool all;
    bool with_x;
};
constexpr Mode modes[] = {{"all", true, false},
                          {"any", false, false},
                          {"all-with-x", true, true},
                          {"any-with-x", false, true}};

/// The words of both errors are RabbitMQ's, down to how Erlang prints a binary.
Mode parse_mode(const FieldTable& arguments) {
    const FieldValue* value = arguments.find("x-match");
    if (value == nullptr) return modes[0];
    const auto text = as_string(*value);
    if (!text) {
        throw ProtocolError(reply::precondition_failed,
                            "Invalid x-match field type " + std::string(type_name(*value)) +
                                " (value " + render(*value) + "); expected longstr");
    }
    for (const Mode& mode : modes) {
        if (mode.name == *text) return mode;
    }
    // Cut, so that the advice behind it stays within the reply-text.
    throw ProtocolError(reply::precondition_failed,
                        "Invalid x-match field value <<\"" + render(*value) +
                            "\">>; expected all, any, all-with-x, or any-with-x");
}

std::optional<double> as_float(const FieldValue& value) {
    if (const auto* single = std::get_if<float>(&value)) return *single;
    if (const auto* twice = std::get_if<double>(&value)) return *twice;
    return std::nullopt;
}

std::optional<std::string_view> as_octets(const FieldValue& value) {
    if (const auto* bytes = std::get_if<ByteArray>(&value)) return bytes->octets;
    return as_string(value);
}

bool satisfied(const FieldEntry& wanted, const FieldTable& headers) {
    const FieldValue* value = headers.find(wanted.first);
    if (value == nullptr) return false;
    return std::holds_alternative<Void>(wanted.second) || equal_by_value(wanted.second, *value);
}

}  // namespace

bool equal_by_value(const FieldValue& a, const FieldValue& b) {
    if (const auto integer = as_integer(a)) return integer == as_integer(b);
    if (const auto number = as_float(a)) return number == as_float(b);
    if (const auto octets = as_octets(a)) return octets == as_octets(b);
    return a == b;
}

std::string comparable_value(const FieldValue& value) {
    if (const auto integer = as_integer(value)) return "i" + std::to_string(*integer);
    if (const auto number = as_float(value)) {
        // Both zeros are equal; a NaN equals nothing, which the match itself finds out.
        const double comparable = *number == 0 ? 0.0 : *number;
        std::string octets(sizeof comparable, '\0');
        std::memcpy(octets.data(), &comparable, sizeof comparable);
        return "d" + octets;
    }
    if (const auto octets = as_octets(value)) return "s" + std::string(*octets);
    return "o" + FieldTable{{"", value}}.encoded();
}

std::vector<const FieldEntry*> HeaderMatch::required() const {
    if (!all_) return {};
    std::vector<const FieldEntry*> entries;
    for (const FieldEntry* const entry : wanted_) {
        if (!std::holds_alternative<Void>(entry->second)) entries.push_back(entry);
    }
    return entries;
}

HeaderMatch::HeaderMatch(const FieldTable& arguments) {
    const Mode mode = parse_mode(arguments);
    all_ = mode.all;
    for (const FieldEntry& entry : arguments) {
        if (entry.first == "x-match") continue;
        if (!mode.with_x && entry.first.starts_with("x-")) continue;
        wanted_.push_back(&entry);
    }
}

bool HeaderMatch::matches(const FieldTable& headers) const {
    const auto is_satisfied = [&](const FieldEntry* entry) { return satisfied(*entry, headers); };
    return all_ ? std::all_of(wanted_.begin(), wanted_.end(), is_satisfied)
                : std::any_of(wanted_.begin(), wanted_.end(), is_satisfied);
}

}  // namespace leveret::routing

#include "admin-ui/api/field_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <type_traits>
#include <unordered_map>
#include <variant>

#include "admin-ui/api/error.hpp"
#include "broker/digest.hpp"
#include "protocol/amqp/protocol_error.hpp"
#include "protocol/octet_buffer.hpp"
#include "protocol/utf8.hpp"

namespace leveret::admin {

namespace amqp = protocol::amqp;

namespace {

constexpr std::size_t short_string_octets = 255;

double decimal(const amqp::Decimal& value) {
    return static_cast<double>(static_cast<std::int32_t>(value.value)) /
           std::pow(10.0, value.scale);
}

void write_octets(std::string_view octets, JsonSink& out) {
    if (protocol::is_utf8(octets)) {
        out.text(octets);
    } else {
        out.text(broker::base64(octets));
    }
}

/// Calls `visit(key, value)` for the first entry of each key.
template <class Visit>
void for_each_key(const amqp::FieldTable& table, Visit&& visit) {
    std::set<std::string_view> seen;
    for (const auto& [key, value] : table) {
        if (seen.insert(key).second) visit(key, value);
    }
}

void write_type(const amqp::FieldValue& value, JsonSink& out) {
    if (const auto* table = amqp::as_table(value)) return write_types(*table, out);
    if (const auto* array = amqp::as_array(value)) {
        return out.array([&] {
            for (const auto& entry : array->values) write_type(entry, out);
        });
    }
    const std::string letter(1, amqp::type_letter(value));
    const auto* text = std::get_if<std::string>(&value);
    out.text(text != nullptr && !protocol::is_utf8(*text) ? letter + "/base64" : letter);
}

}  // namespace

amqp::FieldValue to_field(const JsonValue& value) {
    return std::visit(
        []<class Content>(const Content& content) -> amqp::FieldValue {
            if constexpr (std::is_same_v<Content, std::monostate>) {
                return amqp::Void{};
            } else if constexpr (std::is_same_v<Content, JsonArray>) {
                amqp::FieldArray array;
                for (const JsonValue& entry : content) array.values.push_back(to_field(entry));
                return array;
            } else if constexpr (std::is_same_v<Content, JsonObject>) {
                return to_table(content);
            } else {
                return content;
            }
        },
        value.content);
}

namespace {

// Properties

using Properties = amqp::BasicProperties;

struct TextProperty {
    std::string_view name;
    std::uint16_t flag;
    std::string_view Properties::* member;
};
constexpr std::array<TextProperty, 10> text_properties{{
    {"content_type", amqp::property::content_type, &Properties::content_type},
    {"content_encoding", amqp::property::content_encoding, &Properties::content_encoding},
    {"correlation_id", amqp::property::correlation_id, &Properties::correlation_id},
    {"reply_to", amqp::property::reply_to, &Properties::reply_to},
    {"expiration", amqp::property::expiration, &Properties::expiration},
    {"message_id", amqp::property::message_id, &Properties::message_id},
    {"type", amqp::property::type, &Properties::type},
    {"user_id", amqp::property::user_id, &Properties::user_id},
    {"app_id", amqp::property::app_id, &Properties::app_id},
    {"cluster_id", amqp::property::cluster_id, &Properties::cluster_id},
}};

/// Integers come as texts from some tools.
std::uint64_t integer_property(std::string_view name, const JsonValue& value, std::uint64_t most) {
    std::optional<std::int64_t> number;
    if (const auto* integer = value.as<std::int64_t>()) number = *integer;
    if (const auto* text = value.as<std::string>()) {
        char* end = nullptr;
        const long long read = std::strtoll(text->c_str(), &end, 10);
        if (!text->empty() && *end == '\0') number = read;
    }
    if (!number) throw bad_request(fmt::format("not_int: {}", name));
    if (*number < 0 || static_cast<std::uint64_t>(*number) > most) {
        throw bad_request(fmt::format("{} is not from 0 to {}", name, most));
    }
    return static_cast<std::uint64_t>(*number);
}

}  // namespace

void write_value(const amqp::FieldValue& value, JsonSink& out) {
    std::visit(
        [&]<class Content>(const Content& content) {
            if constexpr (std::is_same_v<Content, amqp::Void>) {
                out.null();
            } else if constexpr (std::is_same_v<Content, amqp::LongLongInt>) {
                out.integer(content.value);
            } else if constexpr (std::is_same_v<Content, amqp::Decimal>) {
                out.number(decimal(content));
            } else if constexpr (std::is_same_v<Content, amqp::Timestamp>) {
                out.natural(content.seconds);
            } else if constexpr (std::is_same_v<Content, amqp::ByteArray>) {
                out.text(broker::base64(content.octets));
            } else if constexpr (std::is_same_v<Content, std::string>) {
                write_octets(content, out);
            } else if constexpr (std::is_same_v<Content, amqp::FieldArray>) {
                out.array([&] {
                    for (const auto& entry : content.values) write_value(entry, out);
                });
            } else if constexpr (std::is_same_v<Content, amqp::FieldTable>) {
                write_table(content, out);
            } else {
                out.value(content);
            }
        },
        value);
}

void write_table(const amqp::FieldTable& table, JsonSink& out) {
    out.object([&] {
        for_each_key(table, [&](std::string_view key, const amqp::FieldValue& value) {
            out.key(key);
            write_value(value, out);
        });
    });
}

void write_encoded_table(std::string_view octets, JsonSink& out) {
    amqp::FieldTable table;
    try {
        table = amqp::FieldTable::parse(octets);
    } catch (const amqp::ProtocolError&) {
        // It was walked when it came in; an empty object says all that can be said.
    }
    write_table(table, out);
}

void write_types(const amqp::FieldTable& table, JsonSink& out) {
    out.object([&] {
        for_each_key(table, [&](std::string_view key, const amqp::FieldValue& value) {
            out.key(key);
            write_type(value, out);
        });
    });
}

void write_properties(const Properties& properties, JsonSink& out) {
    out.object([&] {
        for (const TextProperty& property : text_properties) {
            if (!properties.has(property.flag)) continue;
            out.member(property.name, properties.*property.member);
        }
        if (properties.has(amqp::property::delivery_mode)) {
            out.member("delivery_mode", properties.delivery_mode);
        }
        if (properties.has(amqp::property::priority)) out.member("priority", properties.priority);
        if (properties.has(amqp::property::timestamp)) {
            out.member("timestamp", properties.timestamp);
        }
        if (properties.has(amqp::property::headers)) {
            out.key("headers");
            write_encoded_table(properties.headers, out);
        }
    });
}

amqp::FieldTable to_table(const JsonObject& object) {
    std::unordered_map<std::string_view, const JsonValue*> last;  // of a key that repeats
    for (const auto& [key, value] : object) {
        if (key.size() > short_string_octets) {
            throw bad_request("a key of a table is longer than 255 octets");
        }
        last[key] = &value;
    }
    amqp::FieldTable table;
    for (const auto& [key, value] : object) {
        if (last.at(key) == &value) table.append(key, to_field(value));
    }
    return table;
}

std::string encode_properties(const JsonObject& object) {
    Properties properties;
    std::string headers;
    for (const auto& [name, value] : object) {
        const auto property = std::find_if(text_properties.begin(), text_properties.end(),
                                           [&](const auto& known) { return known.name == name; });
        if (property != text_properties.end()) {
            const auto* text = value.as<std::string>();
            if (text == nullptr) throw bad_request(fmt::format("not_string: {}", name));
            if (text->size() > short_string_octets) {
                throw bad_request(fmt::format("{} is longer than 255 octets", name));
            }
            properties.set(property->flag, property->member, *text);
        } else if (name == "delivery_mode") {
            properties.set(amqp::property::delivery_mode, &Properties::delivery_mode,
                           static_cast<std::uint8_t>(integer_property(name, value, 255)));
        } else if (name == "priority") {
            properties.set(amqp::property::priority, &Properties::priority,
                           static_cast<std::uint8_t>(integer_property(name, value, 255)));
        } else if (name == "timestamp") {
            constexpr auto most =
                static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
            properties.set(amqp::property::timestamp, &Properties::timestamp,
                           integer_property(name, value, most));
        } else if (name == "headers") {
            const auto* table = value.as<JsonObject>();
            if (table == nullptr) throw bad_request("headers must be an object");
            headers = to_table(*table).encoded();
            properties.set(amqp::property::headers, &Properties::headers, headers);
        } else {
            throw bad_request(fmt::format("unknown property '{}'", name));
        }
    }
    protocol::OctetBuffer encoded;
    properties.encode(encoded);
    return std::string(encoded.view());
}

}  // namespace leveret::admin

#include "admin-ui/api/members.hpp"

#include <fmt/format.h>

#include <charconv>

#include "admin-ui/api/error.hpp"
#include "admin-ui/api/json_writer.hpp"
#include "admin-ui/api/target.hpp"

namespace leveret::admin {

namespace {

const JsonValue* present(const JsonObject& object, std::string_view key) {
    const JsonValue* const value = find(object, key);
    return value == nullptr || value->is_null() ? nullptr : value;
}

/// The value in a few words, for an error.
std::string shown(const JsonValue& value) {
    if (const auto* text = value.as<std::string>()) return *text;
    if (const auto* number = value.as<std::int64_t>()) return fmt::format("{}", *number);
    if (const auto* number = value.as<double>()) return fmt::format("{}", *number);
    if (const auto* truth = value.as<bool>()) return *truth ? "true" : "false";
    return value.as<JsonArray>() != nullptr ? "an array" : "an object";
}

ApiError wrong(std::string_view what, std::string_view key, const JsonValue& value) {
    return bad_request(fmt::format("{}: {}, {}", what, key, shown(value)));
}

}  // namespace

std::optional<bool> bool_member(const JsonObject& object, std::string_view key) {
    const JsonValue* const value = present(object, key);
    if (value == nullptr) return std::nullopt;
    if (const auto* truth = value->as<bool>()) return *truth;
    if (const auto* text = value->as<std::string>()) {
        if (*text == "true") return true;
        if (*text == "false") return false;
    }
    throw wrong("not_boolean", key, *value);
}

std::optional<std::int64_t> int_member(const JsonObject& object, std::string_view key) {
    const JsonValue* const value = present(object, key);
    if (value == nullptr) return std::nullopt;
    if (const auto* number = value->as<std::int64_t>()) return *number;
    if (const auto* text = value->as<std::string>()) {
        std::int64_t number{};
        const char* const last = text->data() + text->size();
        const auto [end, error] = std::from_chars(text->data(), last, number);
        if (error == std::errc{} && end == last) return number;
    }
    throw wrong("not_int", key, *value);
}

std::optional<std::string> text_member(const JsonObject& object, std::string_view key) {
    const JsonValue* const value = present(object, key);
    if (value == nullptr) return std::nullopt;
    if (const auto* text = value->as<std::string>()) return *text;
    throw wrong("not_string", key, *value);
}

JsonObject object_member(const JsonObject& object, std::string_view key) {
    const JsonValue* const value = present(object, key);
    if (value == nullptr) return {};
    if (const auto* found = value->as<JsonObject>()) return *found;
    if (const auto* array = value->as<JsonArray>(); array != nullptr && array->empty()) return {};
    throw wrong("not_object", key, *value);
}

std::string required_text(const JsonObject& object, std::string_view key) {
    auto text = text_member(object, key);
    if (!text) throw bad_request(fmt::format("key_missing: {}", key));
    return *std::move(text);
}

std::optional<std::uint64_t> parse_natural(std::string_view text) {
    std::uint64_t number{};
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    if (error != std::errc{} || end != last) return std::nullopt;
    return number;
}

std::uint64_t natural_parameter(const Query& query, std::string_view name, std::uint64_t otherwise,
                                std::uint64_t least, std::uint64_t most) {
    const auto text = query.find(name);
    if (!text) return otherwise;
    const auto number = parse_natural(*text);
    if (!number || *number < least || *number > most) {
        throw bad_request(fmt::format("{} must be a number from {} to {}", name, least, most));
    }
    return *number;
}

}  // namespace leveret::admin

// The one file that knows Boost.JSON: its parser walks, and what it finds is put into values of
// ours.
#define BOOST_JSON_STANDALONE_SOURCE
#include <fmt/format.h>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>
#include <cmath>
#include <limits>
#include <optional>

#include "admin-ui/api/error.hpp"
#include "admin-ui/api/http_message.hpp"
#include "admin-ui/api/json_value.hpp"
#include "admin-ui/api/limits.hpp"
#include "protocol/assert.hpp"

namespace leveret::admin {

namespace {

namespace boost_json = boost::json;
using Error = boost_json::error_code;

/// Builds a value from the parser's events.
class Builder {
public:
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

    explicit Builder(std::size_t values_most) : values_most_(values_most) {}

    JsonValue take() { return std::move(root_); }

    bool on_document_begin(Error&) { return true; }
    bool on_document_end(Error&) { return true; }
    bool on_object_begin(Error&) { return begin(JsonObject{}); }
    bool on_object_end(std::size_t, Error&) { return end(); }
    bool on_array_begin(Error&) { return begin(JsonArray{}); }
    bool on_array_end(std::size_t, Error&) { return end(); }
    bool on_key_part(boost_json::string_view part, std::size_t, Error&) { return collect(part); }
    bool on_key(boost_json::string_view part, std::size_t, Error&) {
        collect(part);
        std::get<JsonObject>(open_.back()->content).emplace_back(std::move(text_), JsonValue{});
        text_.clear();
        return true;
    }
    bool on_string_part(boost_json::string_view part, std::size_t, Error&) { return collect(part); }
    bool on_string(boost_json::string_view part, std::size_t, Error&) {
        collect(part);
        place().content = std::move(text_);
        text_.clear();
        return true;
    }
    bool on_number_part(boost_json::string_view, Error&) { return true; }
    bool on_int64(std::int64_t value, boost_json::string_view, Error&) { return scalar(value); }
    bool on_uint64(std::uint64_t value, boost_json::string_view, Error&) {
        if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
            return scalar(static_cast<double>(value));
        }
        return scalar(static_cast<std::int64_t>(value));
    }
    bool on_double(double value, boost_json::string_view, Error&) { return scalar(value); }
    bool on_bool(bool value, Error&) { return scalar(value); }
    bool on_null(Error&) {
        place();
        return true;
    }
    bool on_comment_part(boost_json::string_view, Error&) { return true; }
    bool on_comment(boost_json::string_view, Error&) { return true; }

private:
    bool collect(boost_json::string_view part) {
        text_.append(part.data(), part.size());
        return true;
    }

    template <class Value>
    bool scalar(Value value) {
        place().content = value;
        return true;
    }

    /// Where the next value goes. References stay: only the innermost container grows.
    JsonValue& place() {
        if (++values_ > values_most_) {
            throw bad_request(fmt::format("JSON may have {} values", values_most_));
        }
        if (open_.empty()) return root_;
        if (auto* array = std::get_if<JsonArray>(&open_.back()->content)) {
            return array->emplace_back();
        }
        return std::get<JsonObject>(open_.back()->content).back().second;
    }

    template <class Container>
    bool begin(Container container) {
        JsonValue& value = place();
        value.content = std::move(container);
        open_.push_back(&value);
        return true;
    }

    bool end() {
        open_.pop_back();
        return true;
    }

    JsonValue root_;
    std::vector<JsonValue*> open_;
    std::string text_;
    const std::size_t values_most_;
    std::size_t values_ = 0;
};

}  // namespace

const JsonValue* find(const JsonObject& object, std::string_view name) {
    for (auto member = object.rbegin(); member != object.rend(); ++member) {
        if (member->first == name) return &member->second;
    }
    return nullptr;
}

JsonValue parse_json(std::string_view text, std::size_t values_most) {
    boost_json::parse_options options;
    options.max_depth = limits::json_depth;
    boost_json::basic_parser<Builder> parser(options, values_most);
    Error error;
    const std::size_t taken = parser.write_some(false, text.data(), text.size(), error);
    if (error == boost_json::error::too_deep) {
        throw bad_request("JSON is nested deeper than " + std::to_string(limits::json_depth));
    }
    const bool only_space = trimmed(text.substr(taken)).empty();
    if (error || !only_space) throw bad_request("not_json");
    return parser.handler().take();
}

JsonObject parse_body(std::string_view text, std::size_t values_most) {
    text = trimmed(text);
    if (text.empty() || text == "null" || text == "undefined") return {};
    JsonValue value = parse_json(text, values_most);
    if (auto* object = std::get_if<JsonObject>(&value.content)) return std::move(*object);
    if (const auto* inner = value.as<std::string>()) {
        const std::string_view content = trimmed(*inner);
        if (content.starts_with('{') || content.starts_with('[')) {
            throw bad_request("the body is a JSON string that contains JSON: it was encoded twice");
        }
    }
    throw bad_request("the body must be a JSON object");
}

}  // namespace leveret::admin

#include "admin-ui/api/message_filter.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <array>
#include <cctype>
#include <charconv>
#include <functional>
#include <utility>
#include <variant>
#include <vector>

#include "admin-ui/api/error.hpp"
#include "admin-ui/api/limits.hpp"
#include "protocol/amqp/protocol_error.hpp"

namespace leveret::admin {

namespace amqp = protocol::amqp;

// What a message says

const amqp::BasicProperties& FilteredMessage::properties() {
    if (!properties_) {
        try {
            properties_ = amqp::BasicProperties::parse(message_.properties);
        } catch (const amqp::ProtocolError&) {
            properties_.emplace();  // walked when it came in; a damaged one has none
        }
    }
    return *properties_;
}

const amqp::FieldTable& FilteredMessage::headers() {
    if (!headers_) {
        try {
            headers_ = amqp::FieldTable::parse(properties().headers);
        } catch (const amqp::ProtocolError&) {
            headers_.emplace();
        }
    }
    return *headers_;
}

const JsonValue* FilteredMessage::json() {
    if (!std::exchange(json_tried_, true)) {
        try {
            json_ = parse_json(message_.body);
        } catch (const ApiError&) {
            // No JSON: the terms on it do not match.
        }
    }
    return json_ ? &*json_ : nullptr;
}

namespace {

/// A value of a field, or of the filter. None: the message has no such thing.
using Value = std::variant<std::monostate, double, bool, std::string>;

std::optional<double> as_number(const Value& value) {
    if (const auto* number = std::get_if<double>(&value)) return *number;
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr || text->empty()) return std::nullopt;
    double number{};
    const char* const last = text->data() + text->size();
    const auto [end, error] = std::from_chars(text->data(), last, number);
    if (error != std::errc{} || end != last) return std::nullopt;
    return number;
}

std::string as_text(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
    if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
    return {};
}

Value value_of(const amqp::FieldValue& field) {
    if (const auto integer = amqp::as_integer(field)) return static_cast<double>(*integer);
    if (const auto text = amqp::as_string(field)) return std::string(*text);
    if (const auto truth = amqp::as_bool(field)) return *truth;
    if (const auto* number = std::get_if<double>(&field)) return *number;
    if (const auto* number = std::get_if<float>(&field)) return static_cast<double>(*number);
    if (const auto* time = std::get_if<amqp::Timestamp>(&field)) {
        return static_cast<double>(time->seconds);
    }
    return amqp::render(field);
}

/// Follows names into tables; `*` is not known here.
Value find_header(const amqp::FieldTable& table, std::string_view path) {
    // A key may itself have dots: the whole rest first, then what is before the first dot.
    if (const auto* found = table.find(path)) return value_of(*found);
    for (std::size_t dot = path.find('.'); dot != std::string_view::npos;
         dot = path.find('.', dot + 1)) {
        const auto* found = table.find(path.substr(0, dot));
        const auto* inner = found == nullptr ? nullptr : amqp::as_table(*found);
        if (inner != nullptr) return find_header(*inner, path.substr(dot + 1));
    }
    return {};
}

Value value_of(const JsonValue& json) {
    if (const auto* number = json.as<std::int64_t>()) return static_cast<double>(*number);
    if (const auto* number = json.as<double>()) return *number;
    if (const auto* truth = json.as<bool>()) return *truth;
    if (const auto* text = json.as<std::string>()) return *text;
    if (json.is_null()) return std::string("null");
    return std::string(json.as<JsonArray>() != nullptr ? "array" : "object");
}

/// Follows names into objects and numbers into arrays.
Value find_json(const JsonValue& json, std::string_view path) {
    if (path.empty()) return value_of(json);
    const std::size_t dot = std::min(path.find('.'), path.size());
    const std::string_view name = path.substr(0, dot);
    const std::string_view rest = path.substr(std::min(path.size(), dot + 1));
    if (const auto* object = json.as<JsonObject>()) {
        const JsonValue* const member = find(*object, name);
        return member == nullptr ? Value{} : find_json(*member, rest);
    }
    if (const auto* array = json.as<JsonArray>()) {
        std::size_t index{};
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
        const bool number = error == std::errc{} && end == name.data() + name.size();
        if (number && index < array->size()) return find_json((*array)[index], rest);
    }
    return {};
}

/// The newest entry of x-death.
const amqp::FieldTable* newest_death(const amqp::FieldTable& headers) {
    const auto* deaths = headers.find("x-death");
    const auto* array = deaths == nullptr ? nullptr : amqp::as_array(*deaths);
    if (array == nullptr || array->values.empty()) return nullptr;
    return amqp::as_table(array->values.front());
}

using Field = std::function<Value(FilteredMessage&)>;

Field text_property(std::uint16_t flag, std::string_view amqp::BasicProperties::* member) {
    return [=](FilteredMessage& message) -> Value {
        const auto& properties = message.properties();
        if (!properties.has(flag)) return {};
        return std::string(properties.*member);
    };
}

template <class Number>
Field number_property(std::uint16_t flag, Number amqp::BasicProperties::* member) {
    return [=](FilteredMessage& message) -> Value {
        const auto& properties = message.properties();
        if (!properties.has(flag)) return {};
        return static_cast<double>(properties.*member);
    };
}

Field property_field(std::string_view name) {
    using P = amqp::BasicProperties;
    namespace flag = amqp::property;
    if (name == "content_type") return text_property(flag::content_type, &P::content_type);
    if (name == "content_encoding") {
        return text_property(flag::content_encoding, &P::content_encoding);
    }
    if (name == "correlation_id") return text_property(flag::correlation_id, &P::correlation_id);
    if (name == "reply_to") return text_property(flag::reply_to, &P::reply_to);
    if (name == "expiration") return text_property(flag::expiration, &P::expiration);
    if (name == "message_id") return text_property(flag::message_id, &P::message_id);
    if (name == "type") return text_property(flag::type, &P::type);
    if (name == "user_id") return text_property(flag::user_id, &P::user_id);
    if (name == "app_id") return text_property(flag::app_id, &P::app_id);
    if (name == "cluster_id") return text_property(flag::cluster_id, &P::cluster_id);
    if (name == "delivery_mode") return number_property(flag::delivery_mode, &P::delivery_mode);
    if (name == "priority") return number_property(flag::priority, &P::priority);
    if (name == "timestamp") return number_property(flag::timestamp, &P::timestamp);
    return nullptr;
}

Field death_field(std::string name) {
    if (name != "reason" && name != "queue" && name != "exchange" && name != "count") {
        return nullptr;
    }
    return [name = std::move(name)](FilteredMessage& message) -> Value {
        const auto* death = newest_death(message.headers());
        const auto* value = death == nullptr ? nullptr : death->find(name);
        return value == nullptr ? Value{} : value_of(*value);
    };
}

double age_in_seconds(FilteredMessage& message) {
    return std::chrono::duration<double>(message.now() - *message.message().enqueued_at).count();
}

/// Returns: nullptr when there is no such field.
Field field_of(std::string_view name) {
    if (name == "key") {
        return [](FilteredMessage& m) -> Value { return m.message().routing_key; };
    }
    if (name == "exchange") {
        return [](FilteredMessage& m) -> Value { return m.message().exchange; };
    }
    if (name == "size") {
        return [](FilteredMessage& m) -> Value {
            return static_cast<double>(m.message().body_octets);
        };
    }
    if (name == "age") {
        return [](FilteredMessage& m) -> Value {
            if (!m.message().enqueued_at) return {};
            return age_in_seconds(m);
        };
    }
    if (name == "redelivered") {
        return [](FilteredMessage& m) -> Value { return m.message().redelivered; };
    }
    if (name == "deliveries") {
        return [](FilteredMessage& m) -> Value {
            return static_cast<double>(m.message().delivery_count);
        };
    }
    if (name == "priority") return property_field("priority");
    if (name == "body") return [](FilteredMessage& m) -> Value { return m.message().body; };
    if (name.starts_with("prop.")) return property_field(name.substr(5));
    if (name.starts_with("death.")) return death_field(std::string(name.substr(6)));
    if (name.starts_with("header.") && name.size() > 7) {
        return [path = std::string(name.substr(7))](FilteredMessage& m) -> Value {
            return find_header(m.headers(), path);
        };
    }
    if (name.starts_with("json.") && name.size() > 5) {
        return [path = std::string(name.substr(5))](FilteredMessage& m) -> Value {
            const JsonValue* const json = m.json();
            return json == nullptr ? Value{} : find_json(*json, path);
        };
    }
    return nullptr;
}

enum class Operator { equal, unequal, less, at_most, more, at_least, contains, starts, ends };

bool compare(Operator op, const Value& field, const Value& wanted) {
    if (std::holds_alternative<std::monostate>(field)) return op == Operator::unequal;
    if (op == Operator::contains) return as_text(field).find(as_text(wanted)) != std::string::npos;
    if (op == Operator::starts) return as_text(field).starts_with(as_text(wanted));
    if (op == Operator::ends) return as_text(field).ends_with(as_text(wanted));
    // Numbers are compared as such when both are, whatever the type of the header.
    const auto a = as_number(field);
    const auto b = as_number(wanted);
    const auto decide = [op](const auto& x, const auto& y) {
        switch (op) {
            case Operator::equal:
                return x == y;
            case Operator::unequal:
                return x != y;
            case Operator::less:
                return x < y;
            case Operator::at_most:
                return x <= y;
            case Operator::more:
                return x > y;
            default:
                return x >= y;
        }
    };
    return a && b ? decide(*a, *b) : decide(as_text(field), as_text(wanted));
}

}  // namespace

class MessageFilter::Term {
public:
    using Test = std::function<bool(FilteredMessage&)>;
    explicit Term(Test decide) : test(std::move(decide)) {}
    Test test;
};

namespace {

using Test = MessageFilter::Term::Test;

/// A word, a text in quotes, a number, or a sign.
struct Token {
    enum class Kind { word, text, number, sign, end } kind = Kind::end;
    std::string text{};
    double number = 0;
    std::size_t at = 0;
};

[[noreturn]] void fail(std::string_view what, std::size_t at) {
    throw ApiError(400, "bad_filter", fmt::format("{} at {}", what, at));
}

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' ||
           (static_cast<unsigned char>(c) & 0x80) != 0;
}

/// What a number is multiplied with by the letters after it: durations are in seconds, sizes in
/// octets.
std::optional<double> unit(std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, double>, 10> units{{
        {"", 1},
        {"ms", 0.001},
        {"s", 1},
        {"m", 60},
        {"h", 3600},
        {"d", 86400},
        {"B", 1},
        {"KB", 1000},
        {"KiB", 1024},
        {"MiB", 1048576},
    }};
    for (const auto& [known, factor] : units) {
        if (known == name) return factor;
    }
    return std::nullopt;
}

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    Token next() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
            ++at_;
        }
        if (at_ == text_.size()) return {.at = at_};
        const char c = text_[at_];
        const bool digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
        const bool negative = c == '-' && at_ + 1 < text_.size() &&
                              std::isdigit(static_cast<unsigned char>(text_[at_ + 1])) != 0;
        if (digit || negative) return number();
        if (c == '"' || c == '\'') return quoted(c);
        if (is_word(c)) return word();
        return sign();
    }

private:
    Token number() {
        Token token{.kind = Token::Kind::number, .at = at_};
        const char* const start = text_.data() + at_;
        const char* const last = text_.data() + text_.size();
        const auto [end, error] = std::from_chars(start, last, token.number);
        if (error != std::errc{}) fail("bad number", at_);
        at_ += static_cast<std::size_t>(end - start);
        const std::size_t unit_at = at_;
        while (at_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_])) != 0) {
            ++at_;
        }
        const std::string_view name = text_.substr(unit_at, at_ - unit_at);
        const auto factor = unit(name);
        if (!factor) fail(fmt::format("unknown unit '{}'", name), unit_at);
        token.number *= *factor;
        return token;
    }

    Token quoted(char quote) {
        Token token{.kind = Token::Kind::text, .at = at_};
        for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
                // Only quotes and backslashes: regular expressions keep theirs.
                if (text_[at_ + 1] == quote || text_[at_ + 1] == '\\') ++at_;
            }
            token.text += text_[at_];
        }
        if (at_ == text_.size()) fail("no closing quote for the text", token.at);
        ++at_;
        return token;
    }

    Token word() {
        Token token{.kind = Token::Kind::word, .at = at_};
        while (at_ < text_.size() && is_word(text_[at_])) token.text += text_[at_++];
        return token;
    }

    Token sign() {
        for (const std::string_view known :
             {"==", "!=", "<=", ">=", "<", ">", "~", "(", ")", "[", "]", ","}) {
            if (!text_.substr(at_).starts_with(known)) continue;
            Token token{.kind = Token::Kind::sign, .text = std::string(known), .at = at_};
            at_ += known.size();
            return token;
        }
        fail(fmt::format("unexpected '{}'", text_[at_]), at_);
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

/// Recursive descent: or, and, not, brackets, one comparison.
class FilterParser {
public:
    explicit FilterParser(std::string_view text) : lexer_(text), token_(lexer_.next()) {}

    Test parse() {
        Test test = disjunction(0);
        if (token_.kind != Token::Kind::end) fail("'and' or 'or' is missing", token_.at);
        return test;
    }
    [[nodiscard]] bool reads_body() const { return body_terms_ > 0; }

private:
    Token take() { return std::exchange(token_, lexer_.next()); }
    bool take_word(std::string_view word) {
        if (token_.kind != Token::Kind::word || token_.text != word) return false;
        take();
        return true;
    }
    bool take_sign(std::string_view sign) {
        if (token_.kind != Token::Kind::sign || token_.text != sign) return false;
        take();
        return true;
    }

    Test disjunction(std::size_t depth) {
        Test left = conjunction(depth);
        while (take_word("or")) {
            left = [left, right = conjunction(depth)](FilteredMessage& m) {
                return left(m) || right(m);
            };
        }
        return left;
    }

    Test conjunction(std::size_t depth) {
        Test left = negation(depth);
        while (take_word("and")) {
            left = [left, right = negation(depth)](FilteredMessage& m) {
                return left(m) && right(m);
            };
        }
        return left;
    }

    Test negation(std::size_t depth) {
        if (depth > limits::filter_depth) fail("nested too deep", token_.at);
        if (take_word("not")) {
            return [inner = negation(depth + 1)](FilteredMessage& m) { return !inner(m); };
        }
        if (take_sign("(")) {
            Test inner = disjunction(depth + 1);
            if (!take_sign(")")) fail("')' is missing", token_.at);
            return inner;
        }
        return comparison();
    }

    Test comparison() {
        if (++terms_ > limits::filter_terms) fail("too many terms", token_.at);
        const Token name = take();
        if (name.kind != Token::Kind::word) fail("a field is expected", name.at);
        Field field = field_of(name.text);
        if (!field) fail(fmt::format("unknown field '{}'", name.text), name.at);
        if (name.text == "body" || name.text.starts_with("json.")) {
            if (++body_terms_ > limits::filter_body_terms) {
                fail(fmt::format("only {} terms may look into bodies", limits::filter_body_terms),
                     name.at);
            }
        }
        if (take_word("exists")) {
            return [field](FilteredMessage& m) {
                return !std::holds_alternative<std::monostate>(field(m));
            };
        }
        if (take_sign("~")) return matching(std::move(field));
        if (take_word("in")) return member(std::move(field));
        if (const auto op = take_operator()) {
            return [field, op = *op, wanted = value()](FilteredMessage& m) {
                return compare(op, field(m), wanted);
            };
        }
        // A field alone is true when it is: `not redelivered`.
        return [field](FilteredMessage& m) {
            const Value found = field(m);
            const auto* truth = std::get_if<bool>(&found);
            return truth != nullptr && *truth;
        };
    }

    std::optional<Operator> take_operator() {
        static constexpr std::array<std::pair<std::string_view, Operator>, 9> operators{{
            {"==", Operator::equal},
            {"!=", Operator::unequal},
            {"<", Operator::less},
            {"<=", Operator::at_most},
            {">", Operator::more},
            {">=", Operator::at_least},
            {"contains", Operator::contains},
            {"starts", Operator::starts},
            {"ends", Operator::ends},
        }};
        for (const auto& [name, op] : operators) {
            if (take_sign(name) || take_word(name)) return op;
        }
        return std::nullopt;
    }

    Value value() {
        const Token token = take();
        if (token.kind == Token::Kind::text) return token.text;
        if (token.kind == Token::Kind::number) return token.number;
        if (token.kind == Token::Kind::word && token.text == "true") return true;
        if (token.kind == Token::Kind::word && token.text == "false") return false;
        fail("a value is expected: a number, true, false, or a text in quotes", token.at);
    }

    Test matching(Field field) {
        const Token pattern = take();
        if (pattern.kind != Token::Kind::text) fail("a pattern in quotes is expected", pattern.at);
        if (pattern.text.size() > limits::regex_characters) {
            fail(fmt::format("a regular expression may have {} characters",
                             limits::regex_characters),
                 pattern.at);
        }
        RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(limits::regex_octets);
        const auto expression = std::make_shared<RE2>(pattern.text, options);
        if (!expression->ok()) {
            fail(fmt::format("bad regular expression ({})", expression->error()), pattern.at);
        }
        return [field = std::move(field), expression](FilteredMessage& m) {
            const Value found = field(m);
            if (std::holds_alternative<std::monostate>(found)) return false;
            return RE2::PartialMatch(as_text(found), *expression);
        };
    }

    Test member(Field field) {
        const bool square = take_sign("[");
        if (!square && !take_sign("(")) fail("a list is expected: (\"a\", \"b\")", token_.at);
        std::vector<Value> values;
        do {
            if (++terms_ > limits::filter_terms) fail("too many terms", token_.at);
            values.push_back(value());
        } while (take_sign(","));
        if (!take_sign(square ? "]" : ")")) fail("the list does not end", token_.at);
        return [field = std::move(field), values = std::move(values)](FilteredMessage& m) {
            const Value found = field(m);
            for (const Value& wanted : values) {
                if (compare(Operator::equal, found, wanted)) return true;
            }
            return false;
        };
    }

    Lexer lexer_;
    Token token_;
    std::size_t terms_ = 0;
    std::size_t body_terms_ = 0;
};

}  // namespace

MessageFilter::MessageFilter(std::string_view text) {
    if (text.size() > limits::filter_characters) {
        throw ApiError(400, "bad_filter",
                       fmt::format("a filter may have {} characters", limits::filter_characters));
    }
    FilterParser parser(text);
    root_ = std::make_unique<Term>(parser.parse());
    reads_body_ = parser.reads_body();
}

MessageFilter::~MessageFilter() = default;
MessageFilter::MessageFilter(MessageFilter&&) noexcept = default;

bool MessageFilter::matches(FilteredMessage& message) const { return root_->test(message); }

}  // namespace leveret::admin

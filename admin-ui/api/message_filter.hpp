// The language in which messages are searched:
//
//     key ~ "order.*" and (header.tenant == "t1" or json.total > 400) and not redelivered
//
// A filter is parsed once and then asked of one message after the other.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "admin-ui/api/json_value.hpp"
#include "broker/insight/requests.hpp"
#include "protocol/amqp/field_table.hpp"
#include "protocol/amqp/properties.hpp"

namespace leveret::admin {

/// One message as a filter sees it; headers and JSON are parsed when a term first asks for them.
class FilteredMessage {
public:
    /// Lifetime: the message outlives it.
    FilteredMessage(const broker::insight::PeekedMessage& message,
                    std::chrono::system_clock::time_point now)
        : message_(message), now_(now) {}

    [[nodiscard]] const broker::insight::PeekedMessage& message() const { return message_; }
    [[nodiscard]] std::chrono::system_clock::time_point now() const { return now_; }
    [[nodiscard]] const protocol::amqp::BasicProperties& properties();
    [[nodiscard]] const protocol::amqp::FieldTable& headers();
    /// Returns: nullptr when the body is no JSON.
    [[nodiscard]] const JsonValue* json();

private:
    const broker::insight::PeekedMessage& message_;
    std::chrono::system_clock::time_point now_;
    std::optional<protocol::amqp::BasicProperties> properties_;
    std::optional<protocol::amqp::FieldTable> headers_;
    std::optional<JsonValue> json_;
    bool json_tried_ = false;
};

/// Immutable once parsed.
class MessageFilter {
public:
    class Term;

    /// Throws: ApiError(400, bad_filter) saying what is wrong and where.
    explicit MessageFilter(std::string_view text);
    ~MessageFilter();
    MessageFilter(MessageFilter&&) noexcept;

    [[nodiscard]] bool matches(FilteredMessage& message) const;

    /// Whether a term looks into bodies, so that these are needed whole.
    [[nodiscard]] bool reads_body() const { return reads_body_; }

private:
    std::unique_ptr<Term> root_;
    bool reads_body_ = false;
};

}  // namespace leveret::admin

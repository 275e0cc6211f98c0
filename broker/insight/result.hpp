// How an operation ended, as a value that may cross threads: what it gives, or why it was refused,
// in the codes and texts of AMQP.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "protocol/amqp/protocol_error.hpp"
#include "protocol/amqp/reply_code.hpp"

namespace leveret::broker::insight {

/// Why nothing was done.
struct Refusal {
    protocol::amqp::ReplyCode code{};
    std::string text{};  ///< "NOT_FOUND - no queue 'q' in vhost '/'"

    [[nodiscard]] static Refusal of(const protocol::amqp::ProtocolError& error) {
        return {error.code(), error.text()};
    }
    /// The text without "NAME - ".
    [[nodiscard]] std::string_view explanation() const {
        const std::size_t prefix = code.name.size() + 3;
        return std::string_view(text).substr(text.size() < prefix ? text.size() : prefix);
    }
};

/// What an operation without a value gives.
struct Done {};

template <class Value>
class Result {
public:
    Result(Value value) : content_(std::move(value)) {}        // NOLINT: implicit by intent
    Result(Refusal refusal) : content_(std::move(refusal)) {}  // NOLINT: implicit by intent

    [[nodiscard]] bool ok() const { return content_.index() == 0; }
    explicit operator bool() const { return ok(); }

    /// Requires: ok().
    [[nodiscard]] Value& operator*() { return std::get<0>(content_); }
    [[nodiscard]] const Value& operator*() const { return std::get<0>(content_); }
    [[nodiscard]] Value* operator->() { return &std::get<0>(content_); }
    [[nodiscard]] const Value* operator->() const { return &std::get<0>(content_); }

    /// Requires: not ok().
    [[nodiscard]] const Refusal& refusal() const { return std::get<1>(content_); }

private:
    std::variant<Value, Refusal> content_;
};

}  // namespace leveret::broker::insight

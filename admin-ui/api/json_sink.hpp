// What an object says of itself when it is asked for JSON: the same words go to a writer, to a
// choice of columns, or to whoever wants one value to sort by.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace leveret::admin {

/// Takes a JSON value in order. Keys only inside objects, each followed by one value.
class JsonSink {
public:
    virtual ~JsonSink() = default;

    virtual void begin_object() = 0;
    virtual void end_object() = 0;
    virtual void begin_array() = 0;
    virtual void end_array() = 0;
    virtual void key(std::string_view name) = 0;
    virtual void text(std::string_view value) = 0;
    virtual void integer(std::int64_t value) = 0;
    virtual void natural(std::uint64_t value) = 0;
    virtual void number(double value) = 0;
    virtual void boolean(bool value) = 0;
    virtual void null() = 0;

    /// A scalar of whatever type: integers stay integers, and a fraction is a number.
    template <class Value>
    void value(const Value& value) {
        if constexpr (std::same_as<Value, bool>) {
            boolean(value);
        } else if constexpr (std::floating_point<Value>) {
            number(value);
        } else if constexpr (std::unsigned_integral<Value>) {
            natural(value);
        } else if constexpr (std::signed_integral<Value>) {
            integer(value);
        } else {
            text(value);
        }
    }

    template <class Value>
    void member(std::string_view name, const Value& content) {
        key(name);
        value(content);
    }

    /// An object or array whose content `fill` writes.
    template <std::invocable Fill>
    void object(Fill&& fill) {
        begin_object();
        fill();
        end_object();
    }
    template <std::invocable Fill>
    void object(std::string_view name, Fill&& fill) {
        key(name);
        object(fill);
    }
    template <std::invocable Fill>
    void array(Fill&& fill) {
        begin_array();
        fill();
        end_array();
    }
    template <std::invocable Fill>
    void array(std::string_view name, Fill&& fill) {
        key(name);
        array(fill);
    }
};

}  // namespace leveret::admin

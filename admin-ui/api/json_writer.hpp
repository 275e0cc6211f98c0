// JSON as text: compact, UTF-8, integers as integers and fractions as short as they read back.
#pragma once

#include <string>
#include <string_view>

#include "admin-ui/api/json_sink.hpp"

namespace leveret::admin {

/// Appends to a string.
/// Rule: what is no UTF-8 becomes U+FFFD, what is no number (NaN, infinity) becomes 0.0.
class JsonWriter final : public JsonSink {
public:
    explicit JsonWriter(std::string& out) : out_(out) {}

    void begin_object() override { open('{'); }
    void end_object() override { close('}'); }
    void begin_array() override { open('['); }
    void end_array() override { close(']'); }
    void key(std::string_view name) override;
    void text(std::string_view value) override;
    void integer(std::int64_t value) override;
    void natural(std::uint64_t value) override;
    void number(double value) override;
    void boolean(bool value) override;
    void null() override;

private:
    void separate() {
        if (comma_) out_ += ',';
        comma_ = true;
    }
    void open(char bracket) {
        separate();
        out_ += bracket;
        comma_ = false;
    }
    void close(char bracket) {
        out_ += bracket;
        comma_ = true;
    }

    std::string& out_;
    bool comma_ = false;  ///< the next value follows another one
};

/// Appends a text in quotes.
void append_quoted(std::string& out, std::string_view text);

/// Returns: what `write` writes into a JsonWriter.
template <class Write>
[[nodiscard]] std::string json(Write&& write) {
    std::string out;
    JsonWriter writer(out);
    write(writer);
    return out;
}

}  // namespace leveret::admin

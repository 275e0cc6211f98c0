#include "broker/validation.hpp"

#include <fmt/format.h>

namespace leveret::broker {

using namespace protocol::amqp;

std::string as_term(const FieldValue& value) {
    if (const FieldTable* const table = as_table(value)) return as_term(*table);
    if (as_string(value)) return fmt::format("<<\"{}\">>", render(value));
    return render(value);
}

std::string as_term(const FieldTable& table) {
    std::string text = "[";
    for (const auto& [key, value] : table) {
        if (text.size() > 1) text += ',';
        text += fmt::format("{{<<\"{}\">>,{}}}", key, as_term(value));
    }
    return text + ']';
}

}  // namespace leveret::broker

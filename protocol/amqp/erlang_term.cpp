#include "protocol/amqp/erlang_term.hpp"

namespace leveret::protocol::amqp {

std::string as_term(std::string_view text) {
    if (text.empty()) return "<<>>";
    return "<<\"" + std::string(text) + "\">>";
}

std::string as_term(const FieldValue& value) {
    if (const FieldTable* const table = as_table(value)) return as_term(*table);
    if (as_string(value)) return as_term(std::string_view(render(value)));
    return render(value);
}

std::string as_term(const FieldTable& table) {
    std::string text = "[";
    for (const auto& [key, value] : table) {
        if (text.size() > 1) text += ',';
        text += "{" + as_term(std::string_view(key)) + "," + as_term(value) + "}";
    }
    return text + ']';
}

}  // namespace leveret::protocol::amqp

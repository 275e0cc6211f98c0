#include "cli/ctl/table.hpp"

#include <type_traits>
#include <variant>

#include "admin-ui/api/json_writer.hpp"
#include "broker/log.hpp"

namespace leveret::cli::ctl {

namespace {

void write(const admin::JsonValue& value, admin::JsonSink& out) {
    std::visit(
        [&]<class Content>(const Content& content) {
            if constexpr (std::is_same_v<Content, std::monostate>) {
                out.null();
            } else if constexpr (std::is_same_v<Content, admin::JsonArray>) {
                out.array([&] {
                    for (const auto& entry : content) write(entry, out);
                });
            } else if constexpr (std::is_same_v<Content, admin::JsonObject>) {
                out.object([&] {
                    for (const auto& [name, member] : content) {
                        out.key(name);
                        write(member, out);
                    }
                });
            } else {
                out.value(content);
            }
        },
        value.content);
}

std::string as_json(const admin::JsonArray& rows, const std::vector<ColumnName>& columns) {
    return admin::json([&](admin::JsonSink& out) {
               out.array([&] {
                   for (const auto& row : rows) {
                       const auto* object = row.as<admin::JsonObject>();
                       if (object == nullptr) continue;
                       out.object([&] {
                           for (const auto& [shown, path] : columns) {
                               const auto* value = value_at(*object, path);
                               if (value == nullptr) continue;
                               out.key(shown);
                               write(*value, out);
                           }
                       });
                   }
               });
           }) +
           "\n";
}

}  // namespace

const admin::JsonValue* value_at(const admin::JsonObject& object, std::string_view path) {
    const std::size_t dot = path.find('.');
    const auto* found = admin::find(object, path.substr(0, dot));
    if (found == nullptr || dot == std::string_view::npos) return found;
    const auto* inner = found->as<admin::JsonObject>();
    return inner == nullptr ? nullptr : value_at(*inner, path.substr(dot + 1));
}

std::string json_text(const admin::JsonValue& value) {
    return admin::json([&](admin::JsonSink& out) { write(value, out); });
}

std::string cell_text(const admin::JsonValue* value) {
    if (value == nullptr || value->is_null()) return {};
    if (const auto* text = value->as<std::string>()) return broker::log::escaped(*text);
    return json_text(*value);
}

std::string table_text(const admin::JsonArray& rows, const std::vector<ColumnName>& columns,
                       Formatter formatter) {
    if (formatter == Formatter::json) return as_json(rows, columns);
    std::string text;
    for (const ColumnName& column : columns) {
        text += (&column == &columns.front() ? "" : "\t") + column.shown;
    }
    text += '\n';
    for (const auto& row : rows) {
        const auto* object = row.as<admin::JsonObject>();
        if (object == nullptr) continue;
        for (const ColumnName& column : columns) {
            if (&column != &columns.front()) text += '\t';
            text += cell_text(value_at(*object, column.path));
        }
        text += '\n';
    }
    return text;
}

}  // namespace leveret::cli::ctl

#include "admin-ui/api/multipart.hpp"

#include <string>

#include "admin-ui/api/http_message.hpp"

namespace leveret::admin {

namespace {

/// Returns: the parameter of a header field, without its quotes; nothing when it is not there.
std::optional<std::string_view> parameter(std::string_view field, std::string_view name) {
    for (std::size_t semicolon = field.find(';'); semicolon != std::string_view::npos;
         semicolon = field.find(';')) {
        field = trimmed(field.substr(semicolon + 1));
        if (!field.starts_with(name) || !field.substr(name.size()).starts_with('=')) continue;
        std::string_view value = field.substr(name.size() + 1);
        if (!value.starts_with('"')) return trimmed(value.substr(0, value.find(';')));
        value.remove_prefix(1);
        return value.substr(0, value.find('"'));
    }
    return std::nullopt;
}

/// Returns: the line of the head that says what the part is; empty when there is none.
std::string_view disposition(std::string_view head) {
    while (!head.empty()) {
        const std::size_t end = head.find("\r\n");
        const std::string_view line = head.substr(0, end);
        Fields fields;
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos) fields.add(line.substr(0, colon), line);
        if (fields.has("content-disposition")) return line;
        if (end == std::string_view::npos) break;
        head.remove_prefix(end + 2);
    }
    return {};
}

}  // namespace

std::optional<std::string_view> form_part(std::string_view content_type, std::string_view body,
                                          std::string_view name) {
    const auto boundary = parameter(content_type, "boundary");
    if (!boundary || boundary->empty()) return std::nullopt;
    const std::string mark = "\r\n--" + std::string(*boundary);
    const std::string_view first = std::string_view(mark).substr(2);
    if (!body.starts_with(first)) return std::nullopt;
    std::string_view rest = body.substr(first.size());
    while (rest.starts_with("\r\n")) {
        rest.remove_prefix(2);
        const std::size_t end = rest.find(mark);
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view part = rest.substr(0, end);
        const std::size_t head_end = part.find("\r\n\r\n");
        if (head_end != std::string_view::npos &&
            parameter(disposition(part.substr(0, head_end)), "name") == name) {
            return part.substr(head_end + 4);
        }
        rest.remove_prefix(end + mark.size());
    }
    return std::nullopt;
}

}  // namespace leveret::admin

// Forms with files, as a browser or curl -F sends them.
#pragma once

#include <optional>
#include <string_view>

namespace leveret::admin {

/// Finds one part of a form by its name.
/// Returns:  its octets within the body; nothing when there is no such part.
/// Lifetime: of the body.
[[nodiscard]] std::optional<std::string_view> form_part(std::string_view content_type,
                                                        std::string_view body,
                                                        std::string_view name);

}  // namespace leveret::admin

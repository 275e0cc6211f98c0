// The console's files, as a request outside of the API gets them.
#pragma once

#include "admin-ui/api/http_message.hpp"
#include "admin-ui/api/target.hpp"

namespace leveret::admin {

/// A file below /ui/, its page for a deep link, or where to go instead.
[[nodiscard]] Reply console_reply(const Request& request, const Target& target);

}  // namespace leveret::admin

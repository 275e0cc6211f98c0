// Whether a request was caused by a page from elsewhere, and what its head says of where it came
// from: browsers send cookies and remembered passwords along with what any page makes them send.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "admin-ui/api/http_message.hpp"

namespace leveret::admin {

/// Whether a request that changes something, or opens a WebSocket, must be refused.
/// Rule: `Origin`, when sent, is one that this listener serves (host and port of `Host`) or one of
///       `cors_origins`; `Sec-Fetch-Site`, when sent, is `same-origin`, or such an origin stands
///       beside it. `Origin: null` never passes. Tools send neither.
[[nodiscard]] bool is_cross_site(const Request& request,
                                 const std::vector<std::string>& cors_origins);

/// Whether a user who may come from this machine only may come with this request: the peer is this
/// machine, nothing says that it was forwarded, and `Host` names this machine (a page elsewhere
/// whose name was made to lead here does not).
[[nodiscard]] bool comes_from_this_machine(const Request& request);

}  // namespace leveret::admin

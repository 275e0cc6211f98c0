// What a request is refused with, as a text that tests compare.
#pragma once

#include <functional>
#include <string>

namespace leveret::tests {

/// Returns: "400 bad_request: reason" for the ApiError that `call` throws, "" when it throws none.
[[nodiscard]] std::string api_error_of(const std::function<void()>& call);

}  // namespace leveret::tests

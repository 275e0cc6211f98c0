#include "tests/unit/api/api_error.hpp"

#include <fmt/format.h>

#include "admin-ui/api/error.hpp"

namespace leveret::tests {

std::string api_error_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const admin::ApiError& error) {
        return fmt::format("{} {}: {}", error.status(), error.code(), error.reason());
    }
    return {};
}

}  // namespace leveret::tests

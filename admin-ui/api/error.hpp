// A request that cannot be served, as its client will read it.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace leveret::admin {

/// Thrown where a rule is checked; becomes `{"error":code,"reason":reason}` with the status in one
/// place, Api::guarded().
class ApiError : public std::runtime_error {
public:
    ApiError(unsigned status, std::string code, const std::string& reason)
        : std::runtime_error(reason), status_(status), code_(std::move(code)) {}

    [[nodiscard]] unsigned status() const { return status_; }
    [[nodiscard]] const std::string& code() const { return code_; }
    [[nodiscard]] std::string reason() const { return what(); }

private:
    unsigned status_;
    std::string code_;
};

[[nodiscard]] inline ApiError bad_request(const std::string& reason) {
    return {400, "bad_request", reason};
}

/// Missing rights; a login that fails is spelt `not_authorized`, as RabbitMQ does.
[[nodiscard]] inline ApiError not_authorised(const std::string& reason) {
    return {401, "not_authorised", reason};
}

/// Rule: RabbitMQ's words for a path that leads nowhere.
[[nodiscard]] inline ApiError object_not_found() { return {404, "Object Not Found", "Not Found"}; }

}  // namespace leveret::admin

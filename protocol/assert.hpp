// The one assertion of the project: on in every build, for faults of ours and never for what came
// from a client or a file. It prints what, where and how we came there, then aborts.
#pragma once

namespace leveret::protocol {

/// Prints the expression, the place and a backtrace to standard error, then aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace leveret::protocol

// clang-format off
#define LEVERET_ASSERT(condition)                                                                 \
    (__builtin_expect(static_cast<bool>(condition), 1)                                            \
         ? static_cast<void>(0)                                                                   \
         : ::leveret::protocol::assertion_failed(#condition, __FILE__, __LINE__))
// clang-format on

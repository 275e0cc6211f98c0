// What a failed assertion leaves behind.
#include "protocol/assert.hpp"

#include <execinfo.h>

#include <cstdio>
#include <cstdlib>

namespace leveret::protocol {

void assertion_failed(const char* expression, const char* file, int line) noexcept {
    std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expression);
    std::fflush(stderr);
    void* frames[64];
    backtrace_symbols_fd(frames, backtrace(frames, 64), 2);  // allocates nothing
    std::abort();
}

}  // namespace leveret::protocol

// Integers of the width that AMQP has them in: 3_i64 in a field table is a long-long-int.
#pragma once

#include <cstdint>

namespace leveret::test {

constexpr std::int64_t operator""_i64(unsigned long long value) {
    return static_cast<std::int64_t>(value);
}

}  // namespace leveret::test

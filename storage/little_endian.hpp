// Fixed fields of records on disk: little endian, at any alignment. Keys are the exception.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace leveret::storage {

static_assert(std::endian::native == std::endian::little, "the codecs copy as the machine has it");

template <class Number>
[[nodiscard]] inline Number load(const char* at) {
    Number number;
    std::memcpy(&number, at, sizeof number);
    return number;
}

template <class Number>
inline void store(char* at, Number number) {
    std::memcpy(at, &number, sizeof number);
}

}  // namespace leveret::storage

// The slow half of OctetBuffer: moving and growing.
#include "protocol/octet_buffer.hpp"

#include <cstdlib>
#include <new>

namespace leveret::protocol {

namespace {
constexpr std::size_t smallest_room = 256;
}

void OctetBuffer::make_room(std::size_t count) {
    const std::size_t used = size();
    // Moving to the front pays when at least half of the room is free already: each octet is then
    // moved once for one that was consumed.
    if (begin_ >= used && capacity_ - used >= count) {
        if (used > 0) std::memmove(data_, data_ + begin_, used);
        begin_ = 0;
        end_ = used;
        return;
    }
    if (count > static_cast<std::size_t>(-1) / 4 - capacity_) throw std::bad_alloc();
    std::size_t room = capacity_ < smallest_room ? smallest_room : capacity_ * 2;
    while (room < used + count) room *= 2;
    if (begin_ == 0) {
        auto* grown = static_cast<char*>(std::realloc(data_, room));
        if (grown == nullptr) throw std::bad_alloc();
        data_ = grown;
    } else {
        auto* grown = static_cast<char*>(std::malloc(room));
        if (grown == nullptr) throw std::bad_alloc();
        std::memcpy(grown, data_ + begin_, used);
        std::free(data_);
        data_ = grown;
        begin_ = 0;
        end_ = used;
    }
    capacity_ = room;
}

void OctetBuffer::release() noexcept {
    std::free(data_);
    data_ = nullptr;
    begin_ = end_ = capacity_ = 0;
}

}  // namespace leveret::protocol

// A growable run of raw octets: written at the end, consumed at the front. Everything that leaves
// the broker is written into one. Knows nothing of what the octets mean.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

namespace leveret::protocol {

/// Octets with room to grow; new octets are not initialised.
/// Lifetime: pointers and views into it end with the next call that is not const.
class OctetBuffer {
public:
    OctetBuffer() = default;
    OctetBuffer(const OctetBuffer&) = delete;
    OctetBuffer& operator=(const OctetBuffer&) = delete;
    OctetBuffer(OctetBuffer&& other) noexcept { swap(other); }
    OctetBuffer& operator=(OctetBuffer&& other) noexcept {
        if (this != &other) {
            release();
            swap(other);
        }
        return *this;
    }
    ~OctetBuffer() { release(); }

    /// Adds `count` uninitialised octets at the end.
    /// Returns: where they start; all of them must be written.
    /// Throws:  std::bad_alloc; the buffer is then as before.
    [[gnu::always_inline]] char* grow(std::size_t count) {
        if (capacity_ - end_ < count) [[unlikely]]
            make_room(count);
        char* at = data_ + end_;
        end_ += count;
        return at;
    }

    /// Makes the next `count` octets free of reallocation.
    void reserve(std::size_t count) {
        if (capacity_ - end_ < count) make_room(count);
    }

    void append(std::string_view octets) {
        char* at = grow(octets.size());
        if (!octets.empty()) std::memcpy(at, octets.data(), octets.size());
    }

    [[nodiscard]] std::size_t size() const { return end_ - begin_; }
    [[nodiscard]] bool empty() const { return end_ == begin_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    [[nodiscard]] const char* data() const { return data_ + begin_; }
    [[nodiscard]] char* data() { return data_ + begin_; }
    [[nodiscard]] std::string_view view() const { return {data(), size()}; }

    /// Forgets the octets and keeps the room.
    void clear() { begin_ = end_ = 0; }

    /// Drops octets at the front; costs nothing, the room is reused when the buffer grows next.
    void consume_front(std::size_t count) {
        begin_ += count;
        if (begin_ == end_) begin_ = end_ = 0;
    }

    /// Drops octets at the end, so that `size()` becomes `length`.
    void truncate(std::size_t length) { end_ = begin_ + length; }

    /// Forgets the octets and gives the memory back.
    void release() noexcept;

    void swap(OctetBuffer& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(begin_, other.begin_);
        std::swap(end_, other.end_);
        std::swap(capacity_, other.capacity_);
    }

private:
    void make_room(std::size_t count);  // kept out of line: grow() must stay small

    char* data_ = nullptr;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace leveret::protocol

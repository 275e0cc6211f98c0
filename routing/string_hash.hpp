// Lets hash maps with string keys be asked by view, without a temporary string.

#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace leveret::routing {

struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>{}(text);
    }
};

}  // namespace leveret::routing

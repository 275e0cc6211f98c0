// Finds a file of the console by its path.
#include "admin-ui/api/assets.hpp"

#include <algorithm>

namespace leveret::admin {

const Asset* find_asset(std::string_view path) {
    const auto all = assets();
    const auto found = std::ranges::find(all, path, &Asset::path);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace leveret::admin

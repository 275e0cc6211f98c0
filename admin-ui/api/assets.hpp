// The files of the console as they lie in the binary: what a path below /ui/ holds, ready to be
// sent. Written into the binary by admin-ui/web/build.mjs; a build without Node has none.
#pragma once

#include <span>
#include <string_view>

namespace leveret::admin {

/// One file, in the encodings that make it smaller.
struct Asset {
    std::string_view path;          ///< as requested: "/ui/assets/main-VH3KQ2.js"
    std::string_view content_type;  ///< with its charset
    std::string_view etag;          ///< quoted and weak: the same for every encoding
    bool immutable;                 ///< the name changes with the content: may be kept for ever
    std::string_view identity;
    std::string_view gzip;    ///< empty when not smaller
    std::string_view brotli;  ///< empty when not smaller
};

/// The path of the page that every deep link below /ui/ is answered with.
inline constexpr std::string_view console_page = "/ui/index.html";

/// Lifetime: the program.
std::span<const Asset> assets();

/// Returns: nullptr when there is no such file, or no console in this build.
const Asset* find_asset(std::string_view path);

}  // namespace leveret::admin

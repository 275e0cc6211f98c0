// The peer of the store: a log that keeps nothing but octets. What it costs to have so much on
// disk, durable, and not a thing more.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace leveret::bench {

/// A file of 128 MiB, written once before, so that a commit allocates nothing.
class RawLog {
public:
    explicit RawLog(const std::filesystem::path& directory);
    ~RawLog();
    RawLog(const RawLog&) = delete;
    RawLog& operator=(const RawLog&) = delete;

    /// Copies the bodies together, writes and syncs them.
    void commit(std::span<const std::string_view> bodies);

private:
    int descriptor_;
    std::size_t at_ = 0;
    std::vector<char> buffer_{};
};

}  // namespace leveret::bench

#include "tests/bench/store/raw_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace leveret::bench {

namespace {

constexpr std::size_t file_octets = std::size_t{128} << 20;

void write_whole(int descriptor, const char* octets, std::size_t count, std::size_t at) {
    while (count > 0) {
        const ssize_t written = ::pwrite(descriptor, octets, count, static_cast<off_t>(at));
        if (written <= 0) throw std::runtime_error("the raw log cannot be written");
        octets += written;
        at += static_cast<std::size_t>(written);
        count -= static_cast<std::size_t>(written);
    }
}

}  // namespace

RawLog::RawLog(const std::filesystem::path& directory)
    : descriptor_(::open((directory / "raw.log").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (descriptor_ < 0) throw std::runtime_error("the raw log cannot be opened");
    const std::vector<char> zeroes(std::size_t{1} << 20);
    for (std::size_t at = 0; at < file_octets; at += zeroes.size()) {
        write_whole(descriptor_, zeroes.data(), zeroes.size(), at);
    }
    if (::fsync(descriptor_) != 0) throw std::runtime_error("the raw log cannot be synced");
}

RawLog::~RawLog() { ::close(descriptor_); }

void RawLog::commit(std::span<const std::string_view> bodies) {
    buffer_.clear();
    for (const std::string_view body : bodies) {
        buffer_.insert(buffer_.end(), body.begin(), body.end());
    }
    if (at_ + buffer_.size() > file_octets) at_ = 0;
    write_whole(descriptor_, buffer_.data(), buffer_.size(), at_);
    at_ += buffer_.size();
    if (::fdatasync(descriptor_) != 0) throw std::runtime_error("the raw log cannot be synced");
}

}  // namespace leveret::bench

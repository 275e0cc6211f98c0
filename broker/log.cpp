// The log's thread and its one sink. The queue, its bound and its dropping of the oldest line are
// spdlog's; the form of a line is ours.
#include "broker/log.hpp"

#include <fcntl.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <stdexcept>

namespace leveret::broker::log {

namespace {

/// A longer line is cut: a client chooses the length of much that is logged.
constexpr std::size_t line_octets_max = 4096;

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warning:
            return spdlog::level::warn;
        case LogLevel::error:
        case LogLevel::off:
            break;
    }
    return spdlog::level::err;
}

std::string_view name_of(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::debug:
            return "debug";
        case spdlog::level::info:
            return "info";
        case spdlog::level::warn:
            return "warning";
        default:
            return "error";
    }
}

/// Returns: the octets of the printable character that `text` begins with; 0 when there is none.
std::size_t printable_octets(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = at(0);
    if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
    const std::size_t octets = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < octets) return 0;
    for (std::size_t i = 1; i < octets; ++i)
        if ((at(i) & 0xc0) != 0x80) return 0;
    const unsigned char second = at(1);
    const bool control = first == 0xc2 && second < 0xa0;  // C1: some terminals obey them
    const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool surrogate = first == 0xed && second >= 0xa0;
    const bool too_high = first == 0xf4 && second >= 0x90;
    return control || overlong || surrogate || too_high ? 0 : octets;
}

/// A file descriptor that is closed unless it is standard error.
class Output {
public:
    Output(std::filesystem::path path, LogRotation rotation)
        : path_(std::move(path)), rotation_(rotation) {
        open();
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    ~Output() { close(); }

    /// Throws: std::runtime_error, and goes on with the file it has.
    void open() {
        if (path_.empty()) return;
        const int fresh = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
        if (fresh < 0)
            throw std::runtime_error("cannot open the log file " + path_.string() + ": " +
                                     std::strerror(errno));
        close();
        fd_ = fresh;
        struct stat found{};
        ::fstat(fd_, &found);
        rotates_ = rotation_.max_size != 0 && S_ISREG(found.st_mode);
        octets_ = static_cast<std::uint64_t>(found.st_size);
    }

    /// Whether the file is put aside before this many octets more are written.
    [[nodiscard]] bool is_full_for(std::size_t more) const {
        return rotates_ && octets_ != 0 && octets_ + more > rotation_.max_size;
    }

    /// Puts the file aside, and those before it one further; the oldest one goes.
    /// Throws: std::runtime_error, and goes on with the file it has.
    void rotate() {
        const auto numbered = [&](std::uint32_t number) {
            return path_.string() + '.' + std::to_string(number);
        };
        for (std::uint32_t i = rotation_.keep - 1; i > 0; --i) {
            ::rename(numbered(i).c_str(), numbered(i + 1).c_str());  // not all need be there
        }
        octets_ = 0;  // if it cannot be done now, it is tried again after as many octets
        if (::rename(path_.c_str(), numbered(1).c_str()) != 0) {
            throw std::runtime_error("cannot put the log file " + path_.string() +
                                     " aside: " + std::strerror(errno));
        }
        open();
    }

    void write(std::string_view octets) {
        octets_ += octets.size();
        while (!octets.empty()) {
            const ssize_t written = ::write(fd_, octets.data(), octets.size());
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) return;  // a full disk: nobody is left to tell
            octets.remove_prefix(static_cast<std::size_t>(written));
        }
    }

private:
    void close() const {
        if (fd_ != STDERR_FILENO) ::close(fd_);
    }

    std::filesystem::path path_;
    LogRotation rotation_;
    bool rotates_{false};
    std::uint64_t octets_{0};  ///< in the file
    int fd_{STDERR_FILENO};
};

/// Gives a line its form and writes it.
/// Thread:  the log's, but for ask_reopen().
class LineSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
    LineSink(const std::filesystem::path& file, LogFormat format, LogRotation rotation)
        : output_(file, rotation), format_(format) {}

    void ask_reopen() { reopen_asked_.store(true); }
    /// Lifetime: the pool joins its thread before it goes, so it outlives every call of this sink.
    void watch(spdlog::details::thread_pool& pool) { pool_ = &pool; }

private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        if (reopen_asked_.exchange(false)) reopen();
        if (const std::size_t now = pool_->overrun_counter(); now != reported_) {
            write(message.time, spdlog::level::warn,
                  fmt::format("{} log lines were dropped: more came than could be written",
                              now - reported_));
            reported_ = now;
        }
        write(message.time, message.level, {message.payload.data(), message.payload.size()});
    }

    void flush_() override {}

    void reopen() { try_with_file(&Output::open); }

    void try_with_file(void (Output::*deed)()) {
        try {
            (output_.*deed)();
        } catch (const std::runtime_error& error) {
            write(spdlog::log_clock::now(), spdlog::level::err, escaped(error.what()));
        }
    }

    void write(spdlog::log_clock::time_point time, spdlog::level::level_enum level,
               std::string_view text) {
        line_.clear();
        if (format_ == LogFormat::json) {
            line_ += "{\"time\":\"";
            append_time(time, 'T');
            line_ += "\",\"level\":\"";
            line_ += name_of(level);
            line_ += "\",\"text\":\"";
            for (const char c : text) {  // control characters are escaped already
                if (c == '"' || c == '\\') line_ += '\\';
                line_ += c;
            }
            line_ += "\"}\n";
        } else {
            append_time(time, ' ');
            line_ += " [";
            line_ += name_of(level);
            line_ += "] ";
            line_ += text;
            line_ += '\n';
        }
        if (output_.is_full_for(line_.size())) {
            const std::string line = std::move(line_);  // a fault makes a line of its own
            try_with_file(&Output::rotate);
            line_ = line;
        }
        output_.write(line_);
    }

    /// Appends `2026-11-24 07:51:15.123+00:00`: local time, so that it agrees with the system's
    /// log.
    void append_time(spdlog::log_clock::time_point time, char between) {
        using namespace std::chrono;
        const auto since_epoch = time.time_since_epoch();
        const std::time_t second = duration_cast<seconds>(since_epoch).count();
        if (second != second_) {
            second_ = second;
            localtime_r(&second, &parts_);
        }
        std::array<char, 40> text{};
        const auto append = [&](const char* format) {
            line_.append(text.data(), std::strftime(text.data(), text.size(), format, &parts_));
        };
        append("%Y-%m-%d");
        line_ += between;
        append("%H:%M:%S");
        line_ += fmt::format(".{:03}", duration_cast<milliseconds>(since_epoch).count() % 1000);
        append("%z");
        line_.insert(line_.size() - 2, 1, ':');
    }

    Output output_;
    LogFormat format_;
    spdlog::details::thread_pool* pool_{};
    std::atomic<bool> reopen_asked_{false};
    std::size_t reported_{0};
    std::time_t second_{-1};
    std::tm parts_{};
    std::string line_{};
};

/// The thread, its queue and its sink.
struct Running {
    Running(const std::filesystem::path& file, LogFormat format, LogRotation rotation)
        : sink(std::make_shared<LineSink>(file, format, rotation)),
          pool(std::make_shared<spdlog::details::thread_pool>(waiting_lines_max, 1)),
          logger(std::make_shared<spdlog::async_logger>(
              "leveret", sink, pool, spdlog::async_overflow_policy::overrun_oldest)) {
        sink->watch(*pool);
        logger->set_level(spdlog::level::trace);  // what is wanted is decided before the queue
    }

    std::shared_ptr<LineSink> sink;
    std::shared_ptr<spdlog::details::thread_pool> pool;
    std::shared_ptr<spdlog::async_logger> logger;
};

std::atomic<std::shared_ptr<Running>>& running() {
    static std::atomic<std::shared_ptr<Running>> instance;
    return instance;
}

}  // namespace

void start(LogLevel level, const std::filesystem::path& file, LogFormat format,
           LogRotation rotation) {
    stop();
    running().store(std::make_shared<Running>(file, format, rotation));
    set_level(level);
}

void stop() {
    detail::threshold.store(LogLevel::off);
    running().store(nullptr);  // the pool's destructor writes what waits and joins the thread
}

void set_level(LogLevel level) { detail::threshold.store(level); }

void reopen() {
    if (const auto now = running().load()) now->sink->ask_reopen();
}

std::size_t dropped() {
    const auto now = running().load();
    return now ? now->pool->overrun_counter() : 0;
}

std::string escaped(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        if (const std::size_t octets = printable_octets(text); octets != 0) {
            result += text.substr(0, octets);
            text.remove_prefix(octets);
        } else {
            result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
            text.remove_prefix(1);
        }
    }
    return result;
}

namespace detail {

void write(LogLevel level, fmt::string_view format, fmt::format_args arguments) {
    try {
        const auto now = running().load();
        if (!now) return;
        fmt::memory_buffer buffer;
        fmt::vformat_to(fmt::appender(buffer), format, arguments);
        std::string text = escaped({buffer.data(), std::min(buffer.size(), line_octets_max)});
        if (buffer.size() > line_octets_max) text += "…";
        now->logger->log(to_spdlog(level), spdlog::string_view_t(text.data(), text.size()));
    } catch (const std::exception&) {  // out of memory: a line is not worth the broker
        return;
    }
}

}  // namespace detail

}  // namespace leveret::broker::log

// The log: what a line looks like, what clients cannot do to it, and that nobody waits for it.
#include "broker/log.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

namespace {

using leveret::broker::LogFormat;
using leveret::broker::LogLevel;
namespace log = leveret::broker::log;

/// A folder for log files that is gone after the test.
class LogFolder {
public:
    LogFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "leveret-log-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    LogFolder(const LogFolder&) = delete;
    LogFolder& operator=(const LogFolder&) = delete;
    ~LogFolder() {
        log::stop();
        std::filesystem::remove_all(path_);
    }

    [[nodiscard]] std::filesystem::path file(const std::string& name = "log") const {
        return path_ / name;
    }
    [[nodiscard]] std::vector<std::string> lines(const std::string& name = "log") const {
        std::ifstream stream(file(name));
        std::vector<std::string> all;
        for (std::string line; std::getline(stream, line);) all.push_back(line);
        return all;
    }

private:
    std::filesystem::path path_;
};

}  // namespace

TEST_CASE("a line has time, level and text", "[log]") {
    LogFolder folder;
    log::start(LogLevel::info, folder.file());
    log::warning("{} of {} rabbits", 3, "7");
    log::stop();

    const auto lines = folder.lines();
    REQUIRE(lines.size() == 1);
    std::string form = lines[0];
    for (char& c : form)
        if (c >= '0' && c <= '9') c = '0';
    CHECK_THAT(form, Catch::Equals("0000-00-00 00:00:00.000+00:00 [warning] 0 of 0 rabbits") ||
                         Catch::Equals("0000-00-00 00:00:00.000-00:00 [warning] 0 of 0 rabbits"));
    CHECK_THAT(lines[0], Catch::EndsWith("[warning] 3 of 7 rabbits"));
}

TEST_CASE("lines below the level are not written, and it may change", "[log]") {
    LogFolder folder;
    log::start(LogLevel::warning, folder.file());
    log::info("unseen");
    CHECK_FALSE(log::enabled(LogLevel::info));
    log::set_level(LogLevel::debug);
    log::debug("seen");
    log::stop();
    log::error("after the end");

    REQUIRE(folder.lines().size() == 1);
    CHECK_THAT(folder.lines()[0], Catch::EndsWith("[debug] seen"));
}

TEST_CASE("what a client sends cannot begin a line of its own or talk to the terminal", "[log]") {
    LogFolder folder;
    log::start(LogLevel::info, folder.file());
    log::info("user {}", "a\r\n2026-01-01 [info] forged\x1b[2J");
    log::stop();

    REQUIRE(folder.lines().size() == 1);
    CHECK_THAT(folder.lines()[0],
               Catch::EndsWith(R"(user a\x0d\x0a2026-01-01 [info] forged\x1b[2J)"));
}

TEST_CASE("printable text of any language stays, all else is escaped", "[log]") {
    CHECK(log::escaped("hare, Häsin, 野うさぎ, 🐇") == "hare, Häsin, 野うさぎ, 🐇");
    CHECK(log::escaped(std::string_view("\0\t\x7f", 3)) == R"(\x00\x09\x7f)");
    CHECK(log::escaped("\xc2\x9b") == R"(\xc2\x9b)");          // C1: CSI
    CHECK(log::escaped("\xff\xc3") == R"(\xff\xc3)");          // malformed
    CHECK(log::escaped("\xc0\xaf") == R"(\xc0\xaf)");          // overlong
    CHECK(log::escaped("\xed\xa0\x80") == R"(\xed\xa0\x80)");  // a surrogate
    CHECK(log::escaped("\xf4\x90\x80\x80") == R"(\xf4\x90\x80\x80)");
}

TEST_CASE("JSON lines are one object each", "[log]") {
    LogFolder folder;
    log::start(LogLevel::info, folder.file(), LogFormat::json);
    log::info("a \"quoted\" \\ text\n");
    log::stop();

    REQUIRE(folder.lines().size() == 1);
    CHECK_THAT(folder.lines()[0], Catch::StartsWith(R"({"time":"2)"));
    CHECK_THAT(folder.lines()[0],
               Catch::EndsWith(R"("level":"info","text":"a \"quoted\" \\ text\\x0a"})"));
}

TEST_CASE("a line that a client made long is cut", "[log]") {
    LogFolder folder;
    log::start(LogLevel::info, folder.file());
    log::info("{}", std::string(1'000'000, 'x'));
    log::stop();

    REQUIRE(folder.lines().size() == 1);
    CHECK(folder.lines()[0].size() < 5000);
}

TEST_CASE("after a rotation the lines go to a new file", "[log]") {
    LogFolder folder;
    log::start(LogLevel::info, folder.file());
    log::info("before");
    log::stop();  // all is written
    log::start(LogLevel::info, folder.file());
    std::filesystem::rename(folder.file(), folder.file("log.1"));
    log::reopen();
    log::info("after");
    log::stop();

    REQUIRE(folder.lines("log.1").size() == 1);
    REQUIRE(folder.lines().size() == 1);
    CHECK_THAT(folder.lines()[0], Catch::EndsWith("after"));
}

TEST_CASE("when the log cannot keep up, the oldest lines are dropped, counted and reported",
          "[log]") {
    LogFolder folder;
    REQUIRE(::mkfifo(folder.file().c_str(), 0600) == 0);
    // Both ends, so that opening does not wait; nobody reads until everything was logged.
    const int reader = ::open(folder.file().c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(reader >= 0);
    log::start(LogLevel::info, folder.file());
    constexpr std::size_t lines = 4 * log::waiting_lines_max;
    for (std::size_t i = 0; i < lines; ++i) log::info("line {} {}", i, std::string(100, '.'));
    CHECK(log::dropped() >= lines / 2);

    std::string text;
    std::string chunk(65536, '\0');
    std::size_t marks = 0;
    const std::string last = fmt::format("line {} ", lines - 1);
    while (text.find(last, marks) == std::string::npos) {
        marks = text.size() > 200 ? text.size() - 200 : 0;
        pollfd readable{.fd = reader, .events = POLLIN, .revents = 0};
        REQUIRE(::poll(&readable, 1, 10'000) == 1);
        const ssize_t got = ::read(reader, chunk.data(), chunk.size());
        REQUIRE(got > 0);
        text.append(chunk.data(), static_cast<std::size_t>(got));
    }
    log::stop();
    ::close(reader);
    CHECK_THAT(text, Catch::Contains("log lines were dropped"));
    CHECK_THAT(text, Catch::Contains("line 0 "));
}

TEST_CASE("a log file that cannot be opened is refused at the start", "[log]") {
    CHECK_THROWS_WITH(log::start(LogLevel::info, "/nowhere/leveret.log"),
                      Catch::Contains("/nowhere/leveret.log"));
}

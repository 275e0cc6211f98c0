// Regular expressions that users write, in policies and elsewhere. RE2 takes nearly all of them, in
// time that grows with the text alone; what it refuses, lookaheads mostly, PCRE2 takes, bounded.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leveret::broker {

/// What is wrong with a pattern, and where.
class PatternError : public std::runtime_error {
public:
    PatternError(const std::string& what, std::size_t offset)
        : std::runtime_error(what), offset_(offset) {}
    /// Units: octets from the pattern's start.
    [[nodiscard]] std::size_t offset() const { return offset_; }

private:
    std::size_t offset_;
};

/// Rule:   as in RabbitMQ a pattern may match anywhere in the text, unless it says ^ and $ itself.
/// Thread: any one.
class Pattern {
public:
    /// Throws: PatternError when it is no regular expression, or longer than
    ///         limits::pattern_octets.
    explicit Pattern(std::string text);
    ~Pattern();
    Pattern(Pattern&&) noexcept;
    Pattern& operator=(Pattern&&) noexcept;

    [[nodiscard]] const std::string& text() const { return text_; }

    /// A text that takes more steps than limits::pattern_steps does not match; the log says so
    /// once.
    [[nodiscard]] bool matches(std::string_view text) const;

private:
    class Matcher;
    class Re2Matcher;
    class Pcre2Matcher;

    std::string text_;
    std::unique_ptr<Matcher> matcher_;
};

/// Many patterns, asked at once: the cost hardly depends on how many there are.
/// Thread: any one.
class PatternSet {
public:
    /// Throws: as Pattern().
    explicit PatternSet(std::vector<std::string> patterns);
    ~PatternSet();
    PatternSet(PatternSet&&) noexcept;
    PatternSet& operator=(PatternSet&&) noexcept;

    /// Returns: the places of those that match, rising; valid until the next call.
    [[nodiscard]] std::span<const std::size_t> matches(std::string_view text);

private:
    struct Linear;  ///< RE2's patterns, compiled into one

    void go_one_by_one();

    std::vector<std::string> texts_;
    std::unique_ptr<Linear> linear_;
    /// What RE2 does not take, with its place.
    std::vector<std::pair<std::size_t, Pattern>> others_;
    std::vector<std::size_t> found_;
};

}  // namespace leveret::broker

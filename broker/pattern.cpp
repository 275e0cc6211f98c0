#include "broker/pattern.hpp"

#include <fmt/format.h>
#include <re2/re2.h>
#include <re2/set.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <utility>

#include "broker/limits.hpp"
#include "broker/log.hpp"
#include "protocol/assert.hpp"

namespace leveret::broker {

namespace {

re2::RE2::Options re2_options(std::int64_t memory) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_never_capture(true);
    options.set_max_mem(memory);
    return options;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

std::string message_of(int error) {
    std::array<PCRE2_UCHAR, 128> text{};
    pcre2_get_error_message(error, text.data(), text.size());
    return reinterpret_cast<const char*>(text.data());
}

template <auto Free>
struct Freed {
    void operator()(auto* object) const { Free(object); }
};
using Code = std::unique_ptr<pcre2_code, Freed<pcre2_code_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Freed<pcre2_match_data_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Freed<pcre2_match_context_free>>;

void require_length(std::string_view text) {
    if (text.size() <= limits::pattern_octets) return;
    throw PatternError(fmt::format("longer than {} octets", limits::pattern_octets),
                       limits::pattern_octets);
}

}  // namespace

class Pattern::Matcher {
public:
    virtual ~Matcher() = default;
    [[nodiscard]] virtual bool matches(std::string_view text) = 0;
};

class Pattern::Re2Matcher final : public Matcher {
public:
    explicit Re2Matcher(const std::string& pattern)
        : expression_(pattern, re2_options(limits::pattern_memory)) {}
    [[nodiscard]] bool ok() const { return expression_.ok(); }
    bool matches(std::string_view text) override {
        return re2::RE2::PartialMatch(piece(text), expression_);
    }

private:
    re2::RE2 expression_;
};

class Pattern::Pcre2Matcher final : public Matcher {
public:
    /// Throws: PatternError.
    explicit Pcre2Matcher(const std::string& pattern) : pattern_(pattern) {
        int error = 0;
        PCRE2_SIZE offset = 0;
        code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                                  PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C,
                                  &error, &offset, nullptr));
        if (!code_) throw PatternError(message_of(error), offset);
        data_.reset(pcre2_match_data_create(1, nullptr));
        context_.reset(pcre2_match_context_create(nullptr));
        LEVERET_ASSERT(data_ && context_);
        pcre2_set_match_limit(context_.get(), limits::pattern_steps);
        pcre2_set_depth_limit(context_.get(), limits::pattern_depth);
    }

    bool matches(std::string_view text) override {
        if (given_up_) return false;
        const int result = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()),
                                       text.size(), 0, 0, data_.get(), context_.get());
        // 0: it matched, with more groups than there is room for.
        if (result >= 0) return true;
        if (result != PCRE2_ERROR_NOMATCH) {
            given_up_ = true;  // thousands of names would each take as long
            log::warning("the pattern '{}' was given up on: {}; it counts as not matching",
                         log::escaped(pattern_), message_of(result));
        }
        return false;
    }

private:
    std::string pattern_;
    Code code_;
    MatchData data_;
    MatchContext context_;
    bool given_up_ = false;
};

Pattern::Pattern(std::string text) : text_(std::move(text)) {
    require_length(text_);
    auto linear = std::make_unique<Re2Matcher>(text_);
    if (linear->ok()) {
        matcher_ = std::move(linear);
    } else {
        matcher_ = std::make_unique<Pcre2Matcher>(text_);
    }
}

Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

bool Pattern::matches(std::string_view text) const { return matcher_->matches(text); }

struct PatternSet::Linear {
    re2::RE2::Set set{re2_options(limits::pattern_set_memory), re2::RE2::UNANCHORED};
    std::vector<std::size_t> places;  ///< of the set's patterns among all
    std::vector<int> found;
};

PatternSet::PatternSet(std::vector<std::string> patterns)
    : texts_(std::move(patterns)), linear_(std::make_unique<Linear>()) {
    for (std::size_t place = 0; place < texts_.size(); ++place) {
        const std::string& text = texts_[place];
        require_length(text);
        if (linear_->set.Add(piece(text), nullptr) < 0) {
            others_.emplace_back(place, Pattern(text));
        } else {
            linear_->places.push_back(place);
        }
    }
    if (!linear_->set.Compile()) go_one_by_one();
}

PatternSet::~PatternSet() = default;
PatternSet::PatternSet(PatternSet&&) noexcept = default;
PatternSet& PatternSet::operator=(PatternSet&&) noexcept = default;

std::span<const std::size_t> PatternSet::matches(std::string_view text) {
    found_.clear();
    if (linear_ && !linear_->places.empty()) {
        re2::RE2::Set::ErrorInfo error{};
        if (linear_->set.Match(piece(text), &linear_->found, &error)) {
            for (const int place : linear_->found) {
                found_.push_back(linear_->places[static_cast<std::size_t>(place)]);
            }
        } else if (error.kind != re2::RE2::Set::kNoError) {
            go_one_by_one();
        }
    }
    for (const auto& [place, pattern] : others_) {
        if (pattern.matches(text)) found_.push_back(place);
    }
    std::ranges::sort(found_);
    return found_;
}

void PatternSet::go_one_by_one() {
    log::warning("{} patterns together take more than {} MiB: they are tried one by one",
                 texts_.size(), limits::pattern_set_memory >> 20);
    for (const std::size_t place : linear_->places) others_.emplace_back(place, texts_[place]);
    linear_.reset();
}

}  // namespace leveret::broker

// The pattern of a permission. Most of them allow everything or nothing, and cost nothing then.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "broker/pattern.hpp"

namespace leveret::broker::access {

/// Thread: any one.
class NamePattern {
public:
    /// Throws: PatternError.
    /// Rule:   RabbitMQ: an empty pattern means `^$`.
    explicit NamePattern(const std::string& text) : everything_(text == ".*" || text == "^.*$") {
        if (!everything_ && !text.empty()) pattern_ = std::make_unique<Pattern>(text);
    }

    [[nodiscard]] bool matches(std::string_view name) const {
        if (everything_) return true;
        return pattern_ ? pattern_->matches(name) : name.empty();
    }

private:
    bool everything_;
    std::unique_ptr<Pattern> pattern_;
};

}  // namespace leveret::broker::access

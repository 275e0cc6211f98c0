// Topic matching by the definition: slow, and right at sight.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace leveret::routing {

inline std::vector<std::string> naive_words(std::string_view key) {
    std::vector<std::string> words;
    if (key.empty()) return words;
    words.emplace_back();
    for (const char octet : key) {
        if (octet == '.') {
            words.emplace_back();
        } else {
            words.back() += octet;
        }
    }
    return words;
}

inline bool naive_match(std::span<const std::string> pattern, std::span<const std::string> words) {
    if (pattern.empty()) return words.empty();
    if (pattern[0] == "#") {
        return naive_match(pattern.subspan(1), words) ||
               (!words.empty() && naive_match(pattern, words.subspan(1)));
    }
    return !words.empty() && (pattern[0] == "*" || pattern[0] == words[0]) &&
           naive_match(pattern.subspan(1), words.subspan(1));
}

inline bool naive_topic_match(std::string_view pattern, std::string_view key) {
    return naive_match(naive_words(pattern), naive_words(key));
}

}  // namespace leveret::routing
